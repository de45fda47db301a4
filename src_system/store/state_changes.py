"""Changes of a card's or consumer's state that wait for their time, as rows."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from src_system.model.identifiers import SandboxName
from src_system.store.database import Tx


class SubjectKind(StrEnum):
    """Whose state it is."""

    CARD = "card"
    CONSUMER = "consumer"


@dataclass(frozen=True, slots=True)
class StateChange:
    """Another status for one card or consumer, and who asked for it: `cause`."""

    network: str
    cause: str
    kind: SubjectKind
    subject_id: str
    status: str
    due_at: datetime


_INSERT = """
INSERT INTO state_change (sandbox_id, network, cause, kind, subject_id, status, due_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT ON CONSTRAINT state_change_pkey DO NOTHING
RETURNING due_at
"""


async def plan_change(tx: Tx, sandbox_id: str, change: StateChange) -> bool:
    """Remember the change; False when the same cause has planned it already."""
    planned = await tx.fetchval(
        _INSERT,
        sandbox_id,
        change.network,
        change.cause,
        change.kind,
        change.subject_id,
        change.status,
        change.due_at,
    )
    return planned is not None


_NEXT = "SELECT min(due_at) FROM state_change WHERE sandbox_id = $1"


async def next_change_at(tx: Tx, sandbox_id: str) -> datetime | None:
    """When the sandbox's next change is due, simulated time; None when there is none."""
    due_at: datetime | None = await tx.fetchval(_NEXT, sandbox_id)
    return due_at


_TAKE_DUE = """
DELETE FROM state_change
 WHERE sandbox_id = $1 AND due_at <= $2
RETURNING network, cause, kind, subject_id, status, due_at
"""


async def take_due(tx: Tx, sandbox_id: str, *, now: datetime) -> list[StateChange]:
    """The changes due at *now*, simulated, the oldest first; they are this transaction's to make.

    Whoever asks meanwhile waits until they are made.
    """
    rows = await tx.fetch(_TAKE_DUE, sandbox_id, now)
    changes = [
        StateChange(
            row["network"],
            row["cause"],
            SubjectKind(row["kind"]),
            row["subject_id"],
            row["status"],
            row["due_at"],
        )
        for row in rows
    ]
    return sorted(changes, key=lambda one: (one.due_at, one.cause, one.network, one.subject_id))


_LIST_DUE = """
SELECT DISTINCT s.name
  FROM state_change AS c
  JOIN sandbox AS s ON s.sandbox_id = c.sandbox_id AND s.name IS NOT NULL
 WHERE c.due_at <= CASE s.clock_mode
                       WHEN 'frozen' THEN s.clock_at
                       WHEN 'offset'
                       THEN $1::timestamptz + make_interval(secs => s.clock_offset_seconds)
                       ELSE $1::timestamptz
                   END
 LIMIT $2
"""


async def list_due_sandboxes(tx: Tx, *, machine_now: datetime, limit: int) -> list[SandboxName]:
    """Sandboxes with a change whose time has come by their own clock."""
    return [SandboxName(row["name"]) for row in await tx.fetch(_LIST_DUE, machine_now, limit)]
