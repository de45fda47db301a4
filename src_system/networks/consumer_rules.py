"""What a market asks of a person: consent, language, national identifier (spec 5.1, 11)."""

from src_system.model.consumer import PhoneNumber
from src_system.model.errors import InvalidValue
from src_system.networks.locales import normal_locale
from src_system.networks.market import Market
from src_system.networks.market_rules import western_digits
from src_system.networks.markets import MARKETS


def market_of_person(country_code: str | None, mobile: PhoneNumber | None) -> Market | None:
    """The market of the person's country, else the only one that has the calling code."""
    if country_code is not None:
        return MARKETS.get(country_code)
    if mobile is None:
        return None
    found = [one for one in MARKETS.values() if one.calling_code == mobile.country_code]
    return found[0] if len(found) == 1 else None


def locale_of_person(locale: str | None, market: Market | None, *, source: str) -> str | None:
    """The person's locale in its normal form; without one, the market's ordinary language."""
    if locale:
        return normal_locale(locale, source=source)
    return None if market is None else market.languages[0]


def check_national_identifier(
    text: str | None, market: Market | None, *, source: str
) -> str | None:
    """The number without separators, its check digits right where the market has a rule.

    Raises InvalidValue naming *source*.
    """
    number = western_digits(text or "").strip()
    if not number:
        return None
    identifier = None if market is None else market.national_identifier
    if identifier is None:
        return number
    # Imported here: needed where somebody enrols with such a number only.
    from stdnum import get_cc_module
    from stdnum.exceptions import ValidationError

    rule = get_cc_module(*identifier.rule)
    if rule is None:
        raise LookupError(f"python-stdnum does not know {identifier.rule}.")
    try:
        return str(rule.validate(number))
    except ValidationError:
        raise InvalidValue(f"This is no valid {identifier.name}.", source=source) from None
