"""Confirmations as rows, and what they change: last use of card and consumer, the cryptogram."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from src_system.model.identifiers import SystemKey
from src_system.store.database import Tx

_INSERT = """
INSERT INTO confirmation (
    sandbox_id, network, src_correlation_id, confirmation_id, confirmation_data, received_at
) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT ON CONSTRAINT confirmation_pkey DO NOTHING
RETURNING confirmation_id
"""


async def insert_confirmation(
    tx: Tx,
    key: SystemKey,
    src_correlation_id: str,
    *,
    confirmation_id: str,
    confirmation_data: Mapping[str, Any],
    now: datetime,
) -> bool:
    """Keep the confirmation; False when the very same one was kept before."""
    inserted = await tx.fetchval(
        _INSERT, *key, src_correlation_id, confirmation_id, dict(confirmation_data), now
    )
    return inserted is not None


_MARK_USED = """
UPDATE cryptogram AS g SET used_at = $4
  FROM checkout AS c
 WHERE c.sandbox_id = $1 AND c.network = $2 AND c.src_correlation_id = $3
   AND g.sandbox_id = c.sandbox_id AND g.network = c.network AND g.checkout_id = c.checkout_id
   AND g.used_at IS NULL
   AND g.ordinal = (SELECT max(n.ordinal) FROM cryptogram AS n
                     WHERE n.sandbox_id = c.sandbox_id AND n.network = c.network
                       AND n.checkout_id = c.checkout_id)
"""


async def mark_cryptogram_used(
    tx: Tx, key: SystemKey, src_correlation_id: str, *, now: datetime
) -> None:
    """An authorisation went through: the session's newest cryptogram is spent."""
    await tx.execute(_MARK_USED, *key, src_correlation_id, now)
