"""What a careful client asks of a checkout before it pays with it; NotTrusted where it must not."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from src_system.client.checkout_answers import CheckoutAnswer, CheckoutResponse, Payload
from src_system.client.errors import NotTrusted
from src_system.client.src_answers import MaskedCard

SESSION_LIFE = timedelta(minutes=30)


class Receipts:
    """What a client has been given before, in all its sessions: nothing of it may come again."""

    def __init__(self) -> None:
        self._taken: set[tuple[str, str]] = set()

    def take(self, what: str, identifier: object) -> None:
        """Remember what a response or a payload is known by; NotTrusted when it came before."""
        if identifier is None:
            return
        if (what, str(identifier)) in self._taken:
            raise NotTrusted(f"{what} is that of an earlier checkout.")
        self._taken.add((what, str(identifier)))


def check_ends(claims: Mapping[str, Any], what: str) -> None:
    """A token without an end would be good for ever: NotTrusted."""
    if claims.get("exp") is None:
        raise NotTrusted(f"{what} has no exp.")


def check_response(
    response: CheckoutResponse,
    header: Mapping[str, Any],
    answer: CheckoutAnswer,
    *,
    srci_transaction_id: str,
    now: datetime,
) -> None:
    """Is it of this transaction and this session, fresh, and whole?"""
    if response.srci_transaction_id not in {None, srci_transaction_id}:
        raise NotTrusted(
            "The checkoutResponse is of another transaction:"
            f" srciTransactionId {response.srci_transaction_id!r}."
        )
    if response.src_correlation_id not in {None, answer.src_correlation_id}:
        raise NotTrusted(
            "The checkoutResponse is of another session:"
            f" srcCorrelationId {response.src_correlation_id!r}."
        )
    issued_at = header.get("iat")
    if issued_at is not None and now.timestamp() - float(issued_at) > SESSION_LIFE.total_seconds():
        raise NotTrusted("The checkoutResponse has expired: it is older than a checkout session.")
    for name in ("maskedCard", "assuranceData"):
        if name not in response.document:
            raise NotTrusted(f"The checkoutResponse has no {name}.")


def check_payload(payload: Payload, masked_card: MaskedCard | None, *, now: datetime) -> None:
    """Is there something to pay with, still good, and of the card that the response names?

    A payload without any part of a payment is that of the type NON_PAYMENT.
    """
    has_credential = payload.token is not None or payload.card is not None
    if has_credential and not payload.dynamic_data:
        raise NotTrusted("The payload has no dynamicData.")
    if payload.dynamic_data and not has_credential:
        raise NotTrusted("The payload has neither token nor card.")
    for data in payload.dynamic_data:
        expires = data.dynamic_data_expiration
        if expires is not None and expires <= now:
            raise NotTrusted(f"The payload's dynamicData has expired at {expires.isoformat()}.")
    month, year = _expiry(payload)
    if month is not None and year is not None and (int(year), int(month)) < (now.year, now.month):
        raise NotTrusted(f"What the payload pays with has expired in {month}/{year}.")
    if masked_card is None or payload.number is None:
        return
    shown = masked_card.pan_last_four if payload.token is None else masked_card.token_last_four
    if shown is not None and not payload.number.endswith(shown):
        raise NotTrusted("The payload is of another card than the checkoutResponse.")


def _expiry(payload: Payload) -> tuple[str | None, str | None]:
    if payload.token is not None:
        return payload.token.token_expiration_month, payload.token.token_expiration_year
    if payload.card is not None:
        return payload.card.pan_expiration_month, payload.card.pan_expiration_year
    return None, None
