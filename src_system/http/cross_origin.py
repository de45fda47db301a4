"""CORS: pages of registered origins may call the SRC API; with credentials only those."""

from aiohttp import web

from src_system.model.errors import PermissionDenied
from src_system.system import System

_METHODS = "GET, POST, PUT, DELETE"
_HEADERS = "content-type, x-src-cx-flow-id, x-openapi-clientid, x-correlation-id, x-src-simulate"
_EXPOSED = "X-Src-Cx-Flow-Id, X-Src-Response-Host"
_SECONDS = "600"


async def preflight(system: System, request: web.Request) -> web.Response:
    """The answer to a preflight request; PermissionDenied for an origin nobody registered."""
    response = web.Response(status=204)
    await allow_origin(system, request, response)
    if "Access-Control-Allow-Origin" not in response.headers:
        raise PermissionDenied(
            "The origin is not registered.", source="Origin", source_type="HEADER"
        )
    response.headers["Access-Control-Allow-Methods"] = _METHODS
    response.headers["Access-Control-Allow-Headers"] = _HEADERS
    response.headers["Access-Control-Max-Age"] = _SECONDS
    return response


async def allow_origin(system: System, request: web.Request, response: web.Response) -> None:
    """Add the CORS headers when the request comes from a registered origin's page."""
    origin = request.headers.get("Origin")
    if origin is None or not (origin.isascii() and origin.isprintable()):
        return
    response.headers["Vary"] = "Origin"
    match = await system.registered_origin(origin)
    if match is None:
        return
    response.headers["Access-Control-Expose-Headers"] = _EXPOSED
    if match == "*":
        response.headers["Access-Control-Allow-Origin"] = "*"
    else:
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Allow-Credentials"] = "true"
