"""The protocol port's OpenAPI document and the page to read it."""

from aiohttp import web

from src_system import __version__
from src_system.fixtures.new_sandbox import default_participants
from src_system.http.description import protocol_document
from src_system.http.events import RequestEvent
from src_system.http.sample_card import sealed_sample_card
from src_system.model.errors import MethodNotAllowed
from src_system.model.identifiers import DEFAULT_SANDBOX
from src_system.networks import PROFILES
from src_system.openapi.serving import (
    DOCUMENT_PATH,
    PAGE_PATH,
    PATHS,
    Publication,
    Surroundings,
    asset_of,
    response_of,
)
from src_system.system import Installation

_READING = frozenset({"GET", "HEAD"})


class ProtocolReference:
    """Answers `/openapi.json` and what begins with `/docs`."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._surroundings: Surroundings | None = None
        self._publication = Publication(
            "protocol", lambda: protocol_document(__version__, installation.public_url)
        )

    async def answer(self, request: web.Request, event: RequestEvent) -> web.Response | None:
        """The document, the page or an asset of it; None for any other address."""
        if request.path not in PATHS:
            return None
        event.operation = "openapi" if request.path == DOCUMENT_PATH else "docs"
        if request.method not in _READING:
            raise MethodNotAllowed(allowed=sorted(_READING))
        if request.path == DOCUMENT_PATH:
            response = response_of(self._publication.json(), request.headers)
            response.headers["Access-Control-Allow-Origin"] = "*"
            return response
        if request.path == PAGE_PATH:
            surroundings = await self._around()
            return response_of(self._publication.page(surroundings), request.headers)
        return response_of(asset_of(request.path), request.headers)

    async def _around(self) -> Surroundings:
        """Values of the default sandbox, so that the page's commands work as they stand."""
        if self._surroundings is None:
            systems = [await self._installation.system(DEFAULT_SANDBOX, name) for name in PROFILES]
            first = systems[0]
            client_id, dpa_id = default_participants(first.derivation)
            sealed = {one.profile.name: sealed_sample_card(one) for one in systems}
            self._surroundings = Surroundings(
                origin=self._installation.public_url,
                open_scheme="Clients of the scheme open, such as a sandbox's ready-made one, send"
                " their srcClientId and nothing else.",
                known=(
                    ("srcClientId", client_id),
                    ("srcDpaId", dpa_id),
                    ("encryptedCard", sealed[first.profile.name]),
                ),
                networks=tuple(
                    (one.profile.name, one.profile.display_name, one.address, sealed[name])
                    for name, one in zip(sealed, systems, strict=True)
                ),
            )
        return self._surroundings
