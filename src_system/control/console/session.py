"""A session: every call of one srcCorrelationId, as a sequence diagram and as a list."""

from aiohttp import web

from src_system.control.console.sequence import sequence
from src_system.control.console.showing import page, shown
from src_system.control.journal_views import summary
from src_system.control.parts import parts_of, until_journal_settles, world_of
from src_system.journal.masking import Masking
from src_system.journal.reading import entries_of
from src_system.model.errors import NotFound
from src_system.store.journal_entries import JournalSearch

CALLS_MAX = 100


@page
async def get_session(request: web.Request) -> web.Response:
    """GET …/sessions/{correlation}: its first hundred calls, oldest first."""
    sandbox_id = (await world_of(request)).sandbox.sandbox_id
    correlation = request.match_info["correlation"]
    await until_journal_settles(request)
    found = await entries_of(
        parts_of(request).installation,
        sandbox_id,
        search=JournalSearch(src_correlation_id=correlation),
        limit=CALLS_MAX + 1,
    )
    if not found:
        raise NotFound(
            "No call of this session is in the journal.",
            source="correlation",
            source_type="PATH",
        )
    calls = [summary(entry, Masking()) for entry in found[:CALLS_MAX]]
    return shown(
        request,
        "session",
        correlation=correlation,
        calls=calls,
        diagram=sequence(calls),
        is_cut=len(found) > CALLS_MAX,
        calls_max=CALLS_MAX,
    )
