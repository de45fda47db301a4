"""Identity validations as rows; the codes sent in them are in `issued_codes`."""

from datetime import datetime
from typing import Any

from src_system.model.consumer import IdentityType
from src_system.model.identifiers import SystemKey
from src_system.model.identity_validation import (
    IdentityValidation,
    ValidationPurpose,
    ValidationState,
)
from src_system.store.database import Tx

_COLUMNS = """
    id_validation_session_id, src_consumer_id, src_client_id, identity_type, identity_value,
    channel, state, issue_number, wrong_tries, expires_at, purpose
"""

_INSERT = f"""
INSERT INTO identity_validation (sandbox_id, network, {_COLUMNS})
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
"""


async def insert_validation(tx: Tx, key: SystemKey, validation: IdentityValidation) -> None:
    """Add a new validation."""
    await tx.execute(
        _INSERT,
        *key,
        validation.id_validation_session_id,
        validation.src_consumer_id,
        validation.src_client_id,
        validation.identity_type,
        validation.identity_value,
        validation.channel,
        validation.state,
        validation.issue_number,
        validation.wrong_tries,
        validation.expires_at,
        validation.purpose,
    )


_FIND = f"""
SELECT {_COLUMNS}
  FROM identity_validation
 WHERE sandbox_id = $1 AND network = $2 AND id_validation_session_id = $3
"""


async def find_validation(
    tx: Tx, key: SystemKey, id_validation_session_id: str
) -> IdentityValidation | None:
    """The validation of that id, or None."""
    row = await tx.fetchrow(_FIND, *key, id_validation_session_id)
    return None if row is None else _to_validation(row)


_LOCK = f"""
SELECT {_COLUMNS}
  FROM identity_validation
 WHERE sandbox_id = $1 AND network = $2 AND id_validation_session_id = $3
   FOR UPDATE
"""


async def lock_validation(
    tx: Tx, key: SystemKey, id_validation_session_id: str
) -> IdentityValidation | None:
    """The validation with its row locked: two tries at a code are judged one after the other."""
    row = await tx.fetchrow(_LOCK, *key, id_validation_session_id)
    return None if row is None else _to_validation(row)


_LOCK_PENDING = f"""
SELECT {_COLUMNS}
  FROM identity_validation
 WHERE sandbox_id = $1 AND network = $2 AND src_consumer_id = $3 AND src_client_id = $4
   AND state = 'PENDING' AND expires_at > $5 AND purpose = $6
 ORDER BY expires_at DESC
 LIMIT 1
   FOR UPDATE
"""


async def lock_pending_validation(
    tx: Tx,
    key: SystemKey,
    *,
    src_consumer_id: str,
    src_client_id: str,
    purpose: ValidationPurpose,
    now: datetime,
) -> IdentityValidation | None:
    """The client's running validation of that consumer for *purpose*, locked, or None."""
    row = await tx.fetchrow(_LOCK_PENDING, *key, src_consumer_id, src_client_id, now, purpose)
    return None if row is None else _to_validation(row)


_UPDATE = """
UPDATE identity_validation
   SET channel = $4, state = $5, issue_number = $6, wrong_tries = $7, expires_at = $8
 WHERE sandbox_id = $1 AND network = $2 AND id_validation_session_id = $3
"""


async def update_validation(tx: Tx, key: SystemKey, validation: IdentityValidation) -> None:
    """Keep the state that a resend or a try led to."""
    await tx.execute(
        _UPDATE,
        *key,
        validation.id_validation_session_id,
        validation.channel,
        validation.state,
        validation.issue_number,
        validation.wrong_tries,
        validation.expires_at,
    )


def _to_validation(row: Any) -> IdentityValidation:
    return IdentityValidation(
        id_validation_session_id=row["id_validation_session_id"],
        src_consumer_id=row["src_consumer_id"],
        src_client_id=row["src_client_id"],
        identity_type=IdentityType(row["identity_type"]),
        identity_value=row["identity_value"],
        channel=IdentityType(row["channel"]),
        state=ValidationState(row["state"]),
        issue_number=row["issue_number"],
        wrong_tries=row["wrong_tries"],
        expires_at=row["expires_at"],
        purpose=ValidationPurpose(row["purpose"]),
    )
