"""The shipping addresses of consumers as rows."""

from datetime import datetime

from src_system.model.address import ShippingAddress
from src_system.model.identifiers import SystemKey
from src_system.store.consumers import address_document, to_address
from src_system.store.database import Tx

_INSERT_SHIPPING = """
INSERT INTO shipping_address (
    sandbox_id, network, address_id, src_consumer_id, address, created_at
) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT ON CONSTRAINT shipping_address_pkey DO UPDATE SET address = excluded.address
"""


async def upsert_address(
    tx: Tx,
    key: SystemKey,
    src_consumer_id: str,
    shipping_address: ShippingAddress,
    *,
    now: datetime,
) -> None:
    """Add the address, or bring the one of that addressId up to date."""
    await tx.execute(
        _INSERT_SHIPPING,
        *key,
        shipping_address.address_id,
        src_consumer_id,
        address_document(shipping_address.address),
        now,
    )


_LIST_SHIPPING = """
SELECT address_id, address, created_at
  FROM shipping_address
 WHERE sandbox_id = $1 AND network = $2 AND src_consumer_id = $3
 ORDER BY created_at, address_id
"""


async def list_addresses(tx: Tx, key: SystemKey, src_consumer_id: str) -> list[ShippingAddress]:
    """The consumer's shipping addresses, oldest first."""
    rows = await tx.fetch(_LIST_SHIPPING, *key, src_consumer_id)
    return [
        ShippingAddress(row["address_id"], to_address(row["address"]), row["created_at"])
        for row in rows
    ]


_IS_OF = """
SELECT EXISTS (
    SELECT 1
      FROM shipping_address
     WHERE sandbox_id = $1 AND network = $2 AND address_id = $4 AND src_consumer_id = $3
)
"""


async def is_address_of(tx: Tx, key: SystemKey, src_consumer_id: str, address_id: str) -> bool:
    """Whether the address is in this consumer's list."""
    found: bool = await tx.fetchval(_IS_OF, *key, src_consumer_id, address_id)
    return found


_COUNT = """
UPDATE consumer SET shipping_address_count = shipping_address_count + 1
 WHERE sandbox_id = $1 AND network = $2 AND src_consumer_id = $3
RETURNING shipping_address_count
"""


async def count_address(tx: Tx, key: SystemKey, src_consumer_id: str) -> int:
    """The number of the consumer's next address, from 1; deleted ones count."""
    number: int = await tx.fetchval(_COUNT, *key, src_consumer_id)
    return number


_DELETE = """
DELETE FROM shipping_address
 WHERE sandbox_id = $1 AND network = $2 AND address_id = $4 AND src_consumer_id = $3
RETURNING address_id
"""


async def delete_address(tx: Tx, key: SystemKey, src_consumer_id: str, address_id: str) -> bool:
    """Remove the address; False when the consumer has none of that id."""
    return await tx.fetchval(_DELETE, *key, src_consumer_id, address_id) is not None
