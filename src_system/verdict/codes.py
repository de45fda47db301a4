"""Checks on one-time codes: who is asked to send them, how often, and how they are tried."""

from datetime import timedelta

from src_system.verdict.check import Check, Flaw, Flaws, Severity, check
from src_system.verdict.history import History, Transaction
from src_system.verdict.step import Step

_LOOKUP, _INITIATE = "identityLookup", "initiateIdentityValidation"
_COMPLETE, _UNBIND = "completeIdentityValidation", "unbindAppInstance"
_SESSION = "idValidationSessionId"
_CODES_MAX = 3
_CODES_WITHIN = timedelta(minutes=5)
_EXCEEDED, _UNRECOGNIZED = "RETRIES_EXCEEDED", "UNRECOGNIZED_CONSUMER_ID"


def _transactions(history: History) -> list[Transaction]:
    return list(history.transactions.values())


@check(
    "src.identity.validated-twice",
    "Codes are sent by several networks for one checkout",
    Severity.WARN,
    mend="Choose one network to validate with; another one only after it has refused.",
    of=_transactions,
)
def validated_twice(transaction: Transaction, _history: History) -> Flaws:
    """spec 10c: one network validates the consumer, and its idToken opens the others; two codes in
    one checkout confuse whoever receives them.
    """
    sent: Step | None = None
    for step in transaction.steps:
        if step.operation in (_INITIATE, _COMPLETE) and (step.entry.is_refused or step.is_lost):
            sent = None  # whoever was refused may try another network
        elif step.operation == _INITIATE:
            if sent is not None and sent.network != step.network:
                message = f"{step.network} sends a code after {sent.network} did."
                yield Flaw(message, (sent, step))
            sent = step
        elif step.operation == _UNBIND:
            sent = None


@check(
    "src.identity.code-without-presence",
    "A code is asked of a network that does not know the consumer",
    Severity.WARN,
    mend="Ask for the code where identityLookup said that the consumer is present.",
    of=_transactions,
)
def code_without_presence(transaction: Transaction, _history: History) -> Flaws:
    """spec 4.4, 10c: the network that validates is one that answered consumerPresent true."""
    absent: dict[tuple[str, str | None], Step] = {}
    for step in transaction.steps:
        key = step.network, step.identity
        if step.operation == _LOOKUP and step.is_done:
            absent.pop(key, None)
            if step.exchange.response.get("consumerPresent") is False:
                absent[key] = step
        elif step.operation == _INITIATE and key in absent and _UNRECOGNIZED in step.reasons:
            yield Flaw(f"{step.network} had said that nobody is present.", (absent[key], step))


def _addressees(history: History) -> list[tuple[Step, ...]]:
    """Codes asked for, and tried, by network, client and identity, in the order of time."""
    found: dict[tuple[str, str | None, str], list[Step]] = {}
    sent_to: dict[tuple[str, str | None], str] = {}  # by network and idValidationSessionId
    for step in history.of_operation(_INITIATE, _COMPLETE):
        who = step.identity or sent_to.get((step.network, step.sent(_SESSION)))
        if who is None:
            continue
        if step.operation == _INITIATE:
            sent_to[step.network, step.answered(_SESSION)] = who
        found.setdefault((step.network, step.client, who), []).append(step)
    return [tuple(steps) for steps in found.values()]


@check(
    "src.code.tried-after-exceeded",
    "A code is tried after RETRIES_EXCEEDED",
    Severity.FAIL,
    mend="Offer a new code or another way to pay once RETRIES_EXCEEDED was answered.",
    of=_addressees,
)
def tried_after_exceeded(steps: tuple[Step, ...], _history: History) -> Flaws:
    """spec 4.6, 7.4: RETRIES_EXCEEDED ends a validation; further tries lock the consumer."""
    ended: dict[str | None, Step] = {}  # by idValidationSessionId; None where the identity finds it
    for step in steps:
        if step.operation == _INITIATE:
            if not step.entry.is_refused:
                ended.pop(None, None)
                ended.pop(step.answered(_SESSION), None)
            continue
        validation = step.sent(_SESSION)
        if validation in ended and step.knew(ended[validation]):
            message = "The validation had ended with RETRIES_EXCEEDED."
            yield Flaw(message, (ended[validation], step))
        elif _EXCEEDED in step.reasons:
            ended.setdefault(validation, step)


@check(
    "src.code.resent-too-often",
    "Codes are sent again and again while the first is still good",
    Severity.WARN,
    mend="Offer to send again only after a while (a minute is usual), and not more than twice.",
    of=_addressees,
)
def resent_too_often(steps: tuple[Step, ...], _history: History) -> Flaws:
    """spec 4.5: each call of initiateIdentityValidation sends a further code, and the earlier one
    ends with it; networks answer RETRIES_EXCEEDED to whoever overdoes it.
    """
    recent: list[Step] = []
    for step in steps:
        if step.operation == _COMPLETE:
            recent = []
            continue
        if not step.is_done:
            continue  # nothing was sent
        recent = [one for one in recent if step.at - one.at < _CODES_WITHIN]
        recent.append(step)
        if len(recent) > _CODES_MAX:
            message = f"More than {_CODES_MAX} codes within five minutes, and none was tried."
            yield Flaw(message, tuple(recent))


CHECKS: tuple[Check, ...] = (
    validated_twice,
    code_without_presence,
    tried_after_exceeded,
    resent_too_often,
)
