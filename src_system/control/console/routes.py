"""The addresses of the console, and of the files that its pages are made of."""

from aiohttp import web

from src_system.control.console.call import get_call, post_call
from src_system.control.console.codes import get_codes
from src_system.control.console.figures import get_figures
from src_system.control.console.forms import form_routes
from src_system.control.console.overview import get_overview
from src_system.control.console.people import get_cards, get_people, get_person
from src_system.control.console.sandbox import get_sandbox_page, get_verdict_page
from src_system.control.console.session import get_session
from src_system.control.console.showing import page
from src_system.control.console.sign_in import (
    get_sign_in,
    post_language,
    post_sign_in,
    post_sign_out,
)
from src_system.control.console.traffic import get_traffic
from src_system.control.protection import SIGN_IN_PATH
from src_system.model.errors import NotFound
from src_system.web.answering import answer_text
from src_system.web.files import PREFIX, file_at

_ONE = "/sandboxes/{sandbox}"
_CALL = f"{_ONE}/traffic/{{place:[0-9]+}}"


@page
async def get_asset(request: web.Request) -> web.Response:
    """GET /assets/{area}/{name}: a style sheet, script or picture."""
    found = file_at(request.path)
    if found is None:
        raise NotFound("There is no such file.", source="path", source_type="PATH")
    return answer_text(found, request.headers)


@page
async def get_nothing(_request: web.Request) -> web.Response:
    """GET of an address inside the console that no page has: people are told so on a page."""
    raise NotFound("There is no such page.", source_type="PATH")


def console_routes() -> list[web.RouteDef]:
    """Pages, forms and files."""
    return [
        web.get("/", get_overview),
        web.get(f"{PREFIX}{{area}}/{{name}}", get_asset),
        web.get(SIGN_IN_PATH, get_sign_in),
        web.post(SIGN_IN_PATH, post_sign_in),
        web.post("/sign-out", post_sign_out),
        web.post("/language", post_language),
        web.get("/figures", get_figures),
        web.get(_ONE, get_sandbox_page),
        web.get(f"{_ONE}/traffic", get_traffic),
        web.get(_CALL, get_call),
        web.post(_CALL, post_call),
        web.get(f"{_ONE}/sessions/{{correlation}}", get_session),
        web.get(f"{_ONE}/people", get_people),
        web.get(f"{_ONE}/people/{{network}}/{{id}}", get_person),
        web.get(f"{_ONE}/cards", get_cards),
        web.get(f"{_ONE}/codes", get_codes),
        web.get(f"{_ONE}/verdict", get_verdict_page),
        *form_routes(),
        web.get("/sandboxes/{tail:.*}", get_nothing),  # the last: others come first
    ]
