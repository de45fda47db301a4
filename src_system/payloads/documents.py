"""What every JSON object that is read shares: its base, and the forms that many members have."""

from collections.abc import Iterable
from typing import Annotated, ClassVar

import msgspec

CHARACTERS_MAX = 255

Text = Annotated[str, msgspec.Meta(max_length=CHARACTERS_MAX)]
CountryCode = Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{2}\Z")]


def choices(values: Iterable[str]) -> msgspec.Meta:
    """The mark of a member whose reader takes *values* only; older spellings come in as these."""
    return msgspec.Meta(
        max_length=CHARACTERS_MAX, extra_json_schema={"enum": [str(value) for value in values]}
    )


class Document(msgspec.Struct, rename="camel", kw_only=True):
    """A JSON object; members it does not know are ignored (spec 2.13).

    `REQUIRED` names the members that the operation's reader refuses to be without; they are
    optional here because an absent, a null and an empty one get the same refusal.
    """

    REQUIRED: ClassVar[tuple[str, ...]] = ()
