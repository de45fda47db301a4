"""The OpenAPI document of the control port, made of its router and of what handlers say."""

import re
from collections.abc import Iterable
from typing import Any

from aiohttp import web

from src_system.control.described import Described, Handler, description_of, is_page
from src_system.control.glossary import GLOSSARY
from src_system.model import errors
from src_system.model.errors import SrcError
from src_system.model.identifiers import NETWORK_NAMES
from src_system.openapi.document import Entry, Frame, Json, build
from src_system.openapi.serving import ASSET_PATHS
from src_system.wire.errors import ErrorDocument

_ANY_CALL: tuple[type[SrcError], ...] = (
    errors.InvalidFormat,
    errors.InvalidValue,
    errors.Unauthenticated,
    errors.PermissionDenied,
    errors.ServerError,
    errors.Unavailable,
)
_ANY_BODY = (errors.MalformedBody, errors.MissingMember, errors.BodyTooLarge)
_CHOICE = re.compile(r"\(\?P<(\w+)>([a-z]+(?:\|[a-z]+)*)\)")
_PARAMETER = re.compile(r"\{(\w+)\}")
_OPENING = re.compile(r"^(?:GET|POST|PUT|DELETE) \S+?(?:: |(?: →[^.]*)?\.\s*)")
_DESCRIBED_AS_TEXT = Described(media_type="text/plain")

