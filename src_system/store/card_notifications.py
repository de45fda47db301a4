"""Card update notifications as rows: who shall hear, the outbox, and its leases."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from src_system.model.card_notification import NotificationState, ReasonCode
from src_system.model.identifiers import SystemKey
from src_system.model.payment_token import PaymentToken, SealedToken
from src_system.store.database import Tx
from src_system.store.digital_cards import to_token

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Listener:
    """A client that shall hear of a card, with its token for it when it has one."""

    src_client_id: str
    token: PaymentToken | None
    sealed_token: SealedToken | None


_NOTE_DISCLOSURE = """
INSERT INTO pan_disclosure (sandbox_id, network, src_digital_card_id, src_client_id)
VALUES ($1, $2, $3, $4)
ON CONFLICT ON CONSTRAINT pan_disclosure_pkey DO NOTHING
"""


async def note_disclosure(
    tx: Tx, key: SystemKey, src_digital_card_id: str, src_client_id: str
) -> None:
    """Remember that the client was given the card's own number."""
    await tx.execute(_NOTE_DISCLOSURE, *key, src_digital_card_id, src_client_id)


_LIST_LISTENERS = """
SELECT c.src_client_id, t.src_digital_card_id, t.token_requestor_id, t.token_sealed,
       t.token_bin_range, t.token_last_four, t.token_expiration_month, t.token_expiration_year
  FROM client AS c
  LEFT JOIN payment_token AS t
    ON t.sandbox_id = c.sandbox_id AND t.network = $2 AND t.src_digital_card_id = $3
   AND t.token_requestor_id = c.token_requestor_id
 WHERE c.sandbox_id = $1 AND c.notification_url IS NOT NULL AND c.status = 'ACTIVE'
   AND (t.token_requestor_id IS NOT NULL OR EXISTS (
            SELECT 1
              FROM pan_disclosure AS p
             WHERE p.sandbox_id = $1 AND p.network = $2
               AND p.src_digital_card_id = $3 AND p.src_client_id = c.src_client_id))
 ORDER BY c.src_client_id
"""


async def list_listeners(tx: Tx, key: SystemKey, src_digital_card_id: str) -> list[Listener]:
    """Active clients with a notification URL that hold a token of the card, or know its number."""
    rows = await tx.fetch(_LIST_LISTENERS, *key, src_digital_card_id)
    return [
        Listener(row["src_client_id"], None, None)
        if row["token_requestor_id"] is None
        else Listener(row["src_client_id"], to_token(row), SealedToken(row["token_sealed"]))
        for row in rows
    ]


_COUNT = """
SELECT count(*)
  FROM card_notification
 WHERE sandbox_id = $1 AND network = $2 AND src_digital_card_id = $3 AND src_client_id = $4
"""


async def count_notifications(
    tx: Tx, key: SystemKey, src_digital_card_id: str, src_client_id: str
) -> int:
    """How often the client has heard of the card."""
    count: int = await tx.fetchval(_COUNT, *key, src_digital_card_id, src_client_id)
    return count


_NEXT_PLACE = """
UPDATE sandbox SET notification_count = notification_count + 1
 WHERE sandbox_id = $1
RETURNING notification_count
"""


async def next_place(tx: Tx, sandbox_id: str) -> int:
    """The next cursor value of the list; the row's lock keeps commits in this order.

    Whoever takes one sees every notification with an earlier one.
    """
    place: int = await tx.fetchval(_NEXT_PLACE, sandbox_id)
    return place


_INSERT = """
INSERT INTO card_notification (
    sandbox_id, network, notification_id, place, src_client_id, src_digital_card_id, reason_code,
    event_time, notification, state, attempts, failures, next_attempt_at
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'PENDING', '[]', 0, $8)
"""


async def insert_notification(
    tx: Tx,
    key: SystemKey,
    *,
    notification_id: str,
    place: int,
    src_client_id: str,
    src_digital_card_id: str,
    reason: ReasonCode,
    event_time: datetime,
    notification: Json,
) -> None:
    """Put a notification into the outbox."""
    await tx.execute(
        _INSERT,
        *key,
        notification_id,
        place,
        src_client_id,
        src_digital_card_id,
        reason,
        event_time,
        notification,
    )


@dataclass(frozen=True, slots=True)
class DueDelivery:
    """A notification that this worker alone delivers until its lease ends."""

    key: SystemKey
    notification_id: str
    src_client_id: str
    notification_url: str | None
    notification_encrypted: bool
    notification: Json
    failures: int
    leased_until: datetime


