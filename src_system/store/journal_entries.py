"""The journal as rows: pages of entries written together, given up by the number of entries."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from src_system.store.database import Tx

_HOLDS_SEPARATOR = "\n"


@dataclass(frozen=True, slots=True)
class NewPage:
    """Entries of one sandbox, sealed, still without places.

    `holds` are the texts by which `JournalSearch` may find one of them. `lost` entries before them
    could not be written.
    """

    sandbox_id: str
    entry_count: int
    holds: Iterable[str]
    sealed: bytes
    lost: int = 0


@dataclass(frozen=True, slots=True)
class KeptPage:
    """Entries with the places `first_place` and following, sealed."""

    first_place: int
    sealed: bytes


@dataclass(frozen=True, slots=True)
class Reach:
    """From which place to which a journal goes, and how many entries it has dropped.

    What was recorded before `cleared_at` was cleared, even where it was written later.
    """

    first_place: int = 1
    last_place: int = 0
    dropped: int = 0
    cleared_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class JournalSearch:
    """Which entries are looked for; None is any."""

    operation: str | None = None
    network: str | None = None
    status: str | None = None  # `400`, or `4xx` for all of them
    src_correlation_id: str | None = None
    src_client_id: str | None = None
    reason: str | None = None

    @property
    def terms(self) -> list[str]:
        """What a page must hold to have such an entry."""
        wanted = (
            self.operation,
            self.network,
            self.status,
            self.src_correlation_id,
            self.src_client_id,
            self.reason,
        )
        return [one for one in wanted if one is not None]


_COUNT_ON = """
    ON CONFLICT ON CONSTRAINT journal_pkey DO UPDATE
       SET last_place = j.last_place + excluded.last_place, lost = j.lost + excluded.lost,
           first_place = GREATEST(
               j.first_place, j.last_place + excluded.last_place - $6::bigint + 1)
    RETURNING sandbox_id, last_place, first_place
"""
# The row that counts a sandbox's places stays locked until the commit: pages become visible in the
# order of their places. Sorted, so that two workers wait for each other in one order.
_APPEND = f"""
WITH given AS (
    SELECT u.sandbox_id, u.entry_count, u.holds, u.sealed, u.lost
      FROM unnest($1::text[], $2::bigint[], $3::text[], $4::bytea[], $5::bigint[])
           AS u (sandbox_id, entry_count, holds, sealed, lost)
), taken AS (
    INSERT INTO journal AS j (
        sandbox_id, last_place, first_place, cleared_place, lost, cleared_at
    )
    SELECT g.sandbox_id, g.entry_count, GREATEST(1, g.entry_count - $6::bigint + 1), 0, g.lost,
           s.created_at
      FROM given AS g
      JOIN sandbox AS s ON s.sandbox_id = g.sandbox_id AND s.name IS NOT NULL
     ORDER BY g.sandbox_id
    {_COUNT_ON}
), written AS (
    INSERT INTO journal_page (sandbox_id, last_place, entry_count, holds, sealed)
    SELECT w.sandbox_id, t.last_place, w.entry_count, string_to_array(w.holds, chr(10)), w.sealed
      FROM given AS w
      JOIN taken AS t ON t.sandbox_id = w.sandbox_id
     WHERE w.entry_count > 0
)
SELECT sandbox_id, first_place FROM taken
"""
# Arrays are copied three times on their way: the page of a busy sandbox would cost a third more.
_APPEND_ONE = f"""
WITH taken AS (
    INSERT INTO journal AS j (
        sandbox_id, last_place, first_place, cleared_place, lost, cleared_at
    )
    SELECT $1, $2::bigint, GREATEST(1, $2::bigint - $6::bigint + 1), 0, $5::bigint, s.created_at
      FROM sandbox AS s
     WHERE s.sandbox_id = $1 AND s.name IS NOT NULL
    {_COUNT_ON}
), written AS (
    INSERT INTO journal_page (sandbox_id, last_place, entry_count, holds, sealed)
    SELECT $1, t.last_place, $2::bigint, string_to_array($3::text, chr(10)), $4::bytea
      FROM taken AS t
     WHERE $2::bigint > 0
)
SELECT sandbox_id, first_place FROM taken
"""


async def append_pages(
    tx: Tx, pages: Sequence[NewPage], *, entries_max: int
) -> list[tuple[str, int]]:
    """Keep one page per sandbox at most; (sandbox, first place that is still wanted) of each.

    Who reads on from the last place it has seen misses nothing, however many workers write. The
    page of a sandbox that is gone is left out.
    """
    if len(pages) == 1:
        rows = await tx.fetch(_APPEND_ONE, *_columns(pages[0]), entries_max)
    else:
        columns = zip(*map(_columns, pages), strict=True)
        rows = await tx.fetch(_APPEND, *map(list, columns), entries_max)
    return [(row["sandbox_id"], row["first_place"]) for row in rows]


def _columns(page: NewPage) -> tuple[str, int, str, bytes, int]:
    holds = _HOLDS_SEPARATOR.join(page.holds)
    return page.sandbox_id, page.entry_count, holds, page.sealed, page.lost


_REMOVE_BELOW = "DELETE FROM journal_page WHERE sandbox_id = $1 AND last_place < $2"


async def remove_pages_below(tx: Tx, sandbox_id: str, place: int) -> None:
    """Remove pages all of whose entries have been given up."""
    await tx.execute(_REMOVE_BELOW, sandbox_id, place)


_REACH = """
SELECT first_place, last_place, first_place - 1 - cleared_place + lost AS dropped, cleared_at
  FROM journal
 WHERE sandbox_id = $1
