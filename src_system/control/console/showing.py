"""How every page of the console is answered: its language, its frame, its headers, its refusals."""

from collections.abc import Awaitable, Callable, Mapping
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

import msgspec
from aiohttp import web
from markupsafe import Markup, escape

from src_system.control.described import described
from src_system.control.parts import GIVEN_BODY, parts_of
from src_system.control.protection import TOKEN_COOKIE
from src_system.model.errors import InvalidValue, PermissionDenied, SrcError
from src_system.web.languages import Speech, language_of, left_to_right
from src_system.web.pages import page as made_of
from src_system.wire.errors import error_document, status_of

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Json = dict[str, Any]

AREA = "console"
LANGUAGES = ("en", "ar")
LANGUAGE_COOKIE = "src_system_language"
_TEXT_CHARACTERS_MAX = 200
_TEXT_CHARACTERS_SHOWN = 40
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self';"
        " connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    # Not no-referrer: a browser would then send a form without saying where it stood.
    "Referrer-Policy": "same-origin",
}


def page(handler: Handler) -> Handler:
    """A page or form of *handler*: refusals are shown to people, and no document lists it."""

    @described(media_type="text/html", is_page=True)
    @wraps(handler)
    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            if request.method == "POST":
                _refuse_other_sites(request)
            return await handler(request)
        except SrcError as error:
            return _problem(request, error)

    return answer


def _refuse_other_sites(request: web.Request) -> None:
    """A form counts only when the browser says that it stood on a page of this very origin."""
    origin = request.headers.get("Origin")
    if origin is None:
        is_own = request.headers.get("Sec-Fetch-Site") == "same-origin"
    else:
        is_own = urlsplit(origin).netloc.lower() == request.headers.get("Host", "").lower()
    if not is_own:
        raise PermissionDenied(
            "Only the console's own pages may send this form.",
            source="Origin",
            source_type="HEADER",
        )


def speech_of(request: web.Request) -> Speech:
    """The language chosen, else the first of the browser's that the console speaks."""
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    if chosen in LANGUAGES:
        return Speech(chosen, AREA)
    for wanted in request.headers.get("Accept-Language", "").split(",")[:10]:
        language = language_of(wanted.partition(";")[0].strip())
        if language in LANGUAGES:
            return Speech(language, AREA)
    return Speech(LANGUAGES[0], AREA)


def shown(
    request: web.Request, template: str, *, status: int = 200, **content: Any
) -> web.Response:
    """The page that *template* makes of *content*, in the language of whoever asks."""
    speech = speech_of(request)
    done = request.query.get("done", "")
    text = made_of(
        f"{AREA}/{template}.html",
        t=speech,
        ltr=left_to_right,
        pretty=pretty,
        shortened=shortened,
        sandbox=request.match_info.get("sandbox"),
        here=request.rel_url.raw_path,  # an id may hold a slash
        address=request.path_qs,
        done=speech(f"done.{done}") if speech.has(f"done.{done}") else None,
        is_signed_in=TOKEN_COOKIE in request.cookies,
        version=parts_of(request).version,
        **content,
    )
    return web.Response(
        body=text.body, status=status, content_type="text/html", charset="utf-8", headers=_HEADERS
    )


def pretty(document: object) -> Markup:
    """A document as people read JSON."""
    return escape(msgspec.json.format(msgspec.json.encode(document), indent=2).decode())


def shortened(document: object) -> object:
    """The document with its long texts cut: what is signed or encrypted is shown by itself."""
    if isinstance(document, str) and len(document) > _TEXT_CHARACTERS_MAX:
        return f"{document[:_TEXT_CHARACTERS_SHOWN]}… ({len(document)} characters)"
    if isinstance(document, dict):
        return {name: shortened(member) for name, member in document.items()}
    if isinstance(document, list):
        return [shortened(member) for member in document]
    return document


def _problem(request: web.Request, error: SrcError) -> web.Response:
    status = status_of(error)
    document = error_document(error, status)
    return shown(request, "problem", status=status, problem=document, source=error.source)


async def asked(
    request: web.Request,
    handler: Handler,
    *,
    query: Mapping[str, str] | None = None,
    body: Json | None = None,
) -> Any:
    """What the call that *handler* answers says to this, read; its refusals are raised.

    The parameters of the path are those of *request*: the console's addresses name them alike.
    """
    given = {} if query is None else {name: value for name, value in query.items() if value}
    inner = request.clone(rel_url=request.rel_url.with_query(given))
    inner[GIVEN_BODY] = msgspec.json.encode({} if body is None else body)
    answer = await handler(inner)
    assert isinstance(answer, web.Response)
    raw = answer.body
    return msgspec.json.decode(raw) if isinstance(raw, bytes) and raw else None


def gone_to(request: web.Request, place: str, *, done: str | None = None) -> web.HTTPSeeOther:
    """303 to *place* on this port, where *done* is told; InvalidValue for another's address."""
    if not place.startswith("/") or place.startswith(("//", "/\\")) or "\n" in place:
        raise InvalidValue("Only a page of the console can be gone to.", source="next")
    address, _, fragment = place.partition("#")
    if done is not None:
        address += ("&" if "?" in address else "?") + f"done={done}"
    answer = web.HTTPSeeOther(address + (f"#{fragment}" if fragment else ""))
    answer.headers["Cache-Control"] = "no-store"
    return answer
