"""States of a digital card: the steps there are, and when a card is past its expiry (spec 10j)."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from src_system.model.digital_card import (
    DigitalCardStatus,
    SealedPan,
    change_status,
    refuse_unusable,
)
from src_system.model.errors import InactiveCard, InvalidState, SuspendedCard
from src_system.model.pan import CardExpiry
from src_system.model.payment_token import SealedToken
from tests.model.samples import CARD, NOW

ALLOWED = {
    ("PENDING", "ACTIVE"),
    ("PENDING", "CANCELLED"),
    ("ACTIVE", "SUSPENDED"),
    ("ACTIVE", "CANCELLED"),
    ("SUSPENDED", "ACTIVE"),
    ("SUSPENDED", "CANCELLED"),
}


@pytest.mark.parametrize("target", DigitalCardStatus)
@pytest.mark.parametrize("current", DigitalCardStatus)
def test_a_card_takes_the_steps_of_its_state_machine_and_no_other(current, target):
    if (current, target) in ALLOWED:
        assert change_status(current, target) is target
    else:
        with pytest.raises(InvalidState, match=f"from {current} to {target}"):
            change_status(current, target)


def test_a_deleted_card_stays_deleted_whatever_is_tried():
    assert not [target for current, target in ALLOWED if current == "CANCELLED"]


@pytest.mark.parametrize(
    ("month", "year", "next_month"),
    [
        ("01", "2026", datetime(2026, 2, 1, tzinfo=UTC)),
        ("02", "2027", datetime(2027, 3, 1, tzinfo=UTC)),
        ("02", "2028", datetime(2028, 3, 1, tzinfo=UTC)),
        ("04", "2026", datetime(2026, 5, 1, tzinfo=UTC)),
        ("12", "2026", datetime(2027, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_card_is_good_to_the_last_instant_of_its_month(month, year, next_month):
    expiry = CardExpiry(month, year)

    assert not expiry.is_past(next_month - timedelta(microseconds=1))
    assert expiry.is_past(next_month)


def test_a_card_without_an_end_in_the_calendar_never_expires():
    assert not CardExpiry("12", "9999").is_past(datetime(9999, 12, 31, 23, 59, tzinfo=UTC))


@given(
    month=st.integers(1, 12),
    year=st.integers(1, 9999),
    now=st.datetimes(timezones=st.just(UTC)),
)
def test_a_card_is_past_exactly_when_its_month_is_an_earlier_one(month, year, now):
    expiry = CardExpiry(f"{month:02d}", f"{year:04d}")

    assert expiry.is_past(now) == ((year, month) < (now.year, now.month))


@pytest.mark.parametrize(
    ("status", "expiry", "shown"),
    [
        ("ACTIVE", "2030", "ACTIVE"),
        ("ACTIVE", "2025", "EXPIRED"),
        ("SUSPENDED", "2025", "EXPIRED"),
        ("PENDING", "2025", "EXPIRED"),
        ("CANCELLED", "2025", "CANCELLED"),
        ("SUSPENDED", "2030", "SUSPENDED"),
    ],
)
def test_the_shown_status_is_derived_from_the_expiry_unless_the_card_was_deleted(
    status, expiry, shown
):
    card = replace(CARD, status=DigitalCardStatus(status), expiry=CardExpiry("12", expiry))

    assert card.status_at(NOW) == shown


@pytest.mark.parametrize(
    ("status", "refusal", "message"),
    [
        ("SUSPENDED", SuspendedCard, "suspended"),
        ("EXPIRED", InactiveCard, "has expired"),
        ("CANCELLED", InactiveCard, "was deleted"),
    ],
)
def test_a_card_that_cannot_be_used_says_why(status, refusal, message):
    with pytest.raises(refusal, match=message):
        refuse_unusable(replace(CARD, status=DigitalCardStatus(status)), NOW)


def test_a_seal_is_bound_to_network_card_and_kind():
    contexts = [
        sealed.context(network, card)
        for sealed in (SealedPan, SealedToken)
        for network in ("visa", "amex")
        for card in ("card-1", "card-2")
    ]

    assert len(set(contexts)) == len(contexts)


def test_what_is_sealed_does_not_print_itself():
    assert repr(SealedPan(b"secret")) == "SealedPan()"
    assert repr(SealedToken(b"secret")) == "SealedToken()"
