"""Sandboxes as rows: their names, their settings and their version."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from src_system.model.errors import Aborted
from src_system.model.identifiers import SandboxName
from src_system.model.sandbox import ClockMode, Eras, Sandbox, StrictnessProfile
from src_system.store.database import Tx

_INSERT = """
INSERT INTO sandbox (
    sandbox_id, name, seed, clock_mode, clock_at, clock_offset_seconds, first_clock_mode,
    first_clock_at, first_clock_offset_seconds, profile, version, one_time_code_count, created_at,
    expires_at, trusted_networks, sealed_for, has_magic
) VALUES ($1, $2, $3, $4, $5, $6, $4, $5, $6, $7, $8, 0, $9, $10, $11, $12, $13)
ON CONFLICT DO NOTHING
RETURNING sandbox_id
"""


async def insert_sandbox(tx: Tx, sandbox: Sandbox) -> bool:
    """Add *sandbox*; False when the name is taken."""
    return (
        await tx.fetchval(
            _INSERT,
            sandbox.sandbox_id,
            sandbox.name,
            sandbox.seed,
            sandbox.clock_mode,
            sandbox.clock_at,
            sandbox.clock_offset_seconds,
            sandbox.profile,
            sandbox.version,
            sandbox.created_at,
            sandbox.expires_at,
            {name: list(trusted) for name, trusted in sandbox.trusted_networks.items()},
            sandbox.sealed_for,
            sandbox.has_magic,
        )
        is not None
    )


_VERSION = "SELECT version FROM sandbox WHERE sandbox_id = $1"


async def sandbox_version(tx: Tx, sandbox_id: str) -> int | None:
    """The version of these rows, None when they are gone."""
    version: int | None = await tx.fetchval(_VERSION, sandbox_id)
    return version


_VERSION_OF_NAME = "SELECT version FROM sandbox WHERE name = $1"


async def version_of_name(tx: Tx, name: SandboxName) -> int | None:
    """The version of the sandbox called so, None when there is none of that name."""
    version: int | None = await tx.fetchval(_VERSION_OF_NAME, name)
    return version


_NAME = "SELECT name FROM sandbox WHERE sandbox_id = $1"


async def name_of_sandbox(tx: Tx, sandbox_id: str) -> SandboxName | None:
    """What the sandbox is called by, None when it is a snapshot, over or gone."""
    name: SandboxName | None = await tx.fetchval(_NAME, sandbox_id)
    return name


_SEAL_SCOPE = "SELECT sealed_for FROM sandbox WHERE sandbox_id = $1"


async def seal_scope(tx: Tx, sandbox_id: str) -> str:
    """What seals in these rows are bound to; nothing, when the rows are gone."""
    return await tx.fetchval(_SEAL_SCOPE, sandbox_id) or ""


_COLUMNS = """sandbox_id, name, seed, clock_mode, clock_at, clock_offset_seconds, profile, version,
       created_at, expires_at, trusted_networks, sealed_for, era, first_era, lineage,
       has_magic"""

_FIND = f"SELECT {_COLUMNS} FROM sandbox WHERE name = $1"


async def find_sandbox(tx: Tx, name: SandboxName) -> Sandbox | None:
    """The sandbox of that name, or None."""
    row = await tx.fetchrow(_FIND, name)
    return None if row is None else _to_sandbox(row)


_LIST = f"""
SELECT {_COLUMNS}
  FROM sandbox
 WHERE name > $1 AND ($3 = '' OR strpos(name, $3) > 0)
 ORDER BY name
 LIMIT $2
"""


async def list_sandboxes(tx: Tx, *, after: str, limit: int, containing: str = "") -> list[Sandbox]:
    """Up to *limit* sandboxes by name, those behind *after*, with *containing* in their names."""
    return [_to_sandbox(row) for row in await tx.fetch(_LIST, after, limit, containing)]


_COUNT = "SELECT count(name) FROM sandbox WHERE $1 = '' OR strpos(name, $1) > 0"


async def count_sandboxes(tx: Tx, *, containing: str = "") -> int:
    """How many sandboxes with *containing* in their names there are; snapshots do not count."""
    count: int = await tx.fetchval(_COUNT, containing)
    return count


_CODE_COUNT = "SELECT one_time_code_count FROM sandbox WHERE sandbox_id = $1"


async def newest_one_time_code_place(tx: Tx, sandbox_id: str) -> int:
    """The place of the newest one-time code, 0 where none was sent."""
    return await tx.fetchval(_CODE_COUNT, sandbox_id) or 0


# Whoever changes a sandbox that was put back or removed meanwhile changes nothing.
_TOUCH = """
UPDATE sandbox SET version = version + 1
 WHERE sandbox_id = $1 AND name IS NOT NULL
