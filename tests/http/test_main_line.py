"""The whole main line at each network, as an SRC initiator sees it over HTTP."""

import json
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlencode

import pytest

from src_system.crypto import jwe, jws
from src_system.crypto.rsa_keys import private_from_jwk, public_from_jwk
from src_system.networks import PROFILES
from tests.http.initiator import CARDS, CONSENT, Answer, Initiator

EMAIL = {"identityType": "EMAIL_ADDRESS", "identityValue": "new@shop.test"}
REMEMBER = {"complianceResources": [{"complianceType": "REMEMBER_ME", "uri": ""}]}
OPTIONS = {
    "transactionAmount": {"transactionAmount": "12.34", "transactionCurrencyCode": "USD"},
    "consumerEmailAddressRequested": True,
}
PAYMENT = {"token", "dynamicData"}
PERSON = {"consumerEmailAddress"}
# Which of the telling members the payload of each type has; None: there is no payload.
PARTS = {"FULL": PAYMENT | PERSON, "PAYMENT": PAYMENT, "NON_PAYMENT": PERSON, "SUMMARY": None}


class Story:
    """One consumer's way through one network, step by step."""

    def __init__(self, initiator: Initiator, network: str) -> None:
        self.initiator = initiator
        self.network = network
        self.profile = PROFILES[network]
        self.card_id = ""
        self.id_token = ""
        self.recognition_token = ""
        self.correlation_id = ""
        self.numbers: set[str] = set()
        self.cryptograms: set[str] = set()

    async def post(self, resource: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = await self.initiator.call(self.network, resource, body)
        assert answer.status == 200, answer.body
        assert answer.body["srcCorrelationId"]
        return answer.body

    async def enrol(self) -> dict[str, Any]:
        body = await self.post(
            "cards",
            {
                "encryptedCard": await self.initiator.encrypted_card(
                    self.network, CARDS[self.network]
                ),
                "consumer": {
                    "emailAddress": "new@shop.test",
                    "mobileNumber": {"countryCode": "1", "phoneNumber": "2025550199"},
                    "firstName": "Nia",
                },
                "complianceSettings": CONSENT,
            },
        )
        self.card_id = body["maskedCard"]["srcDigitalCardId"]
        return body

    async def initiate(self, **members: str) -> dict[str, Any]:
        return await self.post(
            "identities/validation/initiate", {"consumerIdentity": EMAIL, **members}
        )

    async def complete(self, validation: dict[str, Any], code: str) -> Answer:
        return await self.initiator.call(
            self.network,
            "identities/validation/complete",
            {
                "idValidationSessionId": validation["idValidationSessionId"],
                "validationData": code,
                "complianceSettings": REMEMBER,
            },
        )

    async def code(self) -> str:
        otps = await self.initiator.manage("GET", "/otps?wait=5")
        return str(otps.body["otps"][-1]["value"])

    async def recognize(self) -> dict[str, Any]:
        return await self.post(
            "identities/recognize", {"recognitionTokens": [self.recognition_token]}
        )

    async def checkout(self, payload_type: str, **members: Any) -> dict[str, Any]:
        """The decoded checkoutResponse, its signature verified."""
        body = await self.post(
            "transaction/credentials",
            {
                "srcDigitalCardId": self.card_id,
                "idToken": self.id_token,
                "srcCorrelationId": self.correlation_id,
                "srciTransactionId": "transaction-1",
                "payloadTypeIndicatorCheckout": payload_type,
                "dpaTransactionOptions": OPTIONS,
                **members,
            },
        )
        assert body["dcfActionCode"] == "COMPLETE"
        unverified = jws.parse(body[self.profile.checkout_response_member], max_length=100_000)
        keys = await self.initiator.send(
            "GET", self.initiator.sandbox["urls"][self.network]["keys"]
        )
        [key] = [one for one in keys.body["keys"] if one["kid"] == unverified.header["kid"]]
        verified = jws.verify(unverified, public_from_jwk(key))
        return dict(json.loads(verified.payload))

    def opened(self, document: dict[str, Any]) -> dict[str, Any] | None:
        """The payload in *document*, opened with the client's key; None when there is none."""
        if "encryptedPayload" not in document:
            return None
        jwk = self.initiator.sandbox["clients"][0]["jwks"]["keys"][0]
        unopened = jwe.parse(document["encryptedPayload"], max_length=100_000)
        assert unopened.header["kid"] == jwk["kid"]
        plaintext = jwe.open_jwe(
            unopened, private_from_jwk(jwk), enc_allowed=(self.profile.content_encryption,)
        )
        payload: dict[str, Any] = json.loads(plaintext)
        if "token" in payload:
            self.numbers.add(payload["token"]["paymentToken"])
            dynamic = payload["dynamicData"]
            entry = dynamic[0] if self.profile.dynamic_data_is_list else dynamic
            self.cryptograms.add(entry["dynamicDataValue"])
        return payload

    async def payload(self) -> dict[str, Any]:
        """getPayload; where a network has no GET for it, the checkout repeated."""
        if not self.profile.payload_by_get:
            return await self.checkout("FULL")
        query = {
            "srcClientId": self.initiator.client_id,
            "srcCorrelationId": self.correlation_id,
            "srciTransactionId": "transaction-1",
        }
        base = self.initiator.sandbox["urls"][self.network]["src"]
        answer = await self.initiator.send(
            "GET", f"{base}/transaction/credentials?{urlencode(query)}"
        )
        assert answer.status == 200, answer.body
        return answer.body

    async def card(self, method: str) -> Answer:
        base = self.initiator.sandbox["urls"][self.network]["src"]
        query = urlencode({"srcClientId": self.initiator.client_id})
        return await self.initiator.send(method, f"{base}/cards/{self.card_id}?{query}")


async def sign_in(story: Story) -> set[str]:
    """Enrol, look up, validate with a code sent twice, be remembered; the codes that were sent."""
    enrolled = await story.enrol()
    assert enrolled["maskedCard"]["panLastFour"] == CARDS[story.network][-4:]
    assert enrolled["maskedConsumer"]["status"] == "ACTIVE"
    assert enrolled["idToken"]
    assert (await story.post("identities/lookup", {"consumerIdentity": EMAIL}))["consumerPresent"]

    first = await story.initiate()
    superseded = await story.code()
    phone = story.profile.validation_channel_names["MOBILE_PHONE_NUMBER"]  # type: ignore[index]
    again = await story.initiate(requestedValidationChannelId=phone)
    code = await story.code()
    assert again["idValidationSessionId"] == first["idValidationSessionId"]
    assert code != superseded

    refused = await story.complete(again, superseded)
    assert (refused.status, refused.body["reason"]) == (400, "CODE_INVALID")
    completed = await story.complete(again, code)
    assert completed.status == 200, completed.body
    story.id_token = completed.body["idToken"]
    story.recognition_token = completed.body["recognitionToken"]
    return {superseded, code}


async def pay(story: Story) -> None:
    """Check out with every type of payload, fetch the payload, and report the payment."""
    profile = await story.post("profiles/prepare", {"idTokens": [story.id_token]})
    [mine] = profile["profiles"]
    assert [card["srcDigitalCardId"] for card in mine["maskedCards"]] == [story.card_id]
    assert mine[story.profile.profile_token_member]
    story.correlation_id = profile["srcCorrelationId"]

    for payload_type, parts in PARTS.items():
        response = await story.checkout(payload_type)
        payload = story.opened(response)
        assert response["srcCorrelationId"] == story.correlation_id
        assert response["srciTransactionId"] == "transaction-1"
        assert response["maskedCard"]["srcDigitalCardId"] == story.card_id
        assert (payload is None) == (parts is None), payload_type
        assert payload is None or (PAYMENT | PERSON) & set(payload) == parts, payload_type

    later = story.opened(await story.payload())
    assert later is not None and PAYMENT <= set(later)
    assert len(story.numbers) == 1
    assert len(story.cryptograms) == 3

    confirmed = await story.initiator.call(
        story.network,
        "confirmations",
        {
            "srcCorrelationId": story.correlation_id,
            "confirmationData": {
                "checkoutEventType": "01",
                "checkoutEventStatus": "02",
                "confirmationTimestamp": "2026-11-23T09:00:00.000Z",
                "networkTransactionIdentifier": "UNAVLB",
            },
        },
    )
    assert (confirmed.status, confirmed.body) == (204, {})


async def part(story: Story) -> None:
    """Be recognised, be forgotten, and take the card out of the profile."""
    recognised = await story.recognize()
    assert recognised["recognized"] is True and len(recognised["idTokens"]) == 1
    await story.post("apps/unbind", {"recognitionTokens": [story.recognition_token]})
    await story.post("apps/unbind", {"recognitionTokens": [story.recognition_token]})
    assert (await story.recognize())["recognized"] is False

    assert (await story.card("GET")).body["maskedCard"]["srcDigitalCardId"] == story.card_id
    deleted = await story.card("DELETE")
    assert (deleted.status, deleted.body) == (204, {})
    assert (await story.card("DELETE")).status == 404
    profile = await story.post("profiles/prepare", {"idTokens": [story.id_token]})
    assert [card for one in profile["profiles"] for card in one["maskedCards"]] == []


@pytest.mark.parametrize("network", CARDS)
async def test_a_new_consumer_enrols_pays_and_leaves(
    new_sandbox: Callable[..., Awaitable[Initiator]], network: str
) -> None:
    story = Story(await new_sandbox(), network)

    await sign_in(story)
    await pay(story)
    await part(story)

    gone = await story.initiator.checkout(
        network, srcDigitalCardId=story.card_id, idToken=story.id_token
    )
    assert gone.status == 400
    assert "INACTIVE_CARD" in gone.reasons
