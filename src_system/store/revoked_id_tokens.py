"""idTokens that were taken back before their end, as rows."""

from collections.abc import Sequence
from datetime import datetime

from src_system.model.identifiers import SystemKey
from src_system.store.database import Tx

_PRUNE = """
DELETE FROM revoked_id_token WHERE sandbox_id = $1 AND network = $2 AND expires_at <= $3
"""

_INSERT = """
INSERT INTO revoked_id_token (sandbox_id, jti, network, expires_at)
VALUES ($1, $3, $2, $4)
ON CONFLICT ON CONSTRAINT revoked_id_token_pkey DO NOTHING
"""


async def revoke_id_token(
    tx: Tx, key: SystemKey, jti: str, *, expires_at: datetime, now: datetime
) -> None:
    """Take the token back at this network; rows of tokens that are over by themselves go."""
    await tx.execute(_PRUNE, *key, now)
    await tx.execute(_INSERT, *key, jti, expires_at)


_IS_REVOKED = """
SELECT EXISTS (
    SELECT 1
      FROM revoked_id_token
     WHERE sandbox_id = $1 AND jti = ANY ($3::text[]) AND network = $2
)
"""


async def is_revoked(tx: Tx, key: SystemKey, jtis: Sequence[str]) -> bool:
    """Whether one of the tokens was taken back here."""
    found: bool = await tx.fetchval(_IS_REVOKED, *key, list(jtis))
    return found
