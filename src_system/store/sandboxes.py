"""Sandboxes as rows: their settings, their version, and their removal with all they hold."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from src_system.model.sandbox import ClockMode, Sandbox, StrictnessProfile
from src_system.store.database import Tx

_INSERT = """
INSERT INTO sandbox (
    sandbox_id, seed, clock_mode, clock_at, clock_offset_seconds, profile, version,
    one_time_code_count, created_at, expires_at, trusted_networks
) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, $9, $10)
ON CONFLICT ON CONSTRAINT sandbox_pkey DO NOTHING
RETURNING sandbox_id
"""


async def insert_sandbox(tx: Tx, sandbox: Sandbox) -> bool:
    """Add *sandbox*; False when the name is taken."""
    return (
        await tx.fetchval(
            _INSERT,
            sandbox.sandbox_id,
            sandbox.seed,
            sandbox.clock_mode,
            sandbox.clock_at,
            sandbox.clock_offset_seconds,
            sandbox.profile,
            sandbox.version,
            sandbox.created_at,
            sandbox.expires_at,
            {name: list(trusted) for name, trusted in sandbox.trusted_networks.items()},
        )
        is not None
    )


_VERSION = "SELECT version FROM sandbox WHERE sandbox_id = $1"


async def sandbox_version(tx: Tx, sandbox_id: str) -> int | None:
    """The version of the sandbox, None when there is none of that name."""
    version: int | None = await tx.fetchval(_VERSION, sandbox_id)
    return version


_FIND = """
SELECT sandbox_id, seed, clock_mode, clock_at, clock_offset_seconds, profile, version,
       created_at, expires_at, trusted_networks
  FROM sandbox
 WHERE sandbox_id = $1
"""


async def find_sandbox(tx: Tx, sandbox_id: str) -> Sandbox | None:
    """The sandbox of that name, or None."""
    row = await tx.fetchrow(_FIND, sandbox_id)
    return None if row is None else _to_sandbox(row)


_LIST = """
SELECT sandbox_id, seed, clock_mode, clock_at, clock_offset_seconds, profile, version,
       created_at, expires_at, trusted_networks
  FROM sandbox
 WHERE sandbox_id > $1
 ORDER BY sandbox_id
 LIMIT $2
"""


async def list_sandboxes(tx: Tx, *, after: str, limit: int) -> list[Sandbox]:
    """Up to *limit* sandboxes by name, those behind *after*."""
    return [_to_sandbox(row) for row in await tx.fetch(_LIST, after, limit)]


_COUNT = "SELECT count(sandbox_id) FROM sandbox"


async def count_sandboxes(tx: Tx) -> int:
    """How many sandboxes the installation holds."""
    count: int = await tx.fetchval(_COUNT)
    return count


_TOUCH = "UPDATE sandbox SET version = version + 1 WHERE sandbox_id = $1"


async def touch_sandbox(tx: Tx, sandbox_id: str) -> None:
    """Raise the version: every worker reads settings and participants anew at its next call."""
    await tx.execute(_TOUCH, sandbox_id)


_SET_CLOCK = """
UPDATE sandbox
   SET clock_mode = $2, clock_at = $3, clock_offset_seconds = $4, version = version + 1
 WHERE sandbox_id = $1
RETURNING sandbox_id
"""


async def set_clock(
    tx: Tx,
    sandbox_id: str,
    *,
    mode: ClockMode,
    at: datetime | None,
    offset_seconds: float,
) -> bool:
    """Change how the sandbox's time runs; False when there is no such sandbox."""
    updated = await tx.fetchval(_SET_CLOCK, sandbox_id, mode, at, offset_seconds)
    return updated is not None


_SET_TRUST = """
UPDATE sandbox SET trusted_networks = $2, version = version + 1
 WHERE sandbox_id = $1
RETURNING sandbox_id
"""


async def set_trusted_networks(
    tx: Tx, sandbox_id: str, trusted_networks: Mapping[str, Sequence[str]]
) -> bool:
    """Change whose idTokens each network takes; False when there is no such sandbox."""
    kept = {name: list(trusted) for name, trusted in trusted_networks.items()}
    return await tx.fetchval(_SET_TRUST, sandbox_id, kept) is not None


