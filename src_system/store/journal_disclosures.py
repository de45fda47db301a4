"""Who read a journal without masks, as rows."""

from dataclasses import dataclass
from datetime import datetime

from src_system.store.database import Tx

KEPT_MAX = 1_000


@dataclass(frozen=True, slots=True)
class Disclosure:
    """One reading of places `first_place` to `last_place`; `disclosed_at` is machine time."""

    number: int
    disclosed_at: datetime
    remote_address: str
    used_token: bool
    view: str
    first_place: int
    last_place: int


_RECORD = """
WITH counted AS (
    UPDATE journal SET disclosure_count = disclosure_count + 1
     WHERE sandbox_id = $1
    RETURNING sandbox_id, disclosure_count
)
INSERT INTO journal_disclosure (
    sandbox_id, disclosure, disclosed_at, remote_address, used_token, view, first_place, last_place
)
SELECT sandbox_id, disclosure_count, $2, $3, $4, $5, $6, $7 FROM counted
RETURNING disclosure
"""
_FORGET = "DELETE FROM journal_disclosure WHERE sandbox_id = $1 AND disclosure <= $2"


async def record_disclosure(
    tx: Tx,
    sandbox_id: str,
    *,
    machine_now: datetime,
    remote_address: str,
    used_token: bool,
    view: str,
    places: tuple[int, int],
) -> None:
    """Keep that somebody is about to see these places; the newest thousand are kept."""
    number = await tx.fetchval(
        _RECORD, sandbox_id, machine_now, remote_address, used_token, view, *places
    )
    if number is not None and number > KEPT_MAX:
        await tx.execute(_FORGET, sandbox_id, number - KEPT_MAX)


_LIST = """
SELECT disclosure, disclosed_at, remote_address, used_token, view, first_place, last_place
  FROM journal_disclosure
 WHERE sandbox_id = $1 AND disclosure > $2
 ORDER BY disclosure
 LIMIT $3
"""


async def list_disclosures(tx: Tx, sandbox_id: str, *, after: int, limit: int) -> list[Disclosure]:
    """Up to *limit* readings behind number *after*, oldest first."""
    return [Disclosure(*row.values()) for row in await tx.fetch(_LIST, sandbox_id, after, limit)]
