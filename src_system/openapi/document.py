"""From entries, one for each operation, to an OpenAPI 3.1 document."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from src_system.model import errors
from src_system.model.errors import SrcError
from src_system.networks.dialects import NETWORKS_KEYWORD
from src_system.openapi.refusals import by_status, reasons, response_of
from src_system.openapi.schemas import Schemas
from src_system.openapi.simulated import SIMULATED_DETAILS, SIMULATED_TOP, add_simulated
from src_system.wire.errors import PLAIN, ErrorDialect
from src_system.wire.glossary import Word

Json = dict[str, Any]
JSON_TYPE = "application/json"
NOTHING_TYPE = "application/octet-stream"  # what a body of no bytes is called
# What may be refused while the address is not yet resolved, so that the frame's form is all there
# is: those of an operation's own form come with either.
_BEFORE_THE_OPERATION: frozenset[type[SrcError]] = frozenset(
    {errors.NotFound, errors.ServerError, errors.Unavailable, errors.DeadlineExceeded}
)


@dataclass(frozen=True, slots=True)
class OtherForm:
    """A refusal in another form than the port's, beside the port's own of the same status.

    `kind` is the type of its body where it has one; `without_body_at` names the networks whose
    answer has none.
    """

    description: str
    kind: Any = None
    without_body_at: Sequence[str] = ()
    headers: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Entry:
    """One operation of a port, as the document and the page to read it show it.

    `errors` is the form of its refusals; what is refused before the operation is known has the
    frame's. `answer` None with *media_type* None is an answer without a body. `more` is put into
    the operation object as it stands: callers, networks. A *correlated* answer has a
    srcCorrelationId beside what its type says. An operation that *meets_faults* can be made to
    answer anything.
    """

    name: str
    method: str
    path: str
    group: str
    summary: str
    status: int
    description: str = ""
    path_parameters: Mapping[str, Json] = field(default_factory=dict)
    query: Any = None
    parameters: Sequence[Json] = ()
    request: Any = None
    request_is_required: bool = True
    request_type: str = JSON_TYPE
    request_example: Json | None = None  # where none is recorded
    answer: Any = None
    media_type: str | None = JSON_TYPE
    other_media: Mapping[str, Any] = field(default_factory=dict)  # type by media type
    other_answers: Mapping[int, tuple[str, Any]] = field(default_factory=dict)
    refusals: tuple[type[SrcError], ...] = ()
    errors: ErrorDialect = PLAIN
    other_forms: Mapping[int, OtherForm] = field(default_factory=dict)
    response_headers: Mapping[str, Json] = field(default_factory=dict)
    links: Json = field(default_factory=dict)
    more: Json = field(default_factory=dict)
    correlated: bool = False
    meets_faults: bool = False


@dataclass(frozen=True, slots=True)
class Frame:
    """What a document says besides its operations."""

    title: str
    version: str
    description: str
    servers: Sequence[Json]
    groups: Sequence[tuple[str, str]]
    security_schemes: Json
    security: Sequence[Json]
    error: Any
    glossary: Mapping[str, Word]
    headers: Mapping[str, Json] = field(default_factory=dict)
    parameters: Mapping[str, Json] = field(default_factory=dict)
    correlated: bool = False  # refusals have a srcCorrelationId beside what their type says


def build(frame: Frame, entries: Iterable[Entry]) -> Json:
    """The document."""
    entries = list(entries)
    schemas = Schemas(_types(frame, entries), frame.glossary)
    dialects = [one.errors for one in entries if one.errors is not PLAIN]
    _list_reasons(schemas, dialects, with_simulated=any(one.meets_faults for one in entries))
    if frame.correlated:
        _correlate(schemas, frame.error)
    for entry in entries:
        if entry.correlated:
            for kind in _answers(entry):
                _correlate(schemas, kind)
    paths: Json = {}
    for entry in entries:
        paths.setdefault(entry.path, {})[entry.method.lower()] = _operation(frame, entry, schemas)
    used = {entry.group for entry in entries}
    return {
        "openapi": "3.1.1",
        "info": {
            "title": frame.title,
            "version": frame.version,
            "description": frame.description,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": list(frame.servers),
        "security": list(frame.security),
        "tags": [
            {"name": name, "description": text} for name, text in frame.groups if name in used
        ],
        "paths": paths,
        "components": {
            "schemas": schemas.components,
            "headers": dict(frame.headers),
            "parameters": dict(frame.parameters),
            "securitySchemes": frame.security_schemes,
        },
    }


def _types(frame: Frame, entries: Iterable[Entry]) -> list[Any]:
    found = [frame.error]
    for entry in entries:
        others = [kind for _, kind in entry.other_answers.values()]
        found += [entry.query, entry.request, *_answers(entry), *others]
    return [kind for kind in found if kind is not None]


def _answers(entry: Entry) -> list[Any]:
    """The types of bodies that are the operation's own, when they are any."""
    own_error = None if entry.errors is PLAIN else entry.errors.document_type
    others = [*entry.other_media.values(), *(one.kind for one in entry.other_forms.values())]
    found = [entry.answer, own_error, *others]
    return [kind for kind in found if kind is not None]


