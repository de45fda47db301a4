"""What ends by itself at an instant: locks, bindings, keys; and which report means paid."""

from dataclasses import replace
from datetime import timedelta

import pytest
from msgspec import structs

from src_system.model.app_instance import AppInstance
from src_system.model.confirmation import Confirmation
from src_system.model.consumer import ConsumerStatus, PhoneNumber, refuse_inaccessible
from src_system.model.errors import AccountInaccessible
from src_system.model.participant import RecipientKey
from tests.model.samples import CONSUMER, NOW

TICK = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("status", "locked_until", "at_now"),
    [
        ("ACTIVE", None, "ACTIVE"),
        ("LOCKED", None, "LOCKED"),
        ("LOCKED", NOW + TICK, "LOCKED"),
        ("LOCKED", NOW, "ACTIVE"),
        ("SUSPENDED", NOW - TICK, "SUSPENDED"),
    ],
)
def test_a_lock_with_an_end_opens_by_itself(status, locked_until, at_now):
    consumer = structs.replace(CONSUMER, status=ConsumerStatus(status), locked_until=locked_until)

    assert consumer.status_at(NOW) == at_now
    if at_now == "ACTIVE":
        refuse_inaccessible(consumer, NOW)
    else:
        with pytest.raises(AccountInaccessible):
            refuse_inaccessible(consumer, NOW)


def test_a_binding_holds_until_its_end_or_until_it_is_revoked():
    binding = AppInstance("app-1", "consumer-1", "client-1", "jti-1", NOW, NOW, None)

    assert binding.is_bound(NOW - TICK)
    assert not binding.is_bound(NOW)
    assert not replace(binding, revoked_at=NOW - timedelta(days=1)).is_bound(NOW - TICK)


def test_a_recipient_key_without_an_end_never_expires():
    key = RecipientKey("client-1", "client-1", "kid-1", "print", {}, None)

    assert not key.is_expired(NOW)
    assert not replace(key, not_after=NOW + TICK).is_expired(NOW)
    assert replace(key, not_after=NOW).is_expired(NOW)


@pytest.mark.parametrize(
    ("event_type", "event_status", "status", "is_paid"),
    [
        ("01", "02", "01", True),
        ("01", "02", None, True),
        ("01", "02", "02", False),
        ("01", "01", "01", False),
        ("02", "02", "01", False),
    ],
)
def test_only_a_confirmed_authorisation_uses_the_cryptogram(
    event_type, event_status, status, is_paid
):
    report = Confirmation(event_type, event_status, NOW, status, None, None, None, None, None)

    assert report.is_successful_authorisation is is_paid


def test_a_phone_is_found_by_calling_code_and_number():
    assert PhoneNumber("44", "7700900123").identity_value == "447700900123"
