"""The reference of the format, made from its types: every word with what it means."""

from collections.abc import Iterator
from typing import Any

from msgspec import inspect

from src_system.scenario.matchers import MEANINGS
from src_system.scenario.operations import OPERATIONS
from src_system.scenario.stage import GIVEN_VARIABLES
from src_system.scenario.steps import VERBS, FaultMatch, FaultWhen, Journal
from src_system.scenario.story import Part, SandboxSettings, Story
from src_system.scenario.words import Asking, Expectation, Waiting, Words


def reference() -> str:
    """Markdown."""
    lines = [
        *_chapter("A scenario file", Story),
        *_chapter("`sandbox`", SandboxSettings),
        *_chapter("A part", Part),
        "### Verbs",
        "",
        "Every step may have `title`. A step has one verb:",
        "",
        *(_verb(name, kind) for name, kind in VERBS.items()),
        "",
        *_chapter("`match` of a fault", FaultMatch),
        *_chapter("`when` of a fault", FaultWhen),
        *_chapter("`journal`", Journal.Filter),
        *_chapter("`expect`", Expectation),
        "### Matchers",
        "",
        "| matcher | holds for |",
        "|---|---|",
        *(f"| `{name}` | {meaning} |" for name, meaning in MEANINGS.items()),
        "",
        "### Variables that are always there",
        "",
        "| variable | what it is |",
        "|---|---|",
        *(f"| `{name}` | {meaning} |" for name, meaning in GIVEN_VARIABLES.items()),
        "",
        "### Operations",
        "",
        ", ".join(f"`{name}`" for name in OPERATIONS) + ".",
    ]
    return "\n".join(lines) + "\n"


def _chapter(title: str, kind: type[Words]) -> Iterator[str]:
    yield f"### {title}"
    yield ""
    yield _sentence(kind)
    yield ""
    yield "| word | meaning |"
    yield "|---|---|"
    for name, meaning in _members(kind):
        yield f"| `{name}` | {meaning} |"
    yield ""


def _verb(name: str, kind: type[Words]) -> str:
    own = {member for member, _ in _members(kind)}
    shared = [one for one in ("expect", "capture", "within") if one in own]
    hidden = {
        "title",
        *(one for one, _ in _members(Asking)),
        *(one for one, _ in _members(Waiting)),
    }
    said = f"- **`{name}`**: {_sentence(kind)}"
    members = dict(_members(kind))
    if members[name] != "-":
        said += f" Its value: {members[name]}."
    further = [
        f"`{one}` ({meaning})" if meaning != "-" else f"`{one}`"
        for one, meaning in members.items()
        if one != name and one not in hidden
    ]
    if further:
        said += f" Also {', '.join(further)}."
    if shared:
        said += f" Has {', '.join(f'`{one}`' for one in shared)}."
    return said


def _sentence(kind: type[Words]) -> str:
    return " ".join((kind.__doc__ or "").split())


def _members(kind: type[Words]) -> Iterator[tuple[str, str]]:
    info = inspect.type_info(kind)
    if not isinstance(info, inspect.StructType):
        return
    for field in info.fields:
        yield field.encode_name, _meaning(field.type).replace("|", "\\|") or "-"


def _meaning(found: Any) -> str:
    if isinstance(found, inspect.Metadata):
        schema = found.extra_json_schema or {}
        said = str(schema.get("description", ""))
        examples = schema.get("examples")
        if examples:
            said += (": " if said else "") + ", ".join(f"`{one}`" for one in examples)
        return said or _meaning(found.type)
    if isinstance(found, inspect.UnionType):
        return next((said for said in map(_meaning, found.types) if said), "")
    if isinstance(found, inspect.StructType):
        return (found.cls.__doc__ or "").split("\n", maxsplit=1)[0].rstrip(".")
    return ""
