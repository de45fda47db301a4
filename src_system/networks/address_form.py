"""How long a network lets the members of an address be, and what may stand in its lines."""

import unicodedata
from dataclasses import dataclass

from src_system.model.address import Address
from src_system.model.errors import InvalidFormat


@dataclass(frozen=True, slots=True)
class AddressForm:
    """Lengths in characters; *punctuation* is what lines may hold beside letters (spec 5.12).

    Letters of every script pass, so that an Arabic or Chinese address does.
    """

    name_characters_max: int
    line_characters_max: int
    city_characters_max: int
    punctuation: str | None = None  # None: anything


def check_address_form(address: Address, form: AddressForm, *, source: str) -> None:
    """Raise InvalidFormat naming *source*.<member> for what the network does not take."""
    for member, value, characters_max in (
        ("name", address.name, form.name_characters_max),
        ("line1", address.line1, form.line_characters_max),
        ("line2", address.line2, form.line_characters_max),
        ("line3", address.line3, form.line_characters_max),
        ("city", address.city, form.city_characters_max),
    ):
        if value is None:
            continue
        if len(value) > characters_max:
            raise InvalidFormat(
                f"At most {characters_max} characters are allowed.", source=f"{source}.{member}"
            )
        if form.punctuation is None or not member.startswith("line"):
            continue
        if not all(_is_plain(character, form.punctuation) for character in value):
            raise InvalidFormat(
                f"Letters, digits, spaces and {form.punctuation} are allowed.",
                source=f"{source}.{member}",
            )


def _is_plain(character: str, punctuation: str) -> bool:
    """A letter, a mark on a letter, a digit, a space, or one of *punctuation*."""
    return (
        character.isalnum()
        or character == " "
        or character in punctuation
        or unicodedata.category(character).startswith("M")
    )
