"""Which magic value somebody is known by: the tag of an e-mail address, or a phone number."""

from collections.abc import Mapping

from src_system.model.magic import MagicValue, Trigger
from src_system.model.magic_values import MAGIC_VALUES, PHONE_PREFIX

_TAGS: Mapping[str, MagicValue] = {
    value.word: value for value in MAGIC_VALUES if value.trigger is Trigger.EMAIL
}
_PHONES: Mapping[str, MagicValue] = {
    value.word: value for value in MAGIC_VALUES if value.trigger is Trigger.PHONE
}
_PHONE_MARK = PHONE_PREFIX[1:4]  # with or without anything between the groups


def identified(text: object) -> MagicValue | None:
    """By the tag of an e-mail address, or a phone number with its calling code."""
    if not isinstance(text, str):
        return None
    if "@" in text:
        if "+" not in text:
            return None
        local = text.rpartition("@")[0]
        return _TAGS.get(local.rpartition("+")[2].strip().lower())
    if _PHONE_MARK not in text:
        return None
    return _PHONES.get("".join(character for character in text if character.isdigit()))
