"""Card numbers: how they are read, and that nothing which holds one ever prints it."""

import re
import traceback
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src_system.model.card import Card
from src_system.model.errors import CardExpired, InvalidFormat, MissingMember
from src_system.model.pan import (
    CardExpiry,
    Pan,
    is_luhn_valid,
    luhn_check_digit,
    read_expiry,
    read_pan,
    refuse_past_expiry,
)
from src_system.payloads.checkout_payload import CredentialInClear
from tests.model.samples import NOW

EXPIRY = CardExpiry("12", "2030")
DIGITS = st.text("0123456789", min_size=11, max_size=18).map(
    lambda digits: digits + luhn_check_digit(digits)
)


@dataclass
class Holder:
    """Something of a caller's that holds a number, with the repr that dataclasses make."""

    what: object


@pytest.mark.parametrize(
    "digits",
    ["4111111111111111", "378282246310005", "6011111111111117", "5555555555554444", "79927398713"],
)
def test_published_numbers_pass_the_luhn_check(digits):
    assert is_luhn_valid(digits)


@pytest.mark.parametrize("digits", ["4111111111111112", "4111111145551140", "0", ""])
def test_a_wrong_check_digit_or_a_single_digit_fails(digits):
    assert not is_luhn_valid(digits)


@given(st.text("0123456789", min_size=1, max_size=30))
def test_exactly_one_check_digit_fits_any_number(digits):
    fitting = [check for check in "0123456789" if is_luhn_valid(digits + check)]

    assert fitting == [luhn_check_digit(digits)]


@given(DIGITS, st.data())
def test_any_single_wrong_digit_is_noticed(digits, data):
    place = data.draw(st.integers(0, len(digits) - 1))
    other = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != digits[place]]))

    assert not is_luhn_valid(digits[:place] + other + digits[place + 1 :])


def test_a_number_is_read_with_or_without_spaces():
    pan = read_pan("4111 1111 1111 1111", source="x")

    assert (pan.digits, pan.bin, pan.last_four) == ("4111111111111111", "411111", "1111")


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        (None, MissingMember),
        ("", MissingMember),
        ("   ", InvalidFormat),
        ("4111-1111-1111-1111", InvalidFormat),
        ("41111111117", InvalidFormat),
        ("4" * 20, InvalidFormat),
        ("4111111111111112", InvalidFormat),
        ("٤١١١١١١١١١١١١١١١", InvalidFormat),
        ("4111111111111111\n", InvalidFormat),
        ("4111111111111111\x00", InvalidFormat),
    ],
)
def test_what_is_no_number_is_refused_without_repeating_it(text, refusal):
    with pytest.raises(refusal) as refused:
        read_pan(text, source="encryptedCard.primaryAccountNumber")

    assert refused.value.source == "encryptedCard.primaryAccountNumber"
    assert not re.search(r"\d{3}", refused.value.message)


@given(DIGITS)
def test_whatever_is_read_is_the_number_that_was_sent(digits):
    assert read_pan(digits, source="x").digits == digits


@given(st.text() | st.text("0123456789 "))
def test_any_text_is_a_number_or_a_refusal(text):
    try:
        pan = read_pan(text, source="x")
    except (MissingMember, InvalidFormat):
        return
    assert is_luhn_valid(pan.digits) and 12 <= len(pan.digits) <= 19


def printed(thing):
    """Every ordinary way by which a value comes into a log, a message or a traceback."""
    error = ValueError("cannot use", thing)
    texts = [
        repr(thing),
        str(thing),
        f"{thing}",
        "%s %r" % (thing, thing),  # noqa: UP031 - one more way to print
        repr([thing, {"pan": thing}, (thing,)]),
        str({thing: thing}),
        repr(Holder(thing)),
        "".join(traceback.format_exception(error)),
        repr(error),
    ]
    # A default repr shows the address of the object, which may hold any digits.
    return re.sub(r"0x[0-9a-f]+", "", " ".join(texts))


@given(DIGITS)
def test_nothing_that_holds_a_pan_prints_seven_digits_of_it(digits):
    pan = Pan(digits)
    holders = [
        pan,
        Card(pan, EXPIRY, security_code="123", cardholder_full_name=None, billing_address=None),
        CredentialInClear(digits, EXPIRY, None),
    ]

    for holder in holders:
        text = printed(holder)
        assert not [
            digits[at : at + 7] for at in range(len(digits) - 6) if digits[at : at + 7] in text
        ]


def test_two_equal_numbers_are_equal_although_they_look_alike_anyway():
    assert Pan("4111111111111111") == Pan("4111111111111111")
    assert Pan("4111111111111111") != Pan("4012888888881881")
    assert repr(Pan("4111111111111111")) == "Pan(masked)"


@pytest.mark.parametrize(
    ("month", "year", "read"),
    [
        ("12", "2030", ("12", "2030")),
        ("1", "30", ("01", "2030")),
        ("09", "99", ("09", "2099")),
    ],
)
def test_an_expiry_is_read_with_two_or_four_digits_of_the_year(month, year, read):
    expiry = read_expiry(month, year, source="x")

    assert (expiry.month, expiry.year) == read


@pytest.mark.parametrize(
    ("month", "year", "refusal", "member"),
    [
        (None, "2030", MissingMember, "panExpirationMonth"),
        ("12", None, MissingMember, "panExpirationYear"),
        ("12", "", MissingMember, "panExpirationYear"),
        ("0", "2030", InvalidFormat, "panExpirationMonth"),
        ("13", "2030", InvalidFormat, "panExpirationMonth"),
        ("012", "2030", InvalidFormat, "panExpirationMonth"),
        ("xx", "2030", InvalidFormat, "panExpirationMonth"),
        ("١", "2030", InvalidFormat, "panExpirationMonth"),
        ("12", "203", InvalidFormat, "panExpirationYear"),
        ("12", "20300", InvalidFormat, "panExpirationYear"),
        ("12", "0000", InvalidFormat, "panExpirationYear"),
        ("12", "-1", InvalidFormat, "panExpirationYear"),
    ],
)
def test_an_unusable_expiry_names_its_member(month, year, refusal, member):
    with pytest.raises(refusal) as refused:
        read_expiry(month, year, source="encryptedCard")

    assert refused.value.source == f"encryptedCard.{member}"


@given(st.none() | st.text(), st.none() | st.text())
def test_any_text_is_an_expiry_that_can_be_judged_or_a_refusal(month, year):
    try:
        expiry = read_expiry(month, year, source="x")
    except (MissingMember, InvalidFormat):
        return
    assert expiry.is_past(NOW) in (True, False)


def test_a_past_expiry_is_refused_and_this_month_is_not():
    refuse_past_expiry(CardExpiry("11", "2026"), NOW, source="encryptedCard")
    with pytest.raises(CardExpired) as refused:
        refuse_past_expiry(CardExpiry("10", "2026"), NOW, source="encryptedCard")

    assert refused.value.source == "encryptedCard.panExpirationYear"
