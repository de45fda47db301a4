"""A small SRC initiator: the calls of one shopping trip at one network, over HTTP."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

import msgspec
from aiohttp import ClientSession

from src_system.crypto import jwe, jws
from src_system.crypto.rsa_keys import private_from_jwk, public_from_jwk
from src_system.networks import PROFILES

Json = dict[str, Any]

TOKEN_CHARACTERS_MAX = 65_536
CODE_WAIT_SECONDS = 5
_AMOUNT_IS_TEXT = frozenset({"visa"})  # spec 5.13: what clients of that network send
_OPENS_SESSION = frozenset({"mastercard"})  # spec 2.7: the client brings the first correlation id
_OBJECT = msgspec.json.Decoder(Json)


class StepFailed(Exception):
    """Something in the story is not as it must be; the message says what."""


class Refused(StepFailed):
    """An answer with another status than the one expected."""

    def __init__(self, call: str, status: int, expected: int, document: Mapping[str, Any]) -> None:
        details = document.get("errordetail") or document.get("errorDetail") or []
        self.reasons = {str(document.get("reason"))} | {
            str(detail.get("reason")) for detail in details if isinstance(detail, dict)
        }
        said = ": ".join(str(document[name]) for name in ("reason", "message") if name in document)
        super().__init__(f"{call} answered {status}, not {expected}. {said}".rstrip())


async def call(
    session: ClientSession,
    method: str,
    url: str,
    document: Mapping[str, Any] | None = None,
    *,
    headers: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
    status: int = 200,
) -> Json:
    """The JSON object that came back ({} for an empty body); Refused for another status."""
    sent = {"Accept": "application/json", **(headers or {})}
    body = None
    if document is not None:
        body = msgspec.json.encode(document)
        sent["Content-Type"] = "application/json"
    async with session.request(method, url, data=body, headers=sent, params=query) as answer:
        raw = await answer.read()
        try:
            received = _OBJECT.decode(raw) if raw else {}
        except msgspec.MsgspecError as error:
            raise StepFailed(
                f"{method} {answer.url.path} answered {answer.status} with a body that is no JSON."
            ) from error
        if answer.status != status:
            raise Refused(f"{method} {answer.url.path}", answer.status, status, received)
        if status == 204 and raw:
            raise StepFailed(f"{method} {answer.url.path} answered 204 with a body.")
        return received


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A sandbox as its document describes it: addresses, the first SRC initiator and its DPA."""

    name: str
    address: str
    urls: Mapping[str, Mapping[str, Any]]
    src_client_id: str
    src_dpa_id: str
    private_keys: Sequence[Json]

    @classmethod
    async def read(cls, session: ClientSession, control: str, name: str) -> "Sandbox":
        """The sandbox of that name; StepFailed when it holds no SRC initiator with a DPA."""
        address = f"{control.rstrip('/')}/v1/sandboxes/{name}"
        document = await call(session, "GET", address)
        for client in document["clients"]:
            if client["kind"] != "SRC_INITIATOR" or not client.get("jwks"):
                continue
            for dpa in document["dpas"]:
                if dpa["srcClientId"] == client["srcClientId"]:
                    return cls(
                        name=name,
                        address=address,
                        urls=document["urls"],
                        src_client_id=client["srcClientId"],
                        src_dpa_id=dpa["srcDpaId"],
                        private_keys=client["jwks"]["keys"],
                    )
        raise StepFailed(f"The sandbox {name} has no SRC initiator with keys and a DPA.")


@dataclass(frozen=True, slots=True)
class OpenedCheckout:
    """A checkoutResponse whose signature held, with its payload in clear."""

    header: Json
    response: Json
    payload_header: Json
    payload: Json


