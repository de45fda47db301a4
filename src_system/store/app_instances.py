"""Remembered devices as rows."""

from datetime import datetime
from typing import Any

from src_system.derive import Derivation
from src_system.model.app_instance import AppInstance
from src_system.model.identifiers import SystemKey
from src_system.store.database import Tx

_COUNT = """
SELECT count(app_instance_id)
  FROM app_instance
 WHERE sandbox_id = $1 AND network = $2 AND src_consumer_id = $3
"""

_INSERT = """
INSERT INTO app_instance (
    sandbox_id, network, app_instance_id, src_consumer_id, src_client_id, jti, created_at,
    expires_at
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""


async def remember_device(
    tx: Tx,
    key: SystemKey,
    *,
    src_consumer_id: str,
    src_client_id: str,
    derivation: Derivation,
    now: datetime,
    expires_at: datetime,
) -> AppInstance:
    """Make and keep a new binding; the caller holds the lock on the consumer's row."""
    number = await tx.fetchval(_COUNT, *key, src_consumer_id)
    parts = (key.network, src_consumer_id, number)
    app_instance = AppInstance(
        app_instance_id=derivation.uuid("app_instance_id", *parts),
        src_consumer_id=src_consumer_id,
        src_client_id=src_client_id,
        jti=derivation.uuid("recognition_token_jti", *parts),
        bound_at=now,
        expires_at=expires_at,
        revoked_at=None,
    )
    await tx.execute(
        _INSERT,
        *key,
        app_instance.app_instance_id,
        src_consumer_id,
        src_client_id,
        app_instance.jti,
        now,
        expires_at,
    )
    return app_instance


_FIND = """
SELECT app_instance_id, src_consumer_id, src_client_id, jti, created_at, expires_at, revoked_at
  FROM app_instance
 WHERE sandbox_id = $1 AND network = $2 AND app_instance_id = $3
"""


async def find_app_instance(tx: Tx, key: SystemKey, app_instance_id: str) -> AppInstance | None:
    """The binding of that appInstanceId, or None."""
    row = await tx.fetchrow(_FIND, *key, app_instance_id)
    return None if row is None else _to_app_instance(row)


_REVOKE = """
UPDATE app_instance SET revoked_at = $4
 WHERE sandbox_id = $1 AND network = $2 AND app_instance_id = $3 AND revoked_at IS NULL
"""


async def revoke_app_instance(
    tx: Tx, key: SystemKey, app_instance_id: str, *, now: datetime
) -> None:
    """Forget the device; repeating it changes nothing."""
    await tx.execute(_REVOKE, *key, app_instance_id, now)


_REVOKE_ALL = """
UPDATE app_instance SET revoked_at = $5
 WHERE sandbox_id = $1 AND network = $2 AND src_consumer_id = $3 AND src_client_id = $4
   AND revoked_at IS NULL
"""


async def revoke_client_bindings(
    tx: Tx, key: SystemKey, *, src_consumer_id: str, src_client_id: str, now: datetime
) -> None:
    """Forget every device that this client had the consumer remembered on."""
    await tx.execute(_REVOKE_ALL, *key, src_consumer_id, src_client_id, now)


def _to_app_instance(row: Any) -> AppInstance:
    return AppInstance(
        app_instance_id=row["app_instance_id"],
        src_consumer_id=row["src_consumer_id"],
        src_client_id=row["src_client_id"],
        jti=row["jti"],
        bound_at=row["created_at"],
        expires_at=row["expires_at"],
        revoked_at=row["revoked_at"],
    )
