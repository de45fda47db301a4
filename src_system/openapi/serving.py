"""The document and the page to read it, served by both ports: made once, kept as bytes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
from aiohttp import web

from src_system.openapi.examples import add_examples, recorded
from src_system.openapi.reference import Reference
from src_system.web.pages import CONTENT_SECURITY_POLICY, Text, asset, page, text_of

Json = dict[str, Any]

DOCUMENT_PATH = "/openapi.json"
PAGE_PATH = "/docs"
ASSET_PATHS = tuple(f"{PAGE_PATH}/{name}" for name in ("reference.css", "reference.js", "icon.svg"))
PATHS = frozenset({DOCUMENT_PATH, PAGE_PATH, *ASSET_PATHS})

_PAGES_MAX = 16
# Revalidated each time by their ETag: a new version shows at once.
_HEADERS = {
    "Cache-Control": "no-cache",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a page shows beside the document; equal surroundings make equal pages.

    `known` are values of this server for members of examples; `credentials` a header that every
    call needs; `networks` the networks to choose from: name, display_name, base, sealed.
    """

    origin: str
    open_scheme: str
    known: tuple[tuple[str, str], ...] = ()
    credentials: str = ""
    networks: tuple[tuple[str, str, str, str], ...] = ()


@dataclass(slots=True)
class Publication:
    """The document of one port with its page; *make* is called at the first request."""

    port: str
    make: Callable[[], Json]
    _document: Json | None = field(default=None, init=False)
    _json: Text | None = field(default=None, init=False)
    _pages: dict[Surroundings, Text] = field(default_factory=dict, init=False)

    def document(self) -> Json:
        """The document with its examples."""
        if self._document is None:
            document = self.make()
            add_examples(document, recorded(self.port))
            self._document = document
        return self._document

    def json(self) -> Text:
        """The document as it is sent."""
        if self._json is None:
            self._json = text_of(msgspec.json.encode(self.document()), "application/json")
        return self._json

    def page(self, surroundings: Surroundings) -> Text:
        """The page to read it."""
        if surroundings not in self._pages:
            if len(self._pages) >= _PAGES_MAX:
                self._pages.clear()
            self._pages[surroundings] = self._made(surroundings)
        return self._pages[surroundings]

    def _made(self, surroundings: Surroundings) -> Text:
        document = self.document()
        reference = Reference(
            document,
            origin=surroundings.origin,
            examples=recorded(self.port),
            known=dict(surroundings.known),
            credentials=surroundings.credentials,
        )
        names = ("name", "display_name", "base", "sealed")
        return page(
            "reference.html",
            info=document["info"],
            servers=[
                {**server, "url": surroundings.origin if server["url"] == "/" else server["url"]}
                for server in document["servers"]
            ],
            security=document["components"]["securitySchemes"],
            open_scheme=surroundings.open_scheme,
            groups=reference.groups(),
            networks=[dict(zip(names, one, strict=True)) for one in surroundings.networks],
        )


def asset_of(path: str) -> Text:
    """The asset at *path*, one of ASSET_PATHS."""
    return asset(path.rpartition("/")[2])


def response_of(text: Text, sent: Mapping[str, str]) -> web.Response:
    """The text, or 304 when the caller (whose headers are *sent*) has it already."""
    headers = {**_HEADERS, "ETag": f'"{text.etag}"'}
    if text.content_type == "text/html":
        headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    if f'"{text.etag}"' in sent.get("If-None-Match", ""):
        return web.Response(status=304, headers=headers)
    charset = None if text.content_type == "application/json" else "utf-8"
    return web.Response(
        body=text.body, content_type=text.content_type, charset=charset, headers=headers
    )