RETURNING version
"""


async def touch_sandbox(tx: Tx, sandbox_id: str) -> None:
    """Raise the version: every worker reads settings and participants anew at its next call.

    Raises Aborted when the sandbox was put back or removed meanwhile.
    """
    if await tx.fetchval(_TOUCH, sandbox_id) is None:
        raise Aborted("The sandbox was reset, restored or removed meanwhile.")


_SET_CLOCK = """
UPDATE sandbox
   SET clock_mode = $2, clock_at = $3, clock_offset_seconds = $4, version = version + 1
 WHERE sandbox_id = $1 AND name IS NOT NULL
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
 WHERE sandbox_id = $1 AND name IS NOT NULL
RETURNING sandbox_id
"""


async def set_trusted_networks(
    tx: Tx, sandbox_id: str, trusted_networks: Mapping[str, Sequence[str]]
) -> bool:
    """Change whose idTokens each network takes; False when there is no such sandbox."""
    kept = {name: list(trusted) for name, trusted in trusted_networks.items()}
    return await tx.fetchval(_SET_TRUST, sandbox_id, kept) is not None


_SET_MAGIC = """
UPDATE sandbox SET has_magic = $2, version = version + 1
 WHERE sandbox_id = $1 AND name IS NOT NULL
RETURNING sandbox_id
"""


async def set_magic(tx: Tx, sandbox_id: str, *, has_magic: bool) -> bool:
    """Let magic values mean something, or nothing; False when there is no such sandbox."""
    return await tx.fetchval(_SET_MAGIC, sandbox_id, has_magic) is not None


_ADVANCE_CLOCK = f"""
UPDATE sandbox
   SET clock_at = clock_at + $2, version = version + 1,
       clock_offset_seconds =
           clock_offset_seconds + CASE clock_mode WHEN 'offset' THEN $3::float8 ELSE 0 END
 WHERE sandbox_id = $1 AND clock_mode <> 'real' AND name IS NOT NULL
RETURNING {_COLUMNS}
"""


async def advance_clock(tx: Tx, sandbox_id: str, by: timedelta) -> Sandbox | None:
    """Move a frozen or offset clock forward; None when it is real or there is none.

    The sandbox is as it is then; its row stays locked, so that two who advance take turns.
    """
    row = await tx.fetchrow(_ADVANCE_CLOCK, sandbox_id, by, by.total_seconds())
    return None if row is None else _to_sandbox(row)


_LIST_EXPIRED = """
SELECT name FROM sandbox
 WHERE expires_at <= $1 AND name IS NOT NULL
 ORDER BY expires_at, name
 LIMIT $2
"""


async def list_expired(tx: Tx, *, now: datetime, limit: int) -> list[SandboxName]:
    """Names of sandboxes whose life is over at *now*, the longest dead first."""
    return [row["name"] for row in await tx.fetch(_LIST_EXPIRED, now, limit)]


_NEXT_CODE_PLACE = """
UPDATE sandbox SET one_time_code_count = one_time_code_count + 1
 WHERE sandbox_id = $1
RETURNING one_time_code_count
"""


async def next_one_time_code_place(tx: Tx, sandbox_id: str) -> int:
    """The next cursor value of the code inbox; the row's lock keeps commits in this order."""
    place: int = await tx.fetchval(_NEXT_CODE_PLACE, sandbox_id)
    return place


def _to_sandbox(row: Any) -> Sandbox:
    return Sandbox(
        sandbox_id=row["sandbox_id"],
        name=SandboxName(row["name"]),
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
        sealed_for=row["sealed_for"],
        era=row["era"],
        first_era=row["first_era"],
        lineage=tuple(Eras(**one) for one in row["lineage"]),
        has_magic=row["has_magic"],
    )
