"""Calls that hold a magic value: for each kind of value and operation, one way to send it."""

import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from src_system.model.magic import MagicValue, Trigger
from src_system.networks import PROFILES
from src_system.networks.magic_numbers import written
from tests.http.initiator import CARDS, CONSENT, Answer, Initiator, Json
from tests.openapi import conformance

RESOURCES = {
    "identityLookup": "identities/lookup",
    "initiateIdentityValidation": "identities/validation/initiate",
    "completeIdentityValidation": "identities/validation/complete",
    "getSrcProfile": "profiles/prepare",
    "enrollCard": "cards",
    "checkout": "transaction/credentials",
    "prepareCheckout": "transaction/preparedata",
    "initiateAuthentication": "authentication/initiate",
    "completeAuthentication": "authentication/complete",
}
EXPIRY = {"panExpirationMonth": "12", "panExpirationYear": "2030"}


@dataclass
class Sender:
    """Sends *value* to *network* as *operation*, whatever has to go before."""

    initiator: Initiator
    network: str
    operation: str
    value: MagicValue
    seconds: float = field(default=0.0)  # how long the last call took

    @property
    def word(self) -> str:
        """The value as it is sent to this network."""
        return written(PROFILES[self.network], self.value)

    @property
    def has_phone(self) -> bool:
        """Whether the value is somebody's phone number."""
        return self.value.trigger is Trigger.PHONE

    @property
    def person(self) -> Json:
        """Somebody who is met in this call only, by the value where it is of a person."""
        number = f"2{list(CARDS).index(self.network)}25550{sum(map(ord, self.operation)) % 90 + 10}"
        person = {
            "emailAddress": f"{self.network}.{self.operation}@shop.test".lower(),
            "mobileNumber": {"countryCode": "1", "phoneNumber": f"{number}1"[:10]},
            "firstName": "Ana",
            "lastName": "Lopez",
            "countryCode": "US",
        }
        if self.value.trigger is Trigger.EMAIL:
            person["emailAddress"] = self.word.replace(
                "anything", f"{self.network}.{self.operation}"
            ).lower()
        if self.has_phone:
            person["mobileNumber"] = {"countryCode": "1", "phoneNumber": self.value.word[1:]}
        return person

    @property
    def identity(self) -> Json:
        """What the person is found by."""
        if self.has_phone:
            return {"identityType": "MOBILE_PHONE_NUMBER", "identityValue": self.word}
        return {
            "identityType": "EMAIL_ADDRESS",
            "identityValue": self.person["emailAddress"],
        }

    async def call(self, body: Json) -> Answer:
        """The call itself; its answer is one that the document knows."""
        full = {"srcClientId": self.initiator.client_id, "srcDpaId": self.initiator.dpa_id, **body}
        url = f"{self.initiator.sandbox['urls'][self.network]['src']}/{RESOURCES[self.operation]}"
        begun = time.monotonic()
        async with self.initiator.session.post(url, json=full) as response:
            raw = await response.read()
        self.seconds = time.monotonic() - begun
        answered = json.loads(raw) if raw else {}
        conformance.check("POST", url, response.status, response.content_type, answered)
        return Answer(response.status, answered, response.headers)

    async def enrolled(self, **card: str) -> str:
        """Somebody with a card on this network, put in place; the card."""
        entry = {
            "network": self.network,
            "primaryAccountNumber": CARDS[self.network],
            "cardSecurityCode": "1234" if self.network == "amex" else "123",
            **EXPIRY,
            **card,
        }
        consumer = {**self.person, "cards": [entry]}
        placed = await self.initiator.manage("POST", "/fixtures", {"consumers": [consumer]})
        assert placed.status == 200, placed.body
        return str(placed.body["consumers"][0]["cards"][0]["srcDigitalCardId"])

    async def validated(self) -> Json:
        """An idToken of the person's, and the session of her profile."""
        email = self.person["emailAddress"]
        token = await self.initiator.id_token(self.network, email)
        profile = await self.initiator.call(self.network, "profiles/prepare", {"idTokens": [token]})
        return {"idToken": token, "srcCorrelationId": profile.body["srcCorrelationId"]}

    async def encrypted(self, **members: str) -> str:
        """An encrypted card of the network's."""
        number = members.pop("number", CARDS[self.network])
        return await self.initiator.encrypted_card(self.network, number, **members)


def options(amount: str = "12.34", **members: Any) -> Json:
    """dpaTransactionOptions with an amount."""
    money = {"transactionAmount": amount, "transactionCurrencyCode": "USD"}
    return {"dpaTransactionOptions": {"transactionAmount": money, **members}}


