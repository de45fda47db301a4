"""Addresses by market: what each must have, in which form, and what is put right."""

import pytest
from msgspec.structs import replace

from src_system.fixtures.personas import _PLACES
from src_system.model.address import Address
from src_system.model.errors import InvalidFormat, InvalidValue, MissingMember, SrcError
from src_system.networks.market import Postcode
from src_system.networks.market_rules import check_address
from src_system.networks.markets import MARKETS

US = Address(line1="1 Main St", city="Foster City", state="CA", country_code="US", zip="94404")


def _place(country_code):
    city, state, zip_, street = _PLACES[country_code]
    return Address(line1=f"{street} 1", city=city, state=state, country_code=country_code, zip=zip_)


def _shipping(address):
    return check_address(address, source="shippingAddress", is_shipping=True)


@pytest.mark.parametrize("country_code", sorted(MARKETS))
def test_a_place_in_each_market_is_a_good_shipping_address(country_code):
    address = _place(country_code)
    assert _shipping(address) == address


@pytest.mark.parametrize("country_code", sorted(MARKETS))
def test_a_market_asks_for_a_postcode_exactly_where_it_needs_one(country_code):
    address = replace(_place(country_code), zip=None)
    if MARKETS[country_code].postcode is Postcode.REQUIRED:
        with pytest.raises(MissingMember) as refusal:
            _shipping(address)
        assert refusal.value.source == "shippingAddress.zip"
    else:
        assert _shipping(address).zip is None


@pytest.mark.parametrize("country_code", ["HK", "QA", "AE"])
def test_a_filler_postcode_is_dropped_where_there_are_no_postcodes(country_code):
    assert _shipping(replace(_place(country_code), zip="00000")).zip is None


@pytest.mark.parametrize(
    ("country_code", "state", "code"),
    [
        ("US", "us-ca", "CA"),
        ("US", "PR", "PR"),
        ("CA", "CA-ON", "ON"),
        ("AU", "nsw", "NSW"),
        ("MX", "DF", "CMX"),
        ("MX", "MX-JAL", "JAL"),
        ("MY", "SGR", "10"),
        ("MY", "MY-14", "14"),
        ("AE", "AE-DU", "DU"),
    ],
)
def test_a_state_is_known_with_and_without_its_country(country_code, state, code):
    assert _shipping(replace(_place(country_code), state=state)).state == code


@pytest.mark.parametrize(
    ("country_code", "zip_"),
    [
        ("US", "9440"),
        ("US", "94404-12"),
        ("CA", "D1P 1J1"),
        ("GB", "12345"),
        ("BR", "0131010"),
        ("IE", "D02"),
        ("SG", "23880"),
        ("AU", "20000"),
    ],
)
def test_a_postcode_of_the_wrong_form_is_refused(country_code, zip_):
    with pytest.raises(InvalidFormat) as refusal:
        _shipping(replace(_place(country_code), zip=zip_))
    assert refusal.value.source == "shippingAddress.zip"


@pytest.mark.parametrize(
    ("given", "kept"),
    [(" k1p  1j1 ", "K1P 1J1"), ("K1P1J1", "K1P1J1")],
)
def test_a_postcode_is_put_into_capitals(given, kept):
    assert _shipping(replace(_place("CA"), zip=given)).zip == kept


def test_a_postcode_in_arabic_digits_is_read():
    assert _shipping(replace(_place("SA"), zip="١٢٢١١")).zip == "12211"


@pytest.mark.parametrize(
    ("change", "refusal", "member"),
    [
        ({"country_code": None}, MissingMember, "countryCode"),
        ({"country_code": "USA"}, InvalidFormat, "countryCode"),
        ({"country_code": "ZZ"}, InvalidValue, "countryCode"),
        ({"country_code": "SU"}, InvalidValue, "countryCode"),
        ({"line1": "  "}, MissingMember, "line1"),
        ({"city": None}, MissingMember, "city"),
        ({"state": None}, MissingMember, "state"),
        ({"state": "XX"}, InvalidValue, "state"),
        ({"zip": "!!"}, InvalidFormat, "zip"),
    ],
)
def test_a_bad_shipping_address_is_refused_by_its_member(
    change: dict[str, str], refusal: type[SrcError], member: str
):
    with pytest.raises(refusal) as raised:
        _shipping(replace(US, **change))
    assert raised.value.source == f"shippingAddress.{member}"


def test_a_billing_address_may_be_short_but_not_wrong():
    short = Address(country_code="us", zip="94404")
    checked = check_address(short, source="billingAddress", is_shipping=False)
    assert checked == Address(country_code="US", zip="94404")
    with pytest.raises(InvalidValue):
        check_address(replace(short, state="ZZ"), source="billingAddress", is_shipping=False)


def test_an_address_outside_our_markets_needs_line_city_and_country_only():
    berlin = Address(line1="Unter den Linden 1", city="Berlin", country_code="de", zip="10117")
    assert _shipping(berlin) == replace(berlin, country_code="DE")
    assert _shipping(replace(berlin, zip=None)).zip is None


def test_checking_an_address_twice_changes_nothing_more():
    once = _shipping(replace(US, state="us-ca", zip=" 94404 ", country_code="us"))
    assert _shipping(once) == once == US
