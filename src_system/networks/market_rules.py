"""What a market asks of addresses: pure rules over the market's data (spec 5.12, 11.8)."""

import re
from functools import cache

from msgspec.structs import replace

from src_system.model.address import Address
from src_system.model.errors import InvalidFormat, InvalidValue, MissingMember
from src_system.networks.market import Market, Postcode
from src_system.networks.markets import MARKETS

_COUNTRY = re.compile("[A-Z]{2}")
_ANY_ZIP = re.compile("[A-Z0-9][A-Z0-9 -]{1,14}[A-Z0-9]")
_SPACES = re.compile(r"\s+")
# Arabic-Indic and Persian digits, as a person types them on an Arabic keyboard.
_WESTERN_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "01234567890123456789")


def check_address(address: Address, *, source: str, is_shipping: bool) -> Address:
    """The address in its normal form: country and zip in capitals, the state as the bare code.

    Of a shipping address everything that its country needs must be there; of a billing address
    what is there must have the right form. A country outside our markets needs line1, city and
    country. Raises MissingMember, InvalidFormat or InvalidValue naming *source*.<member>.
    """
    country = _country(address.country_code, f"{source}.countryCode", needed=is_shipping)
    market = MARKETS.get(country) if country is not None else None
    line1, city = _text(address.line1), _text(address.city)
    if is_shipping:
        if line1 is None:
            raise MissingMember("A shipping address has a line1.", source=f"{source}.line1")
        if city is None and (market is None or market.city_required):
            raise MissingMember("A shipping address has a city.", source=f"{source}.city")
    state, postcode = _text(address.state), _zip(address.zip, f"{source}.zip")
    if market is not None:
        state = _state(market, state, f"{source}.state", needed=is_shipping)
        postcode = _market_zip(market, postcode, f"{source}.zip", needed=is_shipping)
    return replace(
        address,
        name=_text(address.name),
        line1=line1,
        line2=_text(address.line2),
        line3=_text(address.line3),
        city=city,
        state=state,
        country_code=country,
        zip=postcode,
    )


def western_digits(text: str) -> str:
    """*text* with Arabic-Indic digits as 0 to 9."""
    return text.translate(_WESTERN_DIGITS)


def _text(value: str | None) -> str | None:
    """Without blanks at the ends; nothing but blanks is nothing."""
    return (value or "").strip() or None


def _country(value: str | None, source: str, *, needed: bool) -> str | None:
    country = (value or "").strip().upper()
    if not country:
        if needed:
            raise MissingMember("A shipping address has a countryCode.", source=source)
        return None
    if _COUNTRY.fullmatch(country) is None:
        raise InvalidFormat("A country has two letters (ISO 3166-1).", source=source)
    if country not in MARKETS and country not in _countries():
        raise InvalidValue("There is no such country (ISO 3166-1).", source=source)
    return country


@cache
def _countries() -> frozenset[str]:
    """Every country of today. Read once, and only for an address outside our markets."""
    from babel.core import get_global

    return frozenset(
        country
        for country, currencies in get_global("territory_currencies").items()
        if country != "ZZ" and any(until is None for _, _, until, _ in currencies)
    )


def _state(market: Market, value: str | None, source: str, *, needed: bool) -> str | None:
    """The market's own code: `US-CA`, `ca` and `CA` are one state."""
    if value is None:
        if needed and market.state_required:
            raise MissingMember(f"An address in {market.name} has a state.", source=source)
        return None
    if not market.states:
        return value
    code = value.upper().removeprefix(f"{market.country_code}-")
    code = market.state_aliases.get(code, code)
    if code not in market.states:
        raise InvalidValue(
            f"The states of {market.name} are {', '.join(market.states)}.", source=source
        )
    return code


def _zip(value: str | None, source: str) -> str | None:
    postcode = _SPACES.sub(" ", western_digits(value or "").strip().upper())
    if not postcode:
        return None
    if _ANY_ZIP.fullmatch(postcode) is None:
        raise InvalidFormat("A zip has 3 to 16 letters and digits.", source=source)
    return postcode


def _market_zip(market: Market, value: str | None, source: str, *, needed: bool) -> str | None:
    if market.postcode is Postcode.NONE:
        return None
    if value is None:
        if needed and market.postcode is Postcode.REQUIRED:
            raise MissingMember(f"An address in {market.name} has a zip.", source=source)
        return None
    if market.zip_pattern is not None and re.fullmatch(market.zip_pattern, value) is None:
        raise InvalidFormat(f"This is no postcode of {market.name}.", source=source)
    return value
