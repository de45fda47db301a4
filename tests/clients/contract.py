"""Every operation of the SRC API, written out: what a network has to answer, and where."""

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from .exchange import Answer

OPERATIONS = {
    "enrollCard": "POST cards",
    "getCard": "GET cards/{srcDigitalCardId}",
    "deleteCard": "DELETE cards/{srcDigitalCardId}",
    "updateCard": "PUT cards/{srcDigitalCardId}",
    "addBillingAddress": "POST cards/{srcDigitalCardId}/billingaddress",
    "deleteBillingAddress": "DELETE cards/{srcDigitalCardId}/billingaddress",
    "addShippingAddress": "POST shippingaddresses",
    "updateShippingAddress": "PUT shippingaddresses/{addressId}",
    "deleteShippingAddress": "DELETE shippingaddresses/{addressId}",
    "isRecognized": "POST identities/recognize",
    "identityLookup": "POST identities/lookup",
    "initiateIdentityValidation": "POST identities/validation/initiate",
    "completeIdentityValidation": "POST identities/validation/complete",
    "getSrcProfile": "POST profiles/prepare",
    "unbindAppInstance": "POST apps/unbind",
    "checkout": "POST transaction/credentials",
    "getPayload": "GET transaction/credentials",
    "confirmation": "POST confirmations",
    "prepareCheckout": "POST transaction/preparedata",
    "getConsumerProfile": "GET consumerprofile",
    "authenticationMethodsLookup": "POST authentication/lookup",
    "initiateAuthentication": "POST authentication/initiate",
    "completeAuthentication": "POST authentication/complete",
    "enrollCardsBatch": "POST cards/batch",
    "getCardsBatch": "GET cards/batch/{batchId}",
    "registerDpas": "POST srci/{srcClientId}/dpas/batch",
    "getDpaBatch": "GET srci/{srcClientId}/dpas/batch/status/{batchId}",
    "keys": "GET keys",
}


def _pattern(place: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{[^}]+\}", "[^/]+", place))


# cards/batch is itself, not the card of that id: the places without a parameter come first.
_PLACES = sorted(OPERATIONS.items(), key=lambda one: one[1].count("{"))
_PATTERNS = [(name, _pattern(place)) for name, place in _PLACES]


def operation_of(base: str, answer: Answer) -> str | None:
    """The operation that this answers, at a network's base address; None: it is none of them."""
    path = urlsplit(answer.url).path.removeprefix(urlsplit(base).path).strip("/")
    called = f"{answer.method} {path}"
    return next((name for name, pattern in _PATTERNS if pattern.fullmatch(called)), None)


def called(base: str, answers: Iterable[Answer]) -> tuple[set[str], set[str]]:
    """The operations that were done, and those that were refused for a fault of the caller's."""
    done, refused = set(), set()
    for answer in answers:
        name = operation_of(base, answer)
        if name is None:
            continue
        if 200 <= answer.status < 300:
            done.add(name)
        elif 400 <= answer.status < 500:
            refused.add(name)
    return done, refused
