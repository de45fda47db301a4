"""Sandboxes as rows when copies come and go: eras, names handed on, what waits to be removed."""

from dataclasses import asdict, dataclass
from datetime import datetime

from src_system.model.identifiers import SandboxName
from src_system.model.sandbox import Eras
from src_system.store.database import Tx

# Who puts a sandbox back gives its name to another row. Whoever waited for the old row would find
# it nameless and not see the new one, which came after the statement began: so they wait first.
_LOCK_NAME = "SELECT pg_advisory_xact_lock(hashtextextended('sandbox ' || $1, 0))"

_END_ERA = """
UPDATE sandbox SET era = era + 1, version = version + 1
 WHERE name = $1
RETURNING sandbox_id, first_era, era - 1 AS ended_era, lineage
"""


async def end_era(tx: Tx, name: SandboxName) -> tuple[str, tuple[Eras, ...]] | None:
    """(sandbox_id, the lineage of a copy of it) of the sandbox called so, or None.

    What the sandbox issues from here on is not good in that copy. To be called in a transaction.
    """
    await tx.execute(_LOCK_NAME, name)
    row = await tx.fetchrow(_END_ERA, name)
    if row is None:
        return None
    before = tuple(Eras(**one) for one in row["lineage"])
    return row["sandbox_id"], (*before, Eras(name, row["first_era"], row["ended_era"]))


@dataclass(frozen=True, slots=True)
class LiveSandbox:
    """What a sandbox keeps when its name is given to other rows."""

    sandbox_id: str
    version: int
    created_at: datetime
    expires_at: datetime | None
    one_time_code_count: int
    notification_count: int
    era: int
    first_era: int
    lineage: tuple[Eras, ...]


_LOCK = """
SELECT sandbox_id, version, created_at, expires_at, one_time_code_count, notification_count, era,
       first_era, lineage
  FROM sandbox
 WHERE name = $1
   FOR UPDATE
"""


async def lock_live(tx: Tx, name: SandboxName) -> LiveSandbox | None:
    """The sandbox called so, which nobody else changes until the transaction ends, or None.

    Nobody gives its name to other rows meanwhile, either.
    """
    await tx.execute(_LOCK_NAME, name)
    row = await tx.fetchrow(_LOCK, name)
    if row is None:
        return None
    members = dict(row)
    members["lineage"] = tuple(Eras(**one) for one in members["lineage"])
    return LiveSandbox(**members)


@dataclass(frozen=True, slots=True)
class NewRow:
    """What is new in the row of a copy; everything else is as in the row it is copied from.

    The counts are at least these: cursors that were given out stay good. With *first_clock* the
    clock is the one that the sandbox was made with.
    """

    sandbox_id: str
    name: SandboxName | None
    version: int
    created_at: datetime
    expires_at: datetime | None
    era: int
    first_era: int
    lineage: tuple[Eras, ...]
    one_time_code_count: int = 0
    notification_count: int = 0
    first_clock: bool = False
    removable_at: datetime | None = None


_INSERT_COPY = """
INSERT INTO sandbox (
    sandbox_id, name, version, created_at, expires_at, era, first_era, lineage,
    one_time_code_count, notification_count, clock_mode, clock_at, clock_offset_seconds,
    removable_at, seed, first_clock_mode, first_clock_at, first_clock_offset_seconds, profile,
    trusted_networks, sealed_for, has_magic
)
SELECT $2, $3, $4, $5, $6, $7, $8, $9::jsonb,
       GREATEST(s.one_time_code_count, $10), GREATEST(s.notification_count, $11),
       CASE WHEN $12 THEN s.first_clock_mode ELSE s.clock_mode END,
       CASE WHEN $12 THEN s.first_clock_at ELSE s.clock_at END,
       CASE WHEN $12 THEN s.first_clock_offset_seconds ELSE s.clock_offset_seconds END,
       $13, s.seed, s.first_clock_mode, s.first_clock_at, s.first_clock_offset_seconds, s.profile,
       s.trusted_networks, s.sealed_for, s.has_magic
  FROM sandbox AS s
 WHERE s.sandbox_id = $1
ON CONFLICT DO NOTHING
RETURNING sandbox_id
"""


async def insert_copy(tx: Tx, sandbox_id: str, new: NewRow) -> bool:
    """Add a row made of that of *sandbox_id*; False when the name is taken."""
    inserted = await tx.fetchval(
        _INSERT_COPY,
        sandbox_id,
        new.sandbox_id,
        new.name,
        new.version,
        new.created_at,
        new.expires_at,
        new.era,
        new.first_era,
        [asdict(one) for one in new.lineage],
        new.one_time_code_count,
        new.notification_count,
        new.first_clock,
        new.removable_at,
    )
    return inserted is not None


_LINEAGE = "SELECT lineage FROM sandbox WHERE sandbox_id = $1"


async def lineage_of(tx: Tx, sandbox_id: str) -> tuple[Eras, ...]:
    """Whose tokens are good in a copy, beside its own."""
    kept = await tx.fetchval(_LINEAGE, sandbox_id)
    return tuple(Eras(**one) for one in kept or ())


# The version grows, so that whoever still knows these rows reads the sandbox anew.
_RETIRE = """
UPDATE sandbox SET name = NULL, version = version + 1, removable_at = $2
 WHERE sandbox_id = $1
"""


async def retire(tx: Tx, sandbox_id: str, *, removable_at: datetime) -> None:
    """Take the name from the sandbox: no call begins with it any more.

    What is still under way may read and write its rows until *removable_at* (machine time).
    """
    await tx.execute(_RETIRE, sandbox_id, removable_at)


_CLAIM_REMOVABLE = """
UPDATE sandbox SET removable_at = $2
 WHERE sandbox_id = (
       SELECT s.sandbox_id
         FROM sandbox AS s
        WHERE s.removable_at <= $1
        ORDER BY s.removable_at
        LIMIT 1
          FOR UPDATE SKIP LOCKED)
RETURNING sandbox_id
"""


async def claim_removable(tx: Tx, *, now: datetime, again_at: datetime) -> str | None:
    """A sandbox that can be removed by *now*, left to the caller until *again_at*; or None."""
    sandbox_id: str | None = await tx.fetchval(_CLAIM_REMOVABLE, now, again_at)
    return sandbox_id


_REMOVE = "DELETE FROM sandbox WHERE sandbox_id = $1"


async def remove_row(tx: Tx, sandbox_id: str) -> None:
    """Delete the sandbox's own row, and whatever refers to it."""
    await tx.execute(_REMOVE, sandbox_id)
