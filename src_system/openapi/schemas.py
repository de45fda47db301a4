"""JSON Schema of the types on the wire: msgspec's, made complete and kept in the members' order."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, get_args, get_type_hints, is_typeddict

import msgspec

from src_system.networks import PROFILES
from src_system.networks.dialects import NETWORKS_KEYWORD, WHEN_KEYWORD
from src_system.wire.glossary import Word

Json = dict[str, Any]

_REF = "#/components/schemas/{name}"
# Members of the kind null, list or object need no default to be understood.
_IDLE_DEFAULTS: tuple[object, ...] = (None, [], {})


class Schemas:
    """The component schemas of a set of types, and a reference to each of them."""

    def __init__(self, types: Iterable[Any], glossary: Mapping[str, Word]) -> None:
        self._types = list(dict.fromkeys(types))
        found, self.components = msgspec.json.schema_components(self._types, ref_template=_REF)
        self._found = dict(zip(self._types, found, strict=True))
        self._glossary = glossary
        for schema in (*self.components.values(), *self._found.values()):
            _tidy(schema)
        for cls in _classes(self._types):
            named = self.components.get(cls.__name__)
            if named is not None and "properties" in named:
                self._complete(named, cls)

    def of(self, kind: Any) -> Json:
        """The schema of *kind*: a reference where it is a type with a name."""
        return dict(self._found[kind])

    def properties(self, kind: Any) -> tuple[Json, list[str]]:
        """The members of an object type, and the names of those that are required."""
        schema = self.components[str(self._found[kind]["$ref"]).rpartition("/")[2]]
        return schema["properties"], schema.get("required", [])

    def _complete(self, schema: Json, cls: type) -> None:
        """Declared order, required members, alternatives between networks, meanings."""
        properties: Json = schema["properties"]
        order = [name for name in _member_names(cls) if name in properties]
        schema["properties"] = {name: properties[name] for name in order}
        required = {*schema.get("required", ()), *getattr(cls, "REQUIRED", ())}
        schema["required"] = [name for name in order if name in required]
        if not schema["required"]:
            del schema["required"]
        alternatives = _alternatives(schema["properties"])
        if alternatives:
            _require_one(schema, alternatives)
        schema.setdefault("additionalProperties", True)
        for name, member in schema["properties"].items():
            word = self._glossary.get(name)
            if word is not None:
                member.setdefault("description", word.description)
                if word.example is not None and "$ref" not in member:
                    member.setdefault("examples", [word.example])


def _member_names(cls: type) -> Iterator[str]:
    if is_typeddict(cls):
        yield from get_type_hints(cls)
    else:
        for field in msgspec.structs.fields(cls):
            yield field.encode_name


def _alternatives(properties: Json) -> list[str]:
    """Members of which each network writes exactly one."""
    marked = {
        name: schema[NETWORKS_KEYWORD]
        for name, schema in properties.items()
        if NETWORKS_KEYWORD in schema
    }
    networks = [network for names in marked.values() for network in names]
    return list(marked) if sorted(networks) == sorted(PROFILES) else []


def _require_one(schema: Json, alternatives: list[str]) -> None:
    """Exactly one of the members, always or where another member has certain values."""
    choices = [{"required": [name]} for name in alternatives]
    conditions = [schema["properties"][name].pop(WHEN_KEYWORD, None) for name in alternatives]
    if None in conditions:
        schema["oneOf"] = choices
        return
    schema["if"] = {
        "properties": {name: {"enum": values} for name, values in conditions[0].items()}
    }
    schema["then"] = {"oneOf": choices}
    schema["else"] = {"not": {"anyOf": choices}}


def _classes(types: Iterable[Any]) -> list[type]:
    """Every TypedDict and Struct within *types*."""
    found: dict[type, None] = {}
    pending = list(types)
    while pending:
        kind = pending.pop()
        if not (is_typeddict(kind) or _is_struct(kind)):
            pending.extend(get_args(kind))
        elif kind not in found:
            found[kind] = None
            pending.extend(get_type_hints(kind, include_extras=True).values())
    return list(found)


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def _tidy(schema: Any) -> None:
    """Rewrite what says the same at greater length, and what only Python understands."""
    if isinstance(schema, list):
        for part in schema:
            _tidy(part)
    if not isinstance(schema, dict):
        return
    if isinstance(schema.get("pattern"), str):
        schema["pattern"] = schema["pattern"].replace(r"\Z", "$")
    if "default" in schema and schema["default"] in _IDLE_DEFAULTS:
        del schema["default"]
    _join_null(schema)
    for part in schema.values():
        _tidy(part)


def _join_null(schema: Json) -> None:
    """`anyOf [X, null]` as one schema where X is of one simple type."""
    choices = schema.get("anyOf")
    if not isinstance(choices, list) or {"type": "null"} not in choices or len(choices) != 2:
        return
    other = next(choice for choice in choices if choice != {"type": "null"})
    if not isinstance(other.get("type"), str):
        return
    del schema["anyOf"]
    for name, value in other.items():
        schema.setdefault(name, value)
    schema["type"] = [other["type"], "null"]
    if "enum" in other:
        schema["enum"] = [*other["enum"], None]
