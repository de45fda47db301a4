"""What falls due in a sandbox when its clock is moved, as rows."""

from dataclasses import dataclass
from datetime import datetime

from src_system.store.database import Tx


@dataclass(frozen=True, slots=True)
class DueWork:
    """One piece of work: what it is, its id, and when it was to be done."""

    kind: str
    network: str
    work_id: str
    due_at: datetime


_LIST = """
SELECT w.kind, w.network, w.work_id, w.due_at
  FROM (SELECT 'cardNotification' AS kind, network, notification_id AS work_id,
               next_attempt_at AS due_at
          FROM card_notification
         WHERE sandbox_id = $1 AND state = 'PENDING'
           AND next_attempt_at > $2 AND next_attempt_at <= $3
        UNION ALL
        SELECT 'dpaBatch', network, batch_id, due_at
          FROM dpa_batch
         WHERE sandbox_id = $1 AND status = 'IN_PROGRESS' AND due_at > $2 AND due_at <= $3
        UNION ALL
        SELECT 'cardBatch', network, batch_id, due_at
          FROM card_batch
         WHERE sandbox_id = $1 AND ended_at IS NULL AND due_at > $2 AND due_at <= $3
        UNION ALL
        SELECT 'stateChange', network, subject_id, due_at
          FROM state_change
         WHERE sandbox_id = $1 AND due_at > $2 AND due_at <= $3) AS w
 ORDER BY w.due_at, w.kind, w.work_id
 LIMIT $4
"""


async def list_due_between(
    tx: Tx, sandbox_id: str, *, after: datetime, until: datetime, limit: int
) -> list[DueWork]:
    """Work due later than *after* and not later than *until*, simulated time; in its order."""
    rows = await tx.fetch(_LIST, sandbox_id, after, until, limit)
    return [DueWork(*row.values()) for row in rows]
