"""The OpenAPI document of the protocol port, made of the table of operations."""

import re
import sys
from collections.abc import Iterable
from typing import Any, TypedDict

from src_system.http.authentication import token_endpoint
from src_system.http.links import links_of
from src_system.http.operation import ANYBODY, Operation
from src_system.http.operations import OPERATIONS
from src_system.http.security_schemes import CLIENT_BASIC, SECURITY, SECURITY_SCHEMES
from src_system.model import errors
from src_system.model.errors import SrcError
from src_system.model.identifiers import DEFAULT_SANDBOX
from src_system.networks import PROFILES
from src_system.networks.dialects import NETWORKS_KEYWORD
from src_system.networks.gateways import GatewayBody
from src_system.openapi.document import Entry, Frame, Json, OtherForm, build
from src_system.openapi.refusals import named_refusals
from src_system.wire.errors import NetworkErrorDocument
from src_system.wire.gateway import GatewayErrorsDocument
from src_system.wire.glossary import GLOSSARY

_PARAMETER = re.compile(r"\{(\w+)\}")
_SECTION = re.compile(r"\s*\((?:spec )?([0-9][^()]*)\)")

_ANY_CALL: tuple[type[SrcError], ...] = (
    errors.MissingMember,
    errors.InvalidFormat,
    errors.InvalidValue,
    errors.Unauthenticated,
    errors.UnknownClient,
    errors.UnknownDpa,
    errors.NotFound,
    errors.Aborted,
    errors.ServerError,
    errors.Unavailable,
    errors.DeadlineExceeded,
    errors.ResourceExhausted,
)
_UNRESOLVED = (
    errors.NotFound,
    errors.ServerError,
    errors.Unavailable,
    errors.DeadlineExceeded,
)
_ANY_BODY = (errors.MalformedBody, errors.BodyTooLarge, errors.UnsupportedContentType)

_GROUPS = (
    ("Cards", "Enrolled cards of a profile."),
    ("Addresses", "Addresses of a card and of a profile."),
    ("Identity", "Who is at the shop: look-up, one-time codes, recognition."),
    ("Profiles", "What the SRC System knows of a validated person."),
    ("Checkout", "A card becomes a payload; what became of the payment."),
    ("Authentication", "Step-ups of a cardholder or consumer."),
    ("Issuers", "Cards that a participating issuer enrols, in batches."),
    ("Shops", "Registration of DPAs, in batches."),
    ("Access tokens", "Client credentials become a bearer token."),
    ("Public", "What anybody may fetch."),
)
_GROUP_OF = {
    "shippingaddresses": "Addresses",
    "identities": "Identity",
    "apps": "Identity",
    "profiles": "Profiles",
    "consumerprofile": "Profiles",
    "transaction": "Checkout",
    "confirmations": "Checkout",
    "authentication": "Authentication",
    "srci": "Shops",
}
_GROUP_ENDINGS = {"batch": "Issuers", "billingaddress": "Addresses"}
_BY_HEADERS = [
    {"$ref": "#/components/parameters/ClientHeader"},
    {"$ref": "#/components/parameters/FlowId"},
]
_CLIENT_IN_QUERY = {"$ref": "#/components/parameters/ClientInQuery"}


class Jwk(TypedDict):
    """A public RSA key (RFC 7517)."""

    kty: str
    kid: str
    use: str
    alg: str
    key_ops: list[str]
    n: str
    e: str


class Jwks(TypedDict):
    """spec 8.3: keys that verify our signatures, and keys to encrypt cards to."""

    keys: list[Jwk]


def protocol_document(version: str, public_url: str) -> Json:
    """The document of a server that clients reach at *public_url*."""
    frame = Frame(
        title="src-system, protocol port",
        version=version,
        description=(
            "The SRC API of four simulated networks. Invented cards only; not for production."
            " Choose the network, and a sandbox if not the default one, as part of the server's"
            " address. Members that are not described here are ignored; those that only some"
            " networks write say which. Any call can be made to fail by the header X-Src-Simulate,"
            " by a fault rule of its sandbox, or by a magic value: with any reason of the SRC"
            " vocabulary, or as if something in front of the SRC System had answered."
        ),
        servers=_servers(public_url, "/src/v1"),
        groups=_GROUPS,
        security_schemes={**SECURITY_SCHEMES, **CLIENT_BASIC},
        security=SECURITY,
        error=NetworkErrorDocument,
        glossary=GLOSSARY,
        headers=_headers(),
        parameters=_PARAMETERS,
        correlated=True,
    )
    document = build(
        frame, [*(entry_of(one, OPERATIONS) for one in OPERATIONS), _access_token(), *_public()]
    )
    for path, addresses in (
        ("/oauth2/token", _servers(public_url, "")),
        ("/card-art.svg", _servers(public_url, "")),
        ("/healthz", [{"url": public_url}]),
    ):
        document["paths"][path]["servers"] = addresses
    return document


