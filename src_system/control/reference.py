"""The control port's OpenAPI document and the page to read it."""

import re
from typing import Any

from aiohttp import web

from src_system import __version__
from src_system.control.described import described
from src_system.control.description import control_document
from src_system.control.parts import parts_of
from src_system.openapi.serving import (
    ASSET_PATHS,
    DOCUMENT_PATH,
    PAGE_PATH,
    Publication,
    Surroundings,
    asset_of,
    response_of,
)

_HOST = re.compile(r"[A-Za-z0-9.\[\]:-]{1,255}")
_BEARER = "Authorization: Bearer $CONTROL_TOKEN"
PUBLICATION = web.AppKey("PUBLICATION", Publication)


def reference_routes() -> list[web.RouteDef]:
    """`/openapi.json`, `/docs` and what the page is made of."""
    return [
        web.get(DOCUMENT_PATH, get_openapi),
        web.get(PAGE_PATH, get_docs),
        *(web.get(path, get_docs_asset) for path in ASSET_PATHS),
    ]


def publication_of(application: web.Application) -> Publication:
    """The application's document, made of its router when it is first asked for."""
    return Publication("control", lambda: control_document(application.router, __version__))


@described(answer=dict[str, Any])
async def get_openapi(request: web.Request) -> web.Response:
    """GET /openapi.json: this document."""
    return response_of(request.app[PUBLICATION].json(), request.headers)


@described(media_type="text/html")
async def get_docs(request: web.Request) -> web.Response:
    """GET /docs: a page to read this document."""
    host = request.host if _HOST.fullmatch(request.host) else "localhost"
    surroundings = Surroundings(
        origin=f"{request.scheme}://{host}",
        open_scheme="On a loopback address no token is needed.",
        known=(("sandbox", "default"),),
        credentials="" if parts_of(request).control_token is None else _BEARER,
    )
    return response_of(request.app[PUBLICATION].page(surroundings), request.headers)


async def get_docs_asset(request: web.Request) -> web.Response:
    """GET /docs/…: style sheet, script and picture of the page."""
    return response_of(asset_of(request.path), request.headers)
