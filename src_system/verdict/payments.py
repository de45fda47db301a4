"""Checks on what follows a checkout: the payload, and what the network is told of the payment."""

from datetime import timedelta

from src_system.verdict.check import Check, Flaw, Flaws, Severity, check
from src_system.verdict.history import History
from src_system.verdict.session import (
    AUTHORISE,
    Session,
    confirmed_at,
    confirmed_money,
    event_type,
    is_success,
    stamp_of,
)
from src_system.verdict.step import Step

_REPORTING = ("02", "03", "06")  # capture, refund, chargeback: of what was authorised before
_EVENTS = {"02": "A capture", "03": "A refund", "06": "A chargeback"}
_AHEAD = timedelta(minutes=5)
_UNKNOWN = (400, 404, 409)  # how a network says that there is nothing to confirm


def _paid_sessions(history: History) -> list[Session]:
    return [session for session in history.sessions.values() if session.paid]


@check(
    "src.payload.fetched-twice",
    "The payload of a checkout is fetched more than once",
    Severity.WARN,
    mend="Fetch the payload once, and keep it until the authorisation; fetch again only when the"
    " answer was lost.",
    of=_paid_sessions,
)
def fetched_twice(session: Session, _history: History) -> Flaws:
    """spec 4.11, 8.8: every fetch issues a new cryptogram; each is good for one authorisation, and
    the earlier ones lie about unused.
    """
    done = [step for step in session.fetches if step.is_done and not step.entry.faults]
    if len(done) > max(1, len(session.authorisations)):
        yield Flaw(f"{session.network} handed out the payload again.", tuple(done))


def _delivered_sessions(history: History) -> list[Session]:
    """Sessions whose credentials nobody had a reason to refuse."""
    return [
        session
        for session in _paid_sessions(history)
        if any(not delivery.step.is_tampered for delivery in session.deliveries)
        and not history.has_tampered_keys(session.network)
    ]


@check(
    "src.confirmation.missing",
    "A checkout was paid for, and nothing was confirmed",
    Severity.WARN,
    mend="Send a confirmation after the authorisation, also after one that was declined.",
    of=_delivered_sessions,
)
def not_confirmed(session: Session, _history: History) -> Flaws:
    """spec 4.12, 10i: the SRC initiator confirms what became of each checkout whose credentials it
    was given; networks ask for it at certification.
    """
    told = any(step.operation == "confirmation" and not step.is_failed for step in session.steps)
    sound = [one.step for one in session.deliveries if not one.step.is_tampered]
    if not told:
        message = f"{session.network} was told nothing after it had handed out the credentials."
        yield Flaw(message, (sound[-1],))


def _confirmations(history: History) -> list[Step]:
    return [
        step for step in history.of_operation("confirmation") if step.correlation_id is not None
    ]


@check(
    "src.confirmation.unknown-session",
    "A confirmation names a session without a checkout",
    Severity.FAIL,
    mend="Keep the srcCorrelationId of the checkout's answer with the order, and confirm with it.",
    of=_confirmations,
)
def unknown_session(step: Step, history: History) -> Flaws:
    """spec 4.12: a confirmation bears the srcCorrelationId of the checkout that it is about; the
    network answers 400 to any other.
    """
    session = history.session_of(step)
    was_refused = step.entry.status in _UNKNOWN and not step.entry.faults
    if was_refused and (session is None or not session.checkouts):
        yield Flaw(f"{step.network} knows no checkout of this srcCorrelationId.", (step,))


@check(
    "src.confirmation.not-paid",
    "A payment is confirmed whose checkout was not completed",
    Severity.FAIL,
    mend="Authorise and confirm only after dcfActionCode COMPLETE.",
    of=_confirmations,
)
def not_paid(step: Step, history: History) -> Flaws:
    """spec 6.1, 6.2: any dcfActionCode other than COMPLETE is no payment."""
    session = history.session_of(step)
    if session is None or session.paid or not is_success(step):
        return
    ended = next((one for one in reversed(session.checkouts) if step.knew(one)), None)
    if ended is not None:
        yield Flaw(f"The checkout had ended in {ended.answered('dcfActionCode')}.", (ended, step))


def _authorisations(history: History) -> list[tuple[Step, Session]]:
    """The first authorisation that each session is told went through."""
    return [
        (session.authorisations[0], session)
        for session in _paid_sessions(history)
        if session.authorisations
    ]


