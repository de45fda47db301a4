"""One request through the protocol port: resolve, authenticate, read, run, write, log."""

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import msgspec
import structlog
from aiohttp import web
from aiohttp.web_exceptions import HTTPRequestEntityTooLarge

from src_system.clock import monotonic
from src_system.derive import Derivation
from src_system.http import public
from src_system.http.addresses import Target, resolve
from src_system.http.authentication import Presented, admit, authenticate, token_endpoint
from src_system.http.browser import Browser
from src_system.http.cross_origin import allow_origin, preflight
from src_system.http.delegation import principal, unfold_prepared_checkout
from src_system.http.events import RequestEvent
from src_system.http.facilitator.pages import DcfPages
from src_system.http.faults.broken import BrokenAnswer
from src_system.http.faults.encounter import encounter, is_calm
from src_system.http.faults.magic import magic_in
from src_system.http.faults.subject import facts_of
from src_system.http.noting import note_call
from src_system.http.operation import Operation
from src_system.http.operations import OPERATIONS
from src_system.http.pages import Guest, Pages, no_guest
from src_system.http.recognition import keep_recognition, kept_recognition
from src_system.http.refusals import headers_of, refuse_at_gateway
from src_system.http.request_headers import HOST_HEADER, response_host, with_consumer_token
from src_system.http.routes import Routes
from src_system.journal.writer import JournalWriter
from src_system.metrics import Metrics
from src_system.model.errors import (
    Aborted,
    BodyTooLarge,
    DeadlineExceeded,
    GatewayRefused,
    MalformedBody,
    NotFound,
    PermissionDenied,
    ServerError,
    SrcError,
    Unavailable,
    UnsupportedContentType,
)
from src_system.model.fault import RequestFacts
from src_system.model.identifiers import is_correlation_id, is_flow_id
from src_system.model.magic import MagicMet
from src_system.model.participant import Client, ClientKind
from src_system.networks import PROFILES
from src_system.networks.forms import derive_identifier
from src_system.networks.profile import IdForm, NetworkProfile
from src_system.store.database import DatabaseBusy, DatabaseUnavailable, SerializationConflict
from src_system.system import Installation, System
from src_system.wire.body import read_body
from src_system.wire.errors import PLAIN, ErrorDialect, error_document, status_of
from src_system.wire.origins import call_digest
from src_system.wire.reading import Call
from src_system.wire.simulated import met_refusal
from src_system.wire.spellings import modernise
from src_system.world import StaleWorld

_log = structlog.get_logger()
_ENCODER = msgspec.json.Encoder()
_FLOW_HEADER = "X-Src-Cx-Flow-Id"
_JSON = "application/json"
_CREDENTIALS = ("Authorization", "x-pay-token")
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
_NO_SEED = Derivation("no sandbox")


@dataclass(slots=True)
class _Exchange:
    """What is known of a request so far; an error is answered with as much."""

    request: web.Request
    event: RequestEvent
    target: Target
    raw: bytes = b""
    unreadable: SrcError | None = None
    body: dict[str, Any] | None = None
    system: System | None = None
    errors: ErrorDialect = PLAIN


