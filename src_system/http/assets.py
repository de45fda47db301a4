"""The files of the protocol port's pages: style sheets, scripts and pictures at `/assets/`."""

from aiohttp import web

from src_system.http.events import RequestEvent
from src_system.model.errors import MethodNotAllowed, NotFound
from src_system.web.answering import answer_text
from src_system.web.files import PREFIX, file_at

_READING = frozenset({"GET", "HEAD"})
_FOR_ALL = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}


def answer_asset(request: web.Request, event: RequestEvent) -> web.Response | None:
    """The file, a refusal for none of that name; None for an address outside `/assets/`."""
    if not request.path.startswith(PREFIX):
        return None
    event.operation = "assets"
    if request.method not in _READING:
        raise MethodNotAllowed(allowed=sorted(_READING))
    found = file_at(request.path)
    if found is None:
        raise NotFound("There is no such file.", source="path", source_type="PATH")
    return answer_text(found, request.headers, _FOR_ALL)
