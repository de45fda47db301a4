"""Real answers held against the documents: each status documented, each body as its schema says."""

import ast
import copy
import re
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from jsonschema import Draft202012Validator

from src_system.control.application import control_application
from src_system.control.description import control_document
from src_system.http.description import protocol_document
from src_system.networks import PROFILES
from src_system.networks.dialects import NETWORKS_KEYWORD

Json = dict[str, Any]

_SRC_API = re.compile(r"^(?:/s/[^/]+)?/(?P<network>[a-z]+)/src/v1(?P<path>/.*)$")
_BESIDE = re.compile(r"^(?:/s/[^/]+)?/(?P<network>[a-z]+)(?P<path>/(?:oauth2/token|keys))$")
# An address that no SRC System answers has no network's form: the EMV form stands in.
_UNRESOLVED = 404


@cache
def protocol() -> Json:
    """The protocol port's document."""
    return protocol_document("0", "http://simulator.test")


@cache
def control() -> Json:
    """The control port's document; its routes need no running installation."""
    parts: Any = None
    return control_document(control_application(parts).router, "0")


@dataclass(frozen=True)
class Found:
    """The operation that a request meant, in the document of its port."""

    document: Json
    operation: Json
    network: str | None


def operation_of(method: str, url: str) -> Found | None:
    """What the request meant, or None for an address outside of the documents."""
    path = urlsplit(url).path
    matched = _SRC_API.match(path) or _BESIDE.match(path)
    network = matched["network"] if matched and matched["network"] in PROFILES else None
    document = protocol() if network else control()
    if matched and network:
        path = matched["path"]
    for template, item in document["paths"].items():
        pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(template))
        if re.fullmatch(pattern, path) and method.lower() in item:
            return Found(document, item[method.lower()], network)
    return None


def check(method: str, url: str, status: int, content_type: str, body: Json) -> None:
    """Fail unless the document says that this answer can be."""
    found = operation_of(method, url)
    if found is None:
        return
    name = found.operation["operationId"]
    response = found.operation["responses"].get(str(status))
    assert response is not None, f"{name} answered {status}, which its document does not know"
    content = response.get("content")
    if content is None:
        assert not body, f"{name} answered {status} with a body"
        return
    assert content_type in content, f"{name} answered {content_type}"
    if content_type != "application/json":
        return
    network = None if status == _UNRESOLVED else found.network
    place = content["application/json"]["schema"]
    errors = sorted(_validator(id(found.document), network, str(place)).iter_errors(body), key=str)
    assert not errors, f"{name} answered {status}: {errors[0].message} at {errors[0].json_path}"


@cache
def _validator(document_id: int, network: str | None, place: str) -> Draft202012Validator:
    document = protocol() if document_id == id(protocol()) else control()
    components = copy.deepcopy(document["components"])
    if network is not None:
        _specialise(components, network)
    return Draft202012Validator({**_parsed(place), "components": components})


def _parsed(place: str) -> Json:
    """A schema from its text: the cache needs a key."""
    schema: Json = ast.literal_eval(place)
    return schema


def _specialise(schema: Any, network: str) -> None:
    """Forbid the members that *network* does not write."""
    if isinstance(schema, list):
        for part in schema:
            _specialise(part, network)
    elif isinstance(schema, dict):
        members = schema.get("properties")
        if isinstance(members, dict):
            for name, member in members.items():
                if isinstance(member, dict) and network not in member.get(
                    NETWORKS_KEYWORD, (network,)
                ):
                    members[name] = False
        for part in schema.values():
            _specialise(part, network)