class Protocol:
    """The protocol port's one handler, with what it needs of the installation."""

    def __init__(
        self,
        installation: Installation,
        metrics: Metrics,
        journal: JournalWriter,
        guest: Guest = no_guest,
    ) -> None:
        self._installation, self._metrics, self._journal = installation, metrics, journal
        self._routes = Routes(OPERATIONS)
        self._pages = Pages(installation, guest)
        dcf = DcfPages(journal, metrics, installation.limits.json_depth_max)
        self._browser = Browser(dcf)
        self.leaving = asyncio.Event()  # set when the server stops: nobody is kept waiting then

    async def handle(self, request: web.Request) -> web.Response:
        """Answer any request. This is the only place that turns a refusal into a response."""
        event = RequestEvent(request.method, request.path, monotonic())
        exchange = _Exchange(request, event, resolve(request.path, request.host or ""))
        try:
            async with asyncio.timeout(self._installation.limits.request_seconds_max):
                response = await self._answer(exchange)
        except SrcError as error:
            response = self._refuse(exchange, error)
            if exchange.system is not None:  # else the page could not read why
                await self._allow_origin(exchange.system, request, response)
        except SerializationConflict:
            response = self._refuse(exchange, Aborted())
        except (DatabaseUnavailable, DatabaseBusy) as error:
            _log.warning("database", problem=str(error))
            response = self._refuse(exchange, Unavailable())
            response.headers["Retry-After"] = "1"
        except TimeoutError:
            response = self._refuse(exchange, DeadlineExceeded())
        except Exception:  # noqa: BLE001 - the last resort: a traceback for us, INTERNAL for them
            _log.exception("unexpected", operation=event.operation, network=event.network)
            response = self._refuse(exchange, ServerError())
        self._flow(exchange, response)
        if event.broken is not None:
            limit = self._installation.limits.request_seconds_max
            response = BrokenAnswer(event.broken, response, seconds_max=limit, leaving=self.leaving)
        event.finish(response.status, self._metrics)
        note_call(self._journal, request, event, exchange.system, exchange.raw, response)
        return response

    async def _answer(self, exchange: _Exchange) -> web.Response:
        request, event, target = exchange.request, exchange.event, exchange.target
        if request.path == "/healthz":
            event.operation = "healthz"
            return web.Response(text="ok\n")
        page = await self._pages.answer(request, event)
        if page is not None:
            return page
        event.sandbox = target.sandbox
        event.network = target.network if target.network in PROFILES else ""
        known = self._as_known(exchange)
        if known is not None:
            with contextlib.suppress(StaleWorld):
                return await self._operate_as_known(exchange, known)
        system = await self._installation.system(target.sandbox, target.network, event)
        exchange.system = system
        if target.other == token_endpoint.PATH:
            await self._receive(exchange)
            return await token_endpoint.answer(system, request, exchange.raw, event)
        if self._browser.serves(target):
            if request.method in _WITH_BODY:
                await self._receive(exchange)
            sent, exchange.raw = exchange.raw, b""  # what is typed into a page is kept by nobody
            return await self._browser.answer(system, request, sent, target, event)
        if target.resource is None or target.resource == "keys":
            path = target.resource or target.other
            show = partial(public.answer, method=request.method, path=path, event=event)
            if path != "keys" or is_calm(system, request):
                return await show(system)
            event.operation = "keys"  # also where they are never come to
            facts = RequestFacts(operation="keys", network=system.key.network)
            return await encounter(system, request, event, facts, show)
        if request.method == "OPTIONS":
            event.operation = "preflight"
            return await preflight(system, request)
        return await self._operate(exchange, system)

    def _as_known(self, exchange: _Exchange) -> System | None:
        """The system as last read, for an operation that brings the version along by itself.

        Not for signed calls: a nonce is used up by the first run.
        """
        request, target = exchange.request, exchange.target
        if target.resource is None or any(name in request.headers for name in _CREDENTIALS):
            return None
        if not self._routes.brings_version(request.method, target.resource):
            return None
        return self._installation.system_as_known(target.sandbox, target.network, exchange.event)

    async def _operate_as_known(self, exchange: _Exchange, known: System) -> web.Response:
        """The same on a sandbox as remembered; StaleWorld when it has to be read anew."""
        try:
            return await self._operate(exchange, known)
        except SrcError as refusal:
            # Refusals too may rest on what no longer holds, unless it was seen that it does.
            if known.freshness.is_sure:
                raise
            raise StaleWorld from refusal

    async def _operate(self, exchange: _Exchange, system: System) -> web.Response:
        """Find the operation; authenticate, read, run and write."""
        request, event, target = exchange.request, exchange.event, exchange.target
        exchange.system = system
        operation, parameters = self._routes.find(
            request.method, target.resource or "", system.profile
        )
        event.operation, exchange.errors = operation.name, operation.errors
        client, body = await self._caller(exchange, system, parameters)
        query = request.query
        event.src_client_id = client.src_client_id
        _refuse_wrong_kind(client, operation)
        client = await principal(
            system, client, body.get("srcCorrelationId") or query.get("srcCorrelationId")
        )
        if operation.takes_prepared:
            client, body = await unfold_prepared_checkout(system, client, body)
        dpa, dpa_id = None, body.get("srcDpaId") or query.get("srcDpaId")
        # A DCF that names no session acts for nobody: no merchant is its own.
        if isinstance(dpa_id, str) and "\x00" not in dpa_id and client.kind is not ClientKind.DCF:
            dpa = await system.dpa(client, dpa_id)
        call = Call(
            src_client_id=client.src_client_id,
            operation=operation.name,
            profile=system.profile,
            body=body,
            query=query,
            path=parameters,
            recognition_cookie=kept_recognition(system, request),
        )
        magic = magic_in(operation.name, body) if system.sandbox.has_magic else None
        if magic is None and is_calm(system, request):
            response = await self._run(system, exchange, operation, client, call)
        else:
            run = partial(
                self._run, exchange=exchange, operation=operation, client=client, call=call
            )
            response = await encounter(system, request, event, facts_of(call, dpa), run, magic)
        await self._allow_origin(system, request, response)
        return response

    @staticmethod
    async def _run(
        system: System, exchange: _Exchange, operation: Operation, client: Client, call: Call
    ) -> web.Response:
        """Read, run and write."""
        event = exchange.event
        try:
            result = await operation.run(system, client, operation.read(call))
        except MagicMet as met:
            event.faults.append(met.value.told())
            raise met_refusal(met.value) from None
        event.src_correlation_id = result.src_correlation_id
        if operation.write is None:
            response = web.Response(status=204)
        else:
            document = {
                "srcCorrelationId": result.src_correlation_id,
                **operation.write(result, system),
            }
            response = web.Response(
                status=operation.status, body=_ENCODER.encode(document), content_type=_JSON
            )
        if operation.recognition is not None:
            base, kept = exchange.target.base, operation.recognition(result)
            keep_recognition(system, base, exchange.request, response, kept)
        return response

    @staticmethod
    async def _allow_origin(system: System, request: web.Request, response: web.Response) -> None:
        """Add the CORS headers; a database lost by now must not undo the answer."""
        with contextlib.suppress(DatabaseUnavailable, DatabaseBusy):
            await allow_origin(system, request, response)

    async def _caller(
        self, exchange: _Exchange, system: System, parameters: Mapping[str, str]
    ) -> tuple[Client, dict[str, Any]]:
        """The client and its body: what is signed is verified before its JSON is read."""
        request = exchange.request
        if request.method in _WITH_BODY:
            _check_kind(request)
            await self._receive(exchange)
        presented = Presented(request, exchange.raw)
        admitted = await admit(system, presented)
        body = self._body(exchange)
        named = {**request.query, **parameters}
        return await authenticate(system, presented, admitted, body, named), body

    async def _receive(self, exchange: _Exchange) -> None:
        """Have the body's bytes. One that was refused stays so: what is left of it is no body."""
        if exchange.unreadable is not None:
            raise exchange.unreadable
        try:
            exchange.raw = await self._read(exchange.request)
        except SrcError as refusal:
            exchange.unreadable = refusal
            raise

    async def _read(self, request: web.Request) -> bytes:
        """The body's bytes, within size and time."""
        try:
            if request.content.is_eof():  # it came with its head: there is nothing to wait for
                return await request.read()
            async with asyncio.timeout(self._installation.limits.body_seconds_max):
                return await request.read()
        except HTTPRequestEntityTooLarge as error:
            limit = self._installation.limits.body_bytes_max
            raise BodyTooLarge(f"A body has at most {limit} bytes.") from error
        except (web.RequestPayloadError, ConnectionError) as error:
            raise MalformedBody("The body did not arrive whole.") from error
        except TimeoutError as error:
            raise MalformedBody("The body did not arrive in time.") from error

    def _body(self, exchange: _Exchange) -> dict[str, Any]:
        """The JSON object sent, in the new spelling; an empty one for GET and DELETE."""
        if exchange.request.method not in _WITH_BODY:
            return {}
        exchange.body = read_body(exchange.raw, depth_max=self._installation.limits.json_depth_max)
        return modernise(with_consumer_token(exchange.system, exchange.request, exchange.body))

    def _refuse(self, exchange: _Exchange, error: SrcError) -> web.Response:
        """The error body in the network's form, with a srcCorrelationId (contract, section 4)."""
        event = exchange.event
        event.reason, event.source = error.detail_reason or error.reason, error.source
        event.refusal, event.seen = type(error).__name__, error.seen
        event.src_correlation_id = _correlation_id(exchange)
        if isinstance(error, GatewayRefused) and exchange.system is not None:
            return refuse_at_gateway(error, exchange.system.profile, event)
        profile = _profile_for(exchange, error)
        if profile is None:
            status = status_of(error)
            refusal: Mapping[str, object] = error_document(error, status)
        else:
            status, refusal = exchange.errors.document(error, profile)
        document = {**refusal, "srcCorrelationId": event.src_correlation_id}
        response = web.Response(status=status, body=_ENCODER.encode(document), content_type=_JSON)
        response.headers.update(headers_of(error))
        return response

    @staticmethod
    def _flow(exchange: _Exchange, response: web.Response) -> None:
        """Give the client's flow id back, or one that belongs to the session (spec 2.6)."""
        sent = exchange.request.headers.get(_FLOW_HEADER, "")
        if not is_flow_id(sent):
            sent = _derivation(exchange).uuid("flow_id", exchange.event.src_correlation_id or "")
        response.headers[_FLOW_HEADER] = sent
        system = exchange.system
        if system is None:
            return
        if system.profile.tells_response_host:
            response.headers[HOST_HEADER] = response_host(system, exchange.request)
        for name in system.profile.trace_headers:
            response.headers[name] = sent