class Initiator:
    """An SRC initiator at one network; it carries the correlation id and the flow id on."""

    def __init__(
        self,
        session: ClientSession,
        sandbox: Sandbox,
        network: str,
        *,
        srci_transaction_id: str,
        first_src_correlation_id: str,
    ) -> None:
        self.network = network
        self.profile = PROFILES[network]
        self.srci_transaction_id = srci_transaction_id
        self._session = session
        self._sandbox = sandbox
        self._base = str(sandbox.urls[network]["src"]).rstrip("/")
        self._keys_url = urljoin(f"{self._base}/", str(sandbox.urls[network]["keys"]))
        self._src_correlation_id = first_src_correlation_id if network in _OPENS_SESSION else None
        self._keys: dict[str, Json] = {}

    async def post(self, path: str, members: Mapping[str, Any], *, status: int = 200) -> Json:
        """POST of the common members and these."""
        document: Json = {
            "srcClientId": self._sandbox.src_client_id,
            "srcDpaId": self._sandbox.src_dpa_id,
            "srciTransactionId": self.srci_transaction_id,
        }
        if self._src_correlation_id is not None:
            document["srcCorrelationId"] = self._src_correlation_id
        headers = {}
        if self.network in _OPENS_SESSION:
            headers["x-openapi-clientid"] = self._sandbox.src_client_id
        url = f"{self._base}/{path}"
        answer = await call(
            self._session, "POST", url, {**document, **members}, headers=headers, status=status
        )
        self._src_correlation_id = answer.get("srcCorrelationId", self._src_correlation_id)
        return answer

    async def identity_lookup(self, email_address: str) -> Json:
        """Operation identityLookup."""
        return await self.post("identities/lookup", {"consumerIdentity": _by_email(email_address)})

    async def initiate_identity_validation(self, email_address: str) -> Json:
        """Operation initiateIdentityValidation: a one-time code is sent."""
        identity = _by_email(email_address)
        return await self.post("identities/validation/initiate", {"consumerIdentity": identity})

    async def complete_identity_validation(self, session_id: str, code: str) -> Json:
        """Operation completeIdentityValidation."""
        members = {"idValidationSessionId": session_id, "validationData": code}
        return await self.post("identities/validation/complete", members)

    async def get_src_profile(self, id_token: str) -> Json:
        """The one profile behind the idToken; StepFailed for none or several."""
        answer = await self.post("profiles/prepare", {"idTokens": [id_token]})
        profiles = answer["profiles"]
        if len(profiles) != 1:
            raise StepFailed(f"{self.profile.display_name} gave {len(profiles)} profiles, not one.")
        profile: Json = profiles[0]
        return profile

    async def checkout(
        self, token: str, src_digital_card_id: str, *, amount: str, currency: str
    ) -> Json:
        """Operation checkout with a card on file and the full payload."""
        value = amount if self.network in _AMOUNT_IS_TEXT else float(amount)
        options = {
            "dpaLocale": "en_US",
            "transactionAmount": {
                "transactionAmount": value,
                "transactionCurrencyCode": currency,
            },
            "dpaBillingPreference": "NONE",
            "dpaShippingPreference": "NONE",
            "merchantOrderId": self.srci_transaction_id,
        }
        members = {
            "srcDigitalCardId": src_digital_card_id,
            self.profile.profile_token_member: token,
            "dpaTransactionOptions": options,
            "payloadTypeIndicatorCheckout": "FULL",
        }
        return await self.post("transaction/credentials", members)

    async def confirmation(self, timestamp: str) -> None:
        """Operation confirmation of an authorisation; *timestamp* in ISO 8601."""
        data = {
            "checkoutEventType": "01",
            "checkoutEventStatus": "02",
            "confirmationStatus": "01",
            "confirmationTimestamp": timestamp,
            "networkTransactionIdentifier": "UNAVLB",
        }
        await self.post("confirmations", {"confirmationData": data}, status=204)

    async def verify(self, token: str) -> tuple[Json, Json]:
        """Header and payload of a JWS that this network signed; JwsRefused or StepFailed else."""
        unverified = jws.parse(token, max_length=TOKEN_CHARACTERS_MAX)
        kid = str(unverified.header.get("kid"))
        if kid not in self._keys:
            published = await call(self._session, "GET", self._keys_url)
            self._keys = {key["kid"]: key for key in published["keys"] if key["use"] == "sig"}
        if kid not in self._keys:
            raise StepFailed(f"{self._keys_url} has no signature key {kid!r}.")
        verified = jws.verify(unverified, public_from_jwk(self._keys[kid]))
        return verified.header, _OBJECT.decode(verified.payload)

    async def open_checkout(self, answer: Json) -> OpenedCheckout:
        """The checkoutResponse of a checkout answer, verified, with its payload decrypted."""
        header, response = await self.verify(answer[self.profile.checkout_response_member])
        if response.get("srciTransactionId") != self.srci_transaction_id:
            raise StepFailed("The checkoutResponse does not repeat the srciTransactionId.")
        payload_header, payload = await asyncio.to_thread(
            self._open_payload, response["encryptedPayload"]
        )
        return OpenedCheckout(header, response, payload_header, payload)

    def _open_payload(self, encrypted_payload: str) -> tuple[Json, Json]:
        unopened = jwe.parse(encrypted_payload, max_length=TOKEN_CHARACTERS_MAX)
        kid = unopened.header.get("kid")
        for key in self._sandbox.private_keys:
            if key["kid"] == kid:
                allowed = (self.profile.content_encryption,)
                clear = jwe.open_jwe(unopened, private_from_jwk(key), enc_allowed=allowed)
                return unopened.header, _OBJECT.decode(clear)
        raise StepFailed(f"The payload is encrypted to a key that is not the client's: {kid!r}.")


class CodeReader:
    """Reads the one-time codes of a sandbox from its control port, each once."""

    def __init__(self, session: ClientSession, sandbox: Sandbox) -> None:
        self._session = session
        self._url = f"{sandbox.address}/otps"
        self._cursor = ""

    async def skip_to_end(self, email_address: str) -> None:
        """Forget the codes sent so far."""
        page = await call(self._session, "GET", self._url, query={"identity": email_address})
        self._cursor = page["cursor"]

    async def next_code(self, email_address: str, network: str) -> str:
        """The newest code sent since; waits up to five seconds, StepFailed when none came."""
        query = {"identity": email_address, "wait": str(CODE_WAIT_SECONDS)}
        if self._cursor:
            query["after"] = self._cursor
        page = await call(self._session, "GET", self._url, query=query)
        self._cursor = page["cursor"]
        for otp in reversed(page["otps"]):
            if otp["network"] == network and otp["state"] == "issued":
                return str(otp["value"])
        raise StepFailed(f"No one-time code came within {CODE_WAIT_SECONDS} s.")


def _by_email(email_address: str) -> Json:
    return {
        "identityProvider": "SRC",
        "identityType": "EMAIL_ADDRESS",
        "identityValue": email_address,
    }
