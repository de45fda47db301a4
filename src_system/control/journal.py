"""The journal of a sandbox: what was called and answered, raw, decoded, explained, exported."""

import asyncio
import re
from typing import Any

import msgspec
from aiohttp import web

from src_system.clock import machine_now, monotonic
from src_system.control.described import described
from src_system.control.journal_documents import (
    DecodedEntry,
    Disclosures,
    ExplanationView,
    HarDocument,
    JournalEntryView,
    JournalPage,
)
from src_system.control.journal_views import (
    decoded_view,
    disclosure_view,
    explanation_view,
    raw_view,
    summary,
)
from src_system.control.parts import (
    LEAVING,
    cursor_of,
    json_answer,
    network_filter,
    no_content,
    page_of,
    parts_of,
    query_choice,
    query_number,
    until_journal_settles,
    until_journal_shows,
    world_of,
)
from src_system.control.queries import (
    DisclosureQuery,
    ExplainQuery,
    JournalFilter,
    JournalQuery,
    UnmaskedQuery,
)
from src_system.journal.har import har_entry, har_frame
from src_system.journal.masking import Masking
from src_system.journal.reading import entries_of, entry_at, exchanges_of, opened, reach_of
from src_system.model.errors import InvalidFormat, MissingMember, NotFound
from src_system.model.journal import JournalEntry
from src_system.model.operation_names import RECORDED_NAMES
from src_system.store import journal_disclosures, journal_entries
from src_system.store.journal_entries import JournalSearch

POLL_SECONDS = 0.02
_STATUS = re.compile("[1-5][0-9]{2}|[1-5]xx")
_OPERATIONS = tuple(sorted(RECORDED_NAMES))
_PLACE_DIGITS_MAX = 18
_HAR_AT_ONCE = 100


@described(answer=JournalPage, query=JournalQuery)
async def list_journal(request: web.Request) -> web.Response:
    """GET …/journal: calls with their answers, oldest first, waiting for some if asked to.

    `wait` seconds (real time) pass until there are `min` entries, one if not said otherwise.
    """
    sandbox_id = (await world_of(request)).sandbox.sandbox_id
    installation = parts_of(request).installation
    after_text, limit = page_of(request)
    after, search = cursor_of(after_text), search_of(request)
    wait = query_number(request, "wait", 0, least=0, most=installation.limits.wait_seconds_max)
    wanted = int(query_number(request, "min", 1, least=1, most=limit))
    deadline = monotonic() + wait
    while True:
        await until_journal_shows(request)
        found = await entries_of(installation, sandbox_id, search=search, after=after, limit=limit)
        left = deadline - monotonic()
        if len(found) >= wanted or left <= 0 or request.app[LEAVING].is_set():
            break
        await asyncio.sleep(min(POLL_SECONDS, left))
    reach = await reach_of(installation, sandbox_id)
    page: JournalPage = {
        "entries": [summary(entry, Masking()) for entry in found],
        "cursor": str(found[-1].place if found else after),
        "firstPlace": reach.first_place,
        "dropped": reach.dropped,
    }
    return json_answer(page)


@described(answer=JournalEntryView, query=UnmaskedQuery)
async def get_journal_entry(request: web.Request) -> web.Response:
    """GET …/journal/{place}: one call and its answer as they went over the wire."""
    sandbox_id, entry = await _entry(request)
    masking = await _masking(request, sandbox_id, "raw", (entry.place, entry.place))
    return json_answer(raw_view(entry, masking))


@described(answer=DecodedEntry, query=UnmaskedQuery)
async def get_decoded_entry(request: web.Request) -> web.Response:
    """GET …/journal/{place}/decoded: one call with its JWS verified and its JWE opened."""
    sandbox_id, entry = await _entry(request)
    [exchange] = await opened(parts_of(request).installation, sandbox_id, [entry])
    masking = await _masking(request, sandbox_id, "decoded", (entry.place, entry.place))
    return json_answer(decoded_view(exchange, masking))


@described(answer=ExplanationView)
async def explain_journal_entry(request: web.Request) -> web.Response:
    """GET …/journal/{place}/explain: why the call was refused, and what would have passed."""
    _, entry = await _entry(request)
    return json_answer(explanation_view(entry))


@described(answer=ExplanationView, query=ExplainQuery, refusals=(MissingMember,))
async def explain_correlation(request: web.Request) -> web.Response:
    """GET …/journal/explain: the same for the newest refused call of a session.

    Whoever was refused a moment ago asks about that call: its entry is waited for.
    """
    sandbox_id = (await world_of(request)).sandbox.sandbox_id
    correlation = request.query.get("correlation")
    if not correlation:
        raise MissingMember(
            "Say which session: correlation.", source="correlation", source_type="QUERY"
        )
    search = JournalSearch(src_correlation_id=correlation)
    await until_journal_settles(request)
    newest: JournalEntry | None = None
    after = 0
    while True:
        found = await entries_of(
            parts_of(request).installation, sandbox_id, search=search, after=after
        )
        if not found:
            break
        after = found[-1].place
        newest = next((entry for entry in reversed(found) if entry.is_refused), newest)
    if newest is None:
        raise NotFound(
            "No call of this session was refused.", source="correlation", source_type="QUERY"
        )
    return json_answer(explanation_view(newest))


