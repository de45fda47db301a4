"""A checkout session at one network: what was ordered, what was handed out, what was reported."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any

from src_system.clock import parse_iso
from src_system.verdict.step import Step, part_of

AUTHORISE, CAPTURE = "01", "02"
_OTHER_EVENTS = ("03", "04", "05", "06", "07")  # refund, cancellation and such (spec 4.12)
_NOT_PAID_STATUSES = ("03", "04")  # cancelled, fraud cancelled (spec 4.12)
_SUCCESS = "01"
_FAILURES = ("02", "03")
_CREDENTIALS = ("token", "card")
_OPTIONS = "dpaTransactionOptions"
_COMPLETE = "COMPLETE"


@dataclass(frozen=True)
class Money:
    """An amount as it was sent, and what it comes to."""

    amount: Decimal
    currency: str

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"


@dataclass(frozen=True, eq=False)
class Delivery:
    """A payload with credentials that was handed out, and until when its dynamic data is good."""

    step: Step
    expires_at: datetime | None


@dataclass(frozen=True, eq=False)
class Session:
    """The calls that name one srcCorrelationId of one network, in the order of time."""

    network: str
    src_correlation_id: str
    steps: tuple[Step, ...]

    @cached_property
    def opened_by(self) -> Step | None:
        """The first call in it that was served."""
        return next((step for step in self.steps if not step.entry.is_refused), None)

    @cached_property
    def checkouts(self) -> tuple[Step, ...]:
        """The checkouts that were answered, whatever came of them."""
        return tuple(step for step in self.steps if is_checkout(step) and not self.is_fetch(step))

    @cached_property
    def paid(self) -> tuple[Step, ...]:
        """The checkouts that ended in COMPLETE."""
        return tuple(step for step in self.checkouts if is_complete(step))

    @cached_property
    def fetches(self) -> tuple[Step, ...]:
        """The calls that fetched the payload; at networks without a call for it, the repeated
        checkout that brings nothing but the card (spec 10d).
        """
        found, was_complete = [], False
        for step in self.steps:
            if step.entry.is_refused:
                continue
            if step.operation == "getPayload" or (was_complete and _only_repeats(step)):
                found.append(step)
            was_complete = was_complete or (is_checkout(step) and is_complete(step))
        return tuple(found)

    def is_fetch(self, step: Step) -> bool:
        """Whether the call is one of those."""
        return step in self._fetched

    @cached_property
    def _fetched(self) -> frozenset[Step]:
        return frozenset(self.fetches)

    @cached_property
    def deliveries(self) -> tuple[Delivery, ...]:
        """Every payload with credentials that reached the client."""
        found = []
        for step in (*self.paid, *self.fetches):
            if step.is_lost:
                continue
            for _, artefact in step.artefacts("response", "encryptedPayload"):
                content = artefact.content
                if content is None and not _asks_for_no_credentials(step):
                    found.append(Delivery(step, None))
                elif content and any(name in content for name in _CREDENTIALS):
                    found.append(Delivery(step, expiry_of_payload(content)))
        return tuple(sorted(found, key=lambda one: one.step.called_at))

    @cached_property
    def confirmations(self) -> tuple[Step, ...]:
        """The confirmations that the network took."""
        return tuple(
            step
            for step in self.steps
            if step.operation == "confirmation" and not step.entry.is_refused
        )

    @cached_property
    def authorisations(self) -> tuple[Step, ...]:
        """The confirmations that an authorisation went through."""
        return tuple(
            step
            for step in self.confirmations
            if event_type(step) == AUTHORISE and is_success(step)
        )

    @cached_property
    def first_priced(self) -> Step | None:
        """The first call that names an amount."""
        return next((step for step in self.steps if money_of(step) is not None), None)

    @cached_property
    def ordered(self) -> Money | None:
        """What the newest checkout that says so is over."""
        amounts = (money_of(step) for step in reversed(self.checkouts))
        return next((money for money in amounts if money is not None), None)


def is_checkout(step: Step) -> bool:
    """Whether the call is a checkout that was answered."""
    return step.operation == "checkout" and not step.entry.is_refused


def is_complete(step: Step) -> bool:
    """Whether a checkout ended in COMPLETE, or says nothing else (spec 6.1)."""
    code: Any = step.exchange.response.get("dcfActionCode", _COMPLETE)
    return bool(code == _COMPLETE)


def _only_repeats(step: Step) -> bool:
    """Whether a checkout is the second leg: the session and the card, and no order."""
    profile = step.profile
    return (
        step.operation == "checkout"
        and profile is not None
        and not profile.payload_by_get
        and not step.id_tokens
        and "dpaTransactionOptions" not in step.body
        and "checkoutRequestJws" not in step.body
        and "encryptedCard" not in step.body
    )


def _asks_for_no_credentials(step: Step) -> bool:
    return step.sent("payloadTypeIndicatorCheckout") == "NON_PAYMENT"


def expiry_of_payload(content: Mapping[str, Any]) -> datetime | None:
    """When the first of the dynamic data in a payload ends (spec 5.17): text or epoch seconds."""
    data = content.get("dynamicData")
    ends = [
        instant
        for one in (data if isinstance(data, list) else [data])
        if (instant := _instant(part_of(one, "dynamicDataExpiration"))) is not None
    ]
    return min(ends, default=None)


def _instant(value: Any) -> datetime | None:
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value, UTC)
        if isinstance(value, str) and value.isascii() and value.isdigit():
            return datetime.fromtimestamp(int(value), UTC)
        return parse_iso(value) if isinstance(value, str) else None
    except (ValueError, OverflowError, OSError):
        return None


def is_success(confirmation: Step) -> bool:
    """Whether the confirmation says that the payment went through (spec 4.12)."""
    return (
        event_type(confirmation) in (AUTHORISE, CAPTURE)
        and _data(confirmation, "confirmationStatus") in (None, "", _SUCCESS)
        and _data(confirmation, "checkoutEventStatus") not in _NOT_PAID_STATUSES
    )


def claims_payment(confirmation: Step) -> bool:
    """Whether it would tell the network that the payment went through, taken or refused.

    For one that was taken the same as `is_success`. One that was refused may lack a member, or
    hold nonsense: whoever sent it tried to confirm, unless it says that nothing was paid.
    """
    return (
        event_type(confirmation) not in _OTHER_EVENTS
        and _data(confirmation, "confirmationStatus") not in _FAILURES
        and _data(confirmation, "checkoutEventStatus") not in _NOT_PAID_STATUSES
    )


def event_type(confirmation: Step) -> str | None:
    """The checkoutEventType."""
    value = _data(confirmation, "checkoutEventType")
    return value if isinstance(value, str) else None


def confirmed_at(confirmation: Step) -> datetime:
    """When the payment was made, by the sandbox's clock.

    A client that stamps its own machine's time says no more than *now*: then the sandbox's time of
    the call counts, wherever its clock was moved. Otherwise the stamp, which may lie back.
    """
    stamped = _instant(_data(confirmation, "confirmationTimestamp"))
    at, machine = confirmation.at, confirmation.entry.recorded_at
    if stamped is None or abs((stamped - machine).total_seconds()) < 120 or stamped > at:
        return at
    return stamped


def stamp_of(confirmation: Step) -> datetime | None:
    """The confirmationTimestamp as it was sent."""
    return _instant(_data(confirmation, "confirmationTimestamp"))


def money_of(step: Step) -> Money | None:
    """The amount that the dpaTransactionOptions of a checkout or an authentication name."""
    inside = step.part("authenticationContext", _OPTIONS, "transactionAmount")
    return read_money(step.part(_OPTIONS, "transactionAmount")) or read_money(inside)


def confirmed_money(confirmation: Step) -> Money | None:
    """The amount that a confirmation names."""
    return read_money(_data(confirmation, "transactionAmount"))


def read_money(document: Any) -> Money | None:
    """A TransactionAmount; None unless amount and currency are there."""
    amount = part_of(document, "transactionAmount")
    currency = part_of(document, "transactionCurrencyCode")
    if isinstance(amount, bool) or not isinstance(amount, str | int | float):
        return None
    if not isinstance(currency, str) or not currency:
        return None
    try:
        value = Decimal(str(amount).strip())
    except InvalidOperation:
        return None
    return Money(value, currency) if value.is_finite() else None


def _data(confirmation: Step, name: str) -> Any:
    return confirmation.part("confirmationData", name)
