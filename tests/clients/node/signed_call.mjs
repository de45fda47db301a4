// One call signed by mastercard-oauth1-signer, sent as it was signed.

import oauth from "mastercard-oauth1-signer";

/** Sign exactly these bytes and send them; gives status, headers and the parsed body. */
export async function signedCall({ method, url, text, credentials, clientId, authorization }) {
  const { consumerKey, privateKey } = credentials;
  const headers = {
    Authorization:
      authorization ?? oauth.getAuthorizationHeader(url, method, text, consumerKey, privateKey),
    "x-openapi-clientid": clientId,
  };
  if (text !== undefined) headers["Content-Type"] = "application/json";
  const response = await fetch(url, { method, headers, body: text });
  const body = await response.text();
  return {
    status: response.status,
    flowId: response.headers.get("x-src-cx-flow-id"),
    authorization: headers.Authorization,
    body: body === "" ? null : JSON.parse(body),
  };
}

/** The story that the test wrote to standard input. */
export async function readStory() {
  const chunks = [];
  for await (const chunk of process.stdin) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString("utf8"));
}
