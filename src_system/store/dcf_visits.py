"""Visits to a DCF as rows: opened, taken in hand for one action at a time, closed with a result."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec

from src_system.derive import Derivation
from src_system.model.dcf_visit import DcfDisplay, DcfProgress, DcfVisit
from src_system.model.errors import Aborted
from src_system.model.identifiers import SystemKey
from src_system.store.database import Tx

_OPENING_TRIES = 20
_COLUMNS = """
    visit_id, src_correlation_id, src_client_id, opener_origin, display, request, progress, turn,
    result, expires_at
"""

_COUNT = """
SELECT count(*)
  FROM dcf_visit
 WHERE sandbox_id = $1 AND network = $2 AND src_correlation_id = $3
"""

_INSERT = f"""
INSERT INTO dcf_visit (sandbox_id, network, {_COLUMNS}, ordinal, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
ON CONFLICT DO NOTHING
RETURNING visit_id
"""


async def open_visit(
    tx: Tx, key: SystemKey, derivation: Derivation, draft: DcfVisit, *, now: datetime
) -> DcfVisit:
    """Keep *draft* under the session's next id; Aborted when that never succeeds."""
    ordinal = await tx.fetchval(_COUNT, *key, draft.src_correlation_id)
    for further in range(_OPENING_TRIES):
        number = ordinal + further
        visit_id = derivation.uuid(
            "dcf_visit_id", key.network, draft.src_correlation_id, str(number)
        )
        inserted = await tx.fetchval(
            _INSERT,
            *key,
            visit_id,
            draft.src_correlation_id,
            draft.src_client_id,
            draft.opener_origin,
            draft.display,
            dict(draft.request),
            msgspec.to_builtins(draft.progress),
            draft.turn,
            None,
            draft.expires_at,
            number,
            now,
        )
        if inserted is not None:
            return replace(draft, visit_id=visit_id)
    raise Aborted


_FIND = f"""
SELECT {_COLUMNS}
  FROM dcf_visit
 WHERE sandbox_id = $1 AND network = $2 AND visit_id = $3
"""


async def find_visit(tx: Tx, key: SystemKey, visit_id: str) -> DcfVisit | None:
    """The visit of that id, or None."""
    row = await tx.fetchrow(_FIND, *key, visit_id)
    return None if row is None else _to_visit(row)


_TAKE = f"""
UPDATE dcf_visit SET turn = turn + 1, busy_until = $5
 WHERE sandbox_id = $1 AND network = $2 AND visit_id = $3 AND turn = $4 AND result IS NULL
   AND (busy_until IS NULL OR busy_until < $6)
RETURNING {_COLUMNS}
"""


async def take_visit(
    tx: Tx,
    key: SystemKey,
    visit_id: str,
    *,
    turn: int,
    busy_until: datetime,
    machine_now: datetime,
) -> DcfVisit | None:
    """The visit to be acted on, in nobody else's hand until *busy_until* or `put_back`.

    None when it is in another's hand, over, or no longer at *turn*: that action was done.
    """
    row = await tx.fetchrow(_TAKE, *key, visit_id, turn, busy_until, machine_now)
    return None if row is None else _to_visit(row)


_IS_BUSY = """
SELECT busy_until IS NOT NULL AND busy_until >= $4
  FROM dcf_visit
 WHERE sandbox_id = $1 AND network = $2 AND visit_id = $3
"""


async def is_busy(tx: Tx, key: SystemKey, visit_id: str, *, machine_now: datetime) -> bool:
    """Whether somebody has it in hand."""
    return await tx.fetchval(_IS_BUSY, *key, visit_id, machine_now) is True


_PUT_BACK = """
UPDATE dcf_visit SET progress = $5, result = coalesce(result, $6), busy_until = NULL
 WHERE sandbox_id = $1 AND network = $2 AND visit_id = $3 AND turn = $4
"""


async def put_back(
    tx: Tx,
    key: SystemKey,
    visit: DcfVisit,
    progress: DcfProgress,
    result: Mapping[str, Any] | None = None,
) -> None:
    """Keep what the action led to; a *result* ends the visit, and the first one stays."""
    await tx.execute(
        _PUT_BACK,
        *key,
        visit.visit_id,
        visit.turn,
        msgspec.to_builtins(progress),
        None if result is None else dict(result),
    )


def _to_visit(row: Mapping[str, Any]) -> DcfVisit:
    return DcfVisit(
        visit_id=row["visit_id"],
        src_correlation_id=row["src_correlation_id"],
        src_client_id=row["src_client_id"],
        opener_origin=row["opener_origin"],
        display=DcfDisplay(row["display"]),
        request=row["request"],
        progress=msgspec.convert(row["progress"], DcfProgress),
        turn=row["turn"],
        result=row["result"],
        expires_at=row["expires_at"],
    )
