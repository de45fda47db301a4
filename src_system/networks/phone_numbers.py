"""Mobile numbers in their normal form: calling code and national number, digits only (spec 5.3)."""

from src_system.model.consumer import PhoneNumber
from src_system.model.errors import ConsumerIdFormatInvalid
from src_system.networks.market_rules import western_digits

_FILLERS = str.maketrans("", "", " ()-./\u00a0\u2010\u2011\u2013")


def check_phone(mobile: PhoneNumber, *, source: str) -> PhoneNumber:
    """The number in its normal form, without the zero that is dialled inside the country.

    Its length must be possible for its calling code. Whether the number is assigned is not asked:
    ranges set aside for fiction are assigned to nobody. Raises ConsumerIdFormatInvalid naming
    *source*.countryCode or *source*.phoneNumber.
    """
    code = western_digits(mobile.country_code).translate(_FILLERS).lstrip("+")
    if not _is_calling_code(code):
        raise ConsumerIdFormatInvalid(
            "There is no such calling code.", source=f"{source}.countryCode"
        )
    found = _possible(code + western_digits(mobile.phone_number).translate(_FILLERS), code)
    if found is None:
        raise ConsumerIdFormatInvalid(
            f"No number of the calling code {code} has this many digits.",
            source=f"{source}.phoneNumber",
        )
    return found


def lookup_value(text: str, *, source: str) -> str:
    """A number as a person writes it, as the digits under which it is looked up.

    It begins with the calling code, with or without `+` or `00`. Raises ConsumerIdFormatInvalid.
    """
    digits = western_digits(text).translate(_FILLERS)
    digits = digits.removeprefix("+" if digits.startswith("+") else "00")
    found = _possible(digits)
    if found is None:
        raise ConsumerIdFormatInvalid(source=source)
    return found.identity_value


def _is_calling_code(code: str) -> bool:
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

    return code.isascii() and code.isdigit() and int(code) in COUNTRY_CODE_TO_REGION_CODE


def _possible(digits: str, calling_code: str | None = None) -> PhoneNumber | None:
    # Imported here: the library's tables take longer to load than most commands run.
    import phonenumbers

    if not (digits.isascii() and digits.isdigit()):
        return None
    try:
        number = phonenumbers.parse(f"+{digits}")
    except phonenumbers.NumberParseException:
        return None
    if calling_code is not None and str(number.country_code) != calling_code:
        return None
    reason = phonenumbers.is_possible_number_with_reason(number)
    if reason != phonenumbers.ValidationResult.IS_POSSIBLE:
        return None
    national = phonenumbers.national_significant_number(number)
    return PhoneNumber(str(number.country_code), national)
