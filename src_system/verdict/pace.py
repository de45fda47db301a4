"""Checks on how often a client calls: mistakes repeated, waits ignored, batches polled."""

import hashlib
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

import msgspec

from src_system.verdict.check import Check, Flaw, Flaws, Severity, check
from src_system.verdict.history import History
from src_system.verdict.step import Step

_SAME_MISTAKES_MAX = 3
_MISTAKES_WITHIN = timedelta(minutes=10)
_FAILURES_MAX = 3
_BACK_OFF = timedelta(seconds=1)
_POLLS_MAX = 5
_POLL_PAUSE = timedelta(seconds=1)
_POLLING = ("getCardsBatch", "getDpaBatch")
_TOLERANCE = timedelta(milliseconds=500)  # a Retry-After has whole seconds, and clocks differ
# What is new in every call, also in one that is repeated.
_ALWAYS_NEW = ("srcCorrelationId", "encryptedCard", "enrollmentData")

Run = tuple[Step, ...]


def _lines(history: History) -> list[Run]:
    """The calls of one client to one operation, in one checkout and the order of time."""
    found: dict[tuple[str | None, ...], list[Step]] = {}
    for step in history.steps:
        if step.client is not None:
            checkout = step.transaction_id or step.correlation_id
            key = step.client, step.network, step.operation, checkout
            found.setdefault(key, []).append(step)
    return [tuple(steps) for steps in found.values()]


def _mistakes(history: History) -> list[Run]:
    """The refused calls that ask for the same, in the order of time."""
    found: dict[tuple[object, ...], list[Step]] = {}
    for step in history.steps:
        if step.entry.is_refused and not step.is_failed and not step.entry.faults:
            what = (step.client, step.network, step.operation, step.entry.reason, _asked(step))
            found.setdefault(what, []).append(step)
    return [tuple(steps) for steps in found.values()]


def _asked(step: Step) -> bytes:
    """What the call asks for, in short."""
    members = {name: step.body[name] for name in step.body if name not in _ALWAYS_NEW}
    query = {name: text for name, text in step.exchange.query.items() if name not in _ALWAYS_NEW}
    encoded = msgspec.json.encode([step.entry.path.partition("?")[0], members, query])
    return hashlib.sha256(encoded).digest()


@check(
    "src.pace.same-mistake",
    "A refused call is repeated as it was",
    Severity.WARN,
    mend="Do not retry on 4xx: read errordetail, put the member at fault right, or give up.",
    of=_mistakes,
)
def same_mistake(mistakes: Run, _history: History) -> Flaws:
    """spec 7.2: a 4xx other than 429 is the caller's to put right; the same call gets the same
    answer.
    """
    recent: list[Step] = []
    for step in mistakes:
        recent = [one for one in recent if step.called_at - one.called_at < _MISTAKES_WITHIN]
        recent.append(step)
        if len(recent) > _SAME_MISTAKES_MAX:
            message = f"{step.operation} was refused again and again: {step.entry.reason}."
            yield Flaw(message, tuple(recent))
            recent = recent[1:]


@check(
    "src.pace.retry-after-ignored",
    "A call comes back before Retry-After is over",
    Severity.FAIL,
    mend="Wait as long as Retry-After says before calling the operation again.",
    of=_lines,
)
def retry_after_ignored(line: Run, _history: History) -> Flaws:
    """spec 7.2: 429 and 503 with Retry-After name the seconds, or the instant, before which nobody
    is served.
    """
    until: tuple[Step, datetime, datetime] | None = None
    for step in line:
        if until is not None and step.knew(until[0]):
            put_off, machine_end, sandbox_end = until
            # Whoever moved the sandbox's clock on has waited in its time.
            if step.called_at < machine_end - _TOLERANCE and step.at < sandbox_end - _TOLERANCE:
                message = f"{step.operation} at {step.network} was asked again too soon."
                yield Flaw(message, (put_off, step))
        wait = _wait_of(step)
        if step.is_put_off and wait is not None:
            until = step, step.answered_at + wait, step.at + wait


def _wait_of(step: Step) -> timedelta | None:
    """What Retry-After says, in either of its forms."""
    text = (step.answer_header("Retry-After") or "").strip()
    if text.isascii() and text.isdigit():
        return timedelta(seconds=min(int(text), 86_400))
    try:
        return max(timedelta(), parsedate_to_datetime(text) - step.at) if text else None
    except (ValueError, TypeError):
        return None


@check(
    "src.pace.no-back-off",
    "A call that fails is repeated without a pause",
    Severity.WARN,
    mend="Wait before each retry, longer every time, and give up after a few.",
    of=_lines,
)
def no_back_off(line: Run, _history: History) -> Flaws:
    """spec 7.2: 5xx is worth another try, with a growing pause in between; whoever hammers a
    system that is down keeps it there.
    """
    failed: list[Step] = []
    for step in line:
        in_haste = bool(failed) and step.called_at - failed[-1].answered_at < _BACK_OFF
        if not step.is_failed:
            failed = []
        elif in_haste and step.knew(failed[-1]):
            failed.append(step)
        else:
            failed = [step]
        if len(failed) > _FAILURES_MAX:
            message = f"{step.operation} at {step.network} is hammered while it fails."
            yield Flaw(message, tuple(failed))
            failed = failed[1:]


def _polls(history: History) -> list[Run]:
    """The questions after one batch each, in the order of time."""
    found: dict[tuple[str, str], list[Step]] = {}
    for step in history.of_operation(*_POLLING):
        found.setdefault((step.network, step.entry.path.partition("?")[0]), []).append(step)
    return [tuple(steps) for steps in found.values()]


@check(
    "src.pace.batch-polled",
    "A batch's status is asked for without a pause",
    Severity.WARN,
    mend="Pause between two looks at a batch, and longer each time.",
    of=_polls,
)
def batch_polled(polls: Run, _history: History) -> Flaws:
    """spec 4.14, 4.15: batches are worked on for minutes; 202 says that one was taken, and its
    status is asked for now and then.
    """
    hasty: list[Step] = []
    for step in polls:
        if hasty and not _in_haste(hasty[-1], step):
            hasty = []
        hasty.append(step)
        if step.answered("batchStatus") != "IN_PROGRESS":
            hasty = []
        elif len(hasty) > _POLLS_MAX:
            yield Flaw(f"{step.operation} at {step.network} is polled.", tuple(hasty))
            hasty = hasty[1:]


def _in_haste(before: Step, after: Step) -> bool:
    """Whether hardly any time passed between two calls, by either clock."""
    waits = (after.called_at - before.answered_at, after.at - before.at)
    return max(waits) < _POLL_PAUSE


CHECKS: tuple[Check, ...] = (same_mistake, retry_after_ignored, no_back_off, batch_polled)
