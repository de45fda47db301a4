"""The market of a call, and whether the DPA may do business there (spec 11, docs/markets.md)."""

from collections.abc import Collection
from functools import cache

from src_system.model.errors import InvalidFormat, MarketNotEnabled
from src_system.networks.locales import country_of
from src_system.networks.market import Market
from src_system.networks.markets import MARKETS

_OPTIONS = "dpaTransactionOptions"


def market_of_call(
    enabled: Collection[str],
    *,
    merchant_country_code: str | None,
    dpa_locale: str | None,
    allows_unknown: bool,
) -> Market | None:
    """The market that the call names; None when it names none and the DPA has several.

    merchantCountryCode speaks first, then the country of dpaLocale, then the DPA's only market.
    *enabled* are the DPA's markets. Raises MarketNotEnabled naming the member, for a market that
    is not among them or (unless *allows_unknown*) that the simulator does not know.
    """
    for country, member in (
        (merchant_country_code, "merchantCountryCode"),
        (country_of(dpa_locale), "dpaLocale"),
    ):
        if country is None:
            continue
        source = f"{_OPTIONS}.{member}"
        market = MARKETS.get(country)
        if market is None:
            if allows_unknown:
                return None
            raise MarketNotEnabled(
                f"There is no market {country} here.",
                source=source,
                seen={"market": country, "dpa_markets": sorted(enabled)},
            )
        if country not in enabled:
            raise MarketNotEnabled(
                f"The DPA is not enabled for {market.name}.",
                source=source,
                seen={"market": country, "dpa_markets": sorted(enabled)},
            )
        return market
    if len(enabled) == 1:
        return MARKETS.get(next(iter(enabled)))
    return None


def read_country(text: str, *, source: str) -> str:
    """A country as ISO 3166-1 alpha-2, also from alpha-3 or numeric (spec 2.10)."""
    country = text.strip().upper()
    if len(country) == 3 and country.isascii() and country.isalnum():
        country = _alias(country) or country
    if not (len(country) == 2 and country.isascii() and country.isalpha()):
        raise InvalidFormat("A country has two letters (ISO 3166-1).", source=source)
    return country


@cache
def _alias(code: str) -> str | None:
    """The two letters of a country's three letters or digits, from Unicode's CLDR."""
    from babel.core import get_global

    found: list[str] = get_global("territory_aliases").get(code, [])
    return found[0] if len(found) == 1 else None
