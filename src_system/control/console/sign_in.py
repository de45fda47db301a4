"""Signing in where the port wants a token, signing out, and the choice of a language."""

from aiohttp import web

from src_system.control.console.showing import LANGUAGE_COOKIE, LANGUAGES, gone_to, page, shown
from src_system.control.parts import parts_of
from src_system.control.protection import SIGN_IN_PATH, TOKEN_COOKIE, is_token
from src_system.fixtures.document import one_of

_LANGUAGE_SECONDS = 365 * 86_400


@page
async def get_sign_in(request: web.Request) -> web.Response:
    """GET /sign-in: a form for the control token."""
    return shown(request, "sign_in", next=request.query.get("next", "/"), is_wrong=False)


@page
async def post_sign_in(request: web.Request) -> web.Response:
    """POST /sign-in: the token goes into a cookie that no script reads and no other site sends."""
    form = await request.post()
    given, place = str(form.get("token", "")), str(form.get("next") or "/")
    token = parts_of(request).control_token
    if token is not None and not is_token(given, token):
        return shown(request, "sign_in", status=403, next=place, is_wrong=True)
    answer = gone_to(request, place)
    if token is not None:
        answer.set_cookie(
            TOKEN_COOKIE, token, httponly=True, samesite="Strict", secure=request.secure, path="/"
        )
    return answer


@page
async def post_sign_out(request: web.Request) -> web.Response:
    """POST /sign-out: the cookie is gone."""
    answer = gone_to(request, SIGN_IN_PATH)
    answer.del_cookie(TOKEN_COOKIE, path="/", httponly=True, samesite="Strict")
    return answer


@page
async def post_language(request: web.Request) -> web.Response:
    """POST /language: pages speak it from now on."""
    form = await request.post()
    language = one_of(str(form.get("language", "")), LANGUAGES, source="language")
    answer = gone_to(request, str(form.get("next") or "/"))
    answer.set_cookie(
        LANGUAGE_COOKIE,
        language,
        max_age=_LANGUAGE_SECONDS,
        httponly=True,
        samesite="Strict",
        path="/",
    )
    return answer
