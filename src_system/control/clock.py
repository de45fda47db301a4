"""The clock of a sandbox: read, set, advanced."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

import msgspec
from aiohttp import web

from src_system.clock import iso_millis, machine_now, parse_iso
from src_system.control.answer_documents import ClockAdvance, DuePage, FiredWork
from src_system.control.described import described
from src_system.control.parts import (
    json_answer,
    next_page,
    page_of,
    parts_of,
    put_back_meanwhile,
    read_body,
    world_of,
)
from src_system.control.queries import DueQuery
from src_system.crypto import base64url
from src_system.deferred.state_changes import make_due_changes
from src_system.fixtures.answer_documents import ClockView
from src_system.fixtures.document import choices, one_of
from src_system.fixtures.new_sandbox import clock_document
from src_system.fixtures.participants import read_instant
from src_system.model.dated_artefacts import FIRED_EVENTS
from src_system.model.duration import DAYS_MAX, read_duration
from src_system.model.errors import (
    Aborted,
    InvalidFormat,
    InvalidState,
    InvalidValue,
    MissingMember,
)
from src_system.model.member_paths import join
from src_system.model.sandbox import ClockMode
from src_system.store import due_work, sandboxes
from src_system.store.due_work import DueWork, Stretch
from src_system.world import sandbox_clock

YEAR_MAX = 2200
FIRED_MAX = 1000
DUE_AHEAD = timedelta(days=1)

# What says where a clock of that mode is.
_TAKEN: dict[ClockMode, tuple[str, ...]] = {
    ClockMode.REAL: (),
    ClockMode.FROZEN: ("at", "now"),
    ClockMode.OFFSET: ("at", "now", "offsetSeconds"),
}
_CURSOR = msgspec.json.Decoder(tuple[str, str, str, str])


class ClockDocument(msgspec.Struct, frozen=True, rename="camel"):
    """`mode`, and for frozen `at`, for offset `offsetSeconds` or `at`; `now` is another `at`.

    Without a mode an instant makes the clock frozen, offsetSeconds makes it offset.
    """

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
    member, mode = _member_and_mode(document, source)
    path = join(source, member)
    at = read_instant(document.at if member == "at" else document.now, source=path)
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
                raise InvalidValue("A clock is at most a hundred years off.", source=path)
            return ClockSetting(mode, None, seconds)


def _member_and_mode(document: ClockDocument, source: str) -> tuple[str, ClockMode]:
    """What says where the clock is, and how it runs; what would not count is refused."""
    members = {
        "at": document.at,
        "now": document.now,
        "offsetSeconds": document.offset_seconds,
    }
    given = [name for name, value in members.items() if value is not None]
    if len(given) > 1:
        raise InvalidValue(
            f"A clock is told where it is once: by {given[0]} or by {given[1]}.",
            source=join(source, given[1]),
        )
    member = given[0] if given else "at"
    default = ClockMode.OFFSET if member == "offsetSeconds" else ClockMode.FROZEN
    path = join(source, "mode")
    if document.mode is None and not given:
        raise MissingMember("A clock is real, frozen or offset: say which.", source=path)
    mode = ClockMode(one_of(document.mode or default, tuple(ClockMode), source=path))
    if given and member not in _TAKEN[mode]:
        raise InvalidValue(
            f"A clock that is {mode} takes no {member}.", source=join(source, member)
        )
    if mode is ClockMode.OFFSET and not given:
        raise MissingMember(
            "An offset clock is told how far it is off: by offsetSeconds, or by at.",
            source=join(source, "offsetSeconds"),
        )
    return member, mode


@described(answer=ClockView)
async def get_clock(request: web.Request) -> web.Response:
    """GET /v1/sandboxes/{sandbox}/clock: how the sandbox's time runs, and what it is."""
    return json_answer(clock_document((await world_of(request)).sandbox))


@described(request=ClockDocument, answer=ClockView, refusals=(Aborted,))
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
        raise put_back_meanwhile()
    await make_due_changes(parts_of(request).installation, sandbox.name)
    return await get_clock(request)


