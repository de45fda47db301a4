"""What falls due in a sandbox between two instants of its clock, as rows."""

from dataclasses import dataclass
from datetime import datetime

from src_system.store.database import Tx


@dataclass(frozen=True, slots=True)
class DueWork:
    """One artefact whose time comes: its kind, whose it is ("" for no network's), and when."""

    due_at: datetime
    kind: str
    network: str
    work_id: str
    src_correlation_id: str | None = None

    @property
    def told_id(self) -> str:
        """The id as others know it."""
        if self.src_correlation_id is None:
            return self.work_id
        return f"{self.src_correlation_id}-{self.work_id.rpartition('-')[2]}"


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of simulated time: later than *after* and not later than *until*."""

    after: datetime
    until: datetime

    @property
    def months(self) -> tuple[str, str, str, str]:
        """First month whose end lies in it, and the first whose end lies behind: year, month.

        Cards are kept by the month to whose end they are good.
        """
        first, behind = self.after, self.until
        return (f"{first.year:04}", f"{first.month:02}", f"{behind.year:04}", f"{behind.month:02}")


# $1 the sandbox, $2 and $3 the stretch, $4 to $7 its months. A kind is the name of an entry of
# model/dated_artefacts.py. The last day of 9999 has no morrow: a card of that month never expires.
_DUE = """
    SELECT o.expires_at AS due_at, 'oneTimeCode' AS kind, o.network,
           o.id_validation_session_id || '-' || o.issue_number AS work_id
      FROM one_time_code AS o
     WHERE o.sandbox_id = $1 AND o.state = 'issued' AND o.copy_number = 1
       AND o.expires_at > $2 AND o.expires_at <= $3
    UNION ALL
    SELECT arrives_at, 'lateOneTimeCode', network,
           id_validation_session_id || '-' || issue_number
      FROM one_time_code
     WHERE sandbox_id = $1 AND delivery = 'late' AND arrived_place IS NULL
       AND arrives_at > $2 AND arrives_at <= $3
    UNION ALL
    SELECT expires_at, 'authentication', network, authentication_id
      FROM authentication
     WHERE sandbox_id = $1 AND state = 'PENDING' AND expires_at > $2 AND expires_at <= $3
    UNION ALL
    SELECT locked_until, 'consumerLock', network, src_consumer_id
      FROM consumer
     WHERE sandbox_id = $1 AND status = 'LOCKED' AND locked_until > $2 AND locked_until <= $3
    UNION ALL
    SELECT expires_at, 'recognitionToken', network, app_instance_id
      FROM app_instance
     WHERE sandbox_id = $1 AND revoked_at IS NULL AND expires_at > $2 AND expires_at <= $3
    UNION ALL
    SELECT not_after, 'clientKey', '', src_client_id || ' ' || recipient_id || ' ' || kid
      FROM recipient_key
     WHERE sandbox_id = $1 AND not_after > $2 AND not_after <= $3
    UNION ALL
    SELECT expires_at, 'checkoutSession', network, src_correlation_id
      FROM checkout_session
     WHERE sandbox_id = $1 AND state <> 'CANCELLED' AND expires_at > $2 AND expires_at <= $3
    UNION ALL
    SELECT expires_at, 'dcfVisit', network, visit_id
      FROM dcf_visit
     WHERE sandbox_id = $1 AND result IS NULL AND expires_at > $2 AND expires_at <= $3
    UNION ALL
    SELECT expires_at, 'cryptogram', network, checkout_id || '-' || ordinal
      FROM cryptogram
     WHERE sandbox_id = $1 AND used_at IS NULL AND expires_at > $2 AND expires_at <= $3
    UNION ALL
    SELECT (make_date(pan_expiration_year::int, pan_expiration_month::int, 1)
                + interval '1 month') AT TIME ZONE 'UTC', 'card', network, src_digital_card_id
      FROM digital_card
     WHERE sandbox_id = $1 AND status <> 'CANCELLED' AND pan_expiration_year >= $4
       AND (pan_expiration_year, pan_expiration_month) >= ($4, $5)
       AND (pan_expiration_year, pan_expiration_month) < ($6, $7)
    UNION ALL
    SELECT (make_date(token_expiration_year::int, token_expiration_month::int, 1)
                + interval '1 month') AT TIME ZONE 'UTC', 'paymentToken', network,
           src_digital_card_id || ' ' || token_requestor_id
      FROM payment_token
     WHERE sandbox_id = $1
       AND (token_expiration_year, token_expiration_month) >= ($4, $5)
       AND (token_expiration_year, token_expiration_month) < ($6, $7)
    UNION ALL
    SELECT next_attempt_at, 'cardNotification', network, notification_id
      FROM card_notification
     WHERE sandbox_id = $1 AND state = 'PENDING' AND next_attempt_at > $2 AND next_attempt_at <= $3
    UNION ALL
    SELECT due_at, 'dpaBatch', network, batch_id
      FROM dpa_batch
     WHERE sandbox_id = $1 AND status = 'IN_PROGRESS' AND due_at > $2 AND due_at <= $3
    UNION ALL
    SELECT due_at, 'cardBatch', network, batch_id
      FROM card_batch
     WHERE sandbox_id = $1 AND ended_at IS NULL AND due_at > $2 AND due_at <= $3
    UNION ALL
    SELECT due_at, 'stateChange', network, subject_id
      FROM state_change
     WHERE sandbox_id = $1 AND due_at > $2 AND due_at <= $3
"""

# A checkout's own id is told nowhere: its dynamic data goes by the srcCorrelationId.
_LIST = f"""
WITH due AS ({_DUE}),
     page AS (
    SELECT due_at, kind, network, work_id
      FROM due
     WHERE $8::timestamptz IS NULL
        OR (due_at, kind, network, work_id) > ($8, $9::text, $10::text, $11::text)
     ORDER BY due_at, kind, network, work_id
     LIMIT $12
)
SELECT p.due_at, p.kind, p.network, p.work_id,
       CASE WHEN p.kind = 'cryptogram'
            THEN (SELECT c.src_correlation_id
                    FROM checkout AS c
                   WHERE c.sandbox_id = $1 AND c.network = p.network
                     AND c.checkout_id = regexp_replace(p.work_id, '-[0-9]+$', ''))
       END AS src_correlation_id
  FROM page AS p
 ORDER BY p.due_at, p.kind, p.network, p.work_id
"""


async def list_due(
    tx: Tx, sandbox_id: str, stretch: Stretch, *, behind: DueWork | None, limit: int
) -> list[DueWork]:
    """Up to *limit* artefacts whose time lies in *stretch*, in its order, from *behind* one on."""
    rows = await tx.fetch(
        _LIST,
        sandbox_id,
        stretch.after,
        stretch.until,
        *stretch.months,
        behind and behind.due_at,
        behind and behind.kind,
        behind and behind.network,
        behind and behind.work_id,
        limit,
    )
    return [DueWork(*row.values()) for row in rows]


_COUNT = f"""
WITH due AS ({_DUE})
SELECT kind, count(*) AS number
  FROM due
 GROUP BY kind
 ORDER BY kind
"""


async def count_due(tx: Tx, sandbox_id: str, stretch: Stretch) -> dict[str, int]:
    """How many there are of each kind."""
    rows = await tx.fetch(_COUNT, sandbox_id, stretch.after, stretch.until, *stretch.months)
    return {row["kind"]: row["number"] for row in rows}
