"""What came back to a step, and whether it is what the story expects."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import jsonpath
import msgspec

from src_system.scenario.matchers import MISSING, mismatch, shown
from src_system.scenario.words import Expectation

# The parts of an answer in which members are looked for, as they are named in a scenario.
SECTIONS = (
    "body",
    "wire",
    "headers",
    "response",
    "responseHeader",
    "payload",
    "payloadHeader",
    "idToken",
    "recognitionToken",
)


@dataclass(slots=True)
class Answer:
    """An answer in its parts. `status` is None where nothing was asked over HTTP."""

    sections: dict[str, Any] = field(default_factory=dict, repr=False)
    status: int | None = None
    reasons: Sequence[str] = ()
    source: str | None = None
    message: str = ""  # of a refusal
    distrusted: str | None = None  # why it must not be believed
    broken: str | None = None  # why there is none, or none that can be read
    network: str | None = None
    src_correlation_id: str | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """What is not as expected; `place` is where in the step that was written."""

    message: str
    place: tuple[str | int, ...] = ()


def failures(answer: Answer, expected: Expectation) -> Iterator[Failure]:
    """What in *answer* is not as *expected*, with variables already filled in."""
    if answer.broken is not None and expected.broken is None:
        yield Failure(answer.broken)
        return
    outcome = [
        *_about_outcome(answer, expected),
        *_about_complaint("broken", answer.broken, expected.broken),
        *_about_complaint("distrusted", answer.distrusted, expected.distrusted),
    ]
    yield from outcome
    if outcome:
        return  # what is in another answer than the one expected would only distract
    if expected.source is not None:
        said = mismatch(answer.source if answer.source is not None else MISSING, expected.source)
        if said:
            yield Failure(f"The member at fault is {said}.", ("source",))
    for section, attribute in _ATTRIBUTES.items():
        for path, wanted in getattr(expected, attribute).items():
            found = member_of(answer, section, path)
            said = mismatch(found, wanted)
            if said and found is MISSING and not _wants_nothing(wanted):
                said = what_is_there(answer, section, path)
            if said:
                yield Failure(f"{section} {path}: {said}.", (section, path))


_ATTRIBUTES = {
    name: attribute
    for attribute, name in zip(
        Expectation.__struct_fields__, Expectation.__struct_encode_fields__, strict=True
    )
    if name in SECTIONS
}


def _about_outcome(answer: Answer, expected: Expectation) -> Iterator[Failure]:
    if answer.status is None:
        return
    reasons = _listed(expected.reason)
    said = _said(answer)
    if expected.status is not None:
        if not any(_is_status(answer.status, one) for one in _listed(expected.status)):
            wanted = " or ".join(_listed(expected.status))
            yield Failure(f"{said} instead of {wanted}.", ("status",))
    elif not reasons and answer.status >= _REFUSED:
        yield Failure(f"{said}, and a success was expected.")
    if reasons and not set(reasons) & set(answer.reasons):
        yield Failure(f"{said} instead of the reason {' or '.join(reasons)}.", ("reason",))


_GOOD = {
    "broken": "There is an answer, and the connection was to break.",
    "distrusted": "What came back is good, and a forgery was expected.",
}


def _about_complaint(name: str, complaint: str | None, wanted: Any) -> Iterator[Failure]:
    """Whether the client complains exactly when it should, of what it should."""
    if wanted is None:
        if complaint is not None:
            yield Failure(f"What came back must not be believed. {complaint}")
    elif complaint is None:
        yield Failure(_GOOD[name], (name,))
    elif wanted is not True:
        matcher = {"contains": wanted} if isinstance(wanted, str) else wanted
        said = mismatch(complaint, matcher)
        if said:
            yield Failure(f"It is {name} for another reason: {said}.", (name,))


_REFUSED = 400


def _said(answer: Answer) -> str:
    said = f"{answer.status}"
    if answer.reasons:
        said += f" {answer.reasons[0]}"
    if answer.source:
        said += f" at {answer.source}"
    return f"Answered {said}" + (f" ({answer.message})" if answer.message else "")


def _listed(value: str | list[str] | None) -> list[str]:
    if value is None:
        return []
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]


def _is_status(status: int, wanted: str) -> bool:
    text = str(status)
    return len(wanted) == len(text) and all(
        one in ("x", "X") or one == other for one, other in zip(wanted, text, strict=True)
    )


def member_of(answer: Answer, section: str, path: str) -> Any:
    """The value at *path* in a part of the answer; MISSING where there is none.

    A path that can find several things gives the list of what it found.
    """
    document = answer.sections.get(section, MISSING)
    if document is MISSING:
        return MISSING
    if section == "headers":
        return document.get(path.lower(), MISSING)
    query = compiled(path)
    found = query.findall(document)
    if not query.singular_query():
        return found
    return found[0] if found else MISSING


@lru_cache(maxsize=4096)
def compiled(path: str) -> Any:
    """A JSONPath; `$.` may be left out. jsonpath.JSONPathError for what is none."""
    return jsonpath.compile(path)


def _wants_nothing(wanted: Any) -> bool:
    return isinstance(wanted, Mapping) and "exists" in wanted


def what_is_there(answer: Answer, section: str, path: str) -> str:
    """Why nothing is found at *path*: what there is instead, as far down as the path leads."""
    document = answer.sections.get(section, MISSING)
    if document is MISSING:
        there = ", ".join(name for name in SECTIONS if name in answer.sections)
        return f"the answer has no {section}; it has {there}"
    place, rest = "", re.findall(r"[^.\[\]]+|\[\d+\]", path.removeprefix("$"))
    for step in rest:
        key: Any = int(step[1:-1]) if step.startswith("[") else step
        try:
            document = document[key]
        except (KeyError, IndexError, TypeError):
            break
        place += step if step.startswith("[") or not place else f".{step}"
    where = f"{section} {place}".strip()
    if isinstance(document, Mapping):
        return f"there is none; {where} has {', '.join(document) or 'nothing'}"
    if isinstance(document, list):
        return f"there is none; {where} is a list of {len(document)}"
    return f"there is none; {where} is {shown(document)}"


def capture(answer: Answer, wanted: Any) -> Any:
    """The value that a capture names: a path in the body, or {section: path}; MISSING."""
    return member_of(answer, *captured_from(wanted))


def captured_from(wanted: Any) -> tuple[str, str]:
    """The part of the answer, and the path in it."""
    if isinstance(wanted, Mapping):
        ((section, path),) = wanted.items()
        return section, path
    return "body", wanted


def plain(value: Any) -> Any:
    """*value* as JSON has it: instants as text."""
    return msgspec.to_builtins(value)
