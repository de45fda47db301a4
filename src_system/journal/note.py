"""A call as it was answered, and the record that is kept of it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol

import msgspec

from src_system.journal.record import Record
from src_system.journal.redaction import (
    HeaderPairs,
    may_hold_jwe,
    redact_encoded,
    redact_form,
    redact_headers,
    redact_numbers,
    redact_set_cookie,
    redact_token_answer,
)
from src_system.log import may_hold_number
from src_system.model.identifiers import SandboxName
from src_system.world import World

# A number that is no test number is refused here, so what was taken needs no second look.
_CHECKED_OPERATIONS = frozenset({"enrollCard"})
_TOKEN_OPERATION = "accessToken"
_REFUSED = 400
_JSON_BEGINS = (b"{", b"[")


class Answered(Protocol):
    """What is known of a call when it has been answered: the request event."""

    method: str
    started: float  # monotonic seconds
    operation: str
    network: str
    sandbox: SandboxName
    src_client_id: str | None
    src_correlation_id: str | None
    reason: str
    source: str | None
    refusal: str
    milliseconds: float
    statements: int
    faults: list[Mapping[str, Any]]
    seen: Mapping[str, Any]


class Note(msgspec.Struct, gc=False):
    """A call as it was answered, not looked at yet. `world` is None when it was not read."""

    event: Answered
    world: World | None
    path: str
    status: int
    request_headers: HeaderPairs
    request_body: bytes
    response_headers: Mapping[str, str]
    response_body: bytes
    recorded_at: datetime
    age: float  # seconds since the call began, when it was recorded
    size: int  # bytes that it holds in memory, about

    __repr__ = object.__repr__  # never what was sent


def may_hold_card(note: Note) -> bool:
    """Whether a card may be sealed in the body that nobody has looked at: opening it takes time."""
    is_checked = note.event.operation in _CHECKED_OPERATIONS and note.status < _REFUSED
    return may_hold_jwe(note.request_body) and not is_checked


def record_of(note: Note, world: World) -> Record:
    """What is kept of the call, without what must not be; sealed cards have been looked at."""
    event = note.event
    request, response = note.request_body, note.response_body
    path = redact_encoded(note.path.encode("utf-8", "surrogateescape"))
    if b"?" in path:
        place, _, query = path.partition(b"?")
        path = place + b"?" + redact_form(query)
    if event.operation == _TOKEN_OPERATION:
        request, response = redact_form(request), redact_token_answer(response)
    if not request.startswith(_JSON_BEGINS):
        request = redact_encoded(request)
    headers = redact_headers(note.request_headers)
    # One look at everything: hardly any call holds digits enough.
    if may_hold_number(b"\n".join([path, request, *[value for _, value in headers]])):
        path, request = redact_numbers(path), redact_numbers(request)
        headers = [(name, redact_numbers(value)) for name, value in headers]
    elif b"\\" in request:
        request = redact_numbers(request)
    if note.status >= _REFUSED:  # what else is answered is ours, and masked
        response = redact_numbers(response)
    return Record(
        event.operation,
        event.network,
        note.status,
        event.reason,
        event.src_client_id,
        event.src_correlation_id,
        event.method,
        path,
        event.source,
        world.clock.shown_at(note.recorded_at - timedelta(0, note.age)),
        note.recorded_at,
        event.milliseconds,
        event.statements,
        headers,
        request,
        redact_set_cookie(note.response_headers),
        response,
        tuple(event.faults),
        event.seen,
        event.refusal,
    )
