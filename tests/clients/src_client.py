"""A small SRC initiator: knows two addresses and the contract, and shares no code with the server.

It verifies on every call what a careful integrator relies on: the correlation id in each JSON
answer, the flow id in each header, the error body of the network, signature, key id and content
encryption.
"""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar
from urllib.parse import quote, urlencode, urljoin
from uuid import uuid4

from jwcrypto.jwe import JWE  # type: ignore[import-untyped, unused-ignore]
from jwcrypto.jwk import JWK  # type: ignore[import-untyped, unused-ignore]
from jwcrypto.jws import JWS  # type: ignore[import-untyped, unused-ignore]

from tests.payload_keys import JWKS

from .dialects import DIALECTS, LOOSE_UUID, Dialect
from .exchange import Answer, Json, call

Result = TypeVar("Result")

CODE_SECONDS = 10


class Server(Protocol):
    """The two addresses of a running server, without a slash at the end."""

    protocol: str
    control: str


class Sandbox:
    """One sandbox as whoever created it sees it.

    Its addresses, its first SRC initiator, its control calls.
    """

    def __init__(self, control: str, created: Json) -> None:
        self.name: str = created["name"]
        self.address = f"{control.rstrip('/')}/v1/sandboxes/{quote(self.name)}"
        self.urls: dict[str, Json] = created["urls"]
        client = next(one for one in created["clients"] if one["kind"] == "SRC_INITIATOR")
        dpa = next(one for one in created["dpas"] if one["srcClientId"] == client["srcClientId"])
        self.src_client_id: str = client["srcClientId"]
        self.src_dpa_id: str = dpa["srcDpaId"]
        self.private_keys: list[Json] = client["jwks"]["keys"]
        self._cursor = ""

    @classmethod
    def create(cls, control: str, **settings: Any) -> "Sandbox":
        """A new sandbox; settings are members of the creation request: seed, clock, fixtures."""
        asked = {"jwks": JWKS, **settings}
        answer = call("POST", f"{control.rstrip('/')}/v1/sandboxes", asked)
        return cls(control, answer.expect(201))

    def delete(self) -> Answer:
        """End of the sandbox and of everything in it."""
        return call("DELETE", self.address)

    def fixtures(self, *consumers: Json) -> list[Json]:
        """Put consumers with their cards in place.

        Gives the answer's consumers, in the same order.
        """
        answer = call("POST", f"{self.address}/fixtures", {"consumers": list(consumers)})
        placed: list[Json] = answer.expect(200)["consumers"]
        assert [one["emailAddress"] for one in placed] == [one["emailAddress"] for one in consumers]
        return placed

    def otps(self, **query: str) -> Json:
        """One-time codes {otps, cursor}; query.

        Identity, channel, after, wait (seconds, real time).
        """
        return call("GET", f"{self.address}/otps?{urlencode(query)}").expect(200)

    def next_code(self, **match: str) -> Json:
        """The newest one-time code issued since the last call; match: members it must have."""
        deadline = time.monotonic() + CODE_SECONDS
        while time.monotonic() < deadline:
            page = self.otps(after=self._cursor, wait="5") if self._cursor else self.otps(wait="5")
            self._cursor = page["cursor"]
            wanted = {"state": "issued", **match}.items()
            found = [one for one in page["otps"] if wanted <= one.items()]
            if found:
                newest: Json = found[-1]
                return newest
        raise AssertionError(f"no one-time code came: {match}")


@dataclass(frozen=True, slots=True)
class OpenedCheckout:
    """A checkoutResponse whose signature held, with its payload in clear (None: there was none)."""

    header: Json
    response: Json
    payload: Json | None
    payload_header: Json | None


class KeySet:
    """The published keys of one network, fetched when first needed."""

    def __init__(self, url: str, dialect: Dialect) -> None:
        self.url = url
        self._dialect = dialect
        self._keys: list[Json] = []

    def fetch(self) -> list[Json]:
        """The keys as they are published now."""
        self._keys = call("GET", self.url).expect(200)["keys"]
        return self._keys

    def for_cards(self) -> Json:
        """The key that cards are encrypted to, picked as clients of this network do."""
        part = self._dialect.card_kid_part
        keys = self._keys or self.fetch()
        return next(key for key in keys if (part in key["kid"] if part else key["use"] == "enc"))

    def for_signature(self, kid: str) -> Json:
        """The verification key of that id; an unknown id is looked for once more in a fresh set."""
        part = self._dialect.signature_kid_part
        assert part in kid, f"{kid!r} does not contain {part!r}"
        for keys in (self._keys, None):
            for key in self.fetch() if keys is None else keys:
                if key["kid"] == kid:
                    assert key["use"] == "sig", key
                    return key
        raise AssertionError(f"{self.url} has no key {kid!r}")

    def verify(self, compact: str) -> tuple[Json, Json]:
        """Header and payload of a JWS; fails unless it is RS256 under one of these keys."""
        token = JWS()
        token.allowed_algs = ["RS256"]
        token.deserialize(compact)
        header: Json = token.jose_header
        token.verify(JWK(**self.for_signature(header["kid"])))
        return header, json.loads(token.payload)


