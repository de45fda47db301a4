"""Every way in which a call can say whom and which card it is about, by operation."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from src_system.http.operations import OPERATIONS
from src_system.networks import PROFILES
from tests.http.initiator import Answer, Initiator, Json
from tests.http.life import AMOUNT, CONFIRMED, HOME, REMEMBER

ROWS = {operation.name: operation for operation in OPERATIONS}


@dataclass(frozen=True)
class Known:
    """Somebody at a network, with all that a client can know of them."""

    initiator: Initiator
    network: str
    email: str
    card_id: str
    id_token: str
    recognition_token: str
    session: str  # of the profile: it knows the person
    paid: str  # the session of a checkout
    validation: str
    authentication: str
    address_id: str
    encrypted_card: str

    @property
    def identity(self) -> Json:
        """As it is looked for."""
        return {"identityType": "EMAIL_ADDRESS", "identityValue": self.email}


async def known(initiator: Initiator, network: str, email: str, number: int = 0) -> Known:
    """A person with a card, signed in, remembered, with an address and a checkout."""
    phone = {"countryCode": "1", "phoneNumber": f"20255501{number:02d}"}
    cards = await initiator.with_consumer(email, mobileNumber=phone)
    card_id = next(card["srcDigitalCardId"] for card in cards if card["network"] == network)
    begun = await initiator.initiated(network, email)
    proof = {
        "idValidationSessionId": begun["idValidationSessionId"],
        "validationData": await initiator.code(email),
        "complianceSettings": REMEMBER,
    }
    signed_in = await initiator.call(network, "identities/validation/complete", proof)
    token = signed_in.body["idToken"]
    profile = await initiator.call(network, "profiles/prepare", {"idTokens": [token]})
    session = {"srcCorrelationId": profile.body["srcCorrelationId"]}
    address = await initiator.call(
        network, "shippingaddresses", {**session, "shippingAddress": HOME}
    )
    paid = await initiator.checkout(network, idToken=token, srcDigitalCardId=card_id)
    authentication = await initiator.call(
        network,
        "authentication/initiate",
        {**session, **method(), "accountReference": {"srcDigitalCardId": card_id}},
    )
    validation = await initiator.initiated(network, email)
    return Known(
        initiator=initiator,
        network=network,
        email=email,
        card_id=card_id,
        id_token=token,
        recognition_token=signed_in.body["recognitionToken"],
        session=session["srcCorrelationId"],
        paid=paid.body["srcCorrelationId"],
        validation=validation["idValidationSessionId"],
        authentication=authentication.body["authenticationSessionId"],
        address_id=address.body["addressId"],
        encrypted_card=await initiator.encrypted_card(network, "4111111111111111"),
    )


def method() -> Json:
    """A way to be authenticated, for a payment."""
    return {
        "authenticationMethod": {"authenticationMethodType": "CARD_SECURITY_CODE"},
        "authenticationContext": {"dpaTransactionOptions": {"transactionAmount": AMOUNT}},
    }


@dataclass(frozen=True)
class Way:
    """One way to call an operation; `says` gives the members, `has_card` if a card is meant."""

    operation: str
    says: Callable[[Known], Json]
    has_card: bool = False

    async def call(self, person: Known, **more: Any) -> Answer:
        """The call: members of GET and DELETE go into the query."""
        row, initiator = ROWS[self.operation], person.initiator
        path = row.resource.format(srcDigitalCardId=person.card_id, addressId=person.address_id)
        url = f"{initiator.sandbox['urls'][person.network]['src']}/{path}"
        members = {"srcClientId": initiator.client_id, **self.says(person), **more}
        if row.method in ("GET", "DELETE"):
            return await initiator.send(row.method, f"{url}?{urlencode(members)}")
        data = json.dumps(members).encode()
        headers = {"Content-Type": "application/json"}
        return await initiator.send(row.method, url, data=data, headers=headers)


def _by_session(person: Known) -> Json:
    return {"srcCorrelationId": person.session}


def _by_checkout(person: Known) -> Json:
    return {"srcCorrelationId": person.paid}


def _by_token(person: Known) -> Json:
    return {"idToken": person.id_token}


def _by_tokens(person: Known) -> Json:
    return {"idTokens": [person.id_token]}


def _by_device(person: Known) -> Json:
    return {"recognitionTokens": ["none", person.recognition_token]}


def _by_identity(person: Known) -> Json:
    return {"consumerIdentity": person.identity}


def _by_reference(person: Known) -> Json:
    return {"accountReference": {"consumerIdentity": person.identity}}


def _by_card_reference(person: Known) -> Json:
    return {"accountReference": {"srcDigitalCardId": person.card_id}}


def _by_card(person: Known) -> Json:
    return {"srcDigitalCardId": person.card_id}


def _by_description(person: Known) -> Json:
    return {
        "encryptedCard": person.encrypted_card,
        "consumer": {"emailAddress": person.email, "firstName": "Ana", "lastName": "Lopez"},
    }


def _by_nothing(_person: Known) -> Json:
    return {}  # the path says it


WAYS = (
    Way("enrollCard", _by_description),
    Way("enrollCard", _by_token),
    Way("enrollCard", _by_session),
    *(
        Way(name, _by_nothing, has_card=True)
        for name in (
            "getCard",
            "deleteCard",
            "updateCard",
            "addBillingAddress",
            "deleteBillingAddress",
        )
    ),
    Way("addShippingAddress", _by_token),
    Way("addShippingAddress", _by_session),
    Way("updateShippingAddress", _by_nothing),
    Way("deleteShippingAddress", _by_nothing),
    Way("isRecognized", _by_device),
    Way("identityLookup", _by_identity),
    Way("initiateIdentityValidation", _by_identity),
    Way("completeIdentityValidation", _by_identity),
    Way("completeIdentityValidation", lambda one: {"idValidationSessionId": one.validation}),
    Way("getSrcProfile", _by_tokens),
    Way("getSrcProfile", _by_token),
    Way("getSrcProfile", _by_session),
    Way("unbindAppInstance", _by_device),
    Way("unbindAppInstance", _by_tokens),
    Way("unbindAppInstance", _by_session),
    Way("prepareCheckout", _by_card, has_card=True),
    Way("prepareCheckout", _by_description),
    Way("checkout", _by_card, has_card=True),
    Way("checkout", _by_token),
    Way("checkout", _by_description),
    Way("getPayload", _by_checkout, has_card=True),
    Way("confirmation", lambda one: {**_by_checkout(one), "confirmationData": CONFIRMED}, True),
    Way("getConsumerProfile", _by_session),
    Way("authenticationMethodsLookup", _by_reference),
    Way("authenticationMethodsLookup", _by_card_reference, has_card=True),
    Way("initiateAuthentication", lambda one: {**_by_reference(one), **method()}),
    Way("initiateAuthentication", lambda one: {**_by_card_reference(one), **method()}, True),
    Way(
        "completeAuthentication", lambda one: {"authenticationSessionId": one.authentication}, True
    ),
)


def ways_of(network: str) -> Iterator[Way]:
    """Those that the network offers."""
    for way in WAYS:
        if ROWS[way.operation].offered(PROFILES[network]):
            yield way
