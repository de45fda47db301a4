"""A request body from bytes to a JSON object: size, form, depth, and characters we cannot keep."""

from typing import Any

import msgspec

from src_system.model.errors import InvalidFormat, MalformedBody

_DECODER = msgspec.json.Decoder()


def read_body(raw: bytes, *, depth_max: int) -> dict[str, Any]:
    """The JSON object in *raw*.

    Raises MalformedBody when it is not one or is nested deeper than *depth_max*, InvalidFormat
    naming the member that holds a NUL character (PostgreSQL keeps none).
    """
    try:
        document = _DECODER.decode(raw)
    except RecursionError as error:
        raise MalformedBody(f"The body is nested deeper than {depth_max} levels.") from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise MalformedBody from error
    if not isinstance(document, dict):
        raise MalformedBody
    # Cheap tests first: hardly any body needs the walk.
    if raw.count(b"{") + raw.count(b"[") > depth_max or b"\\u" in raw:
        _walk(document, depth_max)
    return document


def _walk(document: dict[str, Any], depth_max: int) -> None:
    """Look at every member, without recursion."""
    pending: list[tuple[str, Any, int]] = [("", document, 1)]
    while pending:
        path, value, depth = pending.pop()
        if isinstance(value, (dict, list)) and depth > depth_max:
            raise MalformedBody(f"The body is nested deeper than {depth_max} levels.")
        if isinstance(value, dict):
            for name, member in value.items():
                if not _is_storable(name):
                    raise InvalidFormat("A member's name holds a forbidden character.", source=path)
                pending.append((f"{path}.{name}" if path else name, member, depth + 1))
        elif isinstance(value, list):
            pending.extend(
                (f"{path}[{place}]", member, depth + 1) for place, member in enumerate(value)
            )
        elif isinstance(value, str) and not _is_storable(value):
            raise InvalidFormat("The text holds a forbidden character.", source=path)


def _is_storable(text: str) -> bool:
    return text.isprintable() or _is_storable_slowly(text)


def _is_storable_slowly(text: str) -> bool:
    """No NUL and no half of a surrogate pair."""
    return not any(character == "\x00" or "\ud800" <= character <= "\udfff" for character in text)
