"""The shop's page: a market's goods in a language, with all that its scripts have to know."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from src_system.networks import PROFILES
from src_system.networks.market import Market, Postcode
from src_system.networks.markets import MARKETS
from src_system.shop.goods import GOODS, price
from src_system.shop.scenes import SCENES
from src_system.shop.shoppers import NATIONAL_IDENTIFIERS
from src_system.shop.switches import RULES
from src_system.web.languages import Speech, by_name, catalogue, first_language, language_of
from src_system.web.pages import Text, page

# Languages by their own names: whoever looks for one need not read another.
NAMES: Mapping[str, str] = {
    "en": "English",
    "ar": "العربية",
    "pt-BR": "Português (Brasil)",
    "es-MX": "Español (México)",
    "fr-CA": "Français (Canada)",
    "zh-HK": "繁體中文（香港）",
    "ms": "Bahasa Melayu",
}
DEFAULT_MARKET = "US"
_LOOPBACK = ("localhost", "127.0.0.1")


def market_of(code: str | None) -> Market:
    """The market of that code, the default one for no such."""
    return MARKETS.get((code or "").upper(), MARKETS[DEFAULT_MARKET])


def spoken(asked: str | None, market: Market, accepted: str) -> str:
    """The language asked for, else the browser's first where the market speaks it, else the
    market's own.
    """
    if asked:
        return language_of(asked)
    first = first_language(accepted)
    of_market = [language_of(locale) for locale in market.languages]
    return first if first in of_market else of_market[0]


def shop_page(market: Market, language: str, *, host: str, scheme: str) -> Text:
    """The page for somebody who reached the server as *host* (`localhost:8080`) by *scheme*."""
    return page(
        "shop/shop.html",
        speech=Speech(language, "shop"),
        market=market,
        markets=[
            (code, name, MARKETS[code].currency_code) for code, name in by_name(language, MARKETS)
        ],
        languages=NAMES,
        data={
            "texts": dict(catalogue(language, "shop")),
            "language": language,
            "locale": f"{language.partition('-')[0]}_{market.country_code}",
            "market": _market(market),
            "goods": [
                {"name": good.name, "price": price(good, market), "quantity": good.quantity}
                for good in GOODS
            ],
            "networks": [
                {
                    "name": name,
                    "label": profile.display_name,
                    "origins": origins(name, host, scheme),
                    "prefixes": profile.pan_prefixes,
                    "securityCodeDigits": profile.card_security_code_digits,
                    "numbers": [one.digits for one in profile.test_pans],
                    "ranges": [
                        {"prefix": one.prefix, "digits": one.digits}
                        for one in profile.invented_pan_ranges
                    ],
                }
                for name, profile in PROFILES.items()
            ],
            "switches": list(RULES),
            "scenes": [
                {
                    "name": name,
                    "market": scene.market,
                    "switches": scene.switches,
                    "page": scene.page,
                }
                for name, scene in SCENES.items()
            ],
        },
    )


def origins(network: str, host: str, scheme: str) -> list[str]:
    """Where a network's SDK may come from: an origin of its own first, where there can be one."""
    own = f"{scheme}://{host}"
    parts = urlsplit(own)
    if parts.hostname not in _LOOPBACK:
        return [own]
    port = "" if parts.port is None else f":{parts.port}"
    return [f"{scheme}://{network}.localhost{port}", own]


def policy(host: str, scheme: str) -> str:
    """The page's Content-Security-Policy: itself and the four networks, nobody else."""
    found = {one: None for name in PROFILES for one in origins(name, host, scheme)}
    networks = " ".join(one for one in found if one != f"{scheme}://{host}")
    return (
        f"default-src 'none'; script-src 'self' {networks}; style-src 'self'; img-src 'self'"
        f" {networks}; connect-src 'self' {networks}; frame-src 'self' {networks};"
        " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


def _market(market: Market) -> dict[str, Any]:
    return {
        "code": market.country_code,
        "currency": market.currency_code,
        "minorUnits": market.minor_units,
        "callingCode": market.calling_code,
        "hasPostcode": market.has_postcode,
        "needsPostcode": market.postcode is Postcode.REQUIRED,
        "needsCity": market.city_required,
        "rememberTicked": market.remember_me_ticked,
        "nationalIdentifier": market.national_identifier_name,
        "nationalIdentifierSample": NATIONAL_IDENTIFIERS.get(market.country_code),
    }
