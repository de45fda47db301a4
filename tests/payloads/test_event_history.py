"""EventHistory: ages in whole days, and how billing and shipping relate (spec 5.19)."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from src_system.model.address import Shipping
from src_system.payloads.event_history import event_history
from tests.model.samples import ADDRESS, CARD, CONSUMER, NOW


def ago(days, hours=0):
    return NOW - timedelta(days=days, hours=hours)


def told(card=CARD, consumer=CONSUMER, **members):
    return event_history(
        card,
        consumer,
        **{"token_since": None, "shipping": None, "now": NOW, **members},
    )


def test_ages_are_whole_days_on_the_sandboxs_clock():
    card = replace(CARD, date_of_card_created=ago(10, 23), date_of_card_last_used=ago(3, 1))
    consumer = replace(CONSUMER, date_consumer_added=ago(400))

    assert told(card, consumer, token_since=ago(2)) == {
        "ageOfSrcPanEnrolmentSinceCreated": "10",
        "ageOfSrcRelationship": "400",
        "ageOfConsumerRelationship": "2",
        "srcAgeSinceLastSuccessfulTransaction": "3",
    }


def test_what_is_new_is_zero_days_old_and_what_never_was_is_left_out():
    card = replace(CARD, date_of_card_created=NOW + timedelta(days=1))
    history = told(card)

    assert history["ageOfSrcPanEnrolmentSinceCreated"] == "0"
    assert history["ageOfConsumerRelationship"] == "0"
    assert "srcAgeSinceLastSuccessfulTransaction" not in history
    assert "billingAndShippingRelationship" not in history


@pytest.mark.parametrize(
    ("address", "is_on_file", "code"),
    [
        (replace(ADDRESS, name="Bea"), False, "01"),
        (replace(ADDRESS, zip="10012"), True, "02"),
        (replace(ADDRESS, zip="10012"), False, "03"),
    ],
)
def test_the_shipping_address_is_told_against_the_billing_address(address, is_on_file, code):
    history = told(shipping=Shipping(address, ago(5), is_on_file))

    assert history["billingAndShippingRelationship"] == code
    assert history["shippingAddressUsageNew"] == "2026-11-18"
    assert history["ageOfShippingAddressUsage"] == "5"
