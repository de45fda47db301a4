"""Scenario files read into cases that can be played; every mistake with its place."""

import csv
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from src_system.scenario.checking import check_story
from src_system.scenario.problems import Mark, Problem, ScenarioInvalid, did_you_mean
from src_system.scenario.source import Pointer, Source, read_source
from src_system.scenario.steps import VERBS, Repeat, Together, Use
from src_system.scenario.story import Case, Part, PlacedStep, Story
from src_system.scenario.words import Json, Words

SUFFIXES = (".yaml", ".yml")
_ROWS_MAX = 1000
_USES_MAX = 16  # parts that use parts
_COMMON = frozenset({"title", "expect", "capture", "within", "on", "with", "device"})
_UNKNOWN = re.compile(r"Object contains unknown field `(.*?)`(?: - at `(.*)`)?")
_ELSEWHERE = re.compile(r"(.*?) - at `(.*)`")
_PLACE = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]|\[\.\.\.\]")


@dataclass(slots=True)
class Reading:
    """A file being read, with what was found wrong so far."""

    source: Source
    problems: list[Problem] = field(default_factory=list)
    uses: tuple[Path, ...] = ()

    def add(self, where: Mark, message: str, suggestion: str = "") -> None:
        """Note a problem."""
        self.problems.append(Problem(where, message, suggestion))

    def convert(self, value: Any, kind: type[Words], pointer: Pointer) -> Any:
        """*value* as *kind*, without the names that it should not have; None when it is none.

        What is wrong is noted.
        """
        while True:
            try:
                return msgspec.convert(value, kind, strict=False)
            except msgspec.ValidationError as error:
                said = str(error)
            unknown = _UNKNOWN.fullmatch(said)
            if unknown is None:
                self._explain(said, pointer)
                return None
            place, name = _pointer(unknown[2] or ""), unknown[1]
            known = did_you_mean(name, _names_at(kind, place))
            where = self.source.key_mark((*pointer, *place, name))
            self.add(where, f"Nothing is called {name!r} here.", known)
            value = _without(value, (*place, name))

    def _explain(self, said: str, pointer: Pointer) -> None:
        elsewhere = _ELSEWHERE.fullmatch(said)
        message, place = said, pointer
        if elsewhere is not None:
            message, place = elsewhere[1], (*pointer, *_pointer(elsewhere[2]))
        self.add(self.source.mark(place), _in_our_words(message))


def _without(value: Any, place: Pointer) -> Any:
    """A copy of *value* without what is at *place*."""
    first, *rest = place
    if isinstance(value, list):
        return [
            _without(one, tuple(rest)) if number == first else one
            for number, one in enumerate(value)
        ]
    if not rest:
        return {name: one for name, one in value.items() if name != first}
    return {
        name: _without(one, tuple(rest)) if name == first else one for name, one in value.items()
    }


def _in_our_words(message: str) -> str:
    missing = re.fullmatch(r"Object missing required field `(.*)`", message)
    if missing is not None:
        return f"{missing[1]!r} is missing."
    for word, ours in (("`str`", "text"), ("`object`", "a mapping"), ("`array`", "a list")):
        message = message.replace(word, ours)
    return message.replace("`", "") + "."


def _pointer(place: str) -> Pointer:
    return tuple(
        int(found[2]) if found[2] is not None else found[1]
        for found in _PLACE.finditer(place)
        if found[1] is not None or found[2] is not None
    )


def _names_at(kind: type[Words], place: Pointer) -> tuple[str, ...]:
    """The names that a mapping of this kind may have, further down at *place*."""
    for name in place:
        if isinstance(name, int):
            continue
        names = dict(zip(kind.__struct_encode_fields__, kind.__struct_fields__, strict=True))
        found = next(
            (
                one
                for one in _kinds_of(kind, names.get(name))
                if isinstance(one, type) and issubclass(one, Words)
            ),
            None,
        )
        if found is None:
            return ()
        kind = found
    return kind.__struct_encode_fields__


def _kinds_of(kind: type[Words], attribute: str | None) -> Iterator[Any]:
    info = msgspec.inspect.type_info(kind)
    if not isinstance(info, msgspec.inspect.StructType):
        return
    waiting: list[Any] = [one.type for one in info.fields if one.name == attribute]
    while waiting:
        found = waiting.pop()
        if isinstance(found, msgspec.inspect.StructType):
            yield found.cls
        inner = ("type", "value_type", "item_type")
        waiting += [getattr(found, name) for name in inner if hasattr(found, name)]
        waiting += getattr(found, "types", ())


def cases_of(file: Path, shown: str) -> list[Case]:
    """What is to be played of a file: once, or once for each row of its data.

    ScenarioInvalid with everything that is wrong with it.
    """
    source = read_source(file)
    reading = Reading(source)
    document = source.value
    if not isinstance(document, dict):
        raise ScenarioInvalid([Problem(source.mark(()), "A scenario is a mapping.")])
    if "part" in document and "scenario" not in document:
        message = "This is a part of scenarios, not a scenario: it is played by `use`."
        raise ScenarioInvalid([Problem(source.mark(()), message)])
    story: Story | None = reading.convert(document, Story, ())
    steps = _read_steps(reading, document.get("steps"), ("steps",))
    last = _read_steps(reading, document.get("finally"), ("finally",))
    if story is None:
        raise ScenarioInvalid(reading.problems)
    rows = _rows(reading, story)
    columns = rows[0] if rows else ()
    reading.problems += check_story(story, source, columns, [*steps, *last])
    if reading.problems:
        raise ScenarioInvalid(reading.problems)
    has_rows = story.data is not None
    return [
        Case(
            id=f"{shown}[{number}]" if has_rows else shown,
            story=story,
            source=source,
            row=row,
            steps=tuple(steps),
            finally_=tuple(last),
            has_rows=has_rows,
            told_by=_telling(rows),
        )
        for number, row in enumerate(rows, 1)
    ]