# The least recently tried come first, so that a dead receiver does not hold up the others. What
# another worker holds is passed over.
_CLAIM = """
UPDATE card_notification AS n
   SET leased_until = $2
  FROM (SELECT w.sandbox_id, w.network, w.notification_id
          FROM card_notification AS w
         WHERE w.state = 'PENDING' AND (w.leased_until IS NULL OR w.leased_until <= $1)
           AND w.next_attempt_at <= (
               SELECT CASE s.clock_mode
                          WHEN 'frozen' THEN s.clock_at
                          WHEN 'offset'
                          THEN $1::timestamptz + make_interval(secs => s.clock_offset_seconds)
                          ELSE $1::timestamptz
                      END
                 FROM sandbox AS s
                WHERE s.sandbox_id = w.sandbox_id AND s.name IS NOT NULL)
         ORDER BY w.leased_until NULLS FIRST
         LIMIT $3
           FOR UPDATE SKIP LOCKED) AS due,
       client AS c
 WHERE n.sandbox_id = due.sandbox_id AND n.network = due.network
   AND n.notification_id = due.notification_id
   AND c.sandbox_id = n.sandbox_id AND c.src_client_id = n.src_client_id
RETURNING n.sandbox_id, n.network, n.notification_id, n.src_client_id, c.notification_url,
          c.notification_encrypted, n.notification, n.failures, n.leased_until
"""


async def claim_due(
    tx: Tx, *, machine_now: datetime, leased_until: datetime, limit: int
) -> list[DueDelivery]:
    """Up to *limit* deliveries of any sandbox that are due by its clock, leased to the caller."""
    rows = await tx.fetch(_CLAIM, machine_now, leased_until, limit)
    return [
        DueDelivery(SystemKey(row["sandbox_id"], row["network"]), *tuple(row.values())[2:])
        for row in rows
    ]


_RECORD = """
UPDATE card_notification
   SET state = $5, attempts = attempts || $6::jsonb, failures = $7,
       next_attempt_at = COALESCE($8, next_attempt_at), delivered_at = COALESCE($9, delivered_at),
       leased_until = $10
 WHERE sandbox_id = $1 AND network = $2 AND notification_id = $3 AND leased_until = $4
"""


async def record_attempt(
    tx: Tx,
    delivery: DueDelivery,
    attempt: Json,
    *,
    state: NotificationState,
    next_attempt_at: datetime | None,
    delivered_at: datetime | None,
    machine_now: datetime,
) -> None:
    """Keep how an attempt went and end the lease; nothing, when the lease was lost meanwhile."""
    await tx.execute(
        _RECORD,
        *delivery.key,
        delivery.notification_id,
        delivery.leased_until,
        state,
        [attempt],
        0 if delivered_at is not None else delivery.failures + 1,
        next_attempt_at,
        delivered_at,
        machine_now,
    )


@dataclass(frozen=True, slots=True)
class KeptNotification:
    """A notification as the control port shows it."""

    network: str
    notification_id: str
    place: int
    src_client_id: str
    src_digital_card_id: str
    reason_code: str
    event_time: datetime
    notification: Json
    state: NotificationState
    attempts: list[Json]
    next_attempt_at: datetime
    delivered_at: datetime | None


_LIST = """
SELECT network, notification_id, place, src_client_id, src_digital_card_id, reason_code,
       event_time, notification, state, attempts, next_attempt_at, delivered_at
  FROM card_notification
 WHERE sandbox_id = $1 AND place > $2
   AND ($3::text IS NULL OR state = $3)
   AND ($4::text IS NULL OR src_client_id = $4)
   AND ($5::text IS NULL OR network = $5)
 ORDER BY place
 LIMIT $6
"""


async def list_notifications(
    tx: Tx,
    sandbox_id: str,
    *,
    after: int,
    state: str | None,
    src_client_id: str | None,
    network: str | None,
    limit: int,
) -> list[KeptNotification]:
    """Up to *limit* notifications of the sandbox behind place *after*, oldest first."""
    rows = await tx.fetch(_LIST, sandbox_id, after, state, src_client_id, network, limit)
    return [_to_kept(row) for row in rows]


_REPLAY = """
UPDATE card_notification SET state = 'PENDING', failures = 0, next_attempt_at = $3
 WHERE sandbox_id = $1 AND notification_id = $2
RETURNING network, notification_id, place, src_client_id, src_digital_card_id, reason_code,
          event_time, notification, state, attempts, next_attempt_at, delivered_at
"""


async def replay(
    tx: Tx, sandbox_id: str, notification_id: str, *, now: datetime
) -> KeptNotification | None:
    """Make the notification due again at *now*, whatever became of it; None when there is none."""
    row = await tx.fetchrow(_REPLAY, sandbox_id, notification_id, now)
    return None if row is None else _to_kept(row)


def _to_kept(row: Any) -> KeptNotification:
    return KeptNotification(
        network=row["network"],
        notification_id=row["notification_id"],
        place=row["place"],
        src_client_id=row["src_client_id"],
        src_digital_card_id=row["src_digital_card_id"],
        reason_code=row["reason_code"],
        event_time=row["event_time"],
        notification=row["notification"],
        state=NotificationState(row["state"]),
        attempts=row["attempts"],
        next_attempt_at=row["next_attempt_at"],
        delivered_at=row["delivered_at"],
    )
