"""Checks on what a checkout is asked with: token, card, amount, kind of dynamic data."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from src_system.networks.currencies import minor_units
from src_system.verdict.check import Check, Flaw, Flaws, Severity, check
from src_system.verdict.history import History
from src_system.verdict.session import Session, is_checkout, money_of
from src_system.verdict.step import Step, part_of

_OPTIONS = "dpaTransactionOptions"
_NO_LIMIT = "CONVENIENCE_FEE_PERCENTAGE"  # a percentage, not money


def _ordering(history: History) -> list[Step]:
    """The checkouts of SRC initiators that order something themselves."""
    return [
        step
        for step in history.of_operation("checkout")
        if history.is_initiator(step)
        and "checkoutRequestJws" not in step.body
        and not _is_fetch(step, history)
    ]


def _is_fetch(step: Step, history: History) -> bool:
    session = history.session_of(step)
    return session is not None and session.is_fetch(step)


def _with_card_on_file(history: History) -> list[Step]:
    return [step for step in _ordering(history) if step.sent("srcDigitalCardId") is not None]


@check(
    "src.checkout.no-id-token",
    "A card on file is checked out without an idToken",
    Severity.WARN,
    mend="Send the token of profiles[] under the name that the network gave it.",
    of=_with_card_on_file,
)
def no_id_token(step: Step, _history: History) -> Flaws:
    """spec 4.10, 4.7, 10d: a card on file is opened by the idToken (Mastercard: authorization)
    that came with its profile; without it only the session vouches for the consumer.
    """
    header = step.profile.consumer_token_header if step.profile is not None else None
    if not step.id_tokens and not (header and step.header(header)):
        yield Flaw(f"A checkout at {step.network} has no idToken.", (step,))


@check(
    "src.checkout.two-cards",
    "A checkout names a card on file and brings another",
    Severity.WARN,
    mend="Send srcDigitalCardId for a card on file, or encryptedCard for a new one.",
    of=_ordering,
)
def two_cards(step: Step, _history: History) -> Flaws:
    """spec 4.10: of srcDigitalCardId and encryptedCard one is sent; the id wins, and the card is
    not looked at.
    """
    if step.sent("srcDigitalCardId") and step.sent("encryptedCard"):
        yield Flaw("Both srcDigitalCardId and encryptedCard are sent.", (step,))


@check(
    "src.checkout.dynamic-data-not-offered",
    "A kind of dynamic data is asked for that the network does not have",
    Severity.FAIL,
    mend="Ask each network for a kind that it offers, or for none and take its own.",
    of=_ordering,
)
def dynamic_data_not_offered(step: Step, _history: History) -> Flaws:
    """spec 9.3: the kinds of cryptogram differ; Mastercard has no long form."""
    offered = step.profile.dynamic_data_types if step.profile is not None else frozenset()
    asked = step.part(_OPTIONS, "paymentOptions")
    for option in asked if isinstance(asked, list) else ():
        kind = part_of(option, "dynamicDataType")
        if isinstance(kind, str) and kind and kind not in {str(one) for one in offered}:
            yield Flaw(f"{step.network} has no {kind}.", (step,))


@check(
    "src.amount.missing",
    "A checkout is over no amount",
    Severity.WARN,
    mend="Send dpaTransactionOptions.transactionAmount with the final amount.",
    of=_ordering,
)
def amount_missing(step: Step, history: History) -> Flaws:
    """spec 5.14: the amount is named at the start, at the authentication or at the checkout, at
    the latest; cryptogram and authentication are bound to it.
    """
    session = history.session_of(step)
    priced = session.first_priced if session is not None else None
    if money_of(step) is None and (priced is None or priced.called_at > step.called_at):
        yield Flaw(f"A checkout at {step.network} names no amount.", (step,))


def _with_authentication(history: History) -> list[Session]:
    return [
        session
        for session in history.sessions.values()
        if session.checkouts
        and any(step.operation == "initiateAuthentication" for step in session.steps)
    ]


@check(
    "src.amount.changed",
    "The amount of a checkout is not the one that was authenticated",
    Severity.FAIL,
    mend="Authenticate for the final amount, after tips, fees and delivery are known.",
    of=_with_authentication,
)
def amount_changed(session: Session, _history: History) -> Flaws:
    """spec 4.13, 5.14: a cardholder authenticates one amount; another needs another
    authentication.
    """
    authenticated: Step | None = None
    for step in session.steps:
        if step.operation == "initiateAuthentication" and not step.entry.is_refused:
            authenticated = step
        elif is_checkout(step) and authenticated is not None:
            before, money = money_of(authenticated), money_of(step)
            # An identity is validated over no amount, or over 0.00 (spec 4.13).
            if before is not None and before.amount and money is not None and before != money:
                message = f"{before} was authenticated, and {money} is checked out."
                yield Flaw(message, (authenticated, step))


@dataclass(frozen=True, eq=False)
class Amount:
    """An amount that a call names, and how many decimals it is written with."""

    step: Step
    path: str
    text: str
    currency: str


def _amounts(history: History) -> list[Amount]:
    return [amount for step in history.steps for amount in _amounts_of(step)]


def _amounts_of(step: Step) -> Iterator[Amount]:
    for holder in (_OPTIONS, "confirmationData"):
        yield from _amounts_in(step, step.part(holder, "transactionAmount"), holder)
    context = "authenticationContext"
    inside = step.part(context, _OPTIONS, "transactionAmount")
    yield from _amounts_in(step, inside, f"{context}.{_OPTIONS}")


def _amounts_in(step: Step, document: Any, holder: str) -> Iterator[Amount]:
    currency = part_of(document, "transactionCurrencyCode")
    if not isinstance(currency, str):
        return
    path = f"{holder}.transactionAmount"
    yield Amount(step, path, _digits(part_of(document, "transactionAmount")), currency)
    parts = part_of(document, "additionalAmounts")
    for part in parts if isinstance(parts, list) else ():
        if part_of(part, "additionalAmountType") != _NO_LIMIT:
            value = _digits(part_of(part, "additionalAmountValue"))
            yield Amount(step, f"{path}.additionalAmounts[]", value, currency)


def _digits(value: Any) -> str:
    """The amount as text; 500.0 is a number's way of writing 500."""
    if isinstance(value, float):
        return format(Decimal(repr(value)), "f").removesuffix(".0")
    return value if isinstance(value, str) else str(value)


@check(
    "src.amount.minor-units",
    "An amount has more decimals than its currency",
    Severity.FAIL,
    mend="Calculate in whole minor units, and write the amount with the currency's own decimals.",
    of=_amounts,
)
def minor_units_exceeded(amount: Amount, _history: History) -> Flaws:
    """spec 2.12: amounts are decimals in major units of an ISO 4217 currency, with no more
    decimals than it has: 2 for USD, none for JPY, 3 for KWD.
    """
    units = minor_units(amount.currency)
    decimals = len(amount.text.partition(".")[2])
    if units is None:
        message = f"{amount.path} is in {amount.currency}, which is no currency."
        yield Flaw(message, (amount.step,))
    elif decimals > units:
        message = f"{amount.path} has {decimals} decimals; {amount.currency} has {units or 'none'}."
        yield Flaw(message, (amount.step,))


CHECKS: tuple[Check, ...] = (
    no_id_token,
    two_cards,
    dynamic_data_not_offered,
    amount_missing,
    amount_changed,
    minor_units_exceeded,
)
