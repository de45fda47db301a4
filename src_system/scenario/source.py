"""A scenario file as text: YAML 1.2 read into plain values, with the place of each of them.

Plain scalars are text, also those that look like numbers (`012345` keeps its zero): in the SRC API
nearly everything is text. Only `true`, `false` and `null` are what they seem, and `!number 5` is a
number.
"""

import io
import re
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from src_system.scenario.problems import Mark, Problem, ScenarioInvalid

Pointer = tuple[str | int, ...]

BYTES_MAX = 1024 * 1024
_VALUES_MAX = 100_000  # aliases count as often as they are used
_DEPTH_MAX = 64
_NUMBER_TAG = "!number"
_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?")
_CONSTANTS: dict[str, bool | None] = {
    "true": True,
    "false": False,
    "null": None,
    "~": None,
    "": None,
}


@dataclass(slots=True)
class Source:
    """What a file holds, and where: `marks` by pointer, `key_marks` of the names in mappings."""

    file: Path
    value: Any = None
    marks: dict[Pointer, Mark] = field(default_factory=dict, repr=False)
    key_marks: dict[Pointer, Mark] = field(default_factory=dict, repr=False)

    def mark(self, pointer: Pointer) -> Mark:
        """Where the value at *pointer* stands; of what is not there, where it would stand."""
        while pointer not in self.marks:
            if not pointer:
                return Mark(self.file, 1, 1)
            pointer = pointer[:-1]
        return self.marks[pointer]

    def key_mark(self, pointer: Pointer) -> Mark:
        """Where the name of that value stands."""
        return self.key_marks.get(pointer) or self.mark(pointer)


def read_source(file: Path) -> Source:
    """The file's content; ScenarioInvalid when it cannot be read or is no YAML.

    A part that many stories use is read once, unless it has been written since.
    """
    try:
        written = file.stat()
    except OSError as error:
        raise ScenarioInvalid([Problem(Mark(file, 1, 1), f"{error.strerror}.")]) from error
    return _read(file, written.st_mtime_ns, written.st_size)


@lru_cache(maxsize=1024)
def _read(file: Path, _written_at: int, _size: int) -> Source:
    whole = Mark(file, 1, 1)
    try:
        raw = file.read_bytes()
        text = raw.decode("utf-8-sig")
    except OSError as error:
        raise ScenarioInvalid([Problem(whole, f"{error.strerror}.")]) from error
    except UnicodeDecodeError as error:
        raise ScenarioInvalid([Problem(whole, "The file is not UTF-8.")]) from error
    if len(raw) > BYTES_MAX:
        raise ScenarioInvalid([Problem(whole, f"The file is larger than {BYTES_MAX} bytes.")])
    return parse_source(text, file)


def parse_source(text: str, file: Path) -> Source:
    """The same of a *text*, which is said to stand in *file*."""
    source = Source(file)
    try:
        root = YAML(typ="safe", pure=True).compose(io.StringIO(text))
    except MarkedYAMLError as error:
        raise ScenarioInvalid([_not_yaml(error, file)]) from error
    except (YAMLError, ValueError) as error:
        raise ScenarioInvalid([Problem(Mark(file, 1, 1), f"No YAML: {error}")]) from error
    if root is None:
        raise ScenarioInvalid([Problem(Mark(file, 1, 1), "The file is empty.")])
    reader = _Reader(source)
    source.value = reader.read(root, ())
    if reader.problems:
        raise ScenarioInvalid(reader.problems)
    return source


def _not_yaml(error: MarkedYAMLError, file: Path) -> Problem:
    found = error.problem_mark or error.context_mark
    where = Mark(file, found.line + 1, found.column + 1) if found else Mark(file, 1, 1)
    said = " ".join(part for part in (error.context, error.problem) if part)
    return Problem(where, f"No YAML: {said}.")


class _Reader:
    """Turns nodes into values, and remembers where they stood."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.problems: list[Problem] = []
        self._count = 0

    def read(self, node: Node, pointer: Pointer) -> Any:
        mark = Mark(self.source.file, node.start_mark.line + 1, node.start_mark.column + 1)
        self.source.marks[pointer] = mark
        self._count += 1
        if self._count > _VALUES_MAX or len(pointer) > _DEPTH_MAX:
            raise ScenarioInvalid([Problem(mark, "There is too much in this file, or too deep.")])
        if isinstance(node, MappingNode):
            return self._mapping(node, pointer)
        if isinstance(node, SequenceNode):
            return [self.read(one, (*pointer, index)) for index, one in enumerate(node.value)]
        if isinstance(node, ScalarNode):
            return self._scalar(node, mark)
        raise TypeError(f"No YAML node: {node!r}")

    def _mapping(self, node: MappingNode, pointer: Pointer) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key_mark = Mark(
                self.source.file, key_node.start_mark.line + 1, key_node.start_mark.column + 1
            )
            if not isinstance(key_node, ScalarNode):
                self.problems.append(Problem(key_mark, "A name is text."))
                continue
            name = key_node.value
            if name in found:
                self.problems.append(Problem(key_mark, f"{name!r} stands here twice."))
            self.source.key_marks[*pointer, name] = key_mark
            found[name] = self.read(value_node, (*pointer, name))
        return found

    def _scalar(self, node: ScalarNode, mark: Mark) -> Any:
        text: str = node.value
        tag = str(node.tag)
        if tag == _NUMBER_TAG:
            if not _NUMBER.fullmatch(text):
                self.problems.append(Problem(mark, f"{text!r} is no number."))
                return None
            return int(text) if text.lstrip("-").isdigit() else float(text)
        if tag.startswith("!"):
            message = f"The tag {tag} means nothing here."
            self.problems.append(Problem(mark, message, f"Known: {_NUMBER_TAG}."))
        if node.style is None and text in _CONSTANTS:
            return _CONSTANTS[text]
        return text
