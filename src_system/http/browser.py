"""What a network serves to browsers: its SDK by the real file paths, the system frame, the DCF."""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
from aiohttp import web

from src_system.http.addresses import Target
from src_system.http.cross_origin import allow_origin
from src_system.http.events import RequestEvent
from src_system.http.facilitator.pages import DcfPages
from src_system.model.errors import MethodNotAllowed, UnknownDpa
from src_system.model.participant import ParticipantStatus
from src_system.store import participants
from src_system.system import System
from src_system.web.answering import answer_text
from src_system.web.pages import page
from src_system.web.scripts import classic_script

_READING = frozenset({"GET", "HEAD"})
# Loaded by pages of every origin, by `crossorigin` and as a module as well.
_SCRIPT_HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Timing-Allow-Origin": "*",
}
_VISA_ADAPTERS = "checkout-widget/resources/js/src-i-adapter/"
# Network to path behind it to the modules that its script is made of. The names of the others
# follow Mastercard's: theirs are not public (docs/divergences.md).
SCRIPTS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "visa": {
        f"{_VISA_ADAPTERS}visa-sdk.js": ("visa",),
        f"{_VISA_ADAPTERS}visaSdk.js": ("visa",),
        "checkout-widget/resources/js/integration/v2/sdk.js": ("visa", "vsdk"),
        "sdk/v1/src-sdk.js": ("visa",),
    },
    "mastercard": {
        "sdk/srcsdk.mastercard.js": ("mastercard",),
        "srci/integration/2/lib.js": ("mastercard", "mastercard_checkout_services"),
        "srci/merchant/2/lib.js": ("mastercard", "mastercard_checkout_services"),
        "sdk/v1/src-sdk.js": ("mastercard",),
    },
    "amex": {"sdk/srcsdk.amex.js": ("amex",), "sdk/v1/src-sdk.js": ("amex",)},
    "discover": {"sdk/srcsdk.discover.js": ("discover",), "sdk/v1/src-sdk.js": ("discover",)},
}
_FRAME = "sdk/frame"
_DPAS = "sdk/dpas/"
_FRAME_POLICY = "default-src 'none'; script-src 'self'; connect-src 'self'; base-uri 'none'; "


@dataclass(frozen=True, slots=True)
class Browser:
    """Answers the addresses of one network that browsers call beside the SRC API."""

    dcf: DcfPages

    def serves(self, target: Target) -> bool:
        """Whether *target* is one of them."""
        if target.resource is not None:
            return False
        other = target.other
        is_dcf = other == "dcf" or other.startswith("dcf/")
        is_ours = other == _FRAME or other.startswith(_DPAS)
        return is_dcf or is_ours or other in SCRIPTS.get(target.network, {})

    async def answer(
        self,
        system: System,
        request: web.Request,
        raw: bytes,
        target: Target,
        event: RequestEvent,
    ) -> web.Response:
        """The script, the frame, or what the DCF answers."""
        script = SCRIPTS[system.profile.name].get(target.other)
        if script is None and target.other.startswith("dcf"):
            return await self.dcf.answer(system, request, raw, target, event)
        event.operation = "sdk"
        if request.method not in _READING:
            raise MethodNotAllowed(allowed=sorted(_READING))
        if script is not None:
            return answer_text(classic_script(*script), request.headers, _SCRIPT_HEADERS)
        if target.other == _FRAME:
            return await _frame(system, request, target)
        return await _dpa(system, request, target.other[len(_DPAS) :])


async def _dpa(system: System, request: web.Request, dpa_id: str) -> web.Response:
    """Whose DPA it is: an SDK for all networks is told the merchant's id and no more."""
    async with system.database.connection(system.count) as tx:
        found = await participants.find_dpa(
            tx, system.sandbox.sandbox_id, dpa_id.replace("\x00", ""), src_client_id=""
        )
    if found is None or found.status is not ParticipantStatus.ACTIVE:
        raise UnknownDpa(source="srcDpaId", source_type="PATH")
    response = web.Response(
        body=msgspec.json.encode(
            {
                "srcInitiatorId": found.src_client_id,
                "srcDpaId": found.src_dpa_id,
                "srciDpaId": found.srci_dpa_id,
            }
        ),
        content_type="application/json",
    )
    await allow_origin(system, request, response)
    return response


async def _frame(system: System, request: web.Request, target: Target) -> web.Response:
    """The system frame for the origin that asks, if a client or DPA has registered it.

    The browser holds the frame to that origin: a page that named another cannot show it.
    """
    opener = request.query.get("origin", "")
    is_origin = 0 < len(opener) <= 255 and opener.isascii() and opener.isprintable()
    match = await system.registered_origin(opener) if is_origin else None
    if match is None or any(character in opener for character in " ;,'\""):
        opener = ""
    text = page("sdk/frame.html", network=system.profile.name, base=target.base, opener=opener)
    policy = _FRAME_POLICY + "frame-ancestors " + (opener or "'none'")
    return answer_text(text, request.headers, {"Content-Security-Policy": policy})
