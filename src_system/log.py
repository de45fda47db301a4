"""The log: one JSON line per event, or a coloured one for a person, and no secret in either."""

import json as standard_json
import logging
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Literal, TextIO

import msgspec
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

REMOVED = "[removed]"

# Never written, whatever they hold; each also in the spelling of the wire and of HTTP headers.
_SECRET_NAMES = (
    "authorization",
    "card_security_code",
    "control_token",
    "cookie",
    "encrypted_card",
    "encrypted_consumer",
    "encrypted_payload",
    "enrollment_data",
    "id_token",
    "id_tokens",
    "one_time_code",
    "password",
    "payment_data",
    "primary_account_number",
    "recognition_token",
    "recognition_tokens",
    "validation_data",
    "vault_key",
)
_SECRET_KEYS = frozenset(
    spelling
    for name in _SECRET_NAMES
    for spelling in (
        name,
        name.title().replace("_", "-"),
        name[0] + name.title().replace("_", "")[1:],
    )
)

_PAN_DIGITS_MIN = 13
_UUID = re.compile(r"(?<![0-9A-Za-z])([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?![0-9A-Za-z])")
_UUID_IN_BYTES = re.compile(_UUID.pattern.encode())
_UUID_CHARACTERS = 36
_PAN_DIGITS_MAX = 19
# Two ways to write a card number: in one piece, or in groups that stand apart from other text.
_DIGITS = re.compile(r"[0-9](?:[ -]?[0-9]){12,}")
_DIGITS_IN_BYTES = re.compile(_DIGITS.pattern.encode())
_LUHN_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


def configure_logging(
    stream: TextIO,
    *,
    json: bool,
    level: Literal["debug", "info", "warning", "error"],
    now: Callable[[], datetime],
    colors: bool = False,
) -> None:
    """Send every event of *level* and above to *stream*, stamped by *now* (aware, UTC).

    With *json* a line is bytes written to the buffer under *stream*; otherwise it is for people.
    What libraries tell the standard library's logging joins the same stream from WARNING up.
    """
    processors: list[Processor] = [structlog.processors.format_exc_info, _Stamp(now)]
    factory: Callable[..., WrappedLogger]
    if json:
        processors.append(_render_json)
        factory = structlog.BytesLoggerFactory(stream.buffer)
    else:
        # The plain traceback: a richer one shows local variables, and so card numbers.
        plain = structlog.dev.plain_traceback
        console = structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=plain)
        processors += [_mask_all, console]
        factory = structlog.PrintLoggerFactory(stream)
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=factory,
        cache_logger_on_first_use=True,
    )
    _adopt_standard_logging()


def wants_json(form: Literal["auto", "json", "console"], stream: TextIO) -> bool:
    """Whether *form* means JSON on *stream*: `auto` does, except on a terminal."""
    return form == "json" or (form == "auto" and not stream.isatty())


def wants_colors(stream: TextIO, environment: Mapping[str, str]) -> bool:
    """Whether *stream* is a terminal whose owner has not set NO_COLOR."""
    return stream.isatty() and not environment.get("NO_COLOR")


