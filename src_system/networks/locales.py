"""Locales: the spellings in which they come, and the languages of the markets (spec 2.11)."""

import re

from src_system.model.errors import InvalidFormat
from src_system.networks.markets import MARKETS

DEFAULT_LOCALE = "en_US"
# en_US, en-US, zh-Hant-HK, en, US
_LOCALE = re.compile(
    "(?P<language>[A-Za-z]{2,3})(?:[_-][A-Za-z]{4})?(?:[_-](?P<country>[A-Za-z]{2}))?"
)
_TWO_CAPITALS = re.compile("[A-Z]{2}")


def normal_locale(text: str, *, source: str) -> str:
    """*text* as `en_US`; a language alone stays alone, a market alone gets its first language.

    Two capital letters are a market (one vendor's samples say `US`) before they are a language
    (others say `EN`). Raises InvalidFormat for what is no locale at all.
    """
    if _TWO_CAPITALS.fullmatch(text) is not None:
        if text in MARKETS:
            return MARKETS[text].languages[0]
        return text.lower() if text.lower() in _languages() else f"en_{text}"
    found = _LOCALE.fullmatch(text)
    if found is None:
        raise InvalidFormat("A locale is a language and a country: en_US.", source=source)
    language, country = found["language"].lower(), found["country"]
    return language if country is None else f"{language}_{country.upper()}"


def country_of(locale: str | None) -> str | None:
    """The country in a normal locale, or None."""
    return (locale or "").partition("_")[2] or None


def supported_locale(locale: str | None) -> str:
    """The locale that a consumer is spoken to in: one of a market, else `en_US` (spec 11.10).

    A language alone means the first market that speaks it.
    """
    language = (locale or "").partition("_")[0]
    spoken = [one for market in MARKETS.values() for one in market.languages]
    if locale in spoken:
        return locale or DEFAULT_LOCALE
    if locale != language:
        return DEFAULT_LOCALE
    return next((one for one in spoken if one.partition("_")[0] == language), DEFAULT_LOCALE)


def _languages() -> set[str]:
    return {locale.partition("_")[0] for market in MARKETS.values() for locale in market.languages}