def _servers(public_url: str, behind: str) -> list[Json]:
    network = {"enum": list(PROFILES), "default": next(iter(PROFILES))}
    return [
        {
            "url": f"{public_url}/{{network}}{behind}",
            "description": "A network in the default sandbox",
            "variables": {"network": network},
        },
        {
            "url": f"{public_url}/s/{{sandbox}}/{{network}}{behind}",
            "description": "A network in a sandbox of your own",
            "variables": {"sandbox": {"default": DEFAULT_SANDBOX}, "network": network},
        },
    ]


def _headers() -> dict[str, Json]:
    """What every answer has, at every network or at some (spec 2.6)."""
    text = {"type": "string"}
    telling = [name for name, profile in PROFILES.items() if profile.tells_response_host]
    traces = {name for profile in PROFILES.values() for name in profile.trace_headers}
    return {
        "X-Src-Cx-Flow-Id": {
            "description": "The request's own flow id, or one that belongs to the session.",
            "schema": text,
        },
        "X-Src-Response-Host": {
            "description": "Where the rest of the transaction goes.",
            "schema": text,
            NETWORKS_KEYWORD: telling,
        },
        **{
            name: {
                "description": "The flow id, for tracing.",
                "schema": text,
                NETWORKS_KEYWORD: [
                    network for network, one in PROFILES.items() if name in one.trace_headers
                ],
            }
            for name in sorted(traces)
        },
    }


_PARAMETERS: dict[str, Json] = {
    "ClientInQuery": {
        "name": "srcClientId",
        "in": "query",
        "description": GLOSSARY["srcClientId"].meaning,
        "schema": {"type": "string", "maxLength": 255},
    },
    "ClientHeader": {
        "name": "x-openapi-clientid",
        "in": "header",
        "description": "Another place for the srcClientId; where it stands twice, it is the same.",
        "schema": {"type": "string", "maxLength": 255},
    },
    "FlowId": {
        "name": "X-Src-Cx-Flow-Id",
        "in": "header",
        "description": "Comes back as it is when it is a UUID (spec 2.6).",
        "schema": {"type": "string", "maxLength": 255},
    },
}


def entry_of(operation: Operation, operations: Iterable[Operation]) -> Entry:
    """The operation as the document describes it."""
    names = _PARAMETER.findall(operation.resource)
    networks = [name for name, profile in PROFILES.items() if operation.offered(profile)]
    refusals = [*_ANY_CALL, *named_refusals(operation.run)]
    if operation.callers != ANYBODY:
        refusals.append(errors.PermissionDenied)
    if operation.request is not None:
        refusals += _ANY_BODY
    if len(networks) < len(PROFILES):
        refusals.append(errors.MethodNotAllowed)
    parameters: list[Json] = list(_BY_HEADERS)
    if operation.request is None and "srcClientId" not in names:
        parameters.insert(0, _CLIENT_IN_QUERY)
    headers: dict[str, Json] = {}
    if operation.recognition is not None:
        headers["Set-Cookie"] = {
            "description": "The recognition token, for a browser's page.",
            "schema": {"type": "string"},
        }
    summary, section = summary_of(operation)
    description = described_by(operation, summary, section)
    if len(networks) < len(PROFILES):
        description += f" Only at {', '.join(networks)}; elsewhere the method is refused."
    return Entry(
        name=operation.name,
        method=operation.method,
        path=f"/{operation.resource}",
        group=_group_of(operation.resource),
        summary=summary,
        status=operation.status if operation.write is not None else 204,
        description=description,
        path_parameters={name: _path_parameter(name) for name in names},
        query=operation.query,
        parameters=parameters,
        request=operation.request,
        answer=operation.answer,
        media_type=None if operation.write is None else "application/json",
        refusals=tuple(refusals),
        errors=operation.errors,
        other_forms=_GATEWAYS,
        response_headers=headers,
        links=links_of(operation.name, [one.name for one in operations]),
        more={NETWORKS_KEYWORD: networks, "x-src-callers": sorted(operation.callers)},
        correlated=True,
        meets_faults=True,
    )


def _gateway_refusals() -> dict[int, OtherForm]:
    """What networks' gateways answer to clients that authenticate as the network has it (7.1)."""
    found: dict[int, OtherForm] = {}
    statuses = {
        answer.status for one in PROFILES.values() for answer in one.gateway.answers.values()
    }
    for status in sorted(statuses):
        silent = [
            name
            for name, profile in PROFILES.items()
            if profile.gateway.body is GatewayBody.EMPTY
            and any(answer.status == status for answer in profile.gateway.answers.values())
        ]
        found[status] = OtherForm(
            "From the network's gateway, of a client that authenticates as the network has it:"
            f" its own form, without a body at {', '.join(silent)} (spec 7.1).",
            kind=GatewayErrorsDocument,
            without_body_at=silent,
            headers={
                "WWW-Authenticate": {
                    "description": "Which scheme the gateway wants.",
                    "schema": {"type": "string"},
                }
            },
        )
    return found


