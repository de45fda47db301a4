"""The DCF's addresses: visits opened and asked about by the SDK, pages shown to the consumer."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from aiohttp import web

from src_system.clock import machine_now
from src_system.http.addresses import Target
from src_system.http.authentication import Presented, admit, authenticate
from src_system.http.cross_origin import allow_origin, preflight
from src_system.http.events import RequestEvent
from src_system.http.facilitator.agent import Agent
from src_system.http.facilitator.opening import open_visit
from src_system.http.facilitator.showing import Shown
from src_system.http.facilitator.steps import Occasion, act
from src_system.http.recognition import keep_recognition
from src_system.journal.writer import JournalWriter
from src_system.metrics import Metrics
from src_system.model.dcf_visit import DcfDisplay, DcfVisit
from src_system.model.errors import MethodNotAllowed, NotFound, SrcError
from src_system.model.identifiers import is_correlation_id
from src_system.operations.get_consumer_profile import (
    GetConsumerProfileRequest,
    get_consumer_profile,
)
from src_system.payloads.checkout_request import verify_checkout_request
from src_system.store import dcf_visits
from src_system.system import System
from src_system.web.answering import answer_text
from src_system.web.languages import Speech, first_language
from src_system.web.pages import Text, page
from src_system.wire.body import read_body
from src_system.wire.spellings import modernise

Json = dict[str, Any]

_BUSY = timedelta(seconds=30)  # longer than any request: after it whoever had it is dead
_WAIT_TRIES = 100
_WAIT_SECONDS = 0.05
_FIELDS_MAX = 40
_TURN_DIGITS_MAX = 6
_READING = frozenset({"GET", "HEAD"})
_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors "
)


@dataclass(frozen=True, slots=True)
class DcfPages:
    """Answers everything below `dcf` in one network of one sandbox."""

    journal: JournalWriter
    metrics: Metrics
    json_depth_max: int

    async def answer(
        self,
        system: System,
        request: web.Request,
        raw: bytes,
        target: Target,
        event: RequestEvent,
    ) -> web.Response:
        """A page, or a document about a visit; NotFound for any other address."""
        event.operation = "dcf"
        place = target.other.removeprefix("dcf").strip("/")
        if place == "":
            if request.method == "POST":
                return await self._act(system, request, raw, target, event)
            _refuse_unless(request, _READING | {"POST"})
            return await self._show(system, request, target)
        kind, _, visit_id = place.partition("/")
        if kind != "visits":
            raise NotFound("There is no such address.", source="path", source_type="PATH")
        if request.method == "OPTIONS":
            return await preflight(system, request)
        if visit_id:
            _refuse_unless(request, _READING)
            document = _state_of(await _visit(system, visit_id), system)
        else:
            _refuse_unless(request, {"POST"})
            document = await self._open(system, request, raw, target, event)
        response = web.Response(
            body=msgspec.json.encode(document),
            content_type="application/json",
            headers={"Cache-Control": "no-store"},
        )
        await allow_origin(system, request, response)
        return response

    async def _open(
        self, system: System, request: web.Request, raw: bytes, target: Target, event: RequestEvent
    ) -> Json:
        """A new visit, for the client whose checkout or authentication it is."""
        presented = Presented(request, raw)
        admitted = await admit(system, presented)
        body = modernise(read_body(raw, depth_max=self.json_depth_max))
        client = await authenticate(system, presented, admitted, body, request.query)
        event.src_client_id = client.src_client_id
        agent = self._agent(system, client, request, event, target)
        visit = await open_visit(agent, body, request.headers.get("Origin"))
        event.src_correlation_id = visit.src_correlation_id
        return {
            "srcCorrelationId": visit.src_correlation_id,
            "tx": visit.visit_id,
            "uri": f"{system.address}/dcf/?tx={visit.visit_id}",
            **_state_of(visit, system),
        }

    def _agent(
        self,
        system: System,
        client: Any,
        request: web.Request,
        event: RequestEvent,
        target: Target,
    ) -> Agent:
        return Agent(system, client, request, event, target.base, self.journal, self.metrics)

    async def _show(self, system: System, request: web.Request, target: Target) -> web.Response:
        """The page of the visit, as it stands; one that says so when there is none."""
        try:
            visit = await _visit(system, request.query.get("tx", ""))
            shown = await _shown(system, visit, target.base)
        except SrcError:
            return _gone(system, request, target.base)
        return _page(page("dcf/page.html", **shown.content()), visit, 200)

    async def _act(
        self, system: System, request: web.Request, raw: bytes, target: Target, event: RequestEvent
    ) -> web.Response:
        """Do the form's action once, however often it is sent; then show where that led."""
        visit_id = request.query.get("tx", "")
        form = _form(raw)
        try:
            visit = await _visit(system, visit_id)
            shown = await _shown(system, visit, target.base)
        except SrcError:
            return _gone(system, request, target.base)
        event.src_client_id = visit.src_client_id
        event.src_correlation_id = visit.src_correlation_id
        response = web.Response(status=303, headers={"Cache-Control": "no-store"})
        response.headers["Location"] = f"{target.base}/dcf/?tx={visit_id}"
        turn = form.get("turn", "")
        is_turn = turn.isdecimal() and len(turn) <= _TURN_DIGITS_MAX
        taken = await _take(system, visit, int(turn) if is_turn else -1)
        if taken is None:
            return response
        client = await system.client(visit.src_client_id)
        agent = self._agent(system, client, request, event, target)
        progress, result = taken.progress, None
        try:
            outcome = await act(
                Occasion(agent, taken, shown.signed, form, wants_address=shown.wants_address)
            )
            progress, result = outcome.progress, outcome.result
            keep_recognition(system, target.base, request, response, outcome.recognition_token)
        finally:
            async with system.database.connection(system.count) as tx:
                await dcf_visits.put_back(tx, system.key, taken, progress, result)
        return response


