"""Recognition by cookie: a browser that was remembered, on the network's own domain (spec 4.8).

The cookie holds the recognition token and lives as long. It is set for browsers only (a request
with an Origin), because a server that calls for many people shares one cookie jar among them.
"""

from datetime import timedelta

from aiohttp import web

from src_system.system import System

COOKIE_NAME = "src_recognition"
_CHARACTERS_MAX = 4_096


def kept_recognition(system: System, request: web.Request) -> str | None:
    """The recognition token in the browser's cookie, unverified, or None."""
    if "Cookie" not in request.headers:
        return None
    kept = request.cookies.get(f"{COOKIE_NAME}_{system.profile.name}")
    return kept if kept and len(kept) <= _CHARACTERS_MAX else None


def keep_recognition(
    system: System, base: str, request: web.Request, response: web.Response, token: str | None
) -> None:
    """Set the cookie to *token*; clear it for an empty one; leave it for None.

    *base* is the network's place in its sandbox: sandboxes on one host do not share cookies.
    """
    if token is None or "Origin" not in request.headers:
        return
    life = timedelta(days=system.limits.recognition_token_days) if token else timedelta()
    response.set_cookie(
        f"{COOKIE_NAME}_{system.profile.name}",
        token,
        path=base or "/",
        max_age=int(life.total_seconds()),
        httponly=True,
        # A merchant's page is another site than the SRC System's: only this form reaches it there.
        secure=True,
        samesite="None",
    )
