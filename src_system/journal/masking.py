"""What of an entry is hidden from whoever does not ask to see it: numbers, codes, cryptograms.

What is not kept in the first place: `journal/redaction.py`.
"""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from src_system.journal.addresses import mask_address
from src_system.log import mask_numbers

HIDDEN = "[masked]"
# Members that hold one-time codes, security codes and cryptograms, in any document of the wire.
SECRET_MEMBERS = frozenset(
    {"validationData", "otpValue", "cardSecurityCode", "dynamicDataValue", "authenticationValue"}
)
_NAMES = "|".join(sorted(SECRET_MEMBERS))
# For what is no JSON, cut off or malformed as it may be.
_IN_TEXT = re.compile(rf'(\\?"(?:{_NAMES})\\?"\s*:\s*)(\\?"[^"]*"?|[^\s,}}\]]+)')
_IN_QUERY = re.compile(rf"((?:^|[?&])(?:{_NAMES})=)[^&#]*")
_JSON = msgspec.json.Decoder()


@dataclass(frozen=True, slots=True)
class Body:
    """A body fit to be shown; `encoding` is `base64` for what is no text, else None."""

    text: str
    encoding: str | None


@dataclass(frozen=True, slots=True)
class Masking:
    """How entries are shown: with masks, or without."""

    is_on: bool = True

    def document(self, document: Any) -> Any:
        """*document* with numbers masked in every text, and secret members hidden."""
        if not self.is_on:
            return document
        if isinstance(document, str):
            return mask_numbers(document)
        if isinstance(document, Mapping):
            return {
                mask_numbers(str(name)): (
                    HIDDEN
                    if name in SECRET_MEMBERS and member is not None
                    else self.document(member)
                )
                for name, member in document.items()
            }
        if isinstance(document, list | tuple):
            return [self.document(member) for member in document]
        if isinstance(document, int) and not isinstance(document, bool):
            text = mask_numbers(str(document))
            return document if text == str(document) else text
        return document

    def path(self, path: str) -> str:
        """An address with its query."""
        return mask_address(_IN_QUERY.sub(rf"\1{HIDDEN}", path)) if self.is_on else path

    def headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """Headers; credentials among them are not even kept."""
        if not self.is_on:
            return dict(headers)
        return {name: mask_numbers(value) for name, value in headers.items()}

    def body(self, raw: bytes) -> Body:
        """A body byte for byte, or as near to it as its masks allow."""
        try:
            return Body(self._text(raw, raw.decode()), None)
        except UnicodeDecodeError:
            shown = self._text(raw, raw.decode("latin-1")).encode("latin-1")
            return Body(base64.b64encode(shown).decode(), "base64")

    def _text(self, raw: bytes, text: str) -> str:
        if not self.is_on:
            return text
        try:
            document = _JSON.decode(raw)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return mask_address(_IN_TEXT.sub(rf'\1"{HIDDEN}"', text))
        masked = self.document(document)
        return text if masked == document else msgspec.json.encode(masked).decode()
