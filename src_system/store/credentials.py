"""The public names of clients' credentials, and the nonces that were used, as rows."""

from collections.abc import Iterable
from datetime import datetime

from src_system.store.database import Tx

_DELETE_NAMES = "DELETE FROM credential_name WHERE sandbox_id = $1 AND src_client_id = $2"
_INSERT_NAME = """
INSERT INTO credential_name (sandbox_id, kind, name, src_client_id) VALUES ($1, $2, $3, $4)
"""


async def replace_names(
    tx: Tx, sandbox_id: str, src_client_id: str, names: Iterable[tuple[str, str]]
) -> None:
    """The client is found by *names* (kind, name) and no others.

    Raises UniqueViolation when another client has one.
    """
    await tx.execute(_DELETE_NAMES, sandbox_id, src_client_id)
    for kind, name in names:
        await tx.execute(_INSERT_NAME, sandbox_id, kind, name, src_client_id)


_FIND_OWNER = """
SELECT src_client_id FROM credential_name WHERE sandbox_id = $1 AND kind = $2 AND name = $3
"""


async def find_owner(tx: Tx, sandbox_id: str, kind: str, name: str) -> str | None:
    """The srcClientId of the client whose credential has that name, or None."""
    owner: str | None = await tx.fetchval(_FIND_OWNER, sandbox_id, kind, name)
    return owner


# Each new row takes up to eight old ones away, so that the table cannot grow beyond what one life
# brings; rows that another request is just deleting are left to it.
_USE_NONCE = """
WITH pruned AS (
    DELETE FROM used_nonce
     WHERE sandbox_id = $1
       AND digest IN (SELECT digest FROM used_nonce
                       WHERE sandbox_id = $1 AND expires_at < $4
                       ORDER BY expires_at
                       LIMIT 8
                         FOR UPDATE SKIP LOCKED)
)
INSERT INTO used_nonce (sandbox_id, digest, expires_at, used_at) VALUES ($1, $2, $3, $5)
ON CONFLICT ON CONSTRAINT used_nonce_pkey DO NOTHING
RETURNING digest
"""


async def use_nonce(
    tx: Tx,
    sandbox_id: str,
    digest: bytes,
    *,
    expires_at: datetime,
    now: datetime,
    machine_now: datetime,
) -> bool:
    """Remember *digest* until *expires_at*; False when it was used before, by any worker."""
    used = await tx.fetchval(_USE_NONCE, sandbox_id, digest, expires_at, now, machine_now)
    return used is not None


_PRUNE_BY_NUMBER = """
DELETE FROM used_nonce
 WHERE sandbox_id = $1
   AND digest IN (SELECT digest FROM used_nonce
                   WHERE sandbox_id = $1
                   ORDER BY used_at DESC, digest
                  OFFSET $2)
"""


async def prune_nonces_by_number(tx: Tx, sandbox_id: str, *, keep: int) -> None:
    """Forget all but the newest *keep*: where the clock stands still, none ever expires."""
    await tx.execute(_PRUNE_BY_NUMBER, sandbox_id, keep)
