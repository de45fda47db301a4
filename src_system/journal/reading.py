"""Entries of a sandbox's journal, whole or opened."""

import asyncio
from collections.abc import Sequence

from src_system.journal.keys import HeldKeys
from src_system.journal.opening import open_exchange
from src_system.journal.record import entry_of, is_found, open_page
from src_system.model.journal import Exchange, JournalEntry
from src_system.store import journal_entries
from src_system.store.journal_entries import JournalSearch, KeptPage, Reach
from src_system.system import Installation

ENTRIES_DEFAULT = 200
_PAGES_AT_ONCE = 20
_ANY = JournalSearch()


async def entries_of(
    installation: Installation,
    sandbox_id: str,
    *,
    search: JournalSearch = _ANY,
    after: int = 0,
    limit: int = ENTRIES_DEFAULT,
) -> list[JournalEntry]:
    """Up to *limit* entries of the sandbox behind place *after*, oldest first."""
    found: list[JournalEntry] = []
    wanted = min(_PAGES_AT_ONCE, limit)  # a page has an entry at least
    while len(found) < limit:
        async with installation.database.connection() as tx:
            pages = await journal_entries.list_pages(
                tx, sandbox_id, search, after=after, limit=wanted
            )
            reach = await journal_entries.journal_reach(tx, sandbox_id)
        for page in pages:
            after = _look_through(installation, sandbox_id, page, reach, search, after, found)
            if len(found) >= limit:
                break
        if len(pages) < wanted:
            break
        wanted = _PAGES_AT_ONCE
    return found[:limit]


def _look_through(
    installation: Installation,
    sandbox_id: str,
    page: KeptPage,
    reach: Reach,
    search: JournalSearch,
    after: int,
    found: list[JournalEntry],
) -> int:
    """Add to *found* what is looked for in *page* behind *after*; the page's last place."""
    place = after
    for place, record in open_page(installation.vault, sandbox_id, page):
        is_given_up = place < reach.first_place or (
            reach.cleared_at is not None and record.recorded_at < reach.cleared_at
        )
        if place > after and not is_given_up and is_found(record, search):
            found.append(entry_of(place, record))
    return max(place, after)


async def entries_before(
    installation: Installation,
    sandbox_id: str,
    *,
    search: JournalSearch = _ANY,
    before: int,
    limit: int = ENTRIES_DEFAULT,
) -> list[JournalEntry]:
    """Up to *limit* entries of the sandbox before place *before*, newest first."""
    found: list[JournalEntry] = []
    wanted = min(_PAGES_AT_ONCE, limit)
    while len(found) < limit:
        async with installation.database.connection() as tx:
            pages = await journal_entries.list_pages_before(
                tx, sandbox_id, search, before=before, limit=wanted
            )
            reach = await journal_entries.journal_reach(tx, sandbox_id)
        for page in pages:
            inside: list[JournalEntry] = []
            _look_through(installation, sandbox_id, page, reach, search, 0, inside)
            found += [entry for entry in reversed(inside) if entry.place < before]
            before = page.first_place
            if len(found) >= limit:
                break
        if len(pages) < wanted:
            break
        wanted = _PAGES_AT_ONCE
    return found[:limit]


async def entry_at(installation: Installation, sandbox_id: str, place: int) -> JournalEntry | None:
    """The entry at *place*; None when there is none, or none any more."""
    for entry in await entries_of(installation, sandbox_id, after=place - 1, limit=1):
        if entry.place == place:
            return entry
    return None


async def exchanges_of(
    installation: Installation,
    sandbox_id: str,
    *,
    search: JournalSearch = _ANY,
    after: int = 0,
    limit: int = ENTRIES_DEFAULT,
) -> list[Exchange]:
    """The same, opened. Ask again with the last place as *after* until nothing comes."""
    entries = await entries_of(installation, sandbox_id, search=search, after=after, limit=limit)
    return await opened(installation, sandbox_id, entries)


async def opened(
    installation: Installation, sandbox_id: str, entries: Sequence[JournalEntry]
) -> list[Exchange]:
    """*entries* opened with the keys that the sandbox holds; in a thread, for each takes its time.

    A JWE alone costs a third of a millisecond, and answers must not wait for a reader.
    """
    keys = await HeldKeys.of_sandbox(installation, sandbox_id)
    return await asyncio.to_thread(lambda: [open_exchange(entry, keys) for entry in entries])


async def reach_of(installation: Installation, sandbox_id: str) -> Reach:
    """From which place to which the journal goes, and how many entries it has dropped."""
    async with installation.database.connection() as tx:
        return await journal_entries.journal_reach(tx, sandbox_id)
