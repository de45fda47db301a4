"""Phone numbers: possible for their calling code, one form for all spellings (spec 5.3)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src_system.model.consumer import PhoneNumber
from src_system.model.errors import ConsumerIdFormatInvalid
from src_system.networks.markets import MARKETS
from src_system.networks.phone_numbers import check_phone, lookup_value


@pytest.mark.parametrize("market", MARKETS.values(), ids=list(MARKETS))
def test_the_invented_numbers_of_every_market_pass_and_are_found_again(market):
    free = market.mobile_digits - len(market.mobile_prefix)
    invented = PhoneNumber(market.calling_code, market.mobile_prefix + "7" * free)

    assert check_phone(invented, source="m") == invented
    assert lookup_value(f"+{invented.identity_value}", source="i") == invented.identity_value


@pytest.mark.parametrize(
    ("code", "number", "kept"),
    [
        ("+1", "(202) 555-0143", PhoneNumber("1", "2025550143")),
        ("44", "07700 900123", PhoneNumber("44", "7700900123")),
        ("353", "085.999.0000", PhoneNumber("353", "859990000")),
        ("٩٦٥", "٥٩٩٩٠٠٠٠", PhoneNumber("965", "59990000")),
        ("39", "0612345678", PhoneNumber("39", "0612345678")),
    ],
)
def test_a_number_is_kept_without_fillers_and_trunk_zero(code, number, kept):
    assert check_phone(PhoneNumber(code, number), source="m") == kept


@pytest.mark.parametrize(
    ("code", "number", "member"),
    [
        ("1", "5550143", "phoneNumber"),
        ("1", "20255501430", "phoneNumber"),
        ("852", "123456789012", "phoneNumber"),
        ("999", "123456789", "countryCode"),
        ("0", "2025550143", "countryCode"),
        ("US", "2025550143", "countryCode"),
    ],
)
def test_an_impossible_number_is_refused_by_its_member(code, number, member):
    with pytest.raises(ConsumerIdFormatInvalid) as refusal:
        check_phone(PhoneNumber(code, number), source="consumer.mobileNumber")
    assert refusal.value.source == f"consumer.mobileNumber.{member}"


@pytest.mark.parametrize(
    "text",
    ["447700900123", "+447700900123", "00447700900123", "+44 (0)7700 900-123", "+44.7700.900123"],
)
def test_every_spelling_of_a_number_is_looked_up_as_the_same_digits(text):
    assert lookup_value(text, source="i") == "447700900123"


@given(st.text(max_size=30))
def test_whatever_is_typed_is_digits_or_refused(text):
    try:
        found = lookup_value(text, source="i")
    except ConsumerIdFormatInvalid:
        return
    assert found.isascii() and found.isdigit() and 5 <= len(found) <= 18
