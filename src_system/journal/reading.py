"""Entries of a sandbox's journal, whole or opened."""

import asyncio
from collections.abc import Sequence

from src_system.journal.keys import HeldKeys
from src_system.journal.opening import open_exchange
from src_system.journal.record import open_entry
from src_system.model.journal import Exchange, JournalEntry
from src_system.store import journal_entries
from src_system.store.journal_entries import JournalSearch, Reach
from src_system.system import Installation

PAGE_ENTRIES = 200
_ANY = JournalSearch()


async def entries_of(
    installation: Installation,
    sandbox_id: str,
    *,
    search: JournalSearch = _ANY,
    after: int = 0,
    limit: int = PAGE_ENTRIES,
) -> list[JournalEntry]:
    """Up to *limit* entries of the sandbox behind place *after*, oldest first."""
    async with installation.database.connection() as tx:
        kept = await journal_entries.list_entries(tx, sandbox_id, search, after=after, limit=limit)
    return [open_entry(installation.vault, sandbox_id, one) for one in kept]


async def entry_at(installation: Installation, sandbox_id: str, place: int) -> JournalEntry | None:
    """The entry at *place*; None when there is none, or none any more."""
    async with installation.database.connection() as tx:
        kept = await journal_entries.find_entry(tx, sandbox_id, place)
    return None if kept is None else open_entry(installation.vault, sandbox_id, kept)


async def exchanges_of(
    installation: Installation,
    sandbox_id: str,
    *,
    search: JournalSearch = _ANY,
    after: int = 0,
    limit: int = PAGE_ENTRIES,
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
