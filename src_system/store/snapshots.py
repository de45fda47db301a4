"""Snapshots as rows: what a sandbox's copies that nobody calls are named."""

from dataclasses import dataclass
from datetime import datetime

from src_system.store.database import Tx


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A copy of a sandbox, whose rows belong to *copy_id*; *taken_at* is machine time."""

    name: str
    copy_id: str
    taken_at: datetime
    simulated_at: datetime


_LIST = """
SELECT snapshot_name, copy_id, taken_at, simulated_at
  FROM snapshot
 WHERE sandbox_id = $1
 ORDER BY taken_at, snapshot_name
"""


async def list_snapshots(tx: Tx, sandbox_id: str) -> list[Snapshot]:
    """The sandbox's snapshots, oldest first."""
    return [Snapshot(*row.values()) for row in await tx.fetch(_LIST, sandbox_id)]


_FIND = """
SELECT snapshot_name, copy_id, taken_at, simulated_at
  FROM snapshot
 WHERE sandbox_id = $1 AND snapshot_name = $2
"""


async def find_snapshot(tx: Tx, sandbox_id: str, name: str) -> Snapshot | None:
    """The snapshot of that name, or None."""
    row = await tx.fetchrow(_FIND, sandbox_id, name)
    return None if row is None else Snapshot(*row.values())


_INSERT = """
INSERT INTO snapshot (sandbox_id, snapshot_name, copy_id, taken_at, simulated_at)
VALUES ($1, $2, $3, $4, $5)
"""

# A copy that was being made would have been removed if it had not been finished.
_KEEP_COPY = "UPDATE sandbox SET removable_at = NULL WHERE sandbox_id = $1"


async def insert_snapshot(tx: Tx, sandbox_id: str, snapshot: Snapshot) -> None:
    """Keep the finished copy as the sandbox's; the caller holds the lock on the sandbox's row."""
    await tx.execute(
        _INSERT,
        sandbox_id,
        snapshot.name,
        snapshot.copy_id,
        snapshot.taken_at,
        snapshot.simulated_at,
    )
    await tx.execute(_KEEP_COPY, snapshot.copy_id)


_MOVE = "UPDATE snapshot SET sandbox_id = $2 WHERE sandbox_id = $1"


async def move_snapshots(tx: Tx, sandbox_id: str, new_id: str) -> None:
    """Give the snapshots to the rows that the sandbox's name goes to."""
    await tx.execute(_MOVE, sandbox_id, new_id)


_DELETE = """
DELETE FROM snapshot
 WHERE sandbox_id = $1 AND ($2::text IS NULL OR snapshot_name = $2)
RETURNING copy_id
"""


async def delete_snapshots(tx: Tx, sandbox_id: str, name: str | None = None) -> list[str]:
    """Forget the snapshot of that name, or all of them; whose rows (copy_id) can be removed."""
    return [row["copy_id"] for row in await tx.fetch(_DELETE, sandbox_id, name)]
