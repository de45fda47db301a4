"""The OAuth 2 token endpoint: client_credentials for a bearer token (RFC 6749 4.4; spec 2.4)."""

import base64
import binascii
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, TypedDict
from urllib.parse import parse_qsl, unquote_plus

import msgspec
from aiohttp import web

from src_system.clock import epoch_seconds
from src_system.http.authentication.caller import client_of, credentials_of
from src_system.http.events import RequestEvent
from src_system.model.client_authentication import Section
from src_system.payloads.access_token import issue_access_token
from src_system.payloads.documents import Document, Text, choices
from src_system.system import System

PATH = "oauth2/token"
OAuthError = Literal["invalid_request", "invalid_client", "unsupported_grant_type"]
FORM_TYPE = "application/x-www-form-urlencoded"
_BASIC = "basic "
_PARAMETERS_MAX = 20
_NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


class AccessTokenForm(Document, rename=None):
    """RFC 6749 4.4.2; id and secret stand here or in HTTP Basic, grant_type also in the query."""

    grant_type: Annotated[str, choices(["client_credentials"])] | None = None
    client_id: Text | None = None
    client_secret: Text | None = None


class AccessTokenAnswer(TypedDict):
    """RFC 6749 5.1."""

    access_token: Annotated[str, msgspec.Meta(description="A bearer token for the SRC API.")]
    token_type: Literal["Bearer"]
    expires_in: Annotated[int, msgspec.Meta(description="Seconds that it lives.")]


class AccessTokenRefusal(TypedDict):
    """RFC 6749 5.2."""

    error: OAuthError
    error_description: str


@dataclass(frozen=True, slots=True)
class _Refusal:
    """An error of RFC 6749 5.2; `challenge` where the client tried HTTP Basic."""

    error: OAuthError
    description: str
    status: int = 400
    challenge: str | None = None


async def answer(
    system: System, request: web.Request, raw: bytes, event: RequestEvent
) -> web.Response:
    """A token for the client whose id and secret came by HTTP Basic or in the form."""
    event.operation = "accessToken"
    form = _form(request, raw)
    if isinstance(form, _Refusal):
        return _refused(form, event)
    presented = _presented(request, form, realm=system.profile.name)
    if isinstance(presented, _Refusal):
        return _refused(presented, event)
    client_id, client_secret, challenge = presented
    client = await client_of(system, Section.OAUTH2, client_id)
    secret = None
    if client is not None:
        secret = credentials_of(system, client).member(Section.OAUTH2, "clientSecret")
    # Compared in any case: an unknown client takes as long as a wrong secret.
    is_right = hmac.compare_digest((secret or "-").encode(), client_secret.encode())
    if client is None or secret is None or not is_right:
        description = "The client is unknown or its secret is wrong."
        event.seen = {"client": None if client is None else client.status}
        return _refused(_Refusal("invalid_client", description, 401, challenge), event)
    event.src_client_id = client.src_client_id
    now, life = system.now(), system.limits.access_token_seconds
    token = issue_access_token(
        client_id=client_id,
        network=system.key.network,
        sandbox=system.sandbox,
        keyring=system.keyring,
        jti=system.derivation.uuid(
            "access_token", system.key.network, client_id, epoch_seconds(now)
        ),
        now=now,
        life_seconds=life,
    )
    document: AccessTokenAnswer = {
        "access_token": token,
        "token_type": "Bearer",
        "expires_in": life,
    }
    return _json(document, 200, {})


def _form(request: web.Request, raw: bytes) -> dict[str, str] | _Refusal:
    """The parameters of the form; grant_type may stand in the query as well (spec 2.4)."""
    if request.method != "POST":
        return _Refusal("invalid_request", "The token endpoint takes POST only.", 405)
    kind = request.headers.get("Content-Type", FORM_TYPE).partition(";")[0].strip().lower()
    try:
        pairs = parse_qsl(
            raw.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_PARAMETERS_MAX,
        )
    except ValueError:
        pairs = None
    if (raw and kind != FORM_TYPE) or pairs is None:
        return _Refusal("invalid_request", f"The body must be {FORM_TYPE}.")
    form = dict(pairs)
    if len(form) != len(pairs):
        return _Refusal("invalid_request", "A parameter stands twice.")
    if "client_secret" in request.query:
        return _Refusal("invalid_request", "A secret must not stand in the URL.")
    grant = form.get("grant_type") or request.query.get("grant_type")
    if not grant:
        return _Refusal("invalid_request", "grant_type is missing.")
    if grant != "client_credentials":
        return _Refusal("unsupported_grant_type", "Only client_credentials is supported.")
    return form


def _presented(
    request: web.Request, form: Mapping[str, str], *, realm: str
) -> tuple[str, str, str | None] | _Refusal:
    """Client id, secret, and the challenge that a refusal carries (RFC 6749 2.3.1)."""
    challenge = f'Basic realm="{realm}"'
    authorization = request.headers.get("Authorization")
    if authorization is None:
        client_id, secret = form.get("client_id"), form.get("client_secret")
        if not client_id or secret is None:
            return _Refusal("invalid_client", "The client did not authenticate.", 401, challenge)
        return client_id, secret, None
    refusal = _Refusal("invalid_client", "The client did not authenticate.", 401, challenge)
    if "client_secret" in form:
        return _Refusal("invalid_request", "The client authenticated in two ways.")
    if authorization[: len(_BASIC)].lower() != _BASIC:
        return refusal
    try:
        text = base64.b64decode(authorization[len(_BASIC) :].strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        return refusal
    client_id, colon, secret = text.partition(":")
    if not colon:
        return refusal
    return unquote_plus(client_id), unquote_plus(secret), challenge


def _refused(refusal: _Refusal, event: RequestEvent) -> web.Response:
    event.reason = refusal.error
    headers = {"WWW-Authenticate": refusal.challenge} if refusal.challenge else {}
    if refusal.status == 405:
        headers["Allow"] = "POST"
    document: AccessTokenRefusal = {
        "error": refusal.error,
        "error_description": refusal.description,
    }
    return _json(document, refusal.status, headers)


def _json(document: Mapping[str, object], status: int, headers: Mapping[str, str]) -> web.Response:
    return web.Response(
        body=msgspec.json.encode(document),
        status=status,
        content_type="application/json",
        headers={**_NO_STORE, **headers},
    )
