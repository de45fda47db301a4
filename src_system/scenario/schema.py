"""The format as JSON Schema, made from its types, for editors to complete and check with.

An editor reads `otp: 012345` as a number, and a scenario as text: wherever text may stand, the
schema allows a number too.
"""

from typing import Any

import msgspec

from src_system.scenario.matchers import FORMS, MATCHERS, MEANINGS
from src_system.scenario.operations import OPERATIONS
from src_system.scenario.steps import VERBS
from src_system.scenario.story import Part, Story
from src_system.scenario.words import ALL_NETWORKS, NETWORKS, Json

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_VARIABLE = {"type": "string", "pattern": r"\$\{"}
_STEPS = {"type": "array", "items": {"$ref": "#/$defs/AnyStep"}}
_STEP_LISTS = (
    ("Story", "steps"),
    ("Story", "finally"),
    ("Part", "steps"),
    ("Together", "together"),
    ("Repeat", "steps"),
)


def json_schema() -> Json:
    """The schema of a scenario file, or of a part."""
    kinds = (Story, Part, *VERBS.values())
    _, found = msgspec.json.schema_components(kinds, ref_template="#/$defs/{name}")
    definitions: Json = {name: _relaxed(one) for name, one in found.items()}
    for name, member in _STEP_LISTS:
        definitions[name]["properties"][member] |= _STEPS
    definitions["Call"]["properties"]["call"] = _one_of(OPERATIONS) | {
        "description": "the operation"
    }
    definitions["Verdict"]["properties"]["verdict"] = _one_of(("PASSED", "WARNING", "FAILED"))
    for definition in definitions.values():
        _name_networks(definition)
    for name in _PATH_MEMBERS:
        member = definitions["Expectation"]["properties"][name]
        member["additionalProperties"] = {"$ref": "#/$defs/Matcher"}
    definitions["AnyStep"] = {
        "anyOf": [{"$ref": f"#/$defs/{one.__name__}"} for one in VERBS.values()]
    }
    definitions["Matcher"] = _matcher()
    return {
        "$schema": DIALECT,
        "title": "A scenario of src-system",
        "oneOf": [{"$ref": "#/$defs/Story"}, {"$ref": "#/$defs/Part"}],
        "$defs": definitions,
    }


_PATH_MEMBERS = (
    "headers",
    "body",
    "wire",
    "response",
    "responseHeader",
    "payload",
    "payloadHeader",
    "idToken",
    "recognitionToken",
)


def _relaxed(value: Any) -> Any:
    """*value* with a number allowed wherever text is, and a variable in place of anything."""
    if isinstance(value, list):
        return [_relaxed(one) for one in value]
    if not isinstance(value, dict):
        return value
    found = {name: _relaxed(one) for name, one in value.items()}
    if found.get("type") == "string":
        found["type"] = ["string", "number"]
    return found


def _one_of(words: Any) -> Json:
    return {"anyOf": [{"enum": list(words)}, _VARIABLE]}


def _name_networks(definition: Json) -> None:
    """Where `on` takes networks, offer them."""
    one = _one_of((*NETWORKS, ALL_NETWORKS))
    member = definition.get("properties", {}).get("on")
    if member is not None:
        described = {"description": member["description"]} if "description" in member else {}
        definition["properties"]["on"] = {
            "anyOf": [*one["anyOf"], {"type": "array", "items": one}],
            **described,
        }


def _matcher() -> Json:
    plain = {"type": ["string", "number", "boolean", "null", "array"]}
    words = {name: {"description": MEANINGS[name]} for name in MATCHERS}
    words["is"] |= _one_of(FORMS)
    words["exists"] |= {"type": "boolean"}
    for name in ("not", "length", "each", "any"):
        words[name] |= {"$ref": "#/$defs/Matcher"}
    return {
        "description": "a value, or conditions",
        "anyOf": [plain, {"type": "object", "properties": words, "additionalProperties": False}],
    }
