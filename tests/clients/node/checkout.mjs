// A whole checkout at Mastercard, by Mastercard's own published packages:
// every call signed by mastercard-oauth1-signer, the card encrypted and the payload decrypted by
// mastercard-client-encryption, signature and payload checked once more by jose.

import { createPrivateKey } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compactDecrypt, compactVerify, createRemoteJWKSet, importJWK } from "jose";
import encryption from "mastercard-client-encryption";
import forge from "node-forge";
import { readStory, signedCall } from "./signed_call.mjs";

const story = await readStory();
const { src, keys, credentials, clientId, payloadKey, card, common } = story;
const folder = mkdtempSync(join(tmpdir(), "src-initiator-"));

async function call(method, resource, document) {
  const answer = await signedCall({
    method,
    url: `${src}/${resource}`,
    text: JSON.stringify({ ...common, ...document }),
    credentials,
    clientId,
  });
  if (answer.status >= 300) {
    throw new Error(`${method} ${resource}: ${answer.status} ${JSON.stringify(answer.body)}`);
  }
  return answer;
}

/** The JWK as the certificate file that the package wants; nobody looks at who signed it. */
function certificateFile(jwk) {
  const number = (text) => new forge.jsbn.BigInteger(Buffer.from(text, "base64url").toString("hex"), 16);
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.setRsaPublicKey(number(jwk.n), number(jwk.e));
  certificate.validity.notAfter.setFullYear(certificate.validity.notBefore.getFullYear() + 1);
  certificate.sign(forge.pki.privateKeyFromPem(credentials.privateKey), forge.md.sha256.create());
  const path = join(folder, "network.pem");
  writeFileSync(path, forge.pki.certificateToPem(certificate));
  return path;
}

/** The client's payload key as a PEM file. */
function privateKeyFile(jwk) {
  const path = join(folder, "client.pem");
  const key = createPrivateKey({ key: jwk, format: "jwk" });
  writeFileSync(path, key.export({ type: "pkcs8", format: "pem" }));
  return path;
}

try {
  const published = await (await fetch(keys)).json();
  const networkKey = published.keys.find((key) => key.kid.includes("src-fpan-encryption"));
  const encryptor = new encryption.JweEncryption({
    paths: [
      {
        path: "/cards",
        toEncrypt: [{ element: "card", obj: "encryptedCard" }],
        toDecrypt: [],
      },
    ],
    encryptedValueFieldName: "encryptedCard",
    encryptionCertificate: certificateFile(networkKey),
    publicKeyFingerprint: networkKey.kid,
  });
  const { encryptedCard } = encryptor.encrypt("/cards", {}, { card }).body;
  const enrolled = await call("POST", "cards", {
    encryptedCard,
    cardSource: "CARDHOLDER",
    consumer: story.consumer,
    complianceSettings: story.complianceSettings,
  });
  const { maskedCard, idToken, srcCorrelationId } = enrolled.body;

  const shown = await signedCall({
    method: "GET",
    url: `${src}/cards/${maskedCard.srcDigitalCardId}?srcCorrelationId=${srcCorrelationId}&srcDpaId=${common.srcDpaId}`,
    credentials,
    clientId,
  });

  const prepared = await call("POST", "profiles/prepare", {
    srcCorrelationId,
    idTokens: [idToken],
  });
  const checkedOut = await call("POST", "transaction/credentials", {
    srcCorrelationId,
    authorization: prepared.body.profiles[0].authorization,
    srcDigitalCardId: maskedCard.srcDigitalCardId,
    payloadTypeIndicatorCheckout: "FULL",
    dpaTransactionOptions: story.dpaTransactionOptions,
  });

  const jwks = createRemoteJWKSet(new URL(keys));
  const verified = await compactVerify(checkedOut.body.checkoutResponseJWS, jwks, {
    algorithms: ["RS256"],
  });
  const checkoutResponse = JSON.parse(new TextDecoder().decode(verified.payload));

  const opened = await compactDecrypt(
    checkoutResponse.encryptedPayload,
    await importJWK(payloadKey, "RSA-OAEP-256"),
    { keyManagementAlgorithms: ["RSA-OAEP-256"] },
  );
  const decryptor = new encryption.JweEncryption({
    paths: [
      {
        path: "/transaction/credentials",
        toEncrypt: [],
        toDecrypt: [{ element: "encryptedPayload", obj: "payload" }],
      },
    ],
    encryptedValueFieldName: "encryptedPayload",
    encryptionCertificate: certificateFile(networkKey),
    privateKey: privateKeyFile(payloadKey),
  });
  const decrypted = decryptor.decrypt({
    request: { url: "/transaction/credentials" },
    body: { encryptedPayload: checkoutResponse.encryptedPayload },
  });

  const confirmed = await call("POST", "confirmations", {
    srcCorrelationId: checkedOut.body.srcCorrelationId,
    confirmationData: story.confirmationData,
  });

  console.log(
    JSON.stringify({
      encryptedCard,
      cardShown: shown,
      jwsHeader: verified.protectedHeader,
      jweHeader: opened.protectedHeader,
      checkoutResponse,
      payloadByJose: JSON.parse(new TextDecoder().decode(opened.plaintext)),
      payloadByVendor: decrypted.payload,
      confirmationStatus: confirmed.status,
    }),
  );
} finally {
  rmSync(folder, { recursive: true });
}
