"""The journal as rows: entries written in batches, read by place, given up by their number."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from src_system.store.database import Tx

# What a search takes that asks for no status: no answer has this one.
_ANY_STATUS = (0, 999)


@dataclass(frozen=True, slots=True)
class NewEntry:
    """An entry without a place; `exchange_sealed` holds what nobody searches by."""

    sandbox_id: str
    recorded_at: datetime
    network: str
    operation: str
    status: int
    reason: str
    src_client_id: str | None
    src_correlation_id: str | None
    exchange_sealed: bytes


@dataclass(frozen=True, slots=True)
class KeptEntry:
    """An entry as it is kept."""

    place: int
    recorded_at: datetime
    network: str
    operation: str
    status: int
    reason: str
    src_client_id: str | None
    src_correlation_id: str | None
    exchange_sealed: bytes


@dataclass(frozen=True, slots=True)
class Reach:
    """From which place to which a journal goes, and how many entries it has dropped."""

    first_place: int = 1
    last_place: int = 0
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class Taken:
    """The places just taken in a sandbox: so many up to `last_place`.

    Entries below `first_place` may be removed, those recorded before `cleared_at` are not wanted.
    """

    sandbox_id: str
    last_place: int
    first_place: int
    cleared_at: datetime


@dataclass(frozen=True, slots=True)
class JournalSearch:
    """Which entries are looked for; None is any."""

    operation: str | None = None
    network: str | None = None
    statuses: tuple[int, int] = _ANY_STATUS  # from, to
    src_correlation_id: str | None = None
    src_client_id: str | None = None
    reason: str | None = None


# Ordered, so that two workers that write for the same sandboxes wait for each other in one order.
_TAKE_PLACES = """
INSERT INTO journal AS j (
    sandbox_id, last_place, first_place, cleared_place, lost, cleared_at
)
SELECT u.sandbox_id, u.arrived, GREATEST(1, u.arrived - $4::bigint + 1), 0, u.lost, s.created_at
  FROM unnest($1::text[], $2::bigint[], $3::bigint[]) AS u (sandbox_id, arrived, lost)
  JOIN sandbox AS s ON s.sandbox_id = u.sandbox_id AND s.name IS NOT NULL
 ORDER BY u.sandbox_id
ON CONFLICT ON CONSTRAINT journal_pkey DO UPDATE
   SET last_place = j.last_place + excluded.last_place,
       first_place = GREATEST(j.first_place, j.last_place + excluded.last_place - $4::bigint + 1),
       lost = j.lost + excluded.lost
RETURNING sandbox_id, last_place, first_place, cleared_at
"""
_COLUMNS = (
    "sandbox_id",
    "place",
    "recorded_at",
    "network",
    "operation",
    "status",
    "reason",
    "src_client_id",
    "src_correlation_id",
    "exchange_sealed",
)


async def append_entries(
    tx: Tx,
    entries: Sequence[NewEntry],
    *,
    lost: Mapping[str, int],
    entries_max: int,
) -> list[Taken]:
    """Keep *entries* in their order, in a transaction; how far each sandbox's journal is now.

    The row that counts a sandbox's places stays locked until the transaction ends. So places are
    committed in their order, and who reads on from the last place it has seen misses nothing.
    Entries of a sandbox that is gone are left out. *lost* entries count as dropped.
    """
    arrived: dict[str, int] = dict.fromkeys(lost, 0)
    for entry in entries:
        arrived[entry.sandbox_id] = arrived.get(entry.sandbox_id, 0) + 1
    names = sorted(arrived)
    rows = await tx.fetch(
        _TAKE_PLACES,
        names,
        [arrived[name] for name in names],
        [lost.get(name, 0) for name in names],
        entries_max,
    )
    taken = {row["sandbox_id"]: Taken(*row.values()) for row in rows}
    await tx.copy_records_to_table(
        "journal_entry", records=_placed(entries, taken, arrived), columns=_COLUMNS
    )
    return list(taken.values())


def _placed(
    entries: Iterable[NewEntry], taken: Mapping[str, Taken], arrived: Mapping[str, int]
) -> list[tuple[Any, ...]]:
    places = {name: one.last_place - arrived[name] for name, one in taken.items()}
    records = []
    for entry in entries:
        sandbox = taken.get(entry.sandbox_id)
        if sandbox is None:
            continue
        places[entry.sandbox_id] += 1
        if entry.recorded_at < sandbox.cleared_at:
            continue
        records.append(
            (
                entry.sandbox_id,
                places[entry.sandbox_id],
                entry.recorded_at,
                entry.network,
                entry.operation,
                entry.status,
                entry.reason,
                entry.src_client_id,
                entry.src_correlation_id,
                entry.exchange_sealed,
            )
        )
    return records


_REMOVE_BELOW = "DELETE FROM journal_entry WHERE sandbox_id = $1 AND place < $2"


async def remove_entries_below(tx: Tx, sandbox_id: str, place: int) -> None:
    """Remove entries that have been given up."""
    await tx.execute(_REMOVE_BELOW, sandbox_id, place)


_REACH = """
SELECT first_place, last_place, first_place - 1 - cleared_place + lost AS dropped
  FROM journal
 WHERE sandbox_id = $1
