"""Who may call the control port, and every refusal as JSON."""

import hmac
import ipaddress
from collections.abc import Awaitable, Callable
from urllib.parse import quote, urlsplit

import structlog
from aiohttp import web

from src_system.control.described import is_page
from src_system.control.parts import json_answer, parts_of
from src_system.model.errors import (
    Aborted,
    BodyTooLarge,
    InvalidFormat,
    MethodNotAllowed,
    NotFound,
    PermissionDenied,
    ServerError,
    SrcError,
    Unauthenticated,
    Unavailable,
)
from src_system.openapi.serving import PATHS as REFERENCE_PATHS
from src_system.store.database import DatabaseBusy, DatabaseUnavailable, SerializationConflict
from src_system.web.files import PREFIX as ASSETS
from src_system.wire.errors import error_document, status_of

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

# A probe has no token, and a browser that shows the reference cannot send one.
SIGN_IN_PATH = "/sign-in"
OPEN_PATHS = frozenset({"/livez", "/readyz", SIGN_IN_PATH}) | REFERENCE_PATHS
# Where a browser keeps the token after signing in; no script can read it, no other site send it.
TOKEN_COOKIE = "src_system_control"

_log = structlog.get_logger("src_system.control")


@web.middleware
async def refusals_as_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Whatever goes wrong is answered in the SRC error shape; the inside stays inside."""
    try:
        return await handler(request)
    except SrcError as error:
        return _refusal(error)
    except web.HTTPNotFound:
        return _refusal(NotFound("There is nothing at this address.", source_type="PATH"))
    except web.HTTPMethodNotAllowed as error:
        answer = _refusal(MethodNotAllowed())
        answer.headers["Allow"] = error.headers.get("Allow", "")
        return answer
    except web.HTTPRequestEntityTooLarge:
        return _refusal(BodyTooLarge())
    except web.HTTPException:
        raise
    except SerializationConflict:
        return _refusal(Aborted())
    except (DatabaseUnavailable, DatabaseBusy) as error:
        _log.warning("control_call_failed", path=request.path, reason=str(error))
        return _refusal(Unavailable("The database is not available; repeat the call later."))
    except Exception:  # noqa: BLE001 - the edge: nothing of the inside may leave
        _log.exception("control_call_failed", path=request.path, method=request.method)
        return _refusal(ServerError())


def _refusal(error: SrcError) -> web.Response:
    status = status_of(error)
    answer = json_answer(error_document(error, status), status)
    if isinstance(error, Unauthenticated):
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A bearer token where one is set, else a loopback Host and no foreign Origin."""
    token = parts_of(request).control_token
    if token is not None:
        if request.path not in OPEN_PATHS and not request.path.startswith(ASSETS):
            _refuse_without_token(request, token)
    else:
        _refuse_foreign_host(request)
    _refuse_foreign_origin(request)
    if "\x00" in request.path or "\x00" in request.query_string:
        raise InvalidFormat("The address holds the character U+0000.", source_type="PATH")
    if request.path.startswith("/v1/"):
        _refuse_repeated(request)
    return await handler(request)


def _refuse_repeated(request: web.Request) -> None:
    """Of two values of one query parameter one would be passed over without a word."""
    for name in request.query:
        if len(request.query.getall(name)) > 1:
            raise InvalidFormat(f"{name} is given twice.", source=name, source_type="QUERY")


def _refuse_without_token(request: web.Request, token: str) -> None:
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if not scheme:
        given = request.cookies.get(TOKEN_COOKIE, "")
    if scheme.lower() not in ("", "bearer") or not is_token(given, token):
        if is_page(request.match_info.handler) and request.method == "GET":
            raise web.HTTPSeeOther(f"{SIGN_IN_PATH}?next={quote(request.path_qs, safe='')}")
        raise Unauthenticated(
            "Send the control token: Authorization: Bearer <token>.",
            source="Authorization",
            source_type="HEADER",
        )


def is_token(given: str, token: str) -> bool:
    """Whether *given* is the control token; how far it is right takes no time to tell."""
    return hmac.compare_digest(given.strip().encode("utf-8", "surrogateescape"), token.encode())


def _refuse_foreign_host(request: web.Request) -> None:
    host = host_part(request.headers.get("Host", ""))
    allowed = {host_part(name) for name in parts_of(request).control_host_names}
    if not (is_loopback(host) or host in allowed):
        raise PermissionDenied(
            "The Host header does not name this machine.", source="Host", source_type="HEADER"
        )


def _refuse_foreign_origin(request: web.Request) -> None:
    origin = request.headers.get("Origin")
    if origin is None:
        return
    try:
        netloc = urlsplit(origin).netloc.lower()
    except ValueError:
        netloc = ""
    if not netloc or netloc != request.headers.get("Host", "").lower():
        raise PermissionDenied(
            "Pages of other origins may not call the control port.",
            source="Origin",
            source_type="HEADER",
        )


def host_part(host: str) -> str:
    """`Host` without its port and brackets, lower case."""
    host = host.strip().lower()
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.rpartition(":")[0] if host.count(":") == 1 else host


def is_loopback(host: str) -> bool:
    """Whether *host* is a name or address of this machine only."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
