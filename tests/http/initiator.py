"""An SRC initiator for tests: makes sandboxes, consumers, ciphertexts and calls over HTTP."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import aiohttp

from src_system.crypto import jwe
from src_system.crypto.rsa_keys import public_from_jwk
from src_system.networks import PROFILES
from tests.openapi import conformance

CARDS = {
    "visa": "4111111111111111",
    "mastercard": "5120350100064537",
    "amex": "378282246310005",
    "discover": "6011111111111117",
}
CONSENT = {
    "complianceResources": [
        {"complianceType": "TERMS_AND_CONDITIONS", "uri": "https://shop.test/terms"},
        {"complianceType": "PRIVACY_POLICY", "uri": "https://shop.test/privacy"},
    ]
}
Json = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """Status, parsed body (empty for none) and headers."""

    status: int
    body: Json
    headers: Mapping[str, str]

    @property
    def reasons(self) -> set[str]:
        """The top reason and those of the details, in either spelling of the list."""
        details = self.body.get("errordetail", self.body.get("errorDetail", []))
        return {self.body.get("reason", "")} | {detail["reason"] for detail in details or ()}

    @property
    def source(self) -> str | None:
        """The member that the refusal names."""
        details = self.body.get("errordetail", self.body.get("errorDetail", []))
        return details[0].get("source") if details else None


@dataclass
class Initiator:
    """One sandbox with its ready-made client and DPA."""

    session: aiohttp.ClientSession
    control: str
    sandbox: Json

    @property
    def name(self) -> str:
        """The sandbox's name."""
        return str(self.sandbox["name"])

    @property
    def client_id(self) -> str:
        """The ready-made client."""
        return str(self.sandbox["clients"][0]["srcClientId"])

    @property
    def dpa_id(self) -> str:
        """The ready-made DPA."""
        return str(self.sandbox["dpas"][0]["srcDpaId"])

    async def send(
        self, method: str, url: str, *, data: bytes | None = None, headers: Json | None = None
    ) -> Answer:
        """One exchange, whatever it answers, as long as the document says that it can."""
        async with self.session.request(method, url, data=data, headers=headers) as response:
            raw = await response.read()
            body = json.loads(raw) if raw and "json" in response.content_type else {}
            conformance.check(method, url, response.status, response.content_type, body)
            return Answer(response.status, body, response.headers)

    async def call(self, network: str, resource: str, body: Json) -> Answer:
        """POST *body* with the client's and DPA's ids."""
        full = {"srcClientId": self.client_id, "srcDpaId": self.dpa_id, **body}
        return await self.send(
            "POST",
            f"{self.sandbox['urls'][network]['src']}/{resource}",
            data=json.dumps(full).encode(),
            headers={"Content-Type": "application/json"},
        )

    async def visit_dcf(self, network: str, checkout_request_jws: str) -> str:
        """Open a visit to the network's DCF for a prepared checkout; its id."""
        named = {"srcClientId": self.client_id, "checkoutRequestJws": checkout_request_jws}
        answer = await self.send(
            "POST",
            f"{self.sandbox['urls'][network]['dcf'].rstrip('/')}/visits",
            data=json.dumps(named).encode(),
            headers={"Content-Type": "application/json"},
        )
        assert answer.status == 200, answer.body
        return str(answer.body["tx"])

    async def manage(self, method: str, path: str, body: Json | None = None) -> Answer:
        """A call on the control port, under this sandbox."""
        return await self.send(
            method,
            f"{self.control}/v1/sandboxes/{self.name}{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )

    async def encrypted_card(self, network: str, number: str, **members: str) -> str:
        """An encryptedCard for the network."""
        key = await self.encryption_key(network)
        card = {
            "primaryAccountNumber": number,
            "panExpirationMonth": "12",
            "panExpirationYear": "2030",
            "cardSecurityCode": "1234" if network == "amex" else "123",
            "cardholderFullName": "Ana Lopez",
            **members,
        }
        return jwe.seal(
            json.dumps(card).encode(),
            key=public_from_jwk(key),
            enc=PROFILES[network].content_encryption,
            header={"kid": key["kid"]},
        )

    async def encryption_key(self, network: str) -> Json:
        """The network's public key for cards."""
        answer = await self.send("GET", self.sandbox["urls"][network]["keys"])
        return next(key for key in answer.body["keys"] if key["use"] == "enc")

    async def with_consumer(self, email: str = "ana@shop.test", **members: Any) -> list[Json]:
        """A consumer with a card on each network; its cards."""
        consumer = {
            "emailAddress": email,
            "mobileNumber": {"countryCode": "1", "phoneNumber": "2025550143"},
            "firstName": "Ana",
            "lastName": "Lopez",
            "countryCode": "US",
            "cards": [
                {
                    "network": network,
                    "primaryAccountNumber": number,
                    "panExpirationMonth": "12",
                    "panExpirationYear": "2030",
                }
                for network, number in CARDS.items()
            ],
            **members,
        }
        answer = await self.manage("POST", "/fixtures", {"consumers": [consumer]})
        assert answer.status == 200, answer.body
        cards: list[Json] = answer.body["consumers"][0]["cards"]
        return cards

    async def code(self, email: str = "ana@shop.test", after: str = "") -> str:
        """The newest one-time code sent for *email*."""
        answer = await self.manage("GET", f"/otps?identity={quote(email)}&wait=5&after={after}")
        return str(answer.body["otps"][-1]["value"])

    async def initiated(self, network: str, email: str = "ana@shop.test") -> Json:
        """A running validation."""
        identity = {"identityType": "EMAIL_ADDRESS", "identityValue": email}
        answer = await self.call(
            network, "identities/validation/initiate", {"consumerIdentity": identity}
        )
        assert answer.status == 200, answer.body
        return answer.body

    async def id_token(self, network: str, email: str = "ana@shop.test") -> str:
        """An idToken of *network* for the consumer."""
        validation = await self.initiated(network, email)
        answer = await self.call(
            network,
            "identities/validation/complete",
            {
                "idValidationSessionId": validation["idValidationSessionId"],
                "validationData": await self.code(email),
            },
        )
        assert answer.status == 200, answer.body
        return str(answer.body["idToken"])

    async def checkout(self, network: str, **members: Any) -> Answer:
        """A checkout of 12.34 USD."""
        options = {
            "transactionAmount": {
                "transactionAmount": "12.34",
                "transactionCurrencyCode": "USD",
            }
        }
        return await self.call(
            network,
            "transaction/credentials",
            {"dpaTransactionOptions": options, **members},
        )
