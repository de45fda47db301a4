"""What never gets into the journal: credentials of clients, and card numbers nobody invented.

Looked for when an entry is written. What may be kept and is only hidden: `journal/masking.py`.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import unquote_plus

import msgspec

from src_system.crypto import jwe
from src_system.crypto.keyring import Keyring
from src_system.journal.addresses import mask_address
from src_system.log import mask_numbers, may_hold_number
from src_system.model.pan import is_luhn_valid
from src_system.networks import PROFILES

HeaderPairs = Sequence[tuple[bytes, bytes]]

REMOVED = "[removed]"
FOREIGN_CARD = "[removed: a card number in it is no test number]"

_SECRET_HEADERS = frozenset({b"authorization", b"proxy-authorization", b"x-pay-token", b"cookie"})
_SET_COOKIE = "Set-Cookie"
_SECRET_PARAMETERS = frozenset({"client_secret", "client_assertion"})
_ACCESS_TOKEN = re.compile(rb'("access_token"\s*:\s*")[^"]*')
_JWE = re.compile(rb'"eyJ[^".]*\.[^".]*\.[^".]*\.[^".]*\.[^"]*"')
_JOSE_BEGIN = b'"eyJ'
_JWE_DOTS = 4
_SCHEME = re.compile(rb"[A-Za-z][A-Za-z0-9-]*(?= )")
_COOKIE = re.compile(rb"(?:^|(?<=;))(\s*[^=;\s]+=)[^;]*")
_JSON = msgspec.json.Decoder()


def redact_headers(pairs: HeaderPairs) -> HeaderPairs:
    """*pairs* without the values of credentials; schemes and names of cookies stay."""
    if _SECRET_HEADERS.isdisjoint([name.lower() for name, _ in pairs]):
        return pairs
    return [
        (name, _redact_value(name.lower(), value) if name.lower() in _SECRET_HEADERS else value)
        for name, value in pairs
    ]


def _redact_value(name: bytes, value: bytes) -> bytes:
    if name == b"cookie":
        return _COOKIE.sub(rb"\1" + REMOVED.encode(), value)
    scheme = _SCHEME.match(value)
    return REMOVED.encode() if scheme is None else scheme[0] + b" " + REMOVED.encode()


def redact_set_cookie(headers: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """The headers of an answer without the values of cookies; their attributes stay."""
    if _SET_COOKIE not in headers:
        return tuple(headers.items())
    return tuple(
        (name, _without_cookie(value) if name.lower() == "set-cookie" else value)
        for name, value in headers.items()
    )


def _without_cookie(value: str) -> str:
    cookie, semicolon, attributes = value.partition(";")
    return f"{cookie.partition('=')[0]}={REMOVED}{semicolon}{attributes}"


def redact_form(raw: bytes) -> bytes:
    """A form, or the query of an address, without clients' secrets; all else as it was."""
    return b"&".join(
        name + b"=" + REMOVED.encode() if _is_secret(name) and equals else name + equals + value
        for name, equals, value in (pair.partition(b"=") for pair in raw.split(b"&"))
    )


def _is_secret(name: bytes) -> bool:
    return unquote_plus(name.decode("latin-1")).strip().lower() in _SECRET_PARAMETERS


def redact_token_answer(raw: bytes) -> bytes:
    """An answer of the token endpoint without the token."""
    return _ACCESS_TOKEN.sub(rb"\1" + REMOVED.encode(), raw)


def redact_numbers(raw: bytes) -> bytes:
    """*raw* with every card number masked that is no test number; JSON stays JSON."""
    is_escaped = _is_escaped(raw)
    if not (is_escaped or may_hold_number(raw)):
        return raw
    text = raw.decode("utf-8", "surrogateescape")
    if not is_escaped and mask_numbers(text, is_invented) == text:
        return raw
    try:
        document = _JSON.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return mask_numbers(text, is_invented).encode("utf-8", "surrogateescape")
    masked = rewritten(document, lambda text: mask_numbers(text, is_invented))
    return raw if masked == document else msgspec.json.encode(masked)


def redact_encoded(raw: bytes) -> bytes:
    """An address, or a form, with every such number masked that is percent-encoded in it."""
    if b"%" not in raw and b"+" not in raw:
        return raw
    text = raw.decode("utf-8", "surrogateescape")
    masked = mask_address(text, is_invented)
    return raw if masked == text else masked.encode("utf-8", "surrogateescape")


