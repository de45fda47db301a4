"""Checks on consent: asked for before it is needed, and never made up (spec 5.20, 11.4)."""

from collections.abc import Iterator, Mapping
from typing import Any

from src_system.verdict.check import Check, Flaw, Flaws, Severity, check
from src_system.verdict.history import History
from src_system.verdict.step import Step, part_of

_NEEDED = ("TERMS_AND_CONDITIONS", "PRIVACY_POLICY")
_REMEMBER = "REMEMBER_ME"
_ASKING = ("saveDevice", "requestRecognitionToken", "recognitionTokenRequested")
_MISSING = "COMPLIANCE_REQUIRED"


def _enrolling(history: History) -> list[Step]:
    """Calls that made a profile, or would have."""
    return [
        step
        for step in history.of_operation("enrollCard", "checkout", "prepareCheckout")
        if "consumer" in step.body and (_made_profile(step) or _MISSING in step.reasons)
    ]


def _made_profile(step: Step) -> bool:
    if step.entry.is_refused:
        return False
    if step.operation == "enrollCard":
        return bool(step.issued_id_tokens) and not step.id_tokens
    return step.checkout_response.get("isNewUser") is True


@check(
    "src.consent.missing-at-enrolment",
    "A consumer is enrolled without consent",
    Severity.FAIL,
    mend="Send complianceSettings.complianceResources with TERMS_AND_CONDITIONS and PRIVACY_POLICY"
    " once the consumer has accepted them.",
    of=_enrolling,
)
def missing_at_enrolment(step: Step, _history: History) -> Flaws:
    """spec 4.1, 5.20, 11.4: acceptance of terms and privacy policy is collected before any data
    for an enrolment is sent, and sent along.
    """
    missing = [kind for kind in _NEEDED if kind not in step.consents]
    if missing:
        yield Flaw(f"{step.operation} brings no {' and no '.join(missing)}.", (step,))


def _with_consent(history: History) -> list[Step]:
    return [step for step in history.steps if _asks_to_remember(step) or step.consents]


def _asks_to_remember(step: Step) -> bool:
    return any(step.exchange.request.get(name) is True for name in _ASKING)


@check(
    "src.consent.remember-me-not-given",
    "A device is bound without the consumer's REMEMBER_ME",
    Severity.FAIL,
    mend="Send a complianceResource REMEMBER_ME when the consumer ticked it, and neither that nor"
    " saveDevice when not.",
    of=_with_consent,
)
def remember_me_not_given(step: Step, _history: History) -> Flaws:
    """spec 4.8, 5.20: the resource REMEMBER_ME is the consent to be remembered; it is given apart
    from the terms.
    """
    sent = {str(part_of(one, "complianceType")) for one in _resources(step.exchange.request)}
    if _asks_to_remember(step) and _REMEMBER not in sent:
        asked = next(name for name in _ASKING if step.exchange.request.get(name) is True)
        yield Flaw(f"{step.operation} has {asked}, and no {_REMEMBER}.", (step,))


@check(
    "src.consent.without-version",
    "Consent does not say to what",
    Severity.INFO,
    mend="Send uri and version of the terms and the privacy policy that were shown.",
    of=_with_consent,
)
def without_version(step: Step, _history: History) -> Flaws:
    """spec 5.20: a complianceResource names the document by uri, version and datePublished;
    without a version nobody can prove later what was accepted.
    """
    for resource in _resources(step.exchange.request):
        kind = part_of(resource, "complianceType")
        if kind in _NEEDED and not part_of(resource, "version"):
            yield Flaw(f"{kind} has no version.", (step,))


def _resources(request: Mapping[str, Any]) -> Iterator[Any]:
    for settings in (
        request.get("complianceSettings"),
        part_of(request, "consumer", "complianceSettings"),
    ):
        resources = part_of(settings, "complianceResources")
        yield from resources if isinstance(resources, list) else ()


CHECKS: tuple[Check, ...] = (missing_at_enrolment, remember_me_not_given, without_version)
