"""What things cost: sensible prices in every market's own minor units."""

import pytest

from src_system.networks.markets import MARKETS
from src_system.shop.goods import GOODS, price


@pytest.mark.parametrize("market", MARKETS)
def test_a_price_is_a_round_one_in_the_markets_minor_units(market: str) -> None:
    units = 10 ** MARKETS[market].minor_units

    for good in GOODS:
        minor = price(good, MARKETS[market])
        assert minor > units
        assert minor * 4 % units == 0


def test_tea_costs_two_dinars_and_three_quarters_in_kuwait() -> None:
    assert price(GOODS[0], MARKETS["KW"]) == 2750
    assert price(GOODS[0], MARKETS["US"]) == 900
