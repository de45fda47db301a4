"""Headers of a request that mean something at some networks."""

from typing import Any

from aiohttp import web

from src_system.system import System

HOST_HEADER = "X-Src-Response-Host"
_HOST_CHARACTERS_MAX = 1_024


def with_consumer_token(
    system: System | None, request: web.Request, body: dict[str, Any]
) -> dict[str, Any]:
    """*body* with the idToken that stands in a header at some networks (spec 8.6)."""
    name = system and system.profile.consumer_token_header
    sent = request.headers.get(name, "") if name else ""
    scheme, _, token = sent.partition(" ")
    if scheme.lower() == "bearer" and token and "idToken" not in body:
        body["idToken"] = token
    return body


def response_host(system: System, request: web.Request) -> str:
    """Where the rest of the transaction goes: what the client was told before, or here."""
    sent = request.headers.get(HOST_HEADER, "")
    if 0 < len(sent) <= _HOST_CHARACTERS_MAX and sent.isascii() and sent.isprintable():
        return sent
    return system.address