@described(answer=HarDocument, query=JournalFilter)
async def get_journal_har(request: web.Request) -> web.StreamResponse:
    """GET …/journal.har: an HTTP archive (HAR 1.2) that browsers and proxies open.

    Each entry has what was in it, decoded, in members that begin with an underscore. Entries of
    calls that were answered a moment ago are waited for.
    """
    sandbox_id = (await world_of(request)).sandbox.sandbox_id
    installation = parts_of(request).installation
    after, search = cursor_of(request.query.get("after", "")), search_of(request)
    await until_journal_settles(request)
    reach = await reach_of(installation, sandbox_id)
    places = (max(after + 1, reach.first_place), reach.last_place)
    masking = await _masking(request, sandbox_id, "har", places)
    response = web.StreamResponse(
        headers={
            "Content-Type": "application/json",
            "Content-Disposition": 'attachment; filename="journal.har"',
        }
    )
    await response.prepare(request)
    begin, end = msgspec.json.encode(har_frame()).split(b"[]")
    await response.write(begin + b"[")
    separator = b""
    while found := await exchanges_of(
        installation, sandbox_id, search=search, after=after, limit=_HAR_AT_ONCE
    ):
        if found[0].entry.place > reach.last_place:
            break  # what comes while we write is for the next archive
        written: list[Any] = [
            har_entry(exchange, masking, public_url=installation.public_url)
            for exchange in found
            if exchange.entry.place <= reach.last_place
        ]
        await response.write(separator + b",".join(map(msgspec.json.encode, written)))
        separator, after = b",", found[-1].entry.place
    await response.write(b"]" + end)
    await response.write_eof()
    return response


@described(status=204, media_type=None)
async def delete_journal(request: web.Request) -> web.Response:
    """DELETE …/journal: the entries are gone; places go on, and who read unmasked stays known."""
    sandbox_id = (await world_of(request)).sandbox.sandbox_id
    async with parts_of(request).installation.database.transaction() as tx:
        await journal_entries.clear_journal(tx, sandbox_id, machine_now=machine_now())
    return no_content()


@described(answer=Disclosures, query=DisclosureQuery)
async def list_journal_disclosures(request: web.Request) -> web.Response:
    """GET …/journal/disclosures: who read entries without masks, oldest first."""
    sandbox_id = (await world_of(request)).sandbox.sandbox_id
    after_text, limit = page_of(request)
    after = cursor_of(after_text)
    async with parts_of(request).installation.database.connection() as tx:
        found = await journal_disclosures.list_disclosures(tx, sandbox_id, after=after, limit=limit)
    page: Disclosures = {
        "disclosures": [disclosure_view(one) for one in found],
        "cursor": str(found[-1].number if found else after),
    }
    return json_answer(page)


def search_of(request: web.Request) -> JournalSearch:
    """What the query of *request* looks for."""
    query = request.query
    status = query.get("status")
    if status is not None and _STATUS.fullmatch(status) is None:
        raise InvalidFormat(
            "status is a number from 100 to 599, or 4xx for all of them.",
            source="status",
            source_type="QUERY",
        )
    return JournalSearch(
        operation=query_choice(request, "operation", _OPERATIONS),
        network=network_filter(request),
        status=status,
        src_correlation_id=query.get("correlation"),
        src_client_id=query.get("client"),
        reason=query.get("reason"),
    )


async def _entry(request: web.Request) -> tuple[str, JournalEntry]:
    """The sandbox's id and the entry at the place that the path names, or NotFound."""
    sandbox_id = (await world_of(request)).sandbox.sandbox_id
    place = request.match_info["place"]
    entry = None
    await until_journal_shows(request)
    if len(place) <= _PLACE_DIGITS_MAX and place.isascii():
        entry = await entry_at(parts_of(request).installation, sandbox_id, int(place))
    if entry is None:
        raise NotFound(
            "There is no entry at this place, or none any more.",
            source="place",
            source_type="PATH",
        )
    return sandbox_id, entry


async def _masking(
    request: web.Request, sandbox_id: str, view: str, places: tuple[int, int]
) -> Masking:
    """Masks, unless the request asks to go without: then it is written down first who asked."""
    if query_choice(request, "unmasked", ("true", "false")) != "true":
        return Masking()
    parts = parts_of(request)
    async with parts.installation.database.transaction() as tx:
        await journal_disclosures.record_disclosure(
            tx,
            sandbox_id,
            machine_now=machine_now(),
            remote_address=request.remote or "",
            used_token=parts.control_token is not None,
            view=view,
            places=places,
        )
    return Masking(is_on=False)