def mask(value: Any) -> Any:
    """The same value fit for a log: card numbers down to four digits, secret members removed.

    What is not JSON is shown by its repr, masked as well.
    """
    if isinstance(value, str):
        return mask_numbers(value) if len(value) >= _PAN_DIGITS_MIN else value
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        text = str(value)
        return value if (masked := mask_numbers(text)) == text else masked
    if isinstance(value, Mapping):
        return {
            str(key): REMOVED if key in _SECRET_KEYS else mask(member)
            for key, member in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [mask(member) for member in value]
    if isinstance(value, bytes):
        return f"[{len(value)} bytes]"
    return mask_numbers(repr(value))


def mask_numbers(text: str, is_spared: Callable[[str], bool] | None = None) -> str:
    """*text* with card numbers down to four digits, all but those that *is_spared* names."""
    if _DIGITS.search(text) is None:
        return text
    # What stands in a UUID is one by chance, and an id that is masked finds nothing again.
    pieces = _UUID.split(text)
    return "".join(
        piece if place % 2 else _mask_runs(piece, is_spared) for place, piece in enumerate(pieces)
    )


def may_hold_number(line: bytes) -> bool:
    """Whether *line* has digits enough in a row for a card number, outside of UUIDs; a fast look.

    True for some lines that have none, never false for one that `mask_numbers` would change.
    """
    shape = line.translate(_SHAPE)
    begin = shape.find(_SUSPICIOUS)
    while begin >= 0:
        end = shape.find(b"x", begin)
        end = len(line) if end < 0 else end
        if len(line[begin:end].translate(None, b" -")) >= _PAN_DIGITS_MIN:
            # With what a UUID around it has besides, and one more for what stands before that.
            around = line[max(0, begin - _UUID_CHARACTERS - 1) : end + _UUID_CHARACTERS + 1]
            if _DIGITS_IN_BYTES.search(_UUID_IN_BYTES.sub(b"x", around)) is not None:
                return True
        begin = shape.find(_SUSPICIOUS, end)
    return False


def _mask_runs(text: str, is_spared: Callable[[str], bool] | None) -> str:
    return _DIGITS.sub(lambda run: _mask_run(run, is_spared), text)


def _mask_run(run: re.Match[str], is_spared: Callable[[str], bool] | None) -> str:
    """Mask what is a card number in a run of digits and single separators.

    A run may hold more than the number (`order 17 4111 1111 1111 1111`), so that each series of
    whole groups is tried, the longest first.
    """
    groups = re.split(r"([ -])", run.group())
    for first in range(0, len(groups), 2):
        for last in range(len(groups), first, -2):
            digits = "".join(groups[first:last:2])
            if _looks_like_pan(digits):
                shown = "".join(groups[first:last])
                if is_spared is None or not is_spared(digits):
                    shown = f"{'*' * (len(digits) - 4)}{digits[-4:]}"
                before, after = "".join(groups[:first]), "".join(groups[last:])
                return f"{before}{shown}{_mask_runs(after, is_spared)}"
    return run.group()


def _looks_like_pan(digits: str) -> bool:
    if not _PAN_DIGITS_MIN <= len(digits) <= _PAN_DIGITS_MAX or digits[0] not in "23456":
        return False
    if digits.endswith("0" * 12):
        return False  # the padding of a Mastercard srcDigitalCardId
    total = sum(map(int, digits[-1::-2])) + sum(_LUHN_DOUBLED[int(d)] for d in digits[-2::-2])
    return total % 10 == 0


class _Stamp:
    """Put time, level and event first, and remove secret members."""

    __slots__ = ("_now",)

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now

    def __call__(self, _: WrappedLogger, method: str, event: EventDict) -> EventDict:
        stamped: EventDict = {
            "timestamp": self._now().isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": "error" if method == "exception" else method,
            "event": event.pop("event", ""),
        }
        for key, value in event.items():
            if key in _SECRET_KEYS:
                stamped[key] = REMOVED
            else:
                stamped[key] = value if type(value) in _PLAIN else mask(value)
        return stamped


def _mask_all(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    return {key: mask(value) for key, value in event.items()}


_PLAIN = frozenset((str, int, float, bool, type(None)))
_encode = msgspec.json.Encoder().encode

# Maps all that a card number is written with to 0, every other byte to x. One pass over bytes,
# where a regular expression per value would cost as much as the rest of the line.
_SHAPE = bytes(0x30 if byte in b"0123456789 -" else 0x78 for byte in range(256))
_SUSPICIOUS = b"0" * _PAN_DIGITS_MIN


def _render_json(_: WrappedLogger, __: str, event: EventDict) -> bytes:
    try:
        line = _encode(event)
        if may_hold_number(line):
            line = _encode({key: mask(value) for key, value in event.items()})
    except (ValueError, OverflowError):
        # A lone surrogate or a huge integer: a log line must never be what breaks a request.
        return standard_json.dumps({key: mask(value) for key, value in event.items()}).encode()
    return line


class _ToStructlog(logging.Handler):
    """Hand what a library logs to the one log."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write *record* as an event that names its logger."""
        structlog.get_logger().log(
            record.levelno, record.getMessage(), logger=record.name, exc_info=record.exc_info
        )


def _adopt_standard_logging() -> None:
    root = logging.getLogger()
    for handler in root.handlers[:]:
        if isinstance(handler, _ToStructlog):
            root.removeHandler(handler)
    root.addHandler(_ToStructlog(level=logging.WARNING))
