"""Matchers: what a member must be. A plain value must be equal; a mapping names conditions."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from stdnum import luhn

from src_system.clock import parse_iso

_SHOWN = 300


class Missing:
    """In place of the value of a member that is not there."""

    def __repr__(self) -> str:
        return "nothing"


MISSING = Missing()


def mismatch(actual: Any, expected: Any) -> str | None:
    """Why *actual* is not as *expected*; None when it is."""
    if isinstance(expected, Mapping):
        for name, wanted in expected.items():
            matcher = MATCHERS.get(str(name))
            if matcher is None:  # a variable held a document, or a typo that nobody checked
                return f"{shown(actual)} cannot be compared: {shown(name)} is no matcher"
            said = matcher(actual, wanted)
            if said is not None:
                return said
        return None
    return None if _equal(actual, expected) else f"{shown(actual)} instead of {shown(expected)}"


def unknown_in(expected: Any) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The names in a matcher that are none, each with where in it they stand."""
    if isinstance(expected, Mapping):
        for name, wanted in expected.items():
            if name not in MATCHERS:
                yield name, (name,)
            elif name in _NESTING:
                for word, place in unknown_in(wanted):
                    yield word, (name, *place)


def shown(value: Any) -> str:
    """A value as messages show it."""
    if isinstance(value, Missing):
        return "nothing"
    if isinstance(value, str):
        text = f'"{value}"'
    else:
        text = msgspec.json.encode(value, enc_hook=str).decode()
    return text if len(text) <= _SHOWN else text[:_SHOWN] + " …"


def _equal(actual: Any, expected: Any) -> bool:
    """Text that is written for a number, or for true and false, is equal to it."""
    if isinstance(expected, list):
        return (
            isinstance(actual, list)
            and len(actual) == len(expected)
            and all(_equal(one, other) for one, other in zip(actual, expected, strict=True))
        )
    if isinstance(actual, bool) or isinstance(expected, bool) or expected is None:
        return actual is expected
    if isinstance(actual, int | float):
        return _number(expected) == actual
    return bool(actual == expected)


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _measured(actual: Any, wanted: Any) -> tuple[Any, Any] | None:
    """Both as numbers or both as instants, so that they can be compared."""
    numbers = _number(actual), _number(wanted)
    if numbers[0] is not None and numbers[1] is not None:
        return numbers
    instants = _instant(actual), _instant(wanted)
    return None if instants[0] is None or instants[1] is None else instants


