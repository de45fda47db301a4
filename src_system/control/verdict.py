"""The verdict on the clients of a sandbox: its journal read, every check run, waivers applied."""

import asyncio
import gc
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import date

from aiohttp import web

from src_system.clock import machine_now
from src_system.control.described import described
from src_system.control.parts import (
    json_answer,
    parts_of,
    query_choice,
    read_body,
    until_journal_settles,
    world_of,
)
from src_system.control.verdict_documents import (
    FORMATS,
    CheckList,
    SarifLog,
    VerdictQuery,
    VerdictRequest,
    VerdictView,
    read_waivers,
    write_checks,
    write_verdict,
)
from src_system.journal.keys import HeldKeys
from src_system.journal.opening import open_exchange
from src_system.journal.reading import entries_of, reach_of
from src_system.model.errors import InvalidFormat, InvalidValue
from src_system.model.journal import Exchange, JournalEntry
from src_system.model.participant import ClientKind
from src_system.store import participants
from src_system.system import Installation
from src_system.verdict.check import Outcome
from src_system.verdict.history import History
from src_system.verdict.judgement import Scope, judge, run_checks
from src_system.verdict.reading import READ_MEMBERS, lean
from src_system.verdict.sarif import MEDIA_TYPE, sarif_log
from src_system.verdict.waivers import Waiver

# Only one at a time: a full journal takes seconds of a processor and some hundred megabytes.
TURN = web.AppKey("TURN", asyncio.Semaphore)

_PAGE = 250
_SARIF = {MEDIA_TYPE: SarifLog}


@described(answer=VerdictView, query=VerdictQuery, other_media=_SARIF)
async def get_verdict(request: web.Request) -> web.Response:
    """GET …/verdict?client=&since=&format=: what the checks make of the clients' calls."""
    return await _verdict(request, ())


@described(
    request=VerdictRequest,
    request_is_required=False,
    answer=VerdictView,
    query=VerdictQuery,
    other_media=_SARIF,
)
async def post_verdict(request: web.Request) -> web.Response:
    """POST …/verdict: the same, with waivers that hold for this answer only."""
    waivers = read_waivers(await read_body(request, VerdictRequest), today=_today())
    return await _verdict(request, waivers)


@described(answer=CheckList)
async def list_verdict_checks(_request: web.Request) -> web.Response:
    """GET /v1/verdict/checks: every check, with its rule and how to mend what it finds."""
    checks: CheckList = write_checks()
    return json_answer(checks)


def _today() -> date:
    """A waiver's day is one of the people who gave it, not of the sandbox."""
    return machine_now().date()


async def _verdict(request: web.Request, waivers: Sequence[Waiver]) -> web.Response:
    scope, as_sarif = _scope(request), _as_sarif(request)
    sandbox = (await world_of(request)).sandbox
    sandbox_id = sandbox.sandbox_id
    installation = parts_of(request).installation
    await until_journal_settles(request)
    async with request.app[TURN], _uncollected():
        reach = await reach_of(installation, sandbox_id)
        if scope.since > reach.last_place:
            raise InvalidValue(
                f"The journal ends at place {reach.last_place}.",
                source="since",
                source_type="QUERY",
            )
        exchanges = await _exchanges(installation, sandbox_id)
        kinds = await _kinds(installation, sandbox_id, exchanges)
        await _refuse_stranger(installation, sandbox_id, scope, exchanges)
        entries = len(exchanges)
        outcomes = await asyncio.to_thread(_run, exchanges, kinds, is_whole=reach.dropped == 0)
    verdict = judge(outcomes, scope=scope, waivers=waivers)
    if as_sarif:
        log = sarif_log(verdict, sandbox=sandbox.name, version=parts_of(request).version)
        answer = json_answer(log)
        answer.content_type = MEDIA_TYPE
        return answer
    return json_answer(write_verdict(verdict, entries=entries, reach=reach))


@asynccontextmanager
async def _uncollected() -> AsyncIterator[None]:
    """Let no full collection look at the million objects of a full journal: it holds everybody up.

    They have no cycles worth collecting, and are gone in a few seconds.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _run(
    exchanges: list[Exchange], kinds: dict[str, ClientKind], *, is_whole: bool
) -> tuple[Outcome, ...]:
    """What the checks found. Nothing is left of *exchanges*: let go one by one, lest the freeing
    of all at once hold everybody up.
    """
    outcomes = run_checks(History.of(exchanges, kinds, is_whole=is_whole))
    while exchanges:
        exchanges.pop()
    return outcomes


async def _exchanges(installation: Installation, sandbox_id: str) -> list[Exchange]:
    """The whole journal, opened page by page in a thread: JWS and JWE take their time."""
    keys = await HeldKeys.of_sandbox(installation, sandbox_id)
    found: list[Exchange] = []
    while True:
        after = found[-1].entry.place if found else 0
        page = await entries_of(installation, sandbox_id, after=after, limit=_PAGE)
        if not page:
            return found
        found += await asyncio.to_thread(_open, page, keys)


def _open(page: Sequence[JournalEntry], keys: HeldKeys) -> list[Exchange]:
    """The entries opened as far as checks look into them, and without what was read by then."""
    return [
        lean(open_exchange(entry, keys, members=None if entry.faults else READ_MEMBERS))
        for entry in page
    ]


async def _kinds(
    installation: Installation, sandbox_id: str, exchanges: Sequence[Exchange]
) -> dict[str, ClientKind]:
    """The kinds of the clients that called; one that was deleted is missing."""
    called = {one.entry.src_client_id for one in exchanges}
    kinds: dict[str, ClientKind] = {}
    async with installation.database.connection() as tx:
        for src_client_id in sorted(name for name in called if name is not None):
            client = await participants.find_client(tx, sandbox_id, src_client_id)
            if client is not None:
                kinds[src_client_id] = client.kind
    return kinds


async def _refuse_stranger(
    installation: Installation, sandbox_id: str, scope: Scope, exchanges: Sequence[Exchange]
) -> None:
    """Raise InvalidValue for a client that there is not: nothing is found of it, by mistake."""
    wanted = scope.src_client_id
    if wanted is None or any(one.entry.src_client_id == wanted for one in exchanges):
        return  # one that has called may be gone since
    async with installation.database.connection() as tx:
        if await participants.find_client(tx, sandbox_id, wanted) is None:
            raise InvalidValue(
                "No client of this srcClientId is in the sandbox, and none has called.",
                source="client",
                source_type="QUERY",
            )


def _scope(request: web.Request) -> Scope:
    since = request.query.get("since", "")
    if since and not (since.isascii() and since.isdigit() and len(since) <= 18):
        raise InvalidFormat("since is a place in the journal.", source="since", source_type="QUERY")
    return Scope(request.query.get("client") or None, int(since or 0))


def _as_sarif(request: web.Request) -> bool:
    """Whether SARIF was asked for: by the query, else by the Accept header."""
    wanted = query_choice(request, "format", FORMATS)
    if wanted is not None:
        return wanted == "sarif"
    return MEDIA_TYPE in request.headers.get("Accept", "")
