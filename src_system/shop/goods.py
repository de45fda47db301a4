"""What the shop sells and for how much: invented goods, a price per market's currency."""

from dataclasses import dataclass

from src_system.networks.market import Market

# What one US dollar is taken for; round figures, since nobody is charged.
_RATES = {
    "USD": 1.0,
    "AUD": 1.5,
    "BRL": 5.0,
    "CAD": 1.4,
    "HKD": 8.0,
    "EUR": 0.9,
    "KWD": 0.3,
    "MYR": 4.5,
    "MXN": 18.0,
    "NZD": 1.7,
    "QAR": 3.6,
    "SAR": 3.75,
    "SGD": 1.3,
    "AED": 3.7,
    "GBP": 0.8,
}
_STEPS_PER_UNIT = 4  # prices end in a quarter of the unit


@dataclass(frozen=True, slots=True)
class Good:
    """A thing to buy: `name` is its text's key, `dollars` its price where the dollar is used."""

    name: str
    dollars: float
    quantity: int  # of it in a cart that nobody has touched


GOODS = (
    Good("goodTea", 9.0, 1),
    Good("goodPot", 34.0, 1),
    Good("goodCups", 21.0, 0),
)


def price(good: Good, market: Market) -> int:
    """In the market's minor units: 2750 fils are KWD 2.750."""
    quarters = round(good.dollars * _RATES[market.currency_code] * _STEPS_PER_UNIT)
    return quarters * int(10**market.minor_units) // _STEPS_PER_UNIT