@described(request=AdvanceDocument, answer=ClockAdvance, refusals=(InvalidState, Aborted))
async def advance_clock(request: web.Request) -> web.Response:
    """POST /v1/sandboxes/{sandbox}/clock/advance: move a frozen or offset clock."""
    world = await world_of(request)
    document = await read_body(request, AdvanceDocument)
    by = read_duration(document.by, source="by")
    if (world.clock.now() + by).year >= YEAR_MAX:
        raise InvalidValue(f"The clock stops before the year {YEAR_MAX}.", source="by")
    # Listed before anybody else can see the new time: what waits for it has not been done yet.
    async with parts_of(request).installation.database.transaction() as tx:
        moved = await sandboxes.advance_clock(tx, world.sandbox.sandbox_id, by)
        if moved is None and world.sandbox.clock_mode is not ClockMode.REAL:
            raise put_back_meanwhile()
        if moved is None:
            raise InvalidState(
                "A real clock cannot be advanced: PUT the clock to frozen or offset first.",
                source="clock.mode",
            )
        now = sandbox_clock(moved).now()
        stretch = Stretch(now - by, now)
        fired = await due_work.list_due(tx, moved.sandbox_id, stretch, behind=None, limit=FIRED_MAX)
        counts = await due_work.count_due(tx, moved.sandbox_id, stretch)
    await make_due_changes(parts_of(request).installation, world.sandbox.name)
    advance: ClockAdvance = {
        "now": iso_millis(now),
        "fired": [_fired(work) for work in fired],
        "counts": counts,
        "next": _cursor(fired, counts),
        "from": iso_millis(stretch.after),
    }
    return json_answer(advance)


@described(answer=DuePage, query=DueQuery)
async def list_clock_due(request: web.Request) -> web.Response:
    """GET /v1/sandboxes/{sandbox}/clock/due?from=&until=&after=&limit=: what a time brings.

    From now on, for a day, unless said otherwise; what was done meanwhile is no longer due.
    """
    world = await world_of(request)
    begin = _instant(request, "from") or world.clock.now()
    until = _instant(request, "until") or begin + DUE_AHEAD
    if until < begin:
        raise InvalidValue("until is not before from.", source="until", source_type="QUERY")
    after, limit = page_of(request)
    behind, stretch = _behind(after), Stretch(begin, until)
    async with parts_of(request).installation.database.connection() as tx:
        due = await due_work.list_due(
            tx, world.sandbox.sandbox_id, stretch, behind=behind, limit=limit
        )
        counts = await due_work.count_due(tx, world.sandbox.sandbox_id, stretch)
    page: DuePage = {
        "from": iso_millis(begin),
        "until": iso_millis(until),
        "due": [_fired(work) for work in due],
        "counts": counts,
        "next": next_page(due, limit, _cursor_of(due[-1]) if due else None),
    }
    return json_answer(page)


def _instant(request: web.Request, name: str) -> datetime | None:
    return read_instant(request.query.get(name), source=name, source_type="QUERY")


def _fired(work: DueWork) -> FiredWork:
    return {
        "kind": work.kind,
        "event": FIRED_EVENTS[work.kind],
        "network": work.network or None,
        "id": work.told_id,
        "dueAt": iso_millis(work.due_at),
    }


def _cursor(fired: list[DueWork], counts: dict[str, int]) -> str | None:
    """Where the rest begins, when not everything was told."""
    return _cursor_of(fired[-1]) if len(fired) < sum(counts.values()) else None


def _cursor_of(work: DueWork) -> str:
    members = [work.due_at.isoformat(), work.kind, work.network, work.work_id]
    return base64url.encode(msgspec.json.encode(members))


def _behind(text: str) -> DueWork | None:
    if not text:
        return None
    try:
        due_at, kind, network, work_id = _CURSOR.decode(base64url.decode(text))
        return DueWork(parse_iso(due_at), kind, network, work_id)
    except (ValueError, msgspec.MsgspecError):
        raise InvalidFormat(
            "after is `next` of an earlier answer.", source="after", source_type="QUERY"
        ) from None
