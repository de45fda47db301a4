"""What anybody may fetch from a network: its public keys and the art of its simulated cards."""

import msgspec
from aiohttp import web

from src_system.http.events import RequestEvent
from src_system.model.errors import MethodNotAllowed, NotFound
from src_system.system import System

_READING = frozenset({"GET", "HEAD"})
_CACHEABLE = {"Cache-Control": "public, max-age=300", "Access-Control-Allow-Origin": "*"}
_CARD_ART = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 400" role="img">'
    "<title>Simulated card</title>"
    '<rect width="640" height="400" rx="28" fill="#3d4a5c"/>'
    '<rect x="48" y="140" width="84" height="64" rx="10" fill="#c9b27c"/>'
    '<rect x="48" y="300" width="300" height="18" rx="9" fill="#8d99a8"/>'
    "</svg>"
)


async def answer(system: System, *, method: str, path: str, event: RequestEvent) -> web.Response:
    """The JWKS (spec 8.3), or the card art; NotFound for anything else."""
    if path == "keys":
        event.operation = "keys"
        _refuse_writing(method)
        now = system.now()
        signing_kid = system.keyring.signing(now).kid
        document = system.seals.publish(system.keyring.jwks(now), signing_kid=signing_kid)
        return web.Response(
            body=msgspec.json.encode(document),
            content_type="application/json",
            headers=_CACHEABLE,
        )
    if path == "card-art.svg":
        event.operation = "cardArt"
        _refuse_writing(method)
        return web.Response(text=_CARD_ART, content_type="image/svg+xml", headers=_CACHEABLE)
    raise NotFound("There is no such address.", source="path", source_type="PATH")


def _refuse_writing(method: str) -> None:
    if method not in _READING:
        raise MethodNotAllowed(allowed=sorted(_READING))
