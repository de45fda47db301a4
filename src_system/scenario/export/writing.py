"""The story as YAML: quoted where it must be, lines no longer than a hundred characters."""

import io
import re
import textwrap
from collections.abc import Mapping
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from src_system.scenario.export.telling import Told
from src_system.scenario.words import Json

WIDTH = 100
_BARE_BELOW = frozenset({"expect", "expectOn", "match", "when"})  # text and number are equal there
_LONG = re.compile(r"^(?P<indent> *)(?P<begin>(?:- )*(?:[^\s:]+: )?)\"?(?P<text>[^\s\"\\]+)\"?$")
_FLOW_CHARACTERS = 72
_ROOM_MIN = 20  # of a piece of a long word, however long its member's name is
_NO_PLAIN_TEXT = frozenset("[{'")  # a list, a map, or text in quotes of the other kind
_INDICATORS = frozenset("[]{},")  # plain text on lines of its own


class Number:
    """A JSON number, `!number 5`: a plain scalar would be text."""

    yaml_tag = "!number"

    def __init__(self, value: float) -> None:
        self.value = value

    @classmethod
    def to_yaml(cls, representer: Any, node: "Number") -> Any:
        """The scalar with its tag."""
        return representer.represent_scalar(cls.yaml_tag, f"{node.value!r}")


class Bare:
    """Text that looks like a number, and may: it is compared with one."""

    yaml_tag = "tag:yaml.org,2002:int"

    def __init__(self, value: float) -> None:
        self.value = value

    @classmethod
    def to_yaml(cls, representer: Any, node: "Bare") -> Any:
        """A plain scalar."""
        return representer.represent_scalar(cls.yaml_tag, f"{node.value!r}")


def write_story(head: Json, steps: list[Told], *, schema: str, comments: list[str]) -> str:
    """The file's text; *comments* stand before the first member."""
    document = CommentedMap({name: _node(value, bare=False) for name, value in head.items()})
    listed = CommentedSeq([_step(one.step) for one in steps])
    for number, told in enumerate(steps):
        if told.comments:
            listed.yaml_set_comment_before_after_key(
                number, before=_wrapped(told.comments, indent=2), indent=2
            )
    document["steps"] = listed
    stream = io.StringIO()
    _yaml().dump(document, stream)
    # Other white space than YAML's own belongs to the text.
    lines = [_folded(one.rstrip(" ")) for one in stream.getvalue().rstrip(" \n").split("\n")]
    above = [f"# yaml-language-server: $schema={schema}"]
    above += [f"# {one}" for one in _wrapped(comments, indent=0).splitlines()]
    return "\n".join([*above, *lines]) + "\n"


def _yaml() -> YAML:
    yaml = YAML()
    yaml.width = WIDTH
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.register_class(Number)
    yaml.register_class(Bare)
    yaml.representer.add_representer(type(None), _represent_null)
    return yaml


def _represent_null(representer: Any, _value: None) -> Any:
    return representer.represent_scalar("tag:yaml.org,2002:null", "null")


def _step(step: Json) -> CommentedMap:
    return CommentedMap(
        {name: _node(value, bare=name in _BARE_BELOW) for name, value in step.items()}
    )


def _node(value: Any, *, bare: bool) -> Any:
    if isinstance(value, Mapping):
        return _flowing(
            CommentedMap({_text(name): _node(one, bare=bare) for name, one in value.items()}), value
        )
    if isinstance(value, list):
        return _flowing(CommentedSeq([_node(one, bare=bare) for one in value]), value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Bare(value) if bare else Number(value)
    return _text(value) if isinstance(value, str) else value


def _text(text: str) -> str:
    """Quoted where the library writes it plain, and a reader would take it for something else.

    Before a text on one line with others, a question mark begins a key to YAML's readers, and a
    colon a value.
    """
    is_mistaken = "\n" in text or "\t" in text or text.startswith(("?", ":"))
    return DoubleQuotedScalarString(text) if is_mistaken else text


def _flowing(node: Any, value: Any) -> Any:
    """Short and flat ones on one line, unless something in them would then need quotes."""
    members = list(value.values() if isinstance(value, Mapping) else value)
    is_flat = not any(isinstance(one, Mapping | list) for one in members)
    needs_quotes = any(isinstance(one, str) and set(one) & _INDICATORS for one in members)
    if is_flat and not needs_quotes and len(str(value)) <= _FLOW_CHARACTERS:
        node.fa.set_flow_style()
    return node


def _wrapped(comments: list[str], *, indent: int) -> str:
    lines = [
        line
        for one in comments
        for line in textwrap.wrap(one, WIDTH - indent - 2, break_long_words=False)
    ]
    return "\n".join(lines)


def _folded(line: str) -> str:
    """A line with one long word, in several: a backslash before its end joins them again."""
    found = _LONG.match(line)
    if len(line) <= WIDTH or found is None:
        return line
    indent, begin, text = found["indent"], found["begin"], found["text"]
    inner = " " * (len(indent) + 4)
    room = WIDTH - len(indent) - max(len(begin), 4) - 3
    # What is short is not what makes the line long, and may be no text: null, or an empty list.
    if len(text) <= max(room, _ROOM_MIN) or text[0] in _NO_PLAIN_TEXT or text.endswith(":"):
        return line
    room = max(room, _ROOM_MIN)
    pieces = [text[at : at + room] for at in range(0, len(text), room)]
    return f'{indent}{begin}"' + f"\\\n{inner}".join(pieces) + '"'
