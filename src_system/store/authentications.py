"""Authentications as rows."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec

from src_system.derive import Derivation
from src_system.model.authentication import (
    Authentication,
    AuthenticationMethod,
    AuthenticationReason,
    AuthenticationState,
    AuthenticationSubject,
    TransStatus,
    still_pending,
)
from src_system.model.digital_card import DigitalCard, DigitalCardStatus
from src_system.model.errors import Aborted
from src_system.model.identifiers import SystemKey
from src_system.model.transaction_options import TransactionAmount
from src_system.store import digital_cards
from src_system.store.database import Tx

_OPENING_TRIES = 20
_COLUMNS = """
    authentication_id, src_correlation_id, src_client_id, src_consumer_id, src_digital_card_id,
    method, subject, reason, state, wrong_tries, id_validation_session_id, amount,
    currency_code, trans_status, expires_at, completed_at
"""

_COUNT = """
SELECT count(*)
  FROM authentication
 WHERE sandbox_id = $1 AND network = $2 AND src_correlation_id = $3
"""


async def count_authentications(tx: Tx, key: SystemKey, src_correlation_id: str) -> int:
    """How many authentications the session has had."""
    count: int = await tx.fetchval(_COUNT, *key, src_correlation_id)
    return count


_INSERT = f"""
INSERT INTO authentication (sandbox_id, network, {_COLUMNS}, ordinal, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
ON CONFLICT DO NOTHING
RETURNING authentication_id
"""


async def insert_authentication(
    tx: Tx, key: SystemKey, authentication: Authentication, *, ordinal: int, now: datetime
) -> bool:
    """Add it; False when a parallel call of the session took the *ordinal*."""
    amount = authentication.transaction_amount
    inserted = await tx.fetchval(
        _INSERT,
        *key,
        authentication.authentication_id,
        authentication.src_correlation_id,
        authentication.src_client_id,
        authentication.src_consumer_id,
        authentication.src_digital_card_id,
        authentication.method,
        authentication.subject,
        authentication.reason,
        authentication.state,
        authentication.wrong_tries,
        authentication.id_validation_session_id,
        None if amount is None else amount.amount,
        None if amount is None else amount.currency_code,
        authentication.trans_status,
        authentication.expires_at,
        authentication.completed_at,
        ordinal,
        now,
    )
    return inserted is not None


async def open_authentication(
    tx: Tx, key: SystemKey, derivation: Derivation, draft: Authentication, *, now: datetime
) -> Authentication:
    """Keep *draft* under the session's next id; Aborted when that never succeeds."""
    ordinal = await count_authentications(tx, key, draft.src_correlation_id)
    for further in range(_OPENING_TRIES):
        number = ordinal + further
        opened = replace(
            draft,
            authentication_id=derivation.uuid(
                "authentication_id", key.network, draft.src_correlation_id, number
            ),
        )
        if await insert_authentication(tx, key, opened, ordinal=number, now=now):
            return opened
    raise Aborted


_LOCK = f"""
SELECT {_COLUMNS}
  FROM authentication
 WHERE sandbox_id = $1 AND network = $2 AND authentication_id = $3
   FOR UPDATE
"""


async def lock_authentication(
    tx: Tx, key: SystemKey, authentication_id: str
) -> Authentication | None:
    """The authentication with its row locked: tries are judged one after the other."""
    row = await tx.fetchrow(_LOCK, *key, authentication_id)
    return None if row is None else _to_authentication(row)


_FIND_OWNER = """
SELECT src_consumer_id
  FROM authentication
 WHERE sandbox_id = $1 AND network = $2 AND authentication_id = $3 AND src_client_id = $4
"""


async def find_owner(
    tx: Tx, key: SystemKey, authentication_id: str, *, src_client_id: str
) -> str | None:
    """The srcConsumerId of the client's authentication, or None."""
    owner: str | None = await tx.fetchval(_FIND_OWNER, *key, authentication_id, src_client_id)
    return owner


_LATEST = f"""
SELECT {_COLUMNS}
  FROM authentication
 WHERE sandbox_id = $1 AND network = $2 AND src_correlation_id = $3 AND src_digital_card_id = $4
   AND method = $5 AND state <> 'PENDING'
 ORDER BY ordinal DESC
 LIMIT 1
"""


async def find_latest(
    tx: Tx,
    key: SystemKey,
    src_correlation_id: str,
    src_digital_card_id: str,
    method: AuthenticationMethod,
) -> Authentication | None:
    """The newest authentication of the card by *method* in the session that is over, or None."""
    row = await tx.fetchrow(_LATEST, *key, src_correlation_id, src_digital_card_id, method)
    return None if row is None else _to_authentication(row)


_UPDATE = """
UPDATE authentication
   SET state = $4, wrong_tries = $5, trans_status = $6, completed_at = $7
 WHERE sandbox_id = $1 AND network = $2 AND authentication_id = $3
"""


async def update_authentication(tx: Tx, key: SystemKey, authentication: Authentication) -> None:
    """Keep the state that a try led to."""
    await tx.execute(
        _UPDATE,
        *key,
        authentication.authentication_id,
        authentication.state,
        authentication.wrong_tries,
        authentication.trans_status,
        authentication.completed_at,
    )


_SUPERSEDE = """
UPDATE authentication SET state = 'NOT_AUTHENTICATED', completed_at = $4
 WHERE sandbox_id = $1 AND network = $2 AND id_validation_session_id = $3 AND state = 'PENDING'
   AND src_consumer_id = (
       SELECT v.src_consumer_id FROM identity_validation AS v
        WHERE v.sandbox_id = $1 AND v.network = $2 AND v.id_validation_session_id = $3)
"""


async def supersede(
    tx: Tx, key: SystemKey, id_validation_session_id: str, *, now: datetime
) -> None:
    """End the authentications that waited for a code of this validation: a newer one waits now."""
    await tx.execute(_SUPERSEDE, *key, id_validation_session_id, now)


_COUNT_WRONG = """
SELECT COALESCE(sum(wrong_tries), 0)
  FROM authentication
 WHERE sandbox_id = $1 AND network = $2 AND src_consumer_id = $3 AND src_digital_card_id = $4
   AND method = 'CARD_SECURITY_CODE' AND created_at > $5
"""


async def count_wrong_security_codes(
    tx: Tx, key: SystemKey, src_consumer_id: str, src_digital_card_id: str, *, since: datetime
) -> int:
    """How many wrong security codes were tried at the card since then, in all sessions."""
    count: int = await tx.fetchval(_COUNT_WRONG, *key, src_consumer_id, src_digital_card_id, since)
    return count


async def settle_card(
    tx: Tx, key: SystemKey, card: DigitalCard, method: AuthenticationMethod
) -> DigitalCard:
    """Take off the card what *method* has proven; with nothing left it becomes ACTIVE."""
    if card.status is not DigitalCardStatus.PENDING:
        return card
    left = still_pending(method, card.pending_events)
    status = DigitalCardStatus.PENDING if left else DigitalCardStatus.ACTIVE
    was_set = await digital_cards.set_card_status(
        tx,
        key,
        card.src_digital_card_id,
        was=card.status,
        status=status,
        pending_events=left,
    )
    if not was_set:
        raise Aborted
    return msgspec.structs.replace(card, status=status, pending_events=left)


def _to_authentication(row: Any) -> Authentication:
    amount, trans_status = row["amount"], row["trans_status"]
    return Authentication(
        authentication_id=row["authentication_id"],
        src_correlation_id=row["src_correlation_id"],
        src_client_id=row["src_client_id"],
        src_consumer_id=row["src_consumer_id"],
        src_digital_card_id=row["src_digital_card_id"],
        method=AuthenticationMethod(row["method"]),
        subject=AuthenticationSubject(row["subject"]),
        reason=AuthenticationReason(row["reason"]),
        state=AuthenticationState(row["state"]),
        wrong_tries=row["wrong_tries"],
        id_validation_session_id=row["id_validation_session_id"],
        transaction_amount=None
        if amount is None
        else TransactionAmount(amount, row["currency_code"]),
        trans_status=None if trans_status is None else TransStatus(trans_status),
        expires_at=row["expires_at"],
        completed_at=row["completed_at"],
    )
