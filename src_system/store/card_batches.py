"""Batches of cards as rows: what an issuer sent, record by record, and what became of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from src_system.model.digital_card import DigitalCard
from src_system.model.identifiers import SystemKey
from src_system.model.payment_token import PaymentToken
from src_system.store.database import Tx
from src_system.store.digital_cards import CARD_COLUMNS, to_card, to_token

Json = dict[str, Any]


class RecordStatus(StrEnum):
    """How far a record has come."""

    PENDING = "PENDING"
    ENROLLED = "ENROLLED"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class CardBatch:
    """A batch of one issuer; `ended_at` is None until every record has had its turn."""

    batch_id: str
    src_client_id: str
    external_batch_id: str
    request_digest: bytes
    src_correlation_id: str
    started_at: datetime
    due_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, repr=False)
class CardBatchRecord:
    """A record; `enrollment_data` is the JWE as received, forgotten after its turn."""

    place: int
    external_consumer_id: str
    external_credential_id: str
    service_id: str | None
    enrollment_data: str | None
    linked_identities: Mapping[str, Any]
    compliance_settings: Mapping[str, Any]
    status: RecordStatus = RecordStatus.PENDING
    error: Json | None = None
    src_digital_card_id: str | None = None


_INSERT = """
INSERT INTO card_batch (
    sandbox_id, network, batch_id, src_client_id, external_batch_id, request_digest,
    src_correlation_id, started_at, due_at
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT DO NOTHING
RETURNING batch_id
"""

_INSERT_RECORD = """
INSERT INTO card_batch_record (
    sandbox_id, network, batch_id, place, src_client_id, external_consumer_id,
    external_credential_id, service_id, enrollment_data, linked_identities, compliance_settings,
    status
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'PENDING')
"""


async def insert_batch(
    tx: Tx, key: SystemKey, batch: CardBatch, records: Sequence[CardBatchRecord]
) -> bool:
    """Add *batch* with its records; False when the issuer's externalBatchId is taken."""
    inserted = await tx.fetchval(
        _INSERT,
        *key,
        batch.batch_id,
        batch.src_client_id,
        batch.external_batch_id,
        batch.request_digest,
        batch.src_correlation_id,
        batch.started_at,
        batch.due_at,
    )
    if inserted is None:
        return False
    await tx.executemany(
        _INSERT_RECORD,
        [
            (
                *key,
                batch.batch_id,
                record.place,
                batch.src_client_id,
                record.external_consumer_id,
                record.external_credential_id,
                record.service_id,
                record.enrollment_data,
                dict(record.linked_identities),
                dict(record.compliance_settings),
            )
            for record in records
        ],
    )
    return True


_FIND = """
SELECT batch_id, src_client_id, external_batch_id, request_digest, src_correlation_id, started_at,
       due_at, ended_at
  FROM card_batch
 WHERE sandbox_id = $1 AND network = $2 AND batch_id = $3
"""


async def find_batch(tx: Tx, key: SystemKey, batch_id: str) -> CardBatch | None:
    """The batch of that batchId, or None."""
    row = await tx.fetchrow(_FIND, *key, batch_id)
    return None if row is None else CardBatch(*row.values())


_LIST_RECORDS = """
SELECT place, external_consumer_id, external_credential_id, service_id, enrollment_data,
       linked_identities, compliance_settings, status, error, src_digital_card_id
  FROM card_batch_record
 WHERE sandbox_id = $1 AND network = $2 AND batch_id = $3
 ORDER BY place
"""


async def list_records(tx: Tx, key: SystemKey, batch_id: str) -> list[CardBatchRecord]:
    """The batch's records as sent, in their order."""
    return [_to_record(row) for row in await tx.fetch(_LIST_RECORDS, *key, batch_id)]


_LOCK_NEXT = """
SELECT place, external_consumer_id, external_credential_id, service_id, enrollment_data,
       linked_identities, compliance_settings, status, error, src_digital_card_id
  FROM card_batch_record
 WHERE sandbox_id = $1 AND network = $2 AND batch_id = $3 AND status = 'PENDING'
 ORDER BY place
 LIMIT 1
   FOR UPDATE
"""


async def lock_next_record(tx: Tx, key: SystemKey, batch_id: str) -> CardBatchRecord | None:
    """The first record still to be done, locked; None when there is none.

    Whoever meets a record that another worker is at waits: so None means that all are done.
    """
    row = await tx.fetchrow(_LOCK_NEXT, *key, batch_id)
    return None if row is None else _to_record(row)


_MARK_ENROLLED = """
UPDATE card_batch_record
   SET status = 'ENROLLED', enrollment_data = NULL, src_consumer_id = $5, src_digital_card_id = $6
 WHERE sandbox_id = $1 AND network = $2 AND batch_id = $3 AND place = $4
"""


async def mark_enrolled(
    tx: Tx, key: SystemKey, batch_id: str, place: int, card: DigitalCard
) -> None:
    """The record led to *card*."""
    await tx.execute(
        _MARK_ENROLLED, *key, batch_id, place, card.src_consumer_id, card.src_digital_card_id
    )


_MARK_FAILED = """
UPDATE card_batch_record SET status = 'FAILED', enrollment_data = NULL, error = $5
 WHERE sandbox_id = $1 AND network = $2 AND batch_id = $3 AND place = $4 AND status = 'PENDING'
"""


async def mark_failed(tx: Tx, key: SystemKey, batch_id: str, place: int, error: Json) -> None:
    """The record was refused, unless another worker got it through meanwhile."""
    await tx.execute(_MARK_FAILED, *key, batch_id, place, error)


_FINISH = """
UPDATE card_batch SET ended_at = due_at
 WHERE sandbox_id = $1 AND network = $2 AND batch_id = $3 AND ended_at IS NULL
"""


async def finish_batch(tx: Tx, key: SystemKey, batch_id: str) -> None:
    """Every record has had its turn: the batch ended when it was due."""
    await tx.execute(_FINISH, *key, batch_id)


_LIST_CARDS = f"""
SELECT {CARD_COLUMNS}, t.token_requestor_id, t.token_bin_range, t.token_last_four,
       t.token_expiration_month, t.token_expiration_year
  FROM card_batch_record AS r
  JOIN digital_card AS d
    ON d.sandbox_id = r.sandbox_id AND d.network = r.network
   AND d.src_digital_card_id = r.src_digital_card_id
  LEFT JOIN payment_token AS t
    ON t.sandbox_id = d.sandbox_id AND t.network = d.network
   AND t.src_digital_card_id = d.src_digital_card_id AND t.token_requestor_id = $4
 WHERE r.sandbox_id = $1 AND r.network = $2 AND r.batch_id = $3
"""


async def list_cards(
    tx: Tx, key: SystemKey, batch_id: str, token_requestor_id: str
) -> dict[str, tuple[DigitalCard, PaymentToken | None]]:
    """The batch's cards that are still there, with the requestor's tokens."""
    rows = await tx.fetch(_LIST_CARDS, *key, batch_id, token_requestor_id)
    return {
        row["src_digital_card_id"]: (
            to_card(row),
            None if row["token_requestor_id"] is None else to_token(row),
        )
        for row in rows
    }


_LIST_DUE = """
SELECT b.sandbox_id, b.network, b.batch_id, b.due_at
  FROM card_batch AS b
 WHERE b.ended_at IS NULL
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


def _to_record(row: Any) -> CardBatchRecord:
    return CardBatchRecord(
        place=row["place"],
        external_consumer_id=row["external_consumer_id"],
        external_credential_id=row["external_credential_id"],
        service_id=row["service_id"],
        enrollment_data=row["enrollment_data"],
        linked_identities=row["linked_identities"],
        compliance_settings=row["compliance_settings"],
        status=RecordStatus(row["status"]),
        error=row["error"],
        src_digital_card_id=row["src_digital_card_id"],
    )
