"""Checkout sessions as rows: opened by the first call, found again by their srcCorrelationId."""

import hashlib
from datetime import datetime
from typing import Any

import msgspec

from src_system.derive import Derivation
from src_system.model.errors import Aborted
from src_system.model.identifiers import SystemKey
from src_system.model.session import (
    CheckoutSession,
    SessionState,
    refuse_unusable_session,
)
from src_system.networks.forms import derive_identifier
from src_system.networks.profile import IdForm
from src_system.store.database import Tx

_OPENING_TRIES = 20


class SessionOpening(msgspec.Struct, frozen=True):
    """What a call says about its session. *origin* is what makes equal calls equal."""

    src_correlation_id: str | None
    src_client_id: str
    src_dpa_id: str | None
    srci_transaction_id: str | None
    origin: tuple[str, ...]


_FIND = """
SELECT src_correlation_id, src_client_id, src_dpa_id, srci_transaction_id, src_consumer_id,
       state, expires_at, amr, auth_time
  FROM checkout_session
 WHERE sandbox_id = $1 AND network = $2 AND src_correlation_id = $3
"""


async def find_session(tx: Tx, key: SystemKey, src_correlation_id: str) -> CheckoutSession | None:
    """The session of that srcCorrelationId, or None."""
    row = await tx.fetchrow(_FIND, *key, src_correlation_id)
    return None if row is None else to_session(row)


_FIND_REPEATED = """
SELECT src_correlation_id
  FROM checkout_session
 WHERE sandbox_id = $1 AND network = $2 AND origin_digest = $3 AND src_client_id = $4
   AND src_consumer_id = $5 AND expires_at > $6
 ORDER BY origin_ordinal DESC
 LIMIT 1
"""


async def find_repeated(
    tx: Tx, key: SystemKey, opening: SessionOpening, src_consumer_id: str, *, now: datetime
) -> str | None:
    """The srcCorrelationId that the same call opened before for that consumer, while it lasts."""
    found: str | None = await tx.fetchval(
        _FIND_REPEATED,
        *key,
        _origin_digest(opening),
        opening.src_client_id,
        src_consumer_id,
        now,
    )
    return found


_COUNT_ORIGIN = """
SELECT count(*)
  FROM checkout_session
 WHERE sandbox_id = $1 AND network = $2 AND origin_digest = $3
"""

_INSERT = """
INSERT INTO checkout_session (
    sandbox_id, network, src_correlation_id, src_client_id, src_dpa_id, srci_transaction_id,
    state, origin_digest, origin_ordinal, created_at, expires_at
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT DO NOTHING
RETURNING src_correlation_id
"""


async def open_session(
    tx: Tx,
    key: SystemKey,
    opening: SessionOpening,
    *,
    id_form: IdForm,
    derivation: Derivation,
    now: datetime,
    expires_at: datetime,
) -> CheckoutSession:
    """The session the call belongs to: the one it names, or a new one.

    A srcCorrelationId that the client made itself opens a session of that name (spec 2.7). Raises
    ForeignCorrelation or InvalidState when the named session is another client's or over.
    """
    given = opening.src_correlation_id
    if given is not None:
        found = await find_session(tx, key, given)
        if found is not None:
            refuse_unusable_session(found, src_client_id=opening.src_client_id, now=now)
            return found
    digest = None if given is not None else _origin_digest(opening)
    ordinal = 0 if digest is None else await tx.fetchval(_COUNT_ORIGIN, *key, digest)
    for _ in range(_OPENING_TRIES):
        src_correlation_id = given or derive_identifier(
            id_form, derivation, "src_correlation_id", key.network, (digest or b"").hex(), ordinal
        )
        inserted = await tx.fetchval(
            _INSERT,
            *key,
            src_correlation_id,
            opening.src_client_id,
            opening.src_dpa_id,
            opening.srci_transaction_id,
            SessionState.NEW,
            digest,
            ordinal,
            now,
            expires_at,
        )
        if inserted is not None:
            return CheckoutSession(
                src_correlation_id=src_correlation_id,
                src_client_id=opening.src_client_id,
                src_dpa_id=opening.src_dpa_id,
                srci_transaction_id=opening.srci_transaction_id,
                src_consumer_id=None,
                state=SessionState.NEW,
                expires_at=expires_at,
            )
        if given is not None:  # opened by a parallel call between our two statements
            found = await find_session(tx, key, given)
            if found is not None:
                refuse_unusable_session(found, src_client_id=opening.src_client_id, now=now)
                return found
        ordinal += 1
    raise Aborted


def _origin_digest(opening: SessionOpening) -> bytes:
    """32 bytes that are equal for equal calls; a session that is named has no other origin."""
    parts = ("", opening.src_client_id, *opening.origin)
    return hashlib.sha256("\x00".join(parts).encode()).digest()


# The state is compared where it stands: a parallel call may have taken the session further since
# it was read.
_ADVANCE = """
UPDATE checkout_session
   SET state = CASE WHEN array_position($10::text[], state) > array_position($10::text[], $4)
                    THEN state ELSE $4 END,
       src_consumer_id = COALESCE($5, src_consumer_id),
       src_dpa_id = COALESCE($6, src_dpa_id),
       srci_transaction_id = COALESCE($7, srci_transaction_id),
       amr = COALESCE($8, amr), auth_time = COALESCE($9, auth_time)
 WHERE sandbox_id = $1 AND network = $2 AND src_correlation_id = $3
"""


async def advance_session(
    tx: Tx,
    key: SystemKey,
    session: CheckoutSession,
    reached: SessionState,
    *,
    src_consumer_id: str | None = None,
    src_dpa_id: str | None = None,
    srci_transaction_id: str | None = None,
    amr: tuple[str, ...] | None = None,
    auth_time: datetime | None = None,
) -> None:
    """Note how far the session has come and what the call added to it."""
    await tx.execute(
        _ADVANCE,
        *key,
        session.src_correlation_id,
        reached,
        src_consumer_id,
        src_dpa_id,
        srci_transaction_id,
        None if amr is None else list(amr),
        auth_time,
        list(SessionState),
    )


_FORGET_CONSUMER = """
UPDATE checkout_session
   SET src_consumer_id = NULL, amr = NULL, auth_time = NULL, state = 'NEW'
 WHERE sandbox_id = $1 AND network = $2 AND src_correlation_id = $3
   AND state IN ('NEW', 'IDENTIFIED', 'VALIDATED', 'PROFILE_SENT', 'PENDING_AUTH')
"""


async def forget_consumer(tx: Tx, key: SystemKey, src_correlation_id: str) -> None:
    """Let the session be as if nobody had been validated; one with a complete checkout stays."""
    await tx.execute(_FORGET_CONSUMER, *key, src_correlation_id)


def to_session(row: Any) -> CheckoutSession:
    """The session of a row with the session columns."""
    return CheckoutSession(
        src_correlation_id=row["src_correlation_id"],
        src_client_id=row["src_client_id"],
        src_dpa_id=row["src_dpa_id"],
        srci_transaction_id=row["srci_transaction_id"],
        src_consumer_id=row["src_consumer_id"],
        state=SessionState(row["state"]),
        expires_at=row["expires_at"],
        amr=tuple(row["amr"] or ()),
        auth_time=row["auth_time"],
    )
