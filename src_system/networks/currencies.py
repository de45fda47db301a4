"""Currencies and their minor units: a market's own data first, Unicode's CLDR for the others."""

from decimal import Decimal
from functools import cache

from src_system.model.errors import InvalidValue
from src_system.model.transaction_options import (
    AdditionalAmount,
    AdditionalAmountType,
    TransactionAmount,
)
from src_system.networks.markets import MARKETS

# Where shops round prices further than ISO 4217 does: payments follow ISO.
_ISO_4217 = {
    **dict.fromkeys("AFN ALL IRR KPW LAK LBP MGA MMK RSD SOS SYP YER".split(), 2),
    "IQD": 3,
}
_STEPS = {units: Decimal(1).scaleb(-units) for units in range(5)}


def minor_units(currency_code: str) -> int | None:
    """Decimals of the currency; None when there is no such currency today."""
    for market in MARKETS.values():
        if market.currency_code == currency_code:
            return market.minor_units
    return _world().get(currency_code)


def check_amount(amount: TransactionAmount, *, source: str) -> TransactionAmount:
    """The amount with exactly as many decimals as its currency has: 12.3 USD is 12.30.

    *source* is the path of the object. Raises InvalidValue for a currency that does not exist, and
    for more decimals than it has: 0.005 USD, 100.50 JPY.
    """
    units = minor_units(amount.currency_code)
    if units is None:
        raise InvalidValue(
            "This is no currency of ISO 4217.", source=f"{source}.transactionCurrencyCode"
        )
    parts = tuple(
        AdditionalAmount(
            part.additional_amount_type,
            part.value
            if part.additional_amount_type is AdditionalAmountType.CONVENIENCE_FEE_PERCENTAGE
            else _with_decimals(
                part.value,
                units,
                currency_code=amount.currency_code,
                source=f"{source}.additionalAmounts[{place}].additionalAmountValue",
            ),
        )
        for place, part in enumerate(amount.additional_amounts)
    )
    whole = _with_decimals(
        amount.amount,
        units,
        currency_code=amount.currency_code,
        source=f"{source}.transactionAmount",
    )
    return TransactionAmount(whole, amount.currency_code, parts)


def _with_decimals(amount: Decimal, units: int, *, currency_code: str, source: str) -> Decimal:
    """*amount* with *units* decimals; InvalidValue when it was written with more."""
    exponent = amount.as_tuple().exponent
    if isinstance(exponent, int) and -exponent > units:
        raise InvalidValue(f"{currency_code} has {units or 'no'} decimals.", source=source)
    return amount.quantize(_STEPS[units])


@cache
def _world() -> dict[str, int]:
    """Every currency in use → its minor units. Read once, and only for a foreign currency."""
    from babel.core import get_global

    fractions = get_global("currency_fractions")
    ordinary = fractions["DEFAULT"]
    in_use = {
        code
        for currencies in get_global("territory_currencies").values()
        for code, _, until, _ in currencies
        if until is None and code != "XXX"  # "no currency", for a place that has none
    }
    return {
        code: _ISO_4217.get(code, fractions.get(code, ordinary)[0])
        for code in in_use
        if len(code) == 3
    }
