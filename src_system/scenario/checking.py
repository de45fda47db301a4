"""What can be told of a scenario without playing it: words, paths and variables that do not exist.

A capture that nothing uses is a mistake as well: the story says less than its writer thinks.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import jsonpath
import msgspec

from src_system.client import SrcSystemError
from src_system.client.effects import read_effect
from src_system.scenario.answers import SECTIONS, compiled
from src_system.scenario.matchers import MATCHERS, unknown_in
from src_system.scenario.operations import OPERATIONS
from src_system.scenario.problems import Mark, Problem, did_you_mean
from src_system.scenario.source import Pointer, Source
from src_system.scenario.stage import FIRST_DEVICE, GIVEN_VARIABLES
from src_system.scenario.steps import (
    Advance,
    Call,
    Control,
    Fault,
    Journal,
    Notification,
    Repeat,
    Together,
    Use,
    Verdict,
    Visit,
)
from src_system.scenario.story import ANY_VERDICT, PlacedStep, Story
from src_system.scenario.variables import names_in
from src_system.scenario.words import ALL_NETWORKS, NETWORKS, Asking, Expectation

_VERDICTS = ("PASSED", "WARNING", "FAILED")
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_DURATION = re.compile(r"P(\d+W|(?=.)(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?)")
# What there is when the variables of the file get their values.
_BEFORE_FIXTURES = frozenset({"sandbox", "client", "dpa", "issuer"})
_NO_STEPS = frozenset({"together", "steps"})


def check_story(
    story: Story,
    source: Source,
    columns: Iterable[str],
    steps: Sequence[PlacedStep],
) -> list[Problem]:
    """Every problem of a story that reading it has not found.

    *columns* are the names of its data, *steps* all of them, those of `finally` behind the others.
    """
    checker = _Checker()
    named = _Scope({*_BEFORE_FIXTURES, *columns})
    for name, value in story.variables.items():
        checker.use_all(value, named, source, ("variables", name))
        named.known.add(name)
    scope = _Scope({*GIVEN_VARIABLES, *columns, *story.variables})
    checker.use_all(story.given, scope, source, ("given",))
    checker.use_all(story.on, scope, source, ("on",))
    checker.networks(story.on, source.mark(("on",)))
    if story.verdict is not None and story.verdict not in (*_VERDICTS, ANY_VERDICT):
        message = f"There is no verdict {story.verdict!r}."
        checker.add(
            source.mark(("verdict",)),
            message,
            did_you_mean(story.verdict, (*_VERDICTS, ANY_VERDICT)),
        )
    checker.steps(steps, scope)
    checker.unused(scope)
    return checker.problems


@dataclass(slots=True)
class _Scope:
    """Names that have a value, captures with their places, and what has been used of them."""

    known: set[str]
    captured: dict[str, Mark] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    devices: set[str] = field(default_factory=lambda: {FIRST_DEVICE})


@dataclass(slots=True)
class _Checker:
    problems: list[Problem] = field(default_factory=list)

    def add(self, where: Mark, message: str, suggestion: str = "") -> None:
        problem = Problem(where, message, suggestion)
        if problem not in self.problems:  # a part that is used twice is read twice
            self.problems.append(problem)

    def unused(self, scope: _Scope) -> None:
        for name, where in scope.captured.items():
            if name not in scope.used:
                self.add(where, f"Nothing uses the capture {name!r}.", "Remove it.")

    def use_all(self, value: Any, scope: _Scope, source: Source, pointer: Pointer) -> None:
        """Count the variables in *value* as used; those without a value are problems."""
        for name, place in _uses(value, pointer):
            scope.used.add(name)
            if name not in scope.known:
                message = f"There is no variable {name!r} here."
                suggested = did_you_mean(name, sorted(scope.known))
                self.add(source.mark(place), message, suggested)
                # Whoever misspelt the name of a capture needs not hear that nothing uses it.
                scope.used.update(one for one in scope.captured if f"{one!r}?" in suggested)

    def networks(self, value: Any, where: Mark) -> None:
        for name in value if isinstance(value, list) else [value]:
            if isinstance(name, str) and "${" not in name and name not in _ON:
                self.add(where, f"There is no network {name!r}.", did_you_mean(name, _ON))

    def steps(self, steps: Sequence[PlacedStep], scope: _Scope) -> None:
        for placed in steps:
            self.step(placed, scope)

    def step(self, placed: PlacedStep, scope: _Scope) -> None:
        step = placed.step
        written = {
            name: value
            for name, value in msgspec.to_builtins(step).items()
            if name not in _NO_STEPS
        }
        if isinstance(step, Asking | Use):
            written.pop("capture", None)
        self.use_all(written, scope, placed.source, placed.pointer)
        if getattr(step, "on", None) is not None:
            self.networks(step.on, placed.mark("on"))  # type: ignore[attr-defined]
        self._device(placed, scope)
        self._words(placed)
        if isinstance(step, Together | Repeat):
            self.steps(placed.nested, scope)
        if isinstance(step, Use):
            self._part(placed)
        if isinstance(step, Asking):
            self.expectation(placed, step.expect, ("expect",))
            self._captures(placed, step, scope)
        elif isinstance(step, Use):
            for name in step.capture:
                self._capture(placed, name, scope)

    def _device(self, placed: PlacedStep, scope: _Scope) -> None:
        step = placed.step
        if isinstance(step, Visit):
            scope.devices.add(step.visit)
            return
        name = getattr(step, "device", None)
        if name is not None and "${" not in name and name not in scope.devices:
            message = f"No `visit` has begun on a device {name!r}."
            self.add(placed.mark("device"), message, did_you_mean(name, scope.devices))

    def _words(self, placed: PlacedStep) -> None:
        """The words of a verb's own."""
        step = placed.step
        if isinstance(step, Call):
            self._call(placed, step)
        elif isinstance(step, Advance):
            if "${" not in step.advance and not _DURATION.fullmatch(step.advance):
                message = f"{step.advance!r} is no ISO 8601 duration."
                self.add(placed.mark("advance"), message, "Write PT10M, PT2H or P30D.")
        elif isinstance(step, Fault):
            self._some(placed, "operation", step.match.operation, (*OPERATIONS,))
            self._some(placed, "network", step.match.network, NETWORKS)
            if isinstance(step.fault, str) and "${" not in step.fault:
                try:
                    read_effect(step.fault)
                except SrcSystemError as error:
                    self.add(placed.mark("fault"), str(error))
        elif isinstance(step, Control):
            method, _, place = step.control.partition(" ")
            if "${" not in method and (method.upper() not in _METHODS or not place):
                message = f"{step.control!r} is no call: write METHOD and a place, as in GET clock."
                self.add(placed.mark("control"), message, did_you_mean(method.upper(), _METHODS))
        elif isinstance(step, Journal):
            self._one(placed, ("journal", "operation"), step.journal.operation, (*OPERATIONS,))
            self._one(placed, ("journal", "network"), step.journal.network, NETWORKS)
        elif isinstance(step, Verdict):
            if "${" not in step.verdict and step.verdict not in _VERDICTS:
                message = f"There is no verdict {step.verdict!r}."
                self.add(placed.mark("verdict"), message, did_you_mean(step.verdict, _VERDICTS))
        elif isinstance(step, Notification):
            self._paths(placed, step.notification, ("notification",))

    def _some(
        self, placed: PlacedStep, name: str, value: str | list[str] | None, known: tuple[str, ...]
    ) -> None:
        """The words that a fault's `match` names."""
        if isinstance(value, list):
            for number, one in enumerate(value):
                self._one(placed, ("match", name, number), one, known)
        else:
            self._one(placed, ("match", name), value, known)

    def _one(
        self, placed: PlacedStep, pointer: Pointer, value: str | None, known: tuple[str, ...]
    ) -> None:
        if value is not None and "${" not in value and value not in known:
            message = f"There is no {pointer[1]} {value!r}."
            self.add(placed.mark(*pointer), message, did_you_mean(value, known))

    def _call(self, placed: PlacedStep, step: Call) -> None:
        for network, expected in step.expect_on.items():
            self.networks(network, placed.source.key_mark((*placed.pointer, "expectOn", network)))
            self.expectation(placed, expected, ("expectOn", network))
        if "${" in step.call:
            return
        operation = OPERATIONS.get(step.call)
        if operation is None:
            message = f"There is no operation {step.call!r}."
            self.add(placed.mark("call"), message, did_you_mean(step.call, OPERATIONS))
            return
        for name in operation.path_members:
            if name not in step.with_ and name != "srcClientId":
                message = f"{step.call} needs {name}: it stands in its path."
                self.add(placed.mark("call"), message, f"Write with: {{{name}: …}}.")

    def _part(self, placed: PlacedStep) -> None:
        """A part sees its inputs and what is always there, nothing else."""
        part = placed.part
        if part is None:
            return
        inside = _Scope({*GIVEN_VARIABLES, *part.inputs})
        self.steps(placed.nested, inside)
        if placed.nested:
            source = placed.nested[0].source
            self.use_all(part.outputs, inside, source, ("outputs",))
        self.unused(inside)

    def expectation(self, placed: PlacedStep, expected: Expectation, pointer: Pointer) -> None:
        for name, attribute in _PATHS.items():
            self._paths(placed, getattr(expected, attribute), (*pointer, name))
        for name in ("source", "distrusted", "broken"):
            value = getattr(expected, name)
            if isinstance(value, Mapping):
                self._matcher(placed, value, (*pointer, name))

    def _paths(self, placed: PlacedStep, paths: Mapping[str, Any], pointer: Pointer) -> None:
        for path, wanted in paths.items():
            where = placed.source.key_mark((*placed.pointer, *pointer, path))
            if pointer[-1] != "headers":
                self._path(path, where)
            self._matcher(placed, wanted, (*pointer, path))

    def _path(self, path: str, where: Mark) -> None:
        if "${" in path:
            return
        try:
            compiled(path)
        except jsonpath.JSONPathError as error:
            said = str(error).splitlines()[0]
            self.add(where, f"{path!r} is no JSONPath: {said}.", "Write member.list[0].member.")

    def _matcher(self, placed: PlacedStep, wanted: Any, pointer: Pointer) -> None:
        for word, further in unknown_in(wanted):
            where = placed.source.key_mark((*placed.pointer, *pointer, *further))
            self.add(where, f"There is no matcher {word!r}.", did_you_mean(word, MATCHERS))
        for text, stands_at in _expressions(wanted, pointer):
            try:
                re.compile(text)
            except re.error as error:
                self.add(placed.mark(*stands_at), f"{text!r} is no regular expression: {error}.")

    def _captures(self, placed: PlacedStep, step: Asking, scope: _Scope) -> None:
        for name, wanted in step.capture.items():
            where = placed.mark("capture", name)
            section, path = "body", wanted
            if isinstance(wanted, Mapping) and len(wanted) == 1:
                section, path = next(iter(wanted.items()))
            if section not in SECTIONS:
                self.add(
                    where, f"Answers have no part {section!r}.", did_you_mean(section, SECTIONS)
                )
            if not isinstance(path, str):
                self.add(where, "A capture is a path, or {part: path}.")
                continue
            if section != "headers":
                self._path(path, where)
            self.use_all(path, scope, placed.source, (*placed.pointer, "capture", name))
            self._capture(placed, name, scope)

    def _capture(self, placed: PlacedStep, name: str, scope: _Scope) -> None:
        where = placed.source.key_mark((*placed.pointer, "capture", name))
        if name in GIVEN_VARIABLES:
            self.add(where, f"{name!r} is always there and cannot be captured.", "Rename it.")
        scope.known.add(name)
        scope.captured.setdefault(name, where)


_ON = (*NETWORKS, ALL_NETWORKS)
_PATHS = {
    name: attribute
    for attribute, name in zip(
        Expectation.__struct_fields__, Expectation.__struct_encode_fields__, strict=True
    )
    if name in SECTIONS
}


def _uses(value: Any, pointer: Pointer) -> Iterator[tuple[str, Pointer]]:
    """The variables in *value*, each with the pointer of the text that uses it."""
    if isinstance(value, Mapping):
        for name, one in value.items():
            for used in names_in(name):
                yield used, (*pointer, name)
            yield from _uses(one, (*pointer, name))
    elif isinstance(value, list | tuple):
        for number, one in enumerate(value):
            yield from _uses(one, (*pointer, number))
    else:
        for used in names_in(value):
            yield used, pointer


def _expressions(wanted: Any, pointer: Pointer) -> Iterable[tuple[str, Pointer]]:
    if isinstance(wanted, Mapping):
        for word, one in wanted.items():
            if word == "matches" and isinstance(one, str) and "${" not in one:
                yield one, (*pointer, word)
            else:
                yield from _expressions(one, (*pointer, word))
