"""Keys of the networks, and the vault's check value: the rows of the whole installation."""

from datetime import datetime
from typing import Any, NamedTuple

from src_system.store.database import Tx


class NetworkKeyRow(NamedTuple):
    """A key pair of a network; the private part is sealed by the vault."""

    network: str
    kid: str
    key_use: str
    private_sealed: bytes
    active_from: datetime
    retired_at: datetime | None


_LIST = """
SELECT network, kid, key_use, private_sealed, active_from, retired_at
  FROM network_key
 ORDER BY network, active_from, kid
"""


async def list_network_keys(tx: Tx) -> list[NetworkKeyRow]:
    """Every key of the installation."""
    return [NetworkKeyRow(*row.values()) for row in await tx.fetch(_LIST)]


_LOCK = "SELECT pg_advisory_xact_lock($1)"
_KEY_MAKING_LOCK = 5_772_156


async def lock_key_making(tx: Tx) -> None:
    """Wait until no other process makes keys; held to the end of the transaction."""
    await tx.execute(_LOCK, _KEY_MAKING_LOCK)


_INSERT = """
INSERT INTO network_key (network, kid, key_use, private_sealed, active_from, retired_at)
VALUES ($1, $2, $3, $4, $5, $6)
"""


async def insert_network_key(tx: Tx, row: NetworkKeyRow) -> None:
    """Keep a new key."""
    await tx.execute(_INSERT, *row)


_FIND_CHECK = "SELECT sealed FROM vault_check WHERE name = $1"
_INSERT_CHECK = """
INSERT INTO vault_check (name, sealed) VALUES ($1, $2)
ON CONFLICT ON CONSTRAINT vault_check_pkey DO NOTHING
"""


async def find_vault_check(tx: Tx, name: str) -> bytes | None:
    """The sealed check text, None in a fresh installation."""
    sealed: Any = await tx.fetchval(_FIND_CHECK, name)
    return None if sealed is None else bytes(sealed)


async def insert_vault_check(tx: Tx, name: str, sealed: bytes) -> None:
    """Keep the sealed check text unless one is there."""
    await tx.execute(_INSERT_CHECK, name, sealed)
