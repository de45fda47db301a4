"""An OpenAPI document as a person reads it: groups, operations, members, errors, examples."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from src_system.networks.dialects import NETWORKS_KEYWORD
from src_system.openapi.curl import Command, command_of
from src_system.openapi.simulated import is_only_simulated

Json = dict[str, Any]

_DEPTH_MAX = 8
_METHODS = ("get", "post", "put", "delete")


@dataclass(frozen=True, slots=True)
class Row:
    """One member or parameter: its type and limits in words, and the members inside it."""

    name: str
    kind: str
    required: bool
    description: str
    limits: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    place: str = ""
    inside: tuple["Row", ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """One status: what it means, the members of its body, and reasons when it is a refusal."""

    status: str
    description: str
    media_type: str
    kind: str
    members: tuple[Row, ...]
    reasons: tuple[Mapping[str, str | None], ...] = ()


@dataclass(frozen=True, slots=True)
class Article:
    """One operation."""

    name: str
    method: str
    path: str
    summary: str
    description: str
    parameters: tuple[Row, ...]
    body: Answer | None
    success: tuple[Answer, ...]
    refusals: tuple[Answer, ...]
    links: tuple[str, ...]
    networks: tuple[str, ...]
    callers: tuple[str, ...]
    command: Command
    example_answer: str


@dataclass(frozen=True, slots=True)
class Group:
    """Operations under one heading."""

    name: str
    anchor: str
    description: str
    articles: list[Article] = field(default_factory=list)


class Reference:
    """Reads a document; `groups` is what a page shows of it."""

    def __init__(
        self,
        document: Json,
        *,
        origin: str,
        examples: Mapping[str, Json],
        known: Json,
        credentials: str = "",
    ) -> None:
        self._document = document
        self._origin = origin
        self._examples = examples
        self._known = known
        self._credentials = credentials

    def groups(self) -> list[Group]:
        """The groups in the document's order, each with its operations."""
        groups = {
            tag["name"]: Group(
                tag["name"], "in-" + tag["name"].lower().replace(" ", "-"), tag["description"]
            )
            for tag in self._document["tags"]
        }
        for path, item in self._document["paths"].items():
            for method in item:
                if method in _METHODS:
                    article = self._article(path, method, item[method])
                    groups[item[method]["tags"][0]].articles.append(article)
        return list(groups.values())

    def _article(self, path: str, method: str, operation: Json) -> Article:
        parameters = tuple(self._parameters(operation))
        body = operation.get("requestBody")
        example = self._examples.get(operation["operationId"], {})
        success: list[Answer] = []
        refusals: list[Answer] = []
        for status, response in operation["responses"].items():
            if is_only_simulated(response):  # the document's first words say that there are more
                continue
            answer = self._answer(status, response)
            (success if status < "4" and not answer.reasons else refusals).append(answer)
        return Article(
            name=operation["operationId"],
            method=method.upper(),
            path=path,
            summary=operation["summary"],
            description=operation.get("description", ""),
            parameters=parameters,
            body=None if body is None else self._answer("", body),
            success=tuple(success),
            refusals=tuple(refusals),
            links=tuple(self._links(operation)),
            networks=tuple(operation.get(NETWORKS_KEYWORD, ())),
            callers=tuple(operation.get("x-src-callers", ())),
            command=command_of(
                method.upper(),
                path,
                operation,
                base=self._base(path),
                example=example,
                known=self._known,
                credentials=self._credentials,
            ),
            example_answer=_pretty(example.get("answer")),
        )

    def _base(self, path: str) -> str:
        """Where the path's server is, its variables at their defaults."""
        server = (self._document["paths"][path].get("servers") or self._document["servers"])[0]
        variables = server.get("variables", {})
        url: str = server["url"].format(**{name: one["default"] for name, one in variables.items()})
        return (self._origin + url if url.startswith("/") else url).rstrip("/")

    @staticmethod
    def _links(operation: Json) -> Iterator[str]:
        for response in operation["responses"].values():
            yield from response.get("links", {})

    def _parameters(self, operation: Json) -> Iterator[Row]:
        for given in operation.get("parameters", ()):
            parameter = self._resolved(given)
            yield self._row(
                parameter["name"],
                {**parameter["schema"], "description": parameter.get("description", "")},
                required=parameter.get("required", False),
                place=parameter["in"],
            )

    def _answer(self, status: str, response: Json) -> Answer:
        content = response.get("content", {})
        media_type = next(iter(content), "")
        schema = content[media_type]["schema"] if content else {}
        reasons = tuple(response.get("x-src-reasons", ()))
        return Answer(
            status=status,
            description=response.get("description", ""),
            media_type=media_type,
            kind=self._kind(schema) if schema else "",
            members=() if reasons else self._members(schema, 0),
            reasons=reasons,
        )

    def _resolved(self, schema: Json) -> Json:
        reference = schema.get("$ref")
        if reference is None:
            return schema
        found: Any = self._document
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]
        return {**found, **{name: value for name, value in schema.items() if name != "$ref"}}

    def _members(self, schema: Json, depth: int) -> tuple[Row, ...]:
        """The members of an object, of a list's items, or of a map's values."""
        if depth > _DEPTH_MAX:
            return ()
        schema = self._resolved(_without_null(schema))
        if "items" in schema:
            return self._members(schema["items"], depth)
        if "properties" not in schema:
            values = schema.get("additionalProperties")
            return self._members(values, depth) if isinstance(values, dict) else ()
        required = schema.get("required", ())
        return tuple(
            self._row(name, member, required=name in required, depth=depth + 1)
            for name, member in schema["properties"].items()
        )

    def _row(
        self, name: str, schema: Json, *, required: bool, place: str = "", depth: int = 0
    ) -> Row:
        plain = self._resolved(_without_null(schema))
        described = schema.get("description") or plain.get("description", "")
        values = plain.get("enum", ())
        return Row(
            name=name,
            # What may be left out may be null as well; only an answer's null says something.
            kind=self._kind(schema) if required else self._kind(schema).removesuffix(" or null"),
            required=required,
            description=described,
            limits=tuple(_limits(plain)),
            values=tuple(str(value) for value in values if value is not None),
            networks=tuple(schema.get(NETWORKS_KEYWORD, ())),
            place=place,
            inside=self._members(schema, depth),
        )

    def _kind(self, schema: Json) -> str:
        """The type in words."""
        choices = schema.get("anyOf")
        if choices:
            return " or ".join(dict.fromkeys(self._kind(choice) for choice in choices))
        plain = self._resolved(schema)
        kinds = plain.get("type", "object" if "properties" in plain else "string")
        words = [kinds] if isinstance(kinds, str) else list(kinds)
        text = " or ".join(
            f"list of {_plural(self._kind(plain['items']))}"
            if word == "array" and "items" in plain
            else word
            for word in words
        )
        return f"{text} ({plain['format']})" if "format" in plain else text


def _pretty(answer: Any) -> str:
    return "" if answer is None else json.dumps(answer, indent=2, ensure_ascii=False)


def _plural(kind: str) -> str:
    return kind if kind.endswith("s") or " " in kind else f"{kind}s"


def _without_null(schema: Json) -> Json:
    """What a member is when it is not null; of a choice the object, which has members."""
    choices = [choice for choice in schema.get("anyOf", ()) if choice != {"type": "null"}]
    objects = [choice for choice in choices if "$ref" in choice]
    choices = objects if len(objects) == 1 else choices
    rest = {name: value for name, value in schema.items() if name != "anyOf"}
    return {**choices[0], **rest} if len(choices) == 1 else schema


def _limits(schema: Json) -> Iterator[str]:
    least, most = schema.get("minLength"), schema.get("maxLength")
    if least is not None and least == most:
        yield f"{most} characters"
    elif most is not None and "enum" not in schema:
        yield f"up to {most} characters"
    if "pattern" in schema:
        yield f"`{schema['pattern']}`"
    if "minimum" in schema:
        yield f"{schema['minimum']} or more"
