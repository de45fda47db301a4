"""The clock of a sandbox: read, set, advanced."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

import msgspec
from aiohttp import web

from src_system.clock import iso_millis, machine_now
from src_system.control.answer_documents import ClockAdvance, FiredWork
from src_system.control.described import described
from src_system.control.parts import json_answer, parts_of, read_body, world_of
from src_system.deferred.state_changes import make_due_changes
from src_system.fixtures.answer_documents import ClockView
from src_system.fixtures.document import choices, join, one_of
from src_system.fixtures.new_sandbox import clock_document
from src_system.fixtures.participants import read_instant
from src_system.model.duration import DAYS_MAX, read_duration
from src_system.model.errors import InvalidState, InvalidValue, NotFound
from src_system.model.sandbox import ClockMode
from src_system.store import sandboxes
from src_system.store.due_work import DueWork, list_due_between

YEAR_MAX = 2200
FIRED_MAX = 1000


class ClockDocument(msgspec.Struct, frozen=True, rename="camel"):
    """`mode`, and for frozen `at`, for offset `offsetSeconds` or `at`; `now` is another `at`."""

    mode: Annotated[str, choices(ClockMode)] | None = None
    at: str | None = None
    now: str | None = None
    offset_seconds: float | None = None


class AdvanceDocument(msgspec.Struct, frozen=True, rename="camel"):
    """How far to go."""

    by: Annotated[str, msgspec.Meta(examples=["PT10M"])]


@dataclass(frozen=True, slots=True)
class ClockSetting:
    """A clock as a sandbox keeps it."""

    mode: ClockMode
    at: datetime | None
    offset_seconds: float


def read_clock(document: ClockDocument | str | None, *, source: str) -> ClockSetting:
    """A clock from its document, from a mode's name, or from an instant (frozen there)."""
    if document is None:
        return ClockSetting(ClockMode.REAL, None, 0.0)
    if isinstance(document, str):
        is_mode = document in tuple(ClockMode)
        document = ClockDocument(mode=document) if is_mode else ClockDocument(at=document)
    member = "at" if document.at is not None else "now"
    path = join(source, member)
    at = read_instant(document.at or document.now, source=path)
    default = ClockMode.REAL if at is None else ClockMode.FROZEN
    if document.mode is None and document.offset_seconds is not None:
        default = ClockMode.OFFSET
    mode = ClockMode(
        one_of(document.mode or default, tuple(ClockMode), source=join(source, "mode"))
    )
    machine = machine_now()
    match mode:
        case ClockMode.REAL:
            return ClockSetting(mode, None, 0.0)
        case ClockMode.FROZEN:
            return ClockSetting(mode, at or machine, 0.0)
        case ClockMode.OFFSET:
            seconds = document.offset_seconds or 0.0
            if at is not None:
                seconds = (at - machine).total_seconds()
            if not abs(seconds) <= timedelta(days=DAYS_MAX).total_seconds():
                raise InvalidValue(
                    "A clock is at most a hundred years off.",
                    source=join(source, "offsetSeconds"),
                )
            return ClockSetting(mode, None, seconds)


@described(answer=ClockView)
async def get_clock(request: web.Request) -> web.Response:
    """GET /v1/sandboxes/{sandbox}/clock: how the sandbox's time runs, and what it is."""
    return json_answer(clock_document((await world_of(request)).sandbox))


@described(request=ClockDocument, answer=ClockView)
async def put_clock(request: web.Request) -> web.Response:
    """PUT /v1/sandboxes/{sandbox}/clock: make it real, frozen or offset."""
    sandbox = (await world_of(request)).sandbox
    setting = read_clock(await read_body(request, ClockDocument), source="")
    async with parts_of(request).installation.database.transaction() as tx:
        found = await sandboxes.set_clock(
            tx,
            sandbox.sandbox_id,
            mode=setting.mode,
            at=setting.at,
            offset_seconds=setting.offset_seconds,
        )
    if not found:
        raise NotFound("There is no sandbox of this name.", source="sandbox", source_type="PATH")
    await make_due_changes(parts_of(request).installation, sandbox.name)
    return await get_clock(request)


@described(request=AdvanceDocument, answer=ClockAdvance, refusals=(InvalidState,))
async def advance_clock(request: web.Request) -> web.Response:
    """POST /v1/sandboxes/{sandbox}/clock/advance: move a frozen or offset clock."""
    world = await world_of(request)
    document = await read_body(request, AdvanceDocument)
    by = read_duration(document.by, source="by")
    if (world.clock.now() + by).year >= YEAR_MAX:
        raise InvalidValue(f"The clock stops before the year {YEAR_MAX}.", source="by")
    async with parts_of(request).installation.database.transaction() as tx:
        moved = await sandboxes.advance_clock(tx, world.sandbox.sandbox_id, by)
    if not moved:
        raise InvalidState(
            "A real clock cannot be advanced: PUT the clock to frozen or offset first.",
            source="clock.mode",
        )
    before, now = world.clock.now(), (await world_of(request)).clock.now()
    if world.sandbox.clock_mode is ClockMode.OFFSET:
        before = now - by  # it ran on while it was moved
    # Expiry and locks are judged when they are asked for; what fires is work that waited.
    async with parts_of(request).installation.database.connection() as tx:
        due = await list_due_between(
            tx, world.sandbox.sandbox_id, after=before, until=now, limit=FIRED_MAX
        )
    await make_due_changes(parts_of(request).installation, world.sandbox.name)
    advance: ClockAdvance = {"now": iso_millis(now), "fired": [_fired(work) for work in due]}
    return json_answer(advance)


def _fired(work: DueWork) -> FiredWork:
    return {
        "kind": work.kind,
        "network": work.network,
        "id": work.work_id,
        "dueAt": iso_millis(work.due_at),
    }
