"""Identity validations and issued one-time codes as rows. The code's value is derived, not kept."""

from datetime import datetime
from typing import Any, NamedTuple

from src_system.model.consumer import IdentityType
from src_system.model.identifiers import SystemKey
from src_system.model.identity_validation import (
    IdentityValidation,
    OneTimeCodeState,
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


_INSERT_CODE = """
INSERT INTO one_time_code (
    sandbox_id, network, id_validation_session_id, issue_number, place, channel, identity_value,
    state, issued_at, expires_at
) VALUES ($1, $2, $3, $4, $5, $6, $7, 'issued', $8, $9)
"""


async def insert_code(
    tx: Tx,
    key: SystemKey,
    validation: IdentityValidation,
    *,
    place: int,
    destination: str,
    now: datetime,
) -> None:
    """Record that code `issue_number` of *validation* was sent to *destination*."""
    await tx.execute(
        _INSERT_CODE,
        *key,
        validation.id_validation_session_id,
        validation.issue_number,
        place,
        validation.channel,
        destination,
        now,
        validation.expires_at,
    )


_SET_CODE_STATE = """
UPDATE one_time_code SET state = $4
 WHERE sandbox_id = $1 AND network = $2 AND id_validation_session_id = $3 AND state = 'issued'
"""


async def set_code_state(
    tx: Tx, key: SystemKey, id_validation_session_id: str, state: OneTimeCodeState
) -> None:
    """Change the state of the codes still `issued` in this validation."""
    await tx.execute(_SET_CODE_STATE, *key, id_validation_session_id, state)


class IssuedCode(NamedTuple):
    """A sent code without its value; `place` is its cursor, `expires_at` decides `expired`.

    `destination` is where it was sent, `identity_value` what the validation was started with.
    """

    network: str
    id_validation_session_id: str
    issue_number: int
    place: int
    channel: str
    destination: str
    state: str
    issued_at: datetime
    expires_at: datetime
    identity_value: str


_LIST_CODES = """
SELECT o.network, o.id_validation_session_id, o.issue_number, o.place, o.channel,
       o.identity_value AS destination, o.state, o.issued_at, o.expires_at, v.identity_value
  FROM one_time_code AS o
  JOIN identity_validation AS v USING (sandbox_id, network, id_validation_session_id)
 WHERE o.sandbox_id = $1 AND o.place > $2
   AND ($3::text IS NULL OR o.identity_value = $3 OR v.identity_value = $3)
   AND ($4::text IS NULL OR o.channel = $4)
   AND ($5::text IS NULL OR o.network = $5)
 ORDER BY o.place
 LIMIT $6
"""


async def list_codes(
    tx: Tx,
    sandbox_id: str,
    *,
    after: int,
    identity_value: str | None,
    channel: str | None,
    network: str | None,
    limit: int,
) -> list[IssuedCode]:
    """Codes sent behind the cursor *after*, oldest first, filtered by what is not None."""
    rows = await tx.fetch(_LIST_CODES, sandbox_id, after, identity_value, channel, network, limit)
    return [IssuedCode(*row.values()) for row in rows]


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
