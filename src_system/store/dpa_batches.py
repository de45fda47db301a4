"""Batches of DPAs as rows: what was asked for, and what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from src_system.model.batch import BatchStatus
from src_system.model.identifiers import SystemKey
from src_system.model.participant import Dpa
from src_system.store.database import Tx

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class DpaBatch:
    """A batch; `items` as asked for, `results` item by item once it has ended."""

    batch_id: str
    src_client_id: str
    request_id: str | None
    request_digest: bytes
    items: Sequence[Json]
    status: BatchStatus
    results: Sequence[Json]
    started_at: datetime
    due_at: datetime
    ended_at: datetime | None


_INSERT = """
INSERT INTO dpa_batch (
    sandbox_id, network, batch_id, src_client_id, request_id, request_digest, items, status,
    results, started_at, due_at
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT DO NOTHING
RETURNING batch_id
"""


async def insert_batch(tx: Tx, key: SystemKey, batch: DpaBatch) -> bool:
    """Add *batch*; False when its id or its requestId is taken."""
    inserted = await tx.fetchval(
        _INSERT,
        *key,
        batch.batch_id,
        batch.src_client_id,
        batch.request_id,
        batch.request_digest,
        list(batch.items),
        batch.status,
        list(batch.results),
        batch.started_at,
        batch.due_at,
    )
    return inserted is not None


_COUNT_DIGEST = """
SELECT count(*) FROM dpa_batch WHERE sandbox_id = $1 AND network = $2 AND request_digest = $3
"""


async def count_equal(tx: Tx, key: SystemKey, request_digest: bytes) -> int:
    """How many batches were asked for in just these words."""
    count: int = await tx.fetchval(_COUNT_DIGEST, *key, request_digest)
    return count


_FIND_BY_REQUEST = """
SELECT batch_id, src_client_id, request_id, request_digest, items, status, results, started_at,
       due_at, ended_at
  FROM dpa_batch
 WHERE sandbox_id = $1 AND network = $2 AND src_client_id = $3 AND request_id = $4
"""


async def find_by_request(
    tx: Tx, key: SystemKey, src_client_id: str, request_id: str
) -> DpaBatch | None:
    """The client's batch of that requestId, or None."""
    row = await tx.fetchrow(_FIND_BY_REQUEST, *key, src_client_id, request_id)
    return None if row is None else _to_batch(row)


_FIND = """
SELECT batch_id, src_client_id, request_id, request_digest, items, status, results, started_at,
       due_at, ended_at
  FROM dpa_batch
 WHERE sandbox_id = $1 AND network = $2 AND batch_id = $3
"""


async def find_batch(tx: Tx, key: SystemKey, batch_id: str) -> DpaBatch | None:
    """The batch of that batchId, or None."""
    row = await tx.fetchrow(_FIND, *key, batch_id)
    return None if row is None else _to_batch(row)


_LOCK = """
SELECT batch_id, src_client_id, request_id, request_digest, items, status, results, started_at,
       due_at, ended_at
  FROM dpa_batch
 WHERE sandbox_id = $1 AND network = $2 AND batch_id = $3
   FOR UPDATE
"""


async def lock_batch(tx: Tx, key: SystemKey, batch_id: str) -> DpaBatch | None:
    """The batch with its row locked to the transaction's end: one worker processes it."""
    row = await tx.fetchrow(_LOCK, *key, batch_id)
    return None if row is None else _to_batch(row)


_FINISH = """
UPDATE dpa_batch SET status = $4, results = $5, ended_at = $6
 WHERE sandbox_id = $1 AND network = $2 AND batch_id = $3
"""


async def finish_batch(
    tx: Tx,
    key: SystemKey,
    batch_id: str,
    status: BatchStatus,
    results: Sequence[Json],
    ended_at: datetime,
) -> None:
    """Keep how the batch ended."""
    await tx.execute(_FINISH, *key, batch_id, status, list(results), ended_at)


_LIST_DUE = """
SELECT b.sandbox_id, b.network, b.batch_id, b.due_at
  FROM dpa_batch AS b
 WHERE b.status = 'IN_PROGRESS'
   AND b.due_at <= (
       SELECT CASE s.clock_mode
                  WHEN 'frozen' THEN s.clock_at
                  WHEN 'offset'
                  THEN $1::timestamptz + make_interval(secs => s.clock_offset_seconds)
                  ELSE $1::timestamptz
              END
         FROM sandbox AS s
        WHERE s.sandbox_id = b.sandbox_id AND s.name IS NOT NULL)
 ORDER BY b.started_at
 LIMIT $2
"""


async def list_due(
    tx: Tx, *, machine_now: datetime, limit: int
) -> list[tuple[SystemKey, str, datetime]]:
    """(system, batchId, due) of batches of any sandbox whose time has come by its own clock."""
    rows = await tx.fetch(_LIST_DUE, machine_now, limit)
    return [
        (SystemKey(row["sandbox_id"], row["network"]), row["batch_id"], row["due_at"])
        for row in rows
    ]


_INSERT_DPA = """
INSERT INTO dpa (
    sandbox_id, src_dpa_id, srci_dpa_id, src_client_id, status, dpa_data,
    dpa_transaction_options, markets, origins, created_at, registration
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT DO NOTHING
RETURNING src_dpa_id
"""


async def insert_dpa(tx: Tx, sandbox_id: str, dpa: Dpa, *, now: datetime) -> bool:
    """Add *dpa*; False when its id, or its srciDpaId with this client, is taken."""
    inserted = await tx.fetchval(
        _INSERT_DPA,
        sandbox_id,
        dpa.src_dpa_id,
        dpa.srci_dpa_id,
        dpa.src_client_id,
        dpa.status,
        dict(dpa.dpa_data),
        dict(dpa.dpa_transaction_options),
        list(dpa.markets),
        list(dpa.origins),
        now,
        dict(dpa.registration),
    )
    return inserted is not None


def _to_batch(row: Any) -> DpaBatch:
    return DpaBatch(
        batch_id=row["batch_id"],
        src_client_id=row["src_client_id"],
        request_id=row["request_id"],
        request_digest=row["request_digest"],
        items=row["items"],
        status=BatchStatus(row["status"]),
        results=row["results"],
        started_at=row["started_at"],
        due_at=row["due_at"],
        ended_at=row["ended_at"],
    )
