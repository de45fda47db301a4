"""Which operation an answer leads to: OpenAPI links, so that tools can follow a story."""

from collections.abc import Iterable
from typing import Any

_CARD = "$response.body#/maskedCard/srcDigitalCardId"
_SESSION = "$response.body#/srcCorrelationId"

# (from, to): parameters of the path and query, members of the body.
_LINKS: dict[tuple[str, str], dict[str, Any]] = {
    ("enrollCard", "getCard"): {"parameters": {"path.srcDigitalCardId": _CARD}},
    ("enrollCard", "deleteCard"): {"parameters": {"path.srcDigitalCardId": _CARD}},
    ("getCard", "deleteCard"): {"parameters": {"path.srcDigitalCardId": _CARD}},
    ("initiateIdentityValidation", "completeIdentityValidation"): {
        "requestBody": {"idValidationSessionId": "$response.body#/idValidationSessionId"}
    },
    ("completeIdentityValidation", "getSrcProfile"): {
        "requestBody": {"idTokens": ["$response.body#/idToken"], "srcCorrelationId": _SESSION}
    },
    ("enrollCard", "checkout"): {
        "requestBody": {
            "srcDigitalCardId": _CARD,
            "idToken": "$response.body#/idToken",
            "srcCorrelationId": _SESSION,
        }
    },
    ("checkout", "getPayload"): {"parameters": {"query.srcCorrelationId": _SESSION}},
    ("checkout", "confirmation"): {"requestBody": {"srcCorrelationId": _SESSION}},
    ("getPayload", "confirmation"): {"requestBody": {"srcCorrelationId": _SESSION}},
}


def links_of(name: str, known: Iterable[str]) -> dict[str, Any]:
    """The links of the operation's success to operations that are *known*."""
    names = set(known)
    return {
        target: {"operationId": target, **link}
        for (start, target), link in _LINKS.items()
        if start == name and target in names
    }
