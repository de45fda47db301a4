"""What the operations are about: the table by which a rule that no call could meet is refused."""

from collections.abc import Iterator
from enum import StrEnum

from src_system.model.errors import NotSupported
from src_system.model.fault import Match
from src_system.model.fault_effects import Effect, StateEffect, operations_of
from src_system.model.member_paths import join
from src_system.model.operation_names import OPERATION_NAMES


class Concern(StrEnum):
    """What a call can be about, in the words of `match`; a kept card is one that has a status."""

    CLIENT = "client"
    DPA = "dpa"
    CONSUMER = "consumer"
    CARD = "card"
    KEPT_CARD = "kept card"


_SHOP = frozenset({Concern.CLIENT, Concern.DPA})
_PERSON = _SHOP | {Concern.CONSUMER}
# The card that an enrolment brings is known by its number alone: there is nothing to suspend yet.
_NEW_CARD = _PERSON | {Concern.CARD}
_CARD = _NEW_CARD | {Concern.KEPT_CARD}

CONCERNS: dict[str, frozenset[Concern]] = {
    "addBillingAddress": _CARD,
    "addShippingAddress": _PERSON,
    "authenticationMethodsLookup": _CARD,
    "checkout": _CARD,
    "completeAuthentication": _CARD,
    "completeIdentityValidation": _PERSON,
    "confirmation": _CARD,
    "deleteBillingAddress": _CARD,
    "deleteCard": _CARD,
    "deleteShippingAddress": _PERSON,
    "enrollCard": _NEW_CARD,
    # A batch is many people's, and enrols them later, one by one: the call is its issuer's alone.
    "enrollCardsBatch": frozenset({Concern.CLIENT}),
    "getCard": _CARD,
    "getCardsBatch": frozenset({Concern.CLIENT}),
    "getConsumerProfile": _PERSON,
    "getDpaBatch": _SHOP,
    "getPayload": _CARD,
    "getSrcProfile": _PERSON,
    "identityLookup": _PERSON,
    "initiateAuthentication": _CARD,
    "initiateIdentityValidation": _PERSON,
    "isRecognized": _PERSON,
    "keys": frozenset(),  # asked for by nobody
    "prepareCheckout": _CARD,
    "registerDpas": _SHOP,
    "unbindAppInstance": _PERSON,
    "updateCard": _CARD,
    "updateShippingAddress": _PERSON,
}
# About the checkout of their session: they name no card themselves.
AFTER_CHECKOUT = frozenset({"confirmation", "getPayload"})
# A browser sends its cookie with every call; these two ask whom it remembers.
READING_COOKIE = frozenset({"isRecognized", "unbindAppInstance"})


def refuse_unmeetable(effect: Effect, match: Match, *, source: str) -> None:
    """Raise NotSupported for a rule that no call could meet; *source* is where the rule stands."""
    makers = operations_of(effect)
    left = OPERATION_NAMES if makers is None else makers
    if match.operation:
        left = match.operation & left
        if makers is not None and not left:
            raise NotSupported(
                f"Only {', '.join(sorted(makers))} can meet this effect.",
                source=join(source, "match.operation"),
            )
    for path, concern in _needed(effect, match):
        about = frozenset(name for name in left if concern in CONCERNS[name])
        if not about:
            raise NotSupported(
                f"No call of {', '.join(sorted(left))} is about a {concern}.",
                source=join(source, path),
            )
        left = about


def _needed(effect: Effect, match: Match) -> Iterator[tuple[str, Concern]]:
    """What a call has to be about, each with the member that asks for it."""
    for concern in (Concern.CLIENT, Concern.DPA, Concern.CONSUMER, Concern.CARD):
        if getattr(match, concern):
            yield f"match.{concern}", concern
    if isinstance(effect, StateEffect):
        if effect.card is not None:
            yield "effect.state.card", Concern.KEPT_CARD
        else:
            yield "effect.state.consumer", Concern.CONSUMER