"""


async def journal_reach(tx: Tx, sandbox_id: str) -> Reach:
    """How far the sandbox's journal goes."""
    row = await tx.fetchrow(_REACH, sandbox_id)
    return Reach() if row is None else Reach(*row.values())


_LIST = """
SELECT e.place, e.recorded_at, e.network, e.operation, e.status, e.reason, e.src_client_id,
       e.src_correlation_id, e.exchange_sealed
  FROM journal_entry AS e
  JOIN journal AS j ON j.sandbox_id = e.sandbox_id
 WHERE e.sandbox_id = $1 AND e.place > $2 AND e.place >= j.first_place
   AND ($3::text IS NULL OR e.operation = $3)
   AND ($4::text IS NULL OR e.network = $4)
   AND e.status BETWEEN $5 AND $6
   AND ($7::text IS NULL OR e.src_correlation_id = $7)
   AND ($8::text IS NULL OR e.src_client_id = $8)
   AND ($9::text IS NULL OR e.reason = $9)
 ORDER BY e.place
 LIMIT $10
"""


async def list_entries(
    tx: Tx, sandbox_id: str, search: JournalSearch, *, after: int, limit: int
) -> list[KeptEntry]:
    """Up to *limit* entries of the sandbox behind place *after*, oldest first."""
    rows = await tx.fetch(
        _LIST,
        sandbox_id,
        after,
        search.operation,
        search.network,
        *search.statuses,
        search.src_correlation_id,
        search.src_client_id,
        search.reason,
        limit,
    )
    return [KeptEntry(*row.values()) for row in rows]


_FIND = """
SELECT e.place, e.recorded_at, e.network, e.operation, e.status, e.reason, e.src_client_id,
       e.src_correlation_id, e.exchange_sealed
  FROM journal_entry AS e
  JOIN journal AS j ON j.sandbox_id = e.sandbox_id
 WHERE e.sandbox_id = $1 AND e.place = $2 AND e.place >= j.first_place
"""


async def find_entry(tx: Tx, sandbox_id: str, place: int) -> KeptEntry | None:
    """The entry at *place*, None when there is none or it has been given up."""
    row = await tx.fetchrow(_FIND, sandbox_id, place)
    return None if row is None else KeptEntry(*row.values())


_HAND_ON_PLACES = """
INSERT INTO journal (
    sandbox_id, last_place, first_place, cleared_place, lost, cleared_at, disclosure_count
)
SELECT $2, last_place, last_place + 1, last_place, 0, $3, disclosure_count
  FROM journal
 WHERE sandbox_id = $1
"""
_HAND_ON_DISCLOSURES = """
UPDATE journal_disclosure SET sandbox_id = $2 WHERE sandbox_id = $1
"""


async def hand_on_places(tx: Tx, sandbox_id: str, new_id: str, *, machine_now: datetime) -> None:
    """Let the journal of *new_id* begin, empty, where that of *sandbox_id* ends.

    A cursor stays one, and who has read unmasked stays known.
    """
    await tx.execute(_HAND_ON_PLACES, sandbox_id, new_id, machine_now)
    await tx.execute(_HAND_ON_DISCLOSURES, sandbox_id, new_id)


_CLEAR_COUNTS = """
INSERT INTO journal AS j (
    sandbox_id, last_place, first_place, cleared_place, lost, cleared_at
) VALUES ($1, 0, 1, 0, 0, $2)
ON CONFLICT ON CONSTRAINT journal_pkey DO UPDATE
   SET first_place = j.last_place + 1, cleared_place = j.last_place, lost = 0,
       cleared_at = excluded.cleared_at
"""
_CLEAR = "DELETE FROM journal_entry WHERE sandbox_id = $1"


async def clear_journal(tx: Tx, sandbox_id: str, *, machine_now: datetime) -> None:
    """Remove every entry recorded until *machine_now*, also one that is still being written.

    Places go on where they were, so that a cursor stays one.
    """
    await tx.execute(_CLEAR_COUNTS, sandbox_id, machine_now)
    await tx.execute(_CLEAR, sandbox_id)
