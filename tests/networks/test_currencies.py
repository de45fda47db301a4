"""Currencies: minor units of the world, and amounts held to them (spec 2.12)."""

from decimal import Decimal

import pytest
from babel.core import get_global

from src_system.model.errors import InvalidValue
from src_system.model.transaction_options import (
    AdditionalAmount,
    AdditionalAmountType,
    TransactionAmount,
)
from src_system.networks.currencies import _world, check_amount, minor_units
from src_system.networks.markets import MARKETS

# ISO 4217, the currencies that have not two decimals.
NONE = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF".split()
THREE = "BHD IQD JOD KWD LYD OMR TND".split()


def _checked(amount, currency, *parts):
    return check_amount(TransactionAmount(Decimal(amount), currency, parts), source="a")


@pytest.mark.parametrize("market", MARKETS.values(), ids=list(MARKETS))
def test_a_market_has_the_minor_units_that_the_world_gives_its_currency(market):
    assert _world()[market.currency_code] == market.minor_units
    currencies = get_global("territory_currencies")[market.country_code]
    assert market.currency_code in {code for code, _, until, _ in currencies if until is None}


@pytest.mark.parametrize(
    ("currencies", "units"), [(NONE, 0), (THREE, 3), (["CHF", "RSD", "LBP", "EGP"], 2)]
)
def test_other_currencies_have_the_minor_units_of_iso_4217(currencies, units):
    assert {code: minor_units(code) for code in currencies} == dict.fromkeys(currencies, units)


@pytest.mark.parametrize("code", ["ZZZ", "DEM", "XXX", "ABC"])
def test_a_currency_that_is_not_in_use_is_refused_by_name(code):
    with pytest.raises(InvalidValue) as refusal:
        _checked("1", code)
    assert refusal.value.source == "a.transactionCurrencyCode"


@pytest.mark.parametrize(
    ("amount", "currency", "kept"),
    [
        ("12.3", "USD", "12.30"),
        ("12", "USD", "12.00"),
        ("1.5", "KWD", "1.500"),
        ("1.234", "KWD", "1.234"),
        ("500", "JPY", "500"),
        ("999999999999999.99", "EUR", "999999999999999.99"),
    ],
)
def test_an_amount_is_kept_with_its_currencys_decimals(amount, currency, kept):
    assert str(_checked(amount, currency).amount) == kept


@pytest.mark.parametrize(
    ("amount", "currency"), [("1.234", "USD"), ("500.5", "JPY"), ("1.0", "JPY"), ("1.2345", "KWD")]
)
def test_an_amount_with_more_decimals_than_its_currency_is_refused(amount, currency):
    with pytest.raises(InvalidValue) as refusal:
        _checked(amount, currency)
    assert refusal.value.source == "a.transactionAmount"


def test_the_parts_of_an_amount_have_its_decimals_but_a_percentage_has_its_own():
    tip = AdditionalAmount(AdditionalAmountType.TIP, Decimal("1.5"))
    fee = AdditionalAmount(AdditionalAmountType.CONVENIENCE_FEE_PERCENTAGE, Decimal("2.125"))

    kept = _checked("12", "USD", tip, fee).additional_amounts

    assert [str(part.value) for part in kept] == ["1.50", "2.125"]
    with pytest.raises(InvalidValue) as refusal:
        _checked("12", "JPY", tip)
    assert refusal.value.source == "a.additionalAmounts[0].additionalAmountValue"
