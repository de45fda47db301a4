"""What issuers call their people and cards, as rows: a repetition finds who and what is there."""

from src_system.model.identifiers import SystemKey
from src_system.store.database import Tx

_FIND_CONSUMER = """
SELECT src_consumer_id
  FROM external_consumer
 WHERE sandbox_id = $1 AND network = $2 AND src_client_id = $3 AND external_consumer_id = $4
"""


async def find_external_consumer(
    tx: Tx, key: SystemKey, src_client_id: str, external_consumer_id: str
) -> str | None:
    """The srcConsumerId that the issuer's externalConsumerId stands for, or None."""
    found: str | None = await tx.fetchval(_FIND_CONSUMER, *key, src_client_id, external_consumer_id)
    return found


_INSERT_CONSUMER = """
INSERT INTO external_consumer (
    sandbox_id, network, src_client_id, external_consumer_id, src_consumer_id
) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT ON CONSTRAINT external_consumer_pkey DO NOTHING
RETURNING src_consumer_id
"""


async def insert_external_consumer(
    tx: Tx, key: SystemKey, src_client_id: str, external_consumer_id: str, src_consumer_id: str
) -> bool:
    """Keep whom the id stands for; False when a parallel record was faster."""
    inserted = await tx.fetchval(
        _INSERT_CONSUMER, *key, src_client_id, external_consumer_id, src_consumer_id
    )
    return inserted is not None


_FIND_CREDENTIAL = """
SELECT src_digital_card_id
  FROM external_credential
 WHERE sandbox_id = $1 AND network = $2 AND src_client_id = $3 AND external_consumer_id = $4
   AND external_credential_id = $5
"""


async def find_external_credential(
    tx: Tx,
    key: SystemKey,
    src_client_id: str,
    external_consumer_id: str,
    external_credential_id: str,
) -> str | None:
    """The srcDigitalCardId that the issuer's externalCredentialId stands for, or None."""
    found: str | None = await tx.fetchval(
        _FIND_CREDENTIAL, *key, src_client_id, external_consumer_id, external_credential_id
    )
    return found


_UPSERT_CREDENTIAL = """
INSERT INTO external_credential (
    sandbox_id, network, src_client_id, external_consumer_id, external_credential_id,
    src_digital_card_id
) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT ON CONSTRAINT external_credential_pkey
DO UPDATE SET src_digital_card_id = excluded.src_digital_card_id
"""


async def upsert_external_credential(
    tx: Tx,
    key: SystemKey,
    src_client_id: str,
    external_consumer_id: str,
    external_credential_id: str,
    src_digital_card_id: str,
) -> None:
    """Keep which card the id stands for from now on."""
    await tx.execute(
        _UPSERT_CREDENTIAL,
        *key,
        src_client_id,
        external_consumer_id,
        external_credential_id,
        src_digital_card_id,
    )