class Initiator:
    """An SRC initiator on one network: carries correlation and flow id on, as the network asks."""

    def __init__(
        self,
        sandbox: Sandbox,
        network: str,
        srci_transaction_id: str | None = None,
        *,
        base: str | None = None,
    ) -> None:
        """base: another base address than the sandbox names, with keys below it."""
        self.sandbox = sandbox
        self.network = network
        self.dialect = DIALECTS[network]
        self.base: str = (base or sandbox.urls[network]["src"]).rstrip("/")
        keys = f"{self.base}/keys" if base else sandbox.urls[network]["keys"]
        self.keys = KeySet(urljoin(f"{self.base}/", keys), self.dialect)
        self.heard: list[Answer] = []
        self.srci_transaction_id = srci_transaction_id or str(uuid4())
        self.src_correlation_id = str(uuid4()) if self.dialect.client_opens_session else None
        self.flow_id: str | None = None

    # The wire

    def send(
        self,
        method: str,
        path: str,
        document: Json | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Answer:
        """One call; checks what holds for every answer of the SRC API."""
        url = f"{self.base}/{path}" + (f"?{urlencode(query)}" if query else "")
        answer = call(method, url, document, self._headers())
        self.heard.append(answer)
        flow_id = answer.headers.get("x-src-cx-flow-id")
        assert flow_id, f"{method} {path}: no X-Src-Cx-Flow-Id"
        assert self.flow_id in (None, flow_id), "the flow id that was sent did not come back"
        self.flow_id = flow_id
        if answer.body:
            correlation_id = answer.json()["srcCorrelationId"]
            assert LOOSE_UUID.fullmatch(correlation_id), correlation_id
            if answer.status == 200:
                self.src_correlation_id = correlation_id
        if answer.status >= 400:
            self.dialect.check_error(answer.status, answer.json())
        return answer

    def post(self, path: str, **members: Any) -> Answer:
        """POST of the common members and these; a member that is None is left out."""
        return self.send("POST", path, self._document(members))

    def put(self, path: str, **members: Any) -> Answer:
        """PUT of the common members and these; a member that is None is left out."""
        return self.send("PUT", path, self._document(members))

    def get(self, path: str, **query: str) -> Answer:
        """GET: identifies the client in the query, there being no body."""
        return self.send("GET", path, query={**self._common(), **query})

    def delete(self, path: str) -> Answer:
        """DELETE: identifies the client in the query, there being no body."""
        return self.send("DELETE", path, query=self._common())

    def _headers(self) -> dict[str, str]:
        headers = {"X-Src-Cx-Flow-Id": self.flow_id} if self.flow_id else {}
        if self.dialect.client_id_header:
            headers["x-openapi-clientid"] = self.sandbox.src_client_id
        return headers

    def _document(self, members: Json) -> Json:
        document = {**self._common(), **members}
        return {name: value for name, value in document.items() if value is not None}

    def _common(self) -> dict[str, str]:
        common = {
            "srcClientId": self.sandbox.src_client_id,
            "srcDpaId": self.sandbox.src_dpa_id,
            "srciTransactionId": self.srci_transaction_id,
        }
        if self.src_correlation_id:
            common["srcCorrelationId"] = self.src_correlation_id
        return common

    # Cards

    def seal(self, document: Json) -> str:
        """A card or an address as a compact JWE to this network's key for cards."""
        key = self.keys.for_cards()
        header = {
            "alg": "RSA-OAEP-256",
            "enc": self.dialect.content_encryption,
            "kid": key["kid"],
        }
        if self.dialect.card_header_has_iat:
            header["iat"] = int(time.time())
        sealed = JWE(json.dumps(document).encode(), protected=json.dumps(header))
        sealed.add_recipient(JWK(**key))
        compact: str = sealed.serialize(compact=True)
        return compact

    def seal_card(self, card: Json) -> str:
        """encryptedCard of a card in clear."""
        return self.seal(card)

    def enroll_card(self, card: Json | str, **members: Any) -> Answer:
        """Operation enrollCard of a card in clear (sealed here) or of an encryptedCard."""
        sealed = card if isinstance(card, str) else self.seal(card)
        return self.post("cards", encryptedCard=sealed, cardSource="CARDHOLDER", **members)

    def get_card(self, src_digital_card_id: str) -> Answer:
        """Operation getCard."""
        return self.get(f"cards/{quote(src_digital_card_id)}")

    def delete_card(self, src_digital_card_id: str) -> Answer:
        """Operation deleteCard."""
        return self.delete(f"cards/{quote(src_digital_card_id)}")

    # Identity and recognition

    def identity_lookup(self, identity: Json) -> Answer:
        """Operation identityLookup."""
        return self.post("identities/lookup", consumerIdentity=identity)

    def initiate_identity_validation(self, identity: Json, channel: str | None = None) -> Answer:
        """initiateIdentityValidation; a second call sends another code."""
        return self.post(
            "identities/validation/initiate",
            consumerIdentity=identity,
            requestedValidationChannelId=channel,
        )

    def complete_identity_validation(
        self, session_id: str, code: str, compliance: Json | None = None
    ) -> Answer:
        """Operation completeIdentityValidation."""
        return self.post(
            "identities/validation/complete",
            idValidationSessionId=session_id,
            validationData=code,
            complianceSettings=compliance,
        )

    def validate(self, identity: Json, compliance: Json | None = None) -> Json:
        """Look-up, code and its confirmation in one go; gives the answer with the idToken."""
        assert self.identity_lookup(identity).expect(200)["consumerPresent"] is True
        started = self.initiate_identity_validation(identity).expect(200)
        code = self.sandbox.next_code(network=self.network)["value"]
        session_id = started["idValidationSessionId"]
        return self.complete_identity_validation(session_id, code, compliance).expect(200)

    def is_recognized(self, *recognition_tokens: str) -> Answer:
        """Operation isRecognized."""
        return self.post("identities/recognize", recognitionTokens=list(recognition_tokens) or None)

    def unbind_app_instance(self, *recognition_tokens: str, id_token: str | None = None) -> Answer:
        """Operation unbindAppInstance."""
        tokens = list(recognition_tokens) or None
        return self.post("apps/unbind", recognitionTokens=tokens, idToken=id_token)

    def src_profile(self, *id_tokens: str) -> Answer:
        """Operation getSrcProfile."""
        return self.post("profiles/prepare", idTokens=list(id_tokens) or None)

    def profile_of(self, *id_tokens: str) -> tuple[Json, str]:
        """The one profile behind these idTokens, and the token of this network for checkout."""
        profiles = self.src_profile(*id_tokens).expect(200)["profiles"]
        assert len(profiles) == 1, profiles
        token = profiles[0][self.dialect.profile_token_member]
        self.check_id_token(token)
        return profiles[0], token

    def check_id_token(self, token: str) -> Json:
        """Claims of an idToken of this network, verified as another SRC System would."""
        header, claims = self.keys.verify(token)
        assert header["typ"] == "JWT+ext.id_token"
        assert claims["iss"] == self.dialect.issuer
        assert {one.issuer for one in DIALECTS.values()} <= set(claims["aud"])
        assert claims["exp"] - claims["iat"] == 480
        assert claims["simulated"] is True
        return claims

    # Checkout

    def checkout(self, id_token: str | None = None, **members: Any) -> Answer:
        """checkout; the token travels under the name that the profile gave it."""
        if id_token is not None:
            members[self.dialect.profile_token_member] = id_token
        return self.post("transaction/credentials", **members)

    def get_payload(self, src_digital_card_id: str) -> Answer:
        """getPayload: a query, at Mastercard a POST with the correlation id and the card."""
        if self.dialect.payload_by_post:
            document = {
                "srcClientId": self.sandbox.src_client_id,
                "srcDpaId": self.sandbox.src_dpa_id,
                "srcCorrelationId": self.src_correlation_id,
                "srcDigitalCardId": src_digital_card_id,
            }
            return self.send("POST", "transaction/credentials", document)
        return self.get("transaction/credentials", payloadTypeIndicator="FULL")

    def confirmation(self, **data: Any) -> Answer:
        """Operation confirmation of an authorisation; data.

        Members of confirmationData to add or replace.
        """
        confirmed = {
            "checkoutEventType": "01",
            "checkoutEventStatus": "02",
            "confirmationStatus": "01",
            "confirmationTimestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "networkTransactionIdentifier": "UNAVLB",
            **data,
        }
        return self.post("confirmations", confirmationData=confirmed)

    def open_checkout(self, answer: Json) -> OpenedCheckout:
        """Verify the checkoutResponse of a checkout answer, check its echoes.

        Open the payload in it.
        """
        header, response = self.keys.verify(answer[self.dialect.checkout_member])
        self.dialect.check_signature_header(header)
        assert response["srciTransactionId"] == self.srci_transaction_id
        assert response["srcCorrelationId"] == answer["srcCorrelationId"]
        if "encryptedPayload" not in response:
            return OpenedCheckout(header, response, None, None)
        payload_header, payload = self.open_payload(response["encryptedPayload"])
        return OpenedCheckout(header, response, payload, payload_header)

    def open_payload(self, compact: str) -> tuple[Json, Json]:
        """Header and clear text of an encryptedPayload.

        Fails unless encrypted as this network does.
        """
        sealed = JWE()
        sealed.allowed_algs = ["RSA-OAEP-256", self.dialect.content_encryption]
        sealed.deserialize(compact)
        header: Json = sealed.jose_header
        key = next(one for one in self.sandbox.private_keys if one["kid"] == header["kid"])
        sealed.decrypt(JWK(**key))
        return header, json.loads(sealed.payload)


def on_all(
    initiators: Sequence[Initiator], ask: Callable[[Initiator], Result]
) -> dict[str, Result]:
    """Ask every network at the same time, as SDK clients do; gives the answers by network."""
    with ThreadPoolExecutor(len(initiators)) as pool:
        answers = pool.map(ask, initiators)
        return {one.network: answer for one, answer in zip(initiators, answers, strict=True)}