"""


async def journal_reach(tx: Tx, sandbox_id: str) -> Reach:
    """How far the sandbox's journal goes."""
    row = await tx.fetchrow(_REACH, sandbox_id)
    return Reach() if row is None else Reach(*row.values())


_LIST = """
SELECT last_place - entry_count + 1 AS first_place, sealed
  FROM journal_page
 WHERE sandbox_id = $1 AND last_place > $2 AND holds @> $3::text[]
 ORDER BY last_place
 LIMIT $4
"""


async def list_pages(
    tx: Tx, sandbox_id: str, search: JournalSearch, *, after: int, limit: int
) -> list[KeptPage]:
    """Up to *limit* pages that may hold what is looked for, behind place *after*, oldest first."""
    rows = await tx.fetch(_LIST, sandbox_id, after, search.terms, limit)
    return [KeptPage(*row.values()) for row in rows]


_LIST_BEFORE = """
SELECT last_place - entry_count + 1 AS first_place, sealed
  FROM journal_page
 WHERE sandbox_id = $1 AND last_place - entry_count + 1 < $2 AND holds @> $3::text[]
 ORDER BY last_place DESC
 LIMIT $4
"""


async def list_pages_before(
    tx: Tx, sandbox_id: str, search: JournalSearch, *, before: int, limit: int
) -> list[KeptPage]:
    """The same before place *before*, newest first."""
    rows = await tx.fetch(_LIST_BEFORE, sandbox_id, before, search.terms, limit)
    return [KeptPage(*row.values()) for row in rows]


_LIST_REACHES = """
SELECT s.name, s.sandbox_id, j.last_place
  FROM sandbox AS s
  LEFT JOIN journal AS j ON j.sandbox_id = s.sandbox_id
 WHERE s.name IS NOT NULL
"""


async def list_reaches(tx: Tx) -> dict[str, tuple[str, int]]:
    """By name, each sandbox's rows and the last place of its journal, 0 for none."""
    rows = await tx.fetch(_LIST_REACHES)
    return {row["name"]: (row["sandbox_id"], row["last_place"] or 0) for row in rows}


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
_CLEAR = "DELETE FROM journal_page WHERE sandbox_id = $1"


async def clear_journal(tx: Tx, sandbox_id: str, *, machine_now: datetime) -> None:
    """Remove every entry recorded until *machine_now*, also one that is still being written.

    Places go on where they were, so that a cursor stays one.
    """
    await tx.execute(_CLEAR_COUNTS, sandbox_id, machine_now)
    await tx.execute(_CLEAR, sandbox_id)