_GATEWAYS = _gateway_refusals()


def summary_of(operation: Operation) -> tuple[str, str]:
    """What the operation does, and the sections it rests on: the first sentence of its module."""
    module = sys.modules[operation.run.__module__]
    text = (module.__doc__ or "").strip().partition("\n\n")[0].replace("\n", " ")
    name, colon, rest = text.partition(": ")
    if not colon or name != operation.name:
        rest = (operation.run.__doc__ or "").strip().partition("\n\n")[0].replace("\n", " ")
    found = _SECTION.search(text) or _SECTION.search(module.__doc__ or "")
    rest = _SECTION.sub("", rest).strip().rstrip(".")
    return f"{rest[:1].upper()}{rest[1:]}.", found.group(1) if found else ""


def described_by(operation: Operation, summary: str, section: str) -> str:
    """The function's own first paragraph where it adds something, and the sections."""
    text = (operation.run.__doc__ or "").strip().partition("\n\n")[0].replace("\n    ", " ")
    text = "" if text.rstrip(".") == summary.rstrip(".") else text
    return " ".join(part for part in (text, f"(spec {section})" if section else "") if part)


def _group_of(resource: str) -> str:
    start, *rest = resource.split("/")
    if start == "cards":
        return next((_GROUP_ENDINGS[part] for part in rest if part in _GROUP_ENDINGS), "Cards")
    return _GROUP_OF[start]


def _path_parameter(name: str) -> Json:
    word = GLOSSARY.get(name)
    characters_max = 36 if name == "srcDigitalCardId" else 255
    return {
        "description": word.meaning if word else f"The {name} of an earlier answer.",
        "schema": {"type": "string", "minLength": 1, "maxLength": characters_max},
    }


def _access_token() -> Entry:
    """The token endpoint: its refusals are those of OAuth 2, not of the SRC API."""
    challenge: dict[str, Json] = {"WWW-Authenticate": {"schema": {"type": "string"}}}
    uncached: dict[str, Json] = {"Cache-Control": {"schema": {"type": "string"}}}
    refusal = token_endpoint.AccessTokenRefusal
    return Entry(
        "accessToken",
        "POST",
        f"/{token_endpoint.PATH}",
        "Access tokens",
        "An access token for client credentials.",
        200,
        description="The client's id and secret come by HTTP Basic or in the form, not in both"
        " (RFC 6749 4.4, spec 8.6).",
        request=token_endpoint.AccessTokenForm,
        request_is_required=False,
        request_type=token_endpoint.FORM_TYPE,
        request_example={
            "grant_type": "client_credentials",
            "client_id": "the client's id",
            "client_secret": "the client's secret",
        },
        parameters=[
            {
                "name": "grant_type",
                "in": "query",
                "description": "Where the form does not have it.",
                "schema": {"type": "string", "enum": ["client_credentials"]},
            }
        ],
        answer=token_endpoint.AccessTokenAnswer,
        refusals=(errors.MalformedBody, errors.BodyTooLarge, *_UNRESOLVED),
        other_forms={
            400: OtherForm("`invalid_request`, `unsupported_grant_type`: RFC 6749 5.2.", refusal),
            401: OtherForm("`invalid_client`: RFC 6749 5.2.", refusal, headers=challenge),
        },
        response_headers=uncached,
        more={"security": [{"clientBasic": list[str]()}, {}]},
    )


def _public() -> list[Entry]:
    cacheable: Any = {"Cache-Control": {"schema": {"type": "string"}}}
    return [
        Entry(
            "keys",
            "GET",
            "/keys",
            "Public",
            "The network's public keys; also at /{network}/keys.",
            200,
            description="Section 8.3 of the specification.",
            answer=Jwks,
            refusals=_UNRESOLVED,
            response_headers=cacheable,
            more={"security": []},
            meets_faults=True,
        ),
        Entry(
            "cardArt",
            "GET",
            "/card-art.svg",
            "Public",
            "The picture of a simulated card.",
            200,
            media_type="image/svg+xml",
            refusals=_UNRESOLVED,
            response_headers=cacheable,
            more={"security": []},
        ),
        Entry(
            "healthz",
            "GET",
            "/healthz",
            "Public",
            "Whether the process serves.",
            200,
            media_type="text/plain",
            more={"security": []},
        ),
    ]