_ADVANCE_CLOCK = """
UPDATE sandbox
   SET clock_at = clock_at + $2, version = version + 1,
       clock_offset_seconds =
           clock_offset_seconds + CASE clock_mode WHEN 'offset' THEN $3::float8 ELSE 0 END
 WHERE sandbox_id = $1 AND clock_mode <> 'real'
RETURNING sandbox_id
"""


async def advance_clock(tx: Tx, sandbox_id: str, by: timedelta) -> bool:
    """Move a frozen or offset clock forward; False when it is real or there is none."""
    moved = await tx.fetchval(_ADVANCE_CLOCK, sandbox_id, by, by.total_seconds())
    return moved is not None


_LIST_EXPIRED = """
SELECT sandbox_id FROM sandbox WHERE expires_at <= $1 ORDER BY expires_at, sandbox_id LIMIT $2
"""


async def list_expired(tx: Tx, *, now: datetime, limit: int) -> list[str]:
    """Names of sandboxes whose life is over at *now*, the longest dead first."""
    return [row["sandbox_id"] for row in await tx.fetch(_LIST_EXPIRED, now, limit)]


_NEXT_CODE_PLACE = """
UPDATE sandbox SET one_time_code_count = one_time_code_count + 1
 WHERE sandbox_id = $1
RETURNING one_time_code_count
"""


async def next_one_time_code_place(tx: Tx, sandbox_id: str) -> int:
    """The next cursor value of the code inbox; the row's lock keeps commits in this order."""
    place: int = await tx.fetchval(_NEXT_CODE_PLACE, sandbox_id)
    return place


_DELETE_CRYPTOGRAMS = "DELETE FROM cryptogram WHERE sandbox_id = $1"
_DELETE_CHECKOUTS = "DELETE FROM checkout WHERE sandbox_id = $1"
_DELETE_SESSIONS = "DELETE FROM checkout_session WHERE sandbox_id = $1"
_DELETE_NOTIFICATIONS = "DELETE FROM card_notification WHERE sandbox_id = $1"
_DELETE_CARD_BATCHES = "DELETE FROM card_batch WHERE sandbox_id = $1"
_DELETE_CONSUMERS = "DELETE FROM consumer WHERE sandbox_id = $1"
_DELETE_NONCES = "DELETE FROM used_nonce WHERE sandbox_id = $1"
# First the row that every writer of the journal waits for: who comes later finds no sandbox.
_DELETE_JOURNAL = "DELETE FROM journal WHERE sandbox_id = $1"
_DELETE_JOURNAL_PAGES = "DELETE FROM journal_page WHERE sandbox_id = $1"
_DELETE = "DELETE FROM sandbox WHERE sandbox_id = $1 RETURNING sandbox_id"


async def delete_consumers(tx: Tx, sandbox_id: str) -> None:
    """Remove every consumer, card, session and checkout, and what was told of them.

    Participants stay.
    """
    for statement in (
        _DELETE_CRYPTOGRAMS,
        _DELETE_CHECKOUTS,
        _DELETE_SESSIONS,
        _DELETE_NOTIFICATIONS,
        _DELETE_CARD_BATCHES,
        _DELETE_CONSUMERS,
    ):
        await tx.execute(statement, sandbox_id)


async def delete_sandbox(tx: Tx, sandbox_id: str) -> bool:
    """Remove the sandbox and all it holds; False when there is none of that name."""
    await delete_consumers(tx, sandbox_id)
    for statement in (_DELETE_NONCES, _DELETE_JOURNAL, _DELETE_JOURNAL_PAGES):
        await tx.execute(statement, sandbox_id)
    return await tx.fetchval(_DELETE, sandbox_id) is not None


def _to_sandbox(row: Any) -> Sandbox:
    return Sandbox(
        sandbox_id=row["sandbox_id"],
        seed=row["seed"],
        clock_mode=ClockMode(row["clock_mode"]),
        clock_at=row["clock_at"],
        clock_offset_seconds=row["clock_offset_seconds"],
        profile=StrictnessProfile(row["profile"]),
        version=row["version"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        trusted_networks={
            name: tuple(trusted) for name, trusted in row["trusted_networks"].items()
        },
    )
