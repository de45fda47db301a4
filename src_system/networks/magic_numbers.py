"""Magic values as they are written for a network: card numbers of its own, codes of its length."""

from src_system.model.magic import MagicValue, Trigger
from src_system.model.magic_values import MAGIC_VALUES
from src_system.model.pan import PAN_BIN_DIGITS, is_luhn_valid
from src_system.networks.profile import NetworkProfile

_ENDING_DIGITS = 4
_SENT_NUMBERS = {one.word: one for one in MAGIC_VALUES if one.trigger is Trigger.PAN}
_KEPT_NUMBERS = {one.word: one for one in MAGIC_VALUES if one.trigger is Trigger.CARD}
_SECURITY_CODES = {one.word: one for one in MAGIC_VALUES if one.trigger is Trigger.SECURITY_CODE}


def magic_pan(profile: NetworkProfile, ending: str) -> str:
    """The network's number with those last four digits: the prefix, a digit that fits, zeros."""
    zeros = "0" * (profile.magic_pan_digits - len(profile.magic_pan_prefix) - _ENDING_DIGITS - 1)
    numbers = (f"{profile.magic_pan_prefix}{fitting}{zeros}{ending}" for fitting in range(10))
    return next(number for number in numbers if is_luhn_valid(number))


def sent_number(profile: NetworkProfile, digits: str) -> MagicValue | None:
    """What sending this card number brings about, None for all but magic ones."""
    if not digits.startswith(profile.magic_pan_prefix):
        return None
    return _SENT_NUMBERS.get(digits[-_ENDING_DIGITS:])


def may_be_kept_number(
    profile: NetworkProfile, pan_bin: str, pan_last_four: str
) -> MagicValue | None:
    """What a card on file might bring about: sure is only its whole number, `is_magic`."""
    if pan_bin != profile.magic_pan_prefix[:PAN_BIN_DIGITS]:
        return None
    return _KEPT_NUMBERS.get(pan_last_four)


def is_magic(profile: NetworkProfile, digits: str) -> bool:
    """Whether the card number lies in the network's magic range."""
    return digits.startswith(profile.magic_pan_prefix)


def security_code(profile: NetworkProfile, code: str) -> MagicValue | None:
    """What this security code brings about; longer ones have zeros in front."""
    if len(code) != profile.card_security_code_digits:
        return None
    value = _SECURITY_CODES.get(code[-3:])
    return value if value is not None and code == written(profile, value) else None


def written(profile: NetworkProfile, value: MagicValue) -> str:
    """The value as it is sent to the network."""
    match value.trigger:
        case Trigger.EMAIL:
            return f"anything+{value.word}@shop.test"
        case Trigger.PHONE:
            return f"+{value.word}"
        case Trigger.SECURITY_CODE:
            return value.word.zfill(profile.card_security_code_digits)
        case Trigger.PAN | Trigger.CARD:
            return magic_pan(profile, value.word)
        case Trigger.AMOUNT | Trigger.ONE_TIME_CODE:
            return value.word
