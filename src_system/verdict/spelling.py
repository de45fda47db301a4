"""Checks on the names that a client uses: those of yesterday, and slips of the pen."""

from collections.abc import Iterator, Mapping
from typing import Any

from src_system.verdict.check import Check, Flaw, Flaws, Severity, check
from src_system.verdict.history import History
from src_system.verdict.step import Step, part_of
from src_system.verdict.vocabulary import FREE_OBJECTS, OLD_NAMES, OLD_VALUES, meant

_OLD_CONSENTS = ("privacy", "tnc", "cookie", "geoLocation", "communications")

Member = tuple[str, Any, Mapping[str, Any]]  # name, value, and the object that holds it


def _with_members(history: History) -> list[Step]:
    return [step for step in history.steps if step.exchange.request]


def _members(document: Any) -> Iterator[Member]:
    """Every member of *document* and of what it holds, free objects apart."""
    if isinstance(document, Mapping):
        for name, value in document.items():
            yield str(name), value, document
            if name not in FREE_OBJECTS:
                yield from _members(value)
    elif isinstance(document, list):
        for value in document:
            yield from _members(value)


@check(
    "src.spelling.deprecated",
    "An older spelling is used",
    Severity.WARN,
    mend="Use the newer name or value.",
    of=_with_members,
)
def deprecated(step: Step, _history: History) -> Flaws:
    """spec 0.5: names and values of API 1.0 and before have newer ones; a network may stop taking
    the old ones with any release.
    """
    for old, new in dict.fromkeys(_old_spellings(step.exchange.request)):
        yield Flaw(f"{old} is old; it is {new} now.", (step,))


def _old_spellings(request: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if "identityValue" in request and "consumerIdentity" not in request:
        yield "identityValue at the top of the body", "consumerIdentity.identityValue"
    if isinstance(request.get("idToken"), list):
        yield "a list as idToken", "idTokens"
    for name, value, parent in _members(request):
        if name in OLD_NAMES:
            yield name, OLD_NAMES[name]
        if isinstance(value, str) and (name, value) in OLD_VALUES:
            yield f"{name} {value}", OLD_VALUES[name, value]
        if name == "type" and "identityValue" in parent and "identityType" not in parent:
            yield "type of an identity", "identityType"
        if name == "paymentOptions" and isinstance(value, Mapping):
            yield "paymentOptions as one object", "a list of objects"
        if name == "dpaTransactionOptions" and part_of(value, "payloadTypeIndicator"):
            yield f"{name}.payloadTypeIndicator", "payloadTypeIndicatorCheckout of the call"
        if name == "complianceSettings" and isinstance(value, Mapping):
            old = [one for one in _OLD_CONSENTS if one in value]
            if old and "complianceResources" not in value:
                yield f"complianceSettings.{old[0]}", "complianceSettings.complianceResources"


@check(
    "src.spelling.near-miss",
    "A member is not known, and one letter away from one that is",
    Severity.WARN,
    mend="Write the member as the API does.",
    of=_with_members,
)
def near_miss(step: Step, _history: History) -> Flaws:
    """spec 2.13: what is not known is ignored without a word, so that a slip of the pen is a wish
    that nobody hears.
    """
    for name in dict.fromkeys(name for name, _, _ in _members(step.exchange.request)):
        known = meant(name)
        if known is not None:
            yield Flaw(f"{name} is not known; {known} is.", (step,))


CHECKS: tuple[Check, ...] = (deprecated, near_miss)