def _profile_for(exchange: _Exchange, error: SrcError) -> NetworkProfile | None:
    """Whose words a refusal has: the system's, or while none can be read, the address' network's.

    None for an address that leads nowhere.
    """
    if exchange.system is not None:
        return exchange.system.profile
    return None if isinstance(error, NotFound) else PROFILES.get(exchange.target.network)


def _refuse_wrong_kind(client: Client, operation: Operation) -> None:
    if client.kind not in operation.callers:
        raise PermissionDenied(
            f"A client of the kind {client.kind} does not call {operation.name}.",
            source="srcClientId",
            seen={"client_kind": client.kind, "callers": sorted(operation.callers)},
        )


def _check_kind(request: web.Request) -> None:
    kind = request.headers.get("Content-Type", _JSON).partition(";")[0].strip().lower()
    if kind != _JSON and not kind.endswith("+json"):
        raise UnsupportedContentType(source="Content-Type", source_type="HEADER")


def _derivation(exchange: _Exchange) -> Derivation:
    return _NO_SEED if exchange.system is None else exchange.system.derivation


def _correlation_id(exchange: _Exchange) -> str:
    """The request's own srcCorrelationId when it has one, else one made of the request."""
    members: Mapping[str, Any] = exchange.body or exchange.request.query
    sent = members.get("srcCorrelationId")
    if isinstance(sent, str) and is_correlation_id(sent):
        return sent
    system = exchange.system
    return derive_identifier(
        IdForm.UUID if system is None else system.profile.correlation_id_form,
        _derivation(exchange),
        "refused_src_correlation_id",
        exchange.target.resource or exchange.target.other,
        call_digest(exchange.body, exchange.raw),
    )