async def of_person(sender: Sender) -> Answer:
    """The person is named."""
    match sender.operation:
        case "enrollCard" | "checkout":
            return await new_card(sender)
        case "initiateAuthentication":
            await sender.enrolled()
            method = "SMS_OTP" if sender.has_phone else "EMAIL_OTP"
            return await sender.call(
                {
                    "accountReference": {"consumerIdentity": sender.identity},
                    "authenticationMethod": {"authenticationMethodType": method},
                }
            )
        case "getSrcProfile":
            await sender.enrolled()
            email = sender.person["emailAddress"]
            token = await sender.initiator.id_token(sender.network, email)
            return await sender.call({"idTokens": [token]})
        case _:
            await sender.enrolled()
            given = {"validationData": "135791"} if "complete" in sender.operation else {}
            return await sender.call({"consumerIdentity": sender.identity, **given})


async def new_card(sender: Sender, **card: str) -> Answer:
    """A person nobody knows sends a card."""
    body = {
        "encryptedCard": await sender.encrypted(**card),
        "consumer": sender.person,
        "complianceSettings": CONSENT,
    }
    return await sender.call(body if sender.operation == "enrollCard" else {**body, **options()})


async def of_amount(sender: Sender) -> Answer:
    """So much is to be paid."""
    card = await sender.enrolled()
    known = await sender.validated()
    if sender.operation == "initiateAuthentication":
        return await step_up(sender, card, known, "3DS", sender.word)
    prepared = {"checkoutResponseUri": "https://shop.test/back"}
    return await sender.call(
        {
            "srcDigitalCardId": card,
            **known,
            **options(sender.word),
            **(prepared if sender.operation == "prepareCheckout" else {}),
        }
    )


async def step_up(
    sender: Sender, card: str, known: Json, method: str, amount: str = "12.34"
) -> Answer:
    """An authentication of the card is begun."""
    return await sender.call(
        {
            "srcCorrelationId": known["srcCorrelationId"],
            "accountReference": {"srcDigitalCardId": card},
            "authenticationMethod": {"authenticationMethodType": method},
            "authenticationContext": options(amount),
        }
    )


async def of_code(sender: Sender) -> Answer:
    """A one-time code is given."""
    await sender.enrolled()
    if sender.operation == "completeIdentityValidation":
        sent = await sender.initiator.initiated(sender.network, sender.person["emailAddress"])
        return await sender.call(
            {
                "idValidationSessionId": sent["idValidationSessionId"],
                "validationData": sender.word,
            }
        )
    begun = await sender.initiator.call(
        sender.network,
        "authentication/initiate",
        {
            "accountReference": {"consumerIdentity": sender.identity},
            "authenticationMethod": {"authenticationMethodType": "EMAIL_OTP"},
        },
    )
    return await sender.call(
        {
            "authenticationSessionId": begun.body["authenticationSessionId"],
            "methodAttributes": {"otpValue": sender.word},
        }
    )


async def of_security_code(sender: Sender, *, is_encrypted: bool = False) -> Answer:
    """A security code is given, with a card or for one."""
    if sender.operation != "completeAuthentication":
        return await new_card(sender, cardSecurityCode=sender.word)
    card = await sender.enrolled()
    known = await sender.validated()
    begun = await sender.initiator.call(
        sender.network,
        "authentication/initiate",
        {
            "srcCorrelationId": known["srcCorrelationId"],
            "accountReference": {"srcDigitalCardId": card},
            "authenticationMethod": {"authenticationMethodType": "CARD_SECURITY_CODE"},
            "authenticationContext": options(),
        },
    )
    attributes = {"cardSecurityCode": sender.word}
    if is_encrypted:
        attributes = {"encryptedCard": await sender.encrypted(**attributes)}
    return await sender.call(
        {
            "authenticationSessionId": begun.body["authenticationSessionId"],
            "methodAttributes": attributes,
        }
    )


async def of_number(sender: Sender) -> Answer:
    """A card number is sent."""
    return await new_card(sender, number=sender.word)


async def of_card(sender: Sender) -> Answer:
    """The card on file has that number."""
    card = await sender.enrolled(primaryAccountNumber=sender.word)
    known = await sender.validated()
    if sender.operation == "initiateAuthentication":
        return await step_up(sender, card, known, "3DS")
    wish = {"threeDsPreference": "ONBEHALF"} if "threeDs" in sender.value.effect else {}
    return await sender.call({"srcDigitalCardId": card, **known, **options(**wish)})


SENDERS: dict[Trigger, Callable[[Sender], Awaitable[Answer]]] = {
    Trigger.EMAIL: of_person,
    Trigger.PHONE: of_person,
    Trigger.AMOUNT: of_amount,
    Trigger.ONE_TIME_CODE: of_code,
    Trigger.SECURITY_CODE: of_security_code,
    Trigger.PAN: of_number,
    Trigger.CARD: of_card,
}