def _telling(rows: list[Json]) -> tuple[str, ...]:
    """The first columns, as few of them as tell the rows apart."""
    names = tuple(rows[0])
    for count in range(1, len(names)):
        if len({tuple(str(row[name]) for name in names[:count]) for row in rows}) == len(rows):
            return names[:count]
    return names


def _rows(reading: Reading, story: Story) -> list[Json]:
    """The rows of its data, one without names where it has none."""
    if story.data is None:
        return [{}]
    source = reading.source
    where = source.mark(("data",))
    if isinstance(story.data, list):
        rows = story.data
    else:
        try:
            with (source.file.parent / story.data).open(encoding="utf-8-sig", newline="") as table:
                rows = [dict(row) for row in csv.DictReader(table)]
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            reading.add(where, f"{story.data} cannot be read: {error}.")
            return []
    if not rows or len(rows) > _ROWS_MAX:
        reading.add(where, f"There are {len(rows)} rows; 1 to {_ROWS_MAX} can be.")
        return []
    for number, row in enumerate(rows):
        if None in row or (isinstance(story.data, str) and None in row.values()):
            reading.add(where, f"Row {number + 1} of {story.data} has not as many values as names.")
            return []
        if set(row) != set(rows[0]):
            place = source.mark(("data", number)) if isinstance(story.data, list) else where
            message = f"Row {number + 1} has other names than the first."
            reading.add(place, message, f"The first has {', '.join(rows[0])}.")
    return rows


def _read_steps(reading: Reading, values: Any, pointer: Pointer) -> list[PlacedStep]:
    """The steps that *values* are; what is no list of mappings is somebody else's problem."""
    if not isinstance(values, list) or not all(isinstance(one, dict) for one in values):
        return []
    found = [_read_step(reading, value, (*pointer, number)) for number, value in enumerate(values)]
    return [step for step in found if step is not None]


def _read_step(reading: Reading, value: Mapping[str, Any], pointer: Pointer) -> PlacedStep | None:
    where = reading.source.mark(pointer)
    verbs = [name for name in value if name in VERBS]
    if len(verbs) != 1:
        _explain_verbs(reading, value, verbs, pointer)
        return None
    verb = verbs[0]
    step = reading.convert(value, VERBS[verb], pointer)
    if step is None:
        return None
    nested: list[PlacedStep] = []
    part = None
    if isinstance(step, Together):
        nested = _read_steps(reading, step.together, (*pointer, "together"))
    elif isinstance(step, Repeat):
        nested = _read_steps(reading, step.steps, (*pointer, "steps"))
    elif isinstance(step, Use):
        part, nested = _read_part(reading, step, pointer)
    return PlacedStep(step, verb, where, pointer, reading.source, tuple(nested), part)


def _explain_verbs(
    reading: Reading, value: Mapping[str, Any], verbs: list[str], pointer: Pointer
) -> None:
    if verbs:
        reading.add(
            reading.source.key_mark((*pointer, verbs[1])),
            f"A step has one verb, and this one has {' and '.join(verbs)}.",
            "Make two steps of it.",
        )
        return
    strange = [name for name in value if name not in _COMMON]
    if strange:
        where = reading.source.key_mark((*pointer, strange[0]))
        reading.add(where, f"{strange[0]!r} is no verb.", did_you_mean(strange[0], VERBS))
    else:
        reading.add(reading.source.mark(pointer), "A step needs a verb.", did_you_mean("", VERBS))


def _read_part(
    reading: Reading, step: Use, pointer: Pointer
) -> tuple[Part | None, list[PlacedStep]]:
    where = reading.source.mark((*pointer, "use"))
    file = Path(os.path.normpath(reading.source.file.parent / step.use))
    inside = file.resolve()
    if inside in reading.uses or len(reading.uses) >= _USES_MAX:
        reading.add(where, f"{step.use} uses itself, by way of others perhaps.")
        return None, []
    try:
        source = read_source(file)
    except ScenarioInvalid as invalid:
        if invalid.problems[0].where == Mark(file, 1, 1):
            reading.add(where, f"{step.use}: {invalid.problems[0].message}")
        else:
            reading.problems += invalid.problems
        return None, []
    inner = Reading(source, reading.problems, (*reading.uses, inside))
    if not isinstance(source.value, dict) or "part" not in source.value:
        reading.add(where, f"{step.use} is no part.", "A part begins with `part:`.")
        return None, []
    part: Part | None = inner.convert(source.value, Part, ())
    if part is None:
        return None, []
    for name in step.with_:
        if name not in part.inputs:
            place = reading.source.key_mark((*pointer, "with", name))
            reading.add(
                place, f"{step.use} has no input {name!r}.", did_you_mean(name, part.inputs)
            )
    for name, default in part.inputs.items():
        if default is None and name not in step.with_:
            reading.add(where, f"{step.use} needs the input {name!r}.")
    for name, output in step.capture.items():
        if output not in part.outputs:
            place = reading.source.mark((*pointer, "capture", name))
            reading.add(
                place, f"{step.use} has no output {output!r}.", did_you_mean(output, part.outputs)
            )
    return part, _read_steps(inner, part.steps, ("steps",))