def is_invented(digits: str) -> bool:
    """Whether the number is a published test number, or of a range that the simulator invented."""
    return any(
        profile.test_pan(digits) is not None
        or (
            len(digits) == profile.token_range.digits
            and digits.startswith(profile.token_range.prefix)
        )
        for profile in PROFILES.values()
    )


def rewritten(document: Any, change: Callable[[str], str]) -> Any:
    """*document* with each text, each name of a member and each whole number changed."""
    if isinstance(document, str):
        return change(document)
    if isinstance(document, dict):
        return {change(name): rewritten(member, change) for name, member in document.items()}
    if isinstance(document, list):
        return [rewritten(member, change) for member in document]
    if isinstance(document, int) and not isinstance(document, bool):
        text = str(document)
        return document if change(text) == text else change(text)
    return document


def may_hold_jwe(raw: bytes) -> bool:
    """Whether a body may hold something encrypted to us; a fast look, at bytes.

    Five parts in one text that begins as every JOSE header does; a regular expression takes four
    times as long.
    """
    # Most calls have too few dots altogether.
    begin = raw.find(_JOSE_BEGIN) if raw.count(b".") >= _JWE_DOTS else -1
    while begin >= 0:
        end = raw.find(b'"', begin + len(_JOSE_BEGIN))
        if raw.count(b".", begin, len(raw) if end < 0 else end) >= _JWE_DOTS:
            return True
        begin = -1 if end < 0 else raw.find(_JOSE_BEGIN, end)
    return _is_escaped(raw)


def _is_escaped(raw: bytes) -> bool:
    """Whether JSON spells characters by their number, so that bytes do not show what it says."""
    return b"\\" in raw and b"\\u" in raw


def redact_sealed_cards(raw: bytes, network: str, keyrings: Mapping[str, Keyring]) -> bytes:
    """*raw* without the JWE that hold a card number which is no test number.

    Costs a private operation for each JWE.
    """
    try:
        document = _JSON.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _JWE.sub(lambda found: _redact_unparsed(found[0], network, keyrings), raw)

    def change(text: str) -> str:
        return FOREIGN_CARD if _holds_foreign_card(text, network, keyrings) else text

    redacted = rewritten(document, change)
    return raw if redacted == document else msgspec.json.encode(redacted)


def _redact_unparsed(quoted: bytes, network: str, keyrings: Mapping[str, Keyring]) -> bytes:
    text = quoted[1:-1].decode("utf-8", "replace")
    if _holds_foreign_card(text, network, keyrings):
        return b'"' + FOREIGN_CARD.encode() + b'"'
    return quoted


def _holds_foreign_card(text: str, network: str, keyrings: Mapping[str, Keyring]) -> bool:
    """Whether *text* is a JWE to a key of ours with such a number in it."""
    if text.count(".") != _JWE_DOTS:
        return False
    try:
        unopened = jwe.parse(text, max_length=len(text))
    except jwe.JweRefused:
        return False
    kid = unopened.header.get("kid")
    for name, keyring in keyrings.items():
        if kid is None and name != network:
            continue
        key = keyring.decryption(None if kid is None else str(kid))
        if key is None:
            continue
        try:
            clear = jwe.open_jwe(unopened, key.private, enc_allowed=tuple(jwe.CONTENT_KEY_BYTES))
        except jwe.JweRefused:
            continue
        return is_foreign(clear)
    return False


def is_foreign(clear: bytes) -> bool:
    """Whether a card in clear has a number that is no test number."""
    if redact_numbers(clear) != clear:
        return True
    try:
        document = _JSON.decode(clear)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False
    return any(_is_foreign_number(number) for number in _numbers_in(document))


def _numbers_in(document: Any) -> Iterable[str]:
    """What the members primaryAccountNumber hold, of whatever length."""
    if isinstance(document, dict):
        for name, member in document.items():
            if name == "primaryAccountNumber":
                yield "".join(str(member).split())
            else:
                yield from _numbers_in(member)
    elif isinstance(document, list):
        for member in document:
            yield from _numbers_in(member)


def _is_foreign_number(digits: str) -> bool:
    return (
        digits.isascii() and digits.isdigit() and is_luhn_valid(digits) and not is_invented(digits)
    )