@check(
    "src.confirmation.before-payload",
    "An authorisation is confirmed before the payload was fetched",
    Severity.FAIL,
    mend="Fetch the payload, authorise with what is in it, then confirm.",
    of=_authorisations,
)
def before_payload(subject: tuple[Step, Session], _history: History) -> Flaws:
    """spec 10a, 10d: number and cryptogram come with the payload; without it there is nothing to
    authorise with.
    """
    step, session = subject
    if not any(step.knew(delivery.step) for delivery in session.deliveries):
        yield Flaw("Nobody had the credentials yet.", (session.paid[-1], step))


@check(
    "src.payload.expired-used",
    "An expired payload was used",
    Severity.FAIL,
    mend="Compare dynamicDataExpiration before the authorisation, and check out again when it is"
    " over.",
    of=_authorisations,
)
def expired_used(subject: tuple[Step, Session], _history: History) -> Flaws:
    """spec 5.17, 8.8: dynamic data is good until dynamicDataExpiration; an authorisation with it
    at that instant or afterwards is declined.
    """
    step, session = subject
    known = [one for one in session.deliveries if step.knew(one.step)]
    if not known or any(one.expires_at is None for one in known):
        return
    newest = max(known, key=lambda one: one.expires_at or step.at)
    if newest.expires_at is not None and newest.expires_at <= confirmed_at(step):
        yield Flaw("The authorisation came after dynamicDataExpiration.", (newest.step, step))


@check(
    "src.confirmation.amount-differs",
    "The confirmed amount is not that of the checkout",
    Severity.WARN,
    mend="Confirm the authorised amount in major units and in the checkout's currency.",
    of=_authorisations,
)
def amount_differs(subject: tuple[Step, Session], _history: History) -> Flaws:
    """spec 4.12, 5.14: the authorisation is over the amount that the cryptogram was issued for."""
    step, session = subject
    confirmed, ordered = confirmed_money(step), session.ordered
    if confirmed is not None and ordered is not None and confirmed != ordered:
        message = f"{ordered} was checked out, and {confirmed} is confirmed."
        yield Flaw(message, (session.checkouts[-1], step))


@check(
    "src.confirmation.twice",
    "An authorisation is confirmed more than once",
    Severity.WARN,
    mend="Confirm each event once; send it again only when the answer was lost or an error.",
    of=_paid_sessions,
)
def confirmed_twice(session: Session, _history: History) -> Flaws:
    """spec 4.12: one confirmation per event; a second authorisation with one cryptogram looks like
    a second payment.
    """
    done = [step for step in session.authorisations if step.is_done]
    if len(done) > max(1, len(session.deliveries)):
        yield Flaw("The checkout's authorisation is confirmed again.", tuple(done))


@check(
    "src.confirmation.out-of-order",
    "A capture or refund is confirmed, and no authorisation was",
    Severity.WARN,
    mend="Confirm the authorisation first (checkoutEventType 01).",
    of=_paid_sessions,
)
def out_of_order(session: Session, history: History) -> Flaws:
    """spec 10i: capture, refund and chargeback follow the confirmed authorisation of the same
    srcCorrelationId.
    """
    for step in session.confirmations:
        kind = event_type(step)
        if kind == AUTHORISE:
            return
        if kind in _REPORTING and history.is_whole:
            yield Flaw(f"{_EVENTS[kind]} is confirmed first.", (step,))
            return


@check(
    "src.confirmation.dated-ahead",
    "A confirmation is dated ahead",
    Severity.WARN,
    mend="Write confirmationTimestamp in UTC (a local time without its offset is read as UTC).",
    of=_confirmations,
)
def dated_ahead(step: Step, _history: History) -> Flaws:
    """spec 2.9, 4.12: confirmationTimestamp is the time of the event, in UTC."""
    stamp = stamp_of(step)
    if stamp is not None and stamp - max(step.at, step.entry.recorded_at) > _AHEAD:
        yield Flaw("confirmationTimestamp lies in the future.", (step,))


CHECKS: tuple[Check, ...] = (
    fetched_twice,
    not_confirmed,
    unknown_session,
    not_paid,
    before_payload,
    expired_used,
    amount_differs,
    confirmed_twice,
    out_of_order,
    dated_ahead,
)