def _form(raw: bytes) -> Mapping[str, str]:
    """The fields that were sent, without characters that nothing can keep; none of too many."""
    try:
        fields = parse_qsl(raw.decode("utf-8", "replace"), max_num_fields=_FIELDS_MAX)
    except ValueError:
        return {}
    return {name: value.replace("\x00", "") for name, value in fields}


def _refuse_unless(request: web.Request, allowed: set[str] | frozenset[str]) -> None:
    if request.method not in allowed:
        raise MethodNotAllowed(allowed=sorted(allowed))


async def _visit(system: System, visit_id: str) -> DcfVisit:
    """The visit of that id; NotFound."""
    found = None
    if is_correlation_id(visit_id):  # of the same form
        async with system.database.connection(system.count) as tx:
            found = await dcf_visits.find_visit(tx, system.key, visit_id)
    if found is None:
        raise NotFound("There is no such visit.", source="tx", source_type="QUERY")
    return found


def _state_of(visit: DcfVisit, system: System) -> Json:
    """OPEN, CLOSED with its result, or EXPIRED."""
    if visit.result is not None:
        return {"state": "CLOSED", "result": dict(visit.result)}
    return {"state": "EXPIRED" if visit.is_over(system.now()) else "OPEN"}


async def _take(system: System, visit: DcfVisit, turn: int) -> DcfVisit | None:
    """The visit in our hand, or None when the action was done, or is being done and ends."""
    for _ in range(_WAIT_TRIES):
        now = machine_now()
        async with system.database.connection(system.count) as tx:
            taken = await dcf_visits.take_visit(
                tx, system.key, visit.visit_id, turn=turn, busy_until=now + _BUSY, machine_now=now
            )
            if taken is not None:
                return taken
            if not await dcf_visits.is_busy(tx, system.key, visit.visit_id, machine_now=now):
                return None
        await asyncio.sleep(_WAIT_SECONDS)
    return None


async def _shown(system: System, visit: DcfVisit, base: str) -> Shown:
    """The visit with the signed request and the consumer; InvalidState when its time is over."""
    signed: Mapping[str, Any] = {}
    profile = None
    if visit.is_checkout:
        signed = verify_checkout_request(
            str(visit.request["checkoutRequestJws"]),
            sandbox=system.sandbox,
            network=system.key.network,
            keyring=system.keyring,
            now=system.now(),
            life=timedelta(minutes=system.limits.checkout_session_minutes),
        )
    if visit.result is None and visit.is_checkout:
        client = await system.client(visit.src_client_id)
        try:
            profile = await get_consumer_profile(
                system, client, GetConsumerProfileRequest(visit.src_correlation_id, None)
            )
        except SrcError:
            profile = None  # nobody is known in the session yet, or not any more
    return Shown(system, visit, signed, profile, base)


def _gone(system: System, request: web.Request, base: str) -> web.Response:
    speech = Speech(first_language(request.headers.get("Accept-Language", "")), "dcf")
    text = page("dcf/gone.html", speech=speech, network=system.profile.display_name, base=base)
    return _page(text, None, 404)


def _page(text: Text, visit: DcfVisit | None, status: int) -> web.Response:
    """The page with who may frame it: the origin that opened it, and only for that purpose."""
    ancestors = "'none'"
    if visit is not None and visit.display is DcfDisplay.IFRAME and visit.opener_origin:
        ancestors = visit.opener_origin
    response = answer_text(
        text,
        {},  # never known already, and not kept compressed: it is one person's
        {
            "Cache-Control": "no-store",
            "Content-Security-Policy": _POLICY + ancestors,
            # Another value would cut the page off from whoever opened it.
            "Cross-Origin-Opener-Policy": "unsafe-none",
            "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
        },
    )
    response.set_status(status)
    return response