def _instant(value: Any) -> datetime | None:
    try:
        return parse_iso(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _comparing(holds: Callable[[Any, Any], bool], word: str) -> Callable[[Any, Any], str | None]:
    def compare(actual: Any, wanted: Any) -> str | None:
        pair = _measured(actual, wanted)
        if pair is None:
            return f"{shown(actual)} cannot be compared with {shown(wanted)}"
        return None if holds(*pair) else f"{shown(actual)} is not {word} {shown(wanted)}"

    return compare


def _textual(holds: Callable[[str, str], object], word: str) -> Callable[[Any, Any], str | None]:
    def compare(actual: Any, wanted: Any) -> str | None:
        if isinstance(actual, str) and holds(actual, str(wanted)):
            return None
        return f"{shown(actual)} does not {word} {shown(wanted)}"

    return compare


def _contains(actual: Any, wanted: Any) -> str | None:
    wanted_ones = wanted if isinstance(wanted, list) else [wanted]
    for one in wanted_ones:
        if isinstance(actual, str):
            is_there = str(one) in actual
        elif isinstance(actual, list):
            is_there = any(_equal(entry, one) for entry in actual)
        else:
            is_there = isinstance(actual, Mapping) and one in actual
        if not is_there:
            return f"{shown(actual)} does not contain {shown(one)}"
    return None


def _one_of(actual: Any, wanted: Any) -> str | None:
    if any(_equal(actual, one) for one in (wanted if isinstance(wanted, list) else [wanted])):
        return None
    return f"{shown(actual)} is none of {shown(wanted)}"


def _exists(actual: Any, wanted: Any) -> str | None:
    is_there = not isinstance(actual, Missing)
    if is_there == (wanted is True):
        return None
    return "it is not there" if wanted is True else f"it is there: {shown(actual)}"


def _not(actual: Any, wanted: Any) -> str | None:
    return f"it is {shown(actual)}" if mismatch(actual, wanted) is None else None


def _length(actual: Any, wanted: Any) -> str | None:
    if not isinstance(actual, str | list | Mapping):
        return f"{shown(actual)} has no length"
    said = mismatch(len(actual), wanted)
    return None if said is None else f"its length is {said}"


def _each(actual: Any, wanted: Any) -> str | None:
    if not isinstance(actual, list):
        return f"{shown(actual)} is no list"
    for number, one in enumerate(actual):
        said = mismatch(one, wanted)
        if said is not None:
            return f"[{number}]: {said}"
    return None


def _any(actual: Any, wanted: Any) -> str | None:
    if isinstance(actual, list) and any(mismatch(one, wanted) is None for one in actual):
        return None
    return f"no entry of {shown(actual)} is {shown(wanted)}"


def _is(actual: Any, wanted: Any) -> str | None:
    check = FORMS.get(str(wanted))
    if check is None:
        return f"{shown(wanted)} is no form; known: {', '.join(FORMS)}"
    return None if check(actual) else f"{shown(actual)} is no {wanted}"


def _is_uuid(value: Any) -> bool:
    try:
        return isinstance(value, str) and str(UUID(value)) == value.lower()
    except ValueError:
        return False


def _is_luhn(value: Any) -> bool:
    return _is_digits(value) and luhn.is_valid(value)


def _is_digits(value: Any) -> bool:
    return isinstance(value, str) and value.isascii() and value.isdigit()


def _has_dots(count: int) -> Callable[[Any], bool]:
    return lambda value: (
        isinstance(value, str) and value.startswith("eyJ") and value.count(".") == count
    )


FORMS: dict[str, Callable[[Any], bool]] = {
    "text": lambda value: isinstance(value, str),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "list": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, Mapping),
    "uuid": _is_uuid,
    "instant": lambda value: _instant(value) is not None,
    "digits": _is_digits,
    "luhn": _is_luhn,
    "jws": _has_dots(2),
    "jwe": _has_dots(4),
}

Matcher = Callable[[Any, Any], str | None]

MATCHERS: dict[str, Matcher] = {
    "equals": lambda actual, wanted: (
        None if _equal(actual, wanted) else f"{shown(actual)} instead of {shown(wanted)}"
    ),
    "not": _not,
    "exists": _exists,
    "oneOf": _one_of,
    "contains": _contains,
    "matches": _textual(lambda actual, wanted: re.search(wanted, actual), "match"),
    "startsWith": _textual(str.startswith, "start with"),
    "endsWith": _textual(str.endswith, "end with"),
    "is": _is,
    "length": _length,
    "each": _each,
    "any": _any,
    "greaterThan": _comparing(lambda actual, wanted: actual > wanted, "greater than"),
    "lessThan": _comparing(lambda actual, wanted: actual < wanted, "less than"),
    "atLeast": _comparing(lambda actual, wanted: actual >= wanted, "at least"),
    "atMost": _comparing(lambda actual, wanted: actual <= wanted, "at most"),
    "after": _comparing(lambda actual, wanted: actual > wanted, "after"),
    "before": _comparing(lambda actual, wanted: actual < wanted, "before"),
}
_NESTING = frozenset({"not", "length", "each", "any"})

MEANINGS: dict[str, str] = {
    "equals": "the same value; text written for a number is equal to the number",
    "not": "a value or matcher that must not hold",
    "exists": "true: it is there; false: it is not",
    "oneOf": "one of these values",
    "contains": "text contains it; a list has it (or each of these) as entry; an object as member",
    "matches": "text in which this regular expression is found",
    "startsWith": "text that begins so",
    "endsWith": "text that ends so",
    "is": "of a form: " + ", ".join(FORMS),
    "length": "of text, list or object: a number or matcher",
    "each": "every entry of a list: a value or matcher",
    "any": "at least one entry of a list: a value or matcher",
    "greaterThan": "more than this number",
    "lessThan": "less than this number",
    "atLeast": "this number or more",
    "atMost": "this number or less",
    "after": "later than this instant",
    "before": "earlier than this instant",
}