def _list_reasons(
    schemas: Schemas, dialects: Iterable[ErrorDialect], *, with_simulated: bool
) -> None:
    """The `reason` of refusals and that of their details take the values that there are."""
    top, detail = reasons(dialects)
    if with_simulated:
        top, detail = sorted({*top, *SIMULATED_TOP}), sorted({*detail, *SIMULATED_DETAILS})
    for name, schema in schemas.components.items():
        if "errordetail" in schema.get("properties", ()):
            schema["properties"]["reason"]["enum"] = top
        elif name.startswith("ErrorDetail"):
            schema["properties"]["reason"]["enum"] = detail


def _correlate(schemas: Schemas, answer: Any) -> None:
    schema = schemas.components[str(schemas.of(answer)["$ref"]).rpartition("/")[2]]
    member = {"type": "string", "description": "The checkout session that the call belongs to."}
    given = schema.setdefault("properties", {})
    given.setdefault("srcCorrelationId", member)
    schema["properties"] = {"srcCorrelationId": given.pop("srcCorrelationId"), **given}
    rest = [name for name in schema.get("required", ()) if name != "srcCorrelationId"]
    schema["required"] = ["srcCorrelationId", *rest]


def _operation(frame: Frame, entry: Entry, schemas: Schemas) -> Json:
    headers = {name: {"$ref": f"#/components/headers/{name}"} for name in frame.headers}
    operation: Json = {
        "operationId": entry.name,
        "tags": [entry.group],
        "summary": entry.summary,
    }
    if entry.description:
        operation["description"] = entry.description
    parameters = _parameters(entry, schemas)
    if parameters:
        operation["parameters"] = parameters
    if entry.request is not None:
        operation["requestBody"] = {
            "required": entry.request_is_required,
            "content": {entry.request_type: {"schema": schemas.of(entry.request)}},
        }
        if entry.request_example is not None:
            example = {"example": entry.request_example}
            operation["requestBody"]["content"][entry.request_type] |= example
    success: Json = {
        "description": "Done." if entry.status != 201 else "Made.",
        "headers": {**headers, **entry.response_headers},
    }
    if entry.media_type is not None:
        schema = {"type": "string"} if entry.answer is None else schemas.of(entry.answer)
        success["content"] = {entry.media_type: {"schema": schema}}
        for media_type, kind in entry.other_media.items():
            success["content"][media_type] = {"schema": schemas.of(kind)}
    else:
        success["description"] = "Done; there is no body."
    if entry.links:
        success["links"] = entry.links
    operation["responses"] = {str(entry.status): success}
    for status, (text, kind) in entry.other_answers.items():
        operation["responses"][str(status)] = {
            "description": text,
            "headers": headers,
            "content": {JSON_TYPE: {"schema": schemas.of(kind)}},
        }
    for status, kinds in by_status(entry.refusals, entry.errors).items():
        schema = _error_schema(frame, entry, schemas, kinds)
        operation["responses"].setdefault(
            str(status), response_of(kinds, schema, headers, entry.errors)
        )
    for status, form in entry.other_forms.items():
        known = operation["responses"].get(str(status), {"headers": headers, "content": {}})
        operation["responses"][str(status)] = _with_form(known, form, schemas)
    if entry.meets_faults:
        own_form = _error_schema(frame, entry, schemas, ())
        add_simulated(operation["responses"], entry.errors, own_form, headers)
    operation["responses"] = dict(sorted(operation["responses"].items()))
    return {**operation, **entry.more}


def _error_schema(
    frame: Frame, entry: Entry, schemas: Schemas, kinds: Iterable[type[SrcError]]
) -> Json:
    plain = schemas.of(frame.error)
    if entry.errors is PLAIN:
        return plain
    own = schemas.of(entry.errors.document_type)
    return {"anyOf": [own, plain]} if set(kinds) & _BEFORE_THE_OPERATION else own


def _with_form(response: Json, form: OtherForm, schemas: Schemas) -> Json:
    lines = [response.get("description"), form.description]
    content: Json = dict(response["content"])
    if form.kind is not None:
        known = content.get(JSON_TYPE, {}).get("schema", {"anyOf": []})
        choices = [*known.get("anyOf", [known]), schemas.of(form.kind)]
        content[JSON_TYPE] = {"schema": choices[0] if len(choices) == 1 else {"anyOf": choices}}
    if form.without_body_at:
        content[NOTHING_TYPE] = {
            "schema": {"type": "string", "maxLength": 0},
            NETWORKS_KEYWORD: list(form.without_body_at),
        }
    return {
        **response,
        "description": "\n\n".join(line for line in lines if line),
        "headers": {**response["headers"], **form.headers},
        "content": content,
    }


def _parameters(entry: Entry, schemas: Schemas) -> list[Json]:
    found: list[Json] = [
        {"name": name, "in": "path", "required": True, **parameter}
        for name, parameter in entry.path_parameters.items()
    ]
    if entry.query is not None:
        properties, required = schemas.properties(entry.query)
        for name, schema in properties.items():
            plain = _without_null(schema)
            description = plain.pop("description", "")
            found.append(
                {
                    "name": name,
                    "in": "query",
                    "required": name in required,
                    "description": description,
                    "schema": plain,
                }
            )
    return [*found, *entry.parameters]


def _without_null(schema: Json) -> Json:
    """A query has no null: what may be null may be left out."""
    plain = dict(schema)
    if isinstance(plain.get("type"), list):
        [plain["type"]] = [name for name in plain["type"] if name != "null"]
    if "enum" in plain:
        plain["enum"] = [value for value in plain["enum"] if value is not None]
    return plain
