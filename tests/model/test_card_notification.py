"""Card update notifications: reasons, back-off, and addresses that may be reached."""

from dataclasses import replace
from datetime import timedelta

import pytest
from msgspec import structs

from src_system.model.card_notification import (
    ReachableHosts,
    ReasonCode,
    RetrySchedule,
    may_reach,
    read_notification_url,
    reason_for,
)
from src_system.model.digital_card import DigitalCardStatus
from src_system.model.errors import InvalidFormat
from src_system.model.pan import CardExpiry
from src_system.model.payment_token import renewed_expiry
from tests.model.samples import CARD, NOW

SCHEDULE = RetrySchedule(timedelta(seconds=5), 2, timedelta(minutes=1), attempts_max=8)


@pytest.mark.parametrize(
    ("status", "year", "reason"),
    [
        (DigitalCardStatus.ACTIVE, "2030", None),
        (DigitalCardStatus.SUSPENDED, "2030", ReasonCode.CARD_SUSPENDED),
        (DigitalCardStatus.CANCELLED, "2031", ReasonCode.CARD_CANCELLED),
        (DigitalCardStatus.ACTIVE, "2031", ReasonCode.CARD_UPDATED),
    ],
)
def test_status_outweighs_expiry_and_what_did_not_change_is_not_told(status, year, reason):
    before = structs.replace(CARD, status=DigitalCardStatus.ACTIVE, expiry=CardExpiry("12", "2030"))
    after = structs.replace(before, status=status, expiry=CardExpiry("12", year))

    assert reason_for(before, after) is reason


def test_a_card_that_becomes_active_is_resumed():
    before = structs.replace(CARD, status=DigitalCardStatus.PENDING)

    after = structs.replace(CARD, status=DigitalCardStatus.ACTIVE)

    assert reason_for(before, after) is ReasonCode.CARD_RESUMED


def test_each_wait_doubles_up_to_the_longest_and_the_last_failure_ends_it():
    waits = []
    for failures in range(1, 8):
        due = SCHEDULE.next_attempt(failures, NOW)
        assert due is not None
        waits.append((due - NOW).total_seconds())

    assert waits == [5, 10, 20, 40, 60, 60, 60]
    assert SCHEDULE.next_attempt(8, NOW) is None


def test_a_schedule_that_does_not_grow_still_ends():
    steady = replace(SCHEDULE, factor=1, attempts_max=10**9)

    assert steady.next_attempt(10**8, NOW) == NOW + timedelta(seconds=5)


@pytest.mark.parametrize(
    ("address", "loopback", "private"),
    [
        ("127.0.0.1", True, True),
        ("127.8.9.1", True, True),
        ("::1", True, True),
        ("::ffff:127.0.0.1", True, True),
        ("10.1.2.3", False, True),
        ("192.168.0.9", False, True),
        ("172.31.0.1", False, True),
        ("fd00::1", False, True),
        ("169.254.169.254", False, False),
        ("fe80::1%eth0", False, False),
        ("0.0.0.0", False, False),
        ("224.0.0.1", False, False),
        ("8.8.8.8", False, False),
        ("::ffff:8.8.8.8", False, False),
        ("2001:4860:4860::8888", False, False),
        ("shop.test", False, False),
    ],
)
def test_only_near_addresses_are_reached_unless_any_is_allowed(address, loopback, private):
    assert may_reach(address, ReachableHosts.LOOPBACK) is loopback
    assert may_reach(address, ReachableHosts.PRIVATE) is private
    assert may_reach(address, ReachableHosts.ANY)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000/hook?a=b", "https://shop.test/hook"])
def test_an_http_address_is_taken_as_it_is(url):
    assert read_notification_url(url, source="x") == url


def test_empty_text_is_no_address():
    assert read_notification_url("", source="x") is None


@pytest.mark.parametrize(
    "url",
    [
        "shop.test/hook",
        "ftp://shop.test/hook",
        "http:///hook",
        "http://user@shop.test/",
        "http://shop.test:99999/",
        "http://shop.test/ hook",
        "http://[::1/",
        "http://shop.test/" + "x" * 1024,
    ],
)
def test_anything_else_is_refused(url):
    with pytest.raises(InvalidFormat) as refused:
        read_notification_url(url, source="notificationUrl")
    assert refused.value.source == "notificationUrl"


@pytest.mark.parametrize(
    ("current", "renewed"),
    [
        (CardExpiry("01", "2027"), CardExpiry("11", "2029")),
        (CardExpiry("11", "2029"), CardExpiry("11", "2030")),
        (CardExpiry("12", "2040"), CardExpiry("12", "2041")),
    ],
)
def test_a_refreshed_token_lives_longer_than_it_did(current, renewed):
    life = NOW.replace(year=2029, month=11) - NOW

    assert renewed_expiry(current, now=NOW, life=life) == renewed