_GROUPS = (
    ("Sandboxes", "A world of its own: made, reset, removed."),
    ("Clock", "A sandbox's time."),
    ("One-time codes", "The inbox of consumers."),
    ("Participants", "Clients and DPAs of a sandbox."),
    ("Consumers", "People and their profiles."),
    ("Cards", "Digital cards of a sandbox."),
    ("Notifications", "What clients are told of changes of cards."),
    ("Federation", "Whose idTokens each network takes."),
    ("Faults", "What is to go wrong: rules and how often they counted, and magic values."),
    ("Events", "What happens, told while it happens."),
    ("Journal", "Every call of the protocol port with its answer, kept and explained."),
    ("Verdict", "What the clients did wrong, and how to mend it."),
    ("Operations", "Whether the server runs, and what it says of itself."),
)
_GROUP_OF = {
    "clock": "Clock",
    "dated-artefacts": "Clock",
    "otps": "One-time codes",
    "clients": "Participants",
    "dpas": "Participants",
    "consumers": "Consumers",
    "cards": "Cards",
    "test-pans": "Cards",
    "notifications": "Notifications",
    "federation": "Federation",
    "faults": "Faults",
    "events": "Events",
    "journal": "Journal",
    "journal.har": "Journal",
    "verdict": "Verdict",
    "checks": "Verdict",
    "magic": "Faults",
}
_PATH_PARAMETERS: dict[str, Json] = {
    "sandbox": {
        "description": "The sandbox's name.",
        "schema": {"type": "string", "pattern": "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"},
        "example": "default",
    },
    "network": {
        "description": "The SRC System.",
        "schema": {"type": "string", "enum": list(NETWORK_NAMES)},
    },
    "place": {
        "description": "Where the entry stands.",
        "schema": {"type": "integer", "minimum": 0},
    },
    "id": {
        "description": "The id, percent-encoded.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    },
}
_BODY, _SANDBOX = "$response.body#", {"path.sandbox": "$request.path.sandbox"}
_LINKS: dict[str, dict[str, Json]] = {
    "postSandbox": {
        name: {"parameters": {"path.sandbox": f"{_BODY}/name"}}
        for name in ("getSandbox", "resetSandbox", "getClock", "listOtps", "deleteSandbox")
    },
    "postClient": {
        name: {"parameters": {**_SANDBOX, "path.id": f"{_BODY}/srcClientId"}}
        for name in ("getClient", "putClient", "deleteClient")
    },
    "postDpa": {
        name: {"parameters": {**_SANDBOX, "path.id": f"{_BODY}/srcDpaId"}}
        for name in ("getDpa", "putDpa", "deleteDpa")
    },
    "postCard": {
        name: {
            "parameters": {
                **_SANDBOX,
                "path.network": f"{_BODY}/network",
                "path.id": f"{_BODY}/srcDigitalCardId",
            }
        }
        for name in ("getCard", "putCard", "deleteCard")
    },
}


def control_document(router: web.UrlDispatcher, version: str) -> Json:
    """The document of all of the router's addresses."""
    frame = Frame(
        title="src-system, control port",
        version=version,
        description=(
            "What testers and operators call; the clients under test never do. On a loopback"
            " address no token is needed, but Host must name this machine. Members that are not"
            " described here are ignored."
        ),
        servers=[{"url": "/", "description": "This control port"}],
        groups=_GROUPS,
        security_schemes={
            "controlToken": {
                "type": "http",
                "scheme": "bearer",
                "description": "On any address that is not loopback, or with --control-token.",
            }
        },
        security=[{}, {"controlToken": []}],
        error=ErrorDocument,
        glossary=GLOSSARY,
    )
    entries = [entry_of(route) for route in described_routes(router)]
    names = {entry.name for entry in entries}
    for entry in entries:
        for target, link in _LINKS.get(entry.name, {}).items():
            if target in names:
                entry.links[target] = {"operationId": target, **link}
    return build(frame, entries)


def described_routes(router: web.UrlDispatcher) -> list[web.AbstractRoute]:
    """Every route that the document has to have: no HEAD, and no pages nor their parts."""
    return [
        route
        for route in router.routes()
        if route.method != "HEAD"
        and path_of(route) not in ASSET_PATHS
        and not is_page(route.handler)
    ]


def path_of(route: web.AbstractRoute) -> str:
    """The route's path with its parameters in braces."""
    assert route.resource is not None
    return route.resource.canonical


def entry_of(route: web.AbstractRoute) -> Entry:
    """The route as the document describes it; one that nobody described is a text."""
    handler: Handler = route.handler
    described = description_of(handler) or _DESCRIBED_AS_TEXT
    path = path_of(route)
    refusals = [*_ANY_CALL, *described.refusals]
    if described.request is not None:
        refusals += _ANY_BODY
    if _PARAMETER.search(path):
        refusals.append(errors.NotFound)
    return Entry(
        name=_camel(handler.__name__),
        method=route.method,
        path=path,
        group=_group(path),
        summary=summary_of(handler),
        status=described.status,
        path_parameters=_path_parameters(path, route),
        query=described.query,
        request=described.request,
        request_is_required=described.request_is_required,
        answer=described.answer,
        media_type=described.media_type,
        other_media=described.other_media,
        other_answers={status: (text, kind) for status, text, kind in described.other_answers},
        refusals=tuple(refusals),
        response_headers=_headers(described),
    )


def summary_of(handler: Handler) -> str:
    """What the call does: its docstring's first paragraph, without the address."""
    text = (handler.__doc__ or "").strip().partition("\n\n")[0]
    rest = _OPENING.sub("", " ".join(text.split()), count=1)
    return f"{rest[:1].upper()}{rest[1:]}"


def _headers(described: Described) -> dict[str, Json]:
    if described.status != 201:
        return {}
    return {"Location": {"description": "Where it is now.", "schema": {"type": "string"}}}


def _group(path: str) -> str:
    parts: Iterable[str] = [part for part in path.split("/") if part and part[0] != "{"]
    for part in reversed(list(parts)):
        if part in _GROUP_OF:
            return _GROUP_OF[part]
    return "Sandboxes" if path.startswith("/v1/sandboxes") else "Operations"


def _path_parameters(path: str, route: web.AbstractRoute) -> dict[str, Json]:
    assert route.resource is not None
    pattern: Any = route.resource.get_info().get("pattern")
    choices = dict(_CHOICE.findall(pattern.pattern if pattern else ""))
    found = {}
    for name in _PARAMETER.findall(path):
        if name in choices:
            allowed = choices[name].split("|")
            found[name] = {
                "description": "What to do.",
                "schema": {"type": "string", "enum": allowed},
            }
        else:
            found[name] = _PATH_PARAMETERS.get(
                name, {"description": f"The {name}.", "schema": {"type": "string", "minLength": 1}}
            )
    return found


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.title() for part in rest)
