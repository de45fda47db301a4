"""Calls of the SRC API that the DCF makes in place of the SRC initiator whose checkout it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import msgspec
from aiohttp import web

from src_system.clock import monotonic
from src_system.http.delegation import unfold_prepared_checkout
from src_system.http.events import RequestEvent
from src_system.http.faults.encounter import encounter, is_calm
from src_system.http.faults.magic import magic_in
from src_system.http.faults.subject import facts_of
from src_system.http.noting import note_answer
from src_system.http.operation import Operation
from src_system.http.operations import OPERATIONS
from src_system.journal.writer import JournalWriter
from src_system.metrics import Metrics
from src_system.model.errors import SrcError, Unavailable
from src_system.model.magic import MagicMet
from src_system.model.participant import Client
from src_system.system import System
from src_system.wire.errors import PLAIN
from src_system.wire.reading import Call
from src_system.wire.simulated import met_refusal
from src_system.wire.spellings import modernise

Json = dict[str, Any]

_BY_NAME: Mapping[str, Operation] = {operation.name: operation for operation in OPERATIONS}
_ENCODER = msgspec.json.Encoder()


@dataclass(slots=True)
class Agent:
    """The DCF at work for *client* within one request of a browser.

    Its calls meet faults and magic values and stand in the journal as if they had come over the
    wire: whoever looks at a session sees what was done in it.
    """

    system: System
    client: Client
    request: web.Request
    event: RequestEvent
    base: str
    journal: JournalWriter
    metrics: Metrics

    async def call(self, name: str, body: Json) -> Json:
        """The answer of the operation *name* to *body*; raises what the operation refuses with."""
        operation = _BY_NAME[name]
        sent = {"srcClientId": self.client.src_client_id, **body}
        told = RequestEvent(
            "POST",
            f"{self.base}/src/v1/{operation.resource}",
            monotonic(),
            operation=name,
            network=self.system.key.network,
            sandbox=self.system.sandbox.name,
            src_client_id=self.client.src_client_id,
        )
        raw = _ENCODER.encode(sent)
        try:
            response = await self._operate(operation, sent, told)
        except SrcError as refusal:
            told.reason = refusal.detail_reason or refusal.reason
            told.source = refusal.source
            told.refusal, told.seen = type(refusal).__name__, refusal.seen
            status, document = operation.errors.document(refusal, self.system.profile)
            answered = _ENCODER.encode({**document, "srcCorrelationId": told.src_correlation_id})
            self._tell(told, raw, web.Response(status=status, body=answered))
            raise
        self._tell(told, raw, response)
        if told.broken is not None:
            self.event.broken = told.broken
            raise Unavailable
        if response.status != operation.status or not isinstance(response.body, bytes):
            raise Unavailable
        answer: Json = msgspec.json.decode(response.body)
        return answer

    def refusal(self, error: SrcError) -> tuple[int, Json]:
        """Status and body of a refusal, in the network's own form."""
        return PLAIN.document(error, self.system.profile)

    def _tell(self, told: RequestEvent, raw: bytes, response: web.Response) -> None:
        self.event.statements += told.statements
        told.finish(response.status, self.metrics)
        note_answer(self.journal, told, self.system, raw, response)

    async def _operate(self, operation: Operation, sent: Json, told: RequestEvent) -> web.Response:
        system = msgspec.structs.replace(self.system, count=told)
        client = self.client
        told.src_correlation_id = sent.get("srcCorrelationId")
        body = modernise(msgspec.json.decode(_ENCODER.encode(sent)))
        if operation.takes_prepared:
            client, body = await unfold_prepared_checkout(system, client, body)
            told.src_correlation_id = body.get("srcCorrelationId")
        dpa_id = body.get("srcDpaId")
        dpa = await system.dpa(client, dpa_id) if isinstance(dpa_id, str) else None
        call = Call(
            src_client_id=client.src_client_id,
            operation=operation.name,
            profile=system.profile,
            body=body,
            query={},
            path={},
        )
        run = partial(_run, operation=operation, client=client, call=call, told=told)
        magic = magic_in(operation.name, body) if system.sandbox.has_magic else None
        if magic is None and is_calm(system, self.request):
            return await run(system)
        return await encounter(system, self.request, told, facts_of(call, dpa), run, magic)


async def _run(
    system: System, operation: Operation, client: Client, call: Call, told: RequestEvent
) -> web.Response:
    try:
        result = await operation.run(system, client, operation.read(call))
    except MagicMet as met:
        told.faults.append(met.value.told())
        raise met_refusal(met.value) from None
    told.src_correlation_id = result.src_correlation_id
    written = {} if operation.write is None else operation.write(result, system)
    document = {"srcCorrelationId": result.src_correlation_id, **written}
    return web.Response(
        status=operation.status,
        body=_ENCODER.encode(document),
        content_type="application/json",
    )
