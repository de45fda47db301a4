"""Consumers, their identities and their shipping addresses as rows."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from src_system.model.address import Address
from src_system.model.consumer import (
    Consumer,
    ConsumerIdentity,
    ConsumerStatus,
    PhoneNumber,
)
from src_system.model.identifiers import SystemKey
from src_system.store.database import Tx

_COLUMNS = """
    c.src_consumer_id, c.status, c.email_address, c.mobile_country_code, c.mobile_phone_number,
    c.first_name, c.last_name, c.full_name, c.national_identifier, c.country_code, c.locale,
    c.compliance_settings, c.exhausted_validations, c.locked_until, c.date_consumer_added,
    c.date_consumer_last_used
"""

_INSERT = """
INSERT INTO consumer (
    sandbox_id, network, src_consumer_id, status, email_address, mobile_country_code,
    mobile_phone_number, first_name, last_name, full_name, national_identifier, country_code,
    locale, compliance_settings, exhausted_validations, locked_until, date_consumer_added,
    date_consumer_last_used
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 0, $15, $16, NULL)
ON CONFLICT ON CONSTRAINT consumer_pkey DO NOTHING
RETURNING src_consumer_id
"""


async def insert_consumer(tx: Tx, key: SystemKey, consumer: Consumer) -> bool:
    """Add *consumer*; False when the srcConsumerId is there already."""
    mobile = consumer.mobile_number
    inserted = await tx.fetchval(
        _INSERT,
        *key,
        consumer.src_consumer_id,
        consumer.status,
        consumer.email_address,
        mobile and mobile.country_code,
        mobile and mobile.phone_number,
        consumer.first_name,
        consumer.last_name,
        consumer.full_name,
        consumer.national_identifier,
        consumer.country_code,
        consumer.locale,
        dict(consumer.compliance_settings),
        consumer.locked_until,
        consumer.date_consumer_added,
    )
    return inserted is not None


# Of either key: a parallel insert of the same identity may meet that of its hash first.
_INSERT_IDENTITY = """
INSERT INTO consumer_identity (
    sandbox_id, network, identity_type, identity_value, identity_hash, src_consumer_id,
    validation_count
) VALUES ($1, $2, $3, $4, $5, $6, 0)
ON CONFLICT DO NOTHING
RETURNING src_consumer_id
"""


async def insert_identity(
    tx: Tx,
    key: SystemKey,
    identity: ConsumerIdentity,
    *,
    identity_hash: bytes,
    src_consumer_id: str,
) -> bool:
    """Give the consumer a further identity; False when somebody has it already."""
    return (
        await tx.fetchval(
            _INSERT_IDENTITY,
            *key,
            identity.identity_type,
            identity.identity_value,
            identity_hash,
            src_consumer_id,
        )
        is not None
    )


_FIND_BY_IDENTITY = f"""
SELECT {_COLUMNS}
  FROM consumer_identity AS i
  JOIN consumer AS c USING (sandbox_id, network, src_consumer_id)
 WHERE i.sandbox_id = $1 AND i.network = $2 AND i.identity_type = $3 AND i.identity_value = $4
"""


async def find_by_identity(tx: Tx, key: SystemKey, identity: ConsumerIdentity) -> Consumer | None:
    """The consumer known by *identity*, or None."""
    row = await tx.fetchrow(
        _FIND_BY_IDENTITY, *key, identity.identity_type, identity.identity_value
    )
    return None if row is None else _to_consumer(row)


_FIND_BY_HASH = f"""
SELECT {_COLUMNS}
  FROM consumer_identity AS i
  JOIN consumer AS c USING (sandbox_id, network, src_consumer_id)
 WHERE i.sandbox_id = $1 AND i.network = $2 AND i.identity_hash = $3
"""


async def find_by_identity_hash(tx: Tx, key: SystemKey, identity_hash: bytes) -> Consumer | None:
    """The consumer whose identity hashes to *identity_hash* (32 bytes), or None."""
    row = await tx.fetchrow(_FIND_BY_HASH, *key, identity_hash)
    return None if row is None else _to_consumer(row)


_FIND = f"""
SELECT {_COLUMNS}
  FROM consumer AS c
 WHERE c.sandbox_id = $1 AND c.network = $2 AND c.src_consumer_id = $3
"""


async def find_consumer(tx: Tx, key: SystemKey, src_consumer_id: str) -> Consumer | None:
    """The consumer of that srcConsumerId, or None."""
    row = await tx.fetchrow(_FIND, *key, src_consumer_id)
    return None if row is None else _to_consumer(row)


_LOCK = f"""
SELECT {_COLUMNS}
  FROM consumer AS c
 WHERE c.sandbox_id = $1 AND c.network = $2 AND c.src_consumer_id = $3
   FOR NO KEY UPDATE
"""


async def lock_consumer(tx: Tx, key: SystemKey, src_consumer_id: str) -> Consumer | None:
    """The consumer with its row locked to the transaction's end: enrolments queue up here."""
    row = await tx.fetchrow(_LOCK, *key, src_consumer_id)
    return None if row is None else _to_consumer(row)


_LIST = f"""
SELECT {_COLUMNS}
  FROM consumer AS c
 WHERE c.sandbox_id = $1 AND c.network = $2 AND c.src_consumer_id > $3
 ORDER BY c.src_consumer_id
 LIMIT $4
"""


async def list_consumers(tx: Tx, key: SystemKey, *, after: str, limit: int) -> list[Consumer]:
    """Up to *limit* consumers by srcConsumerId, those behind *after*."""
    return [_to_consumer(row) for row in await tx.fetch(_LIST, *key, after, limit)]


_IDENTITIES = """
SELECT identity_type, identity_value, identity_hash
  FROM consumer_identity
 WHERE sandbox_id = $1 AND network = $2 AND src_consumer_id = $3
 ORDER BY identity_type, identity_value
"""


async def list_identities(
    tx: Tx, key: SystemKey, src_consumer_id: str
) -> list[tuple[str, str, bytes]]:
    """The consumer's identities as (type, value, hash), e-mail first."""
    rows = await tx.fetch(_IDENTITIES, *key, src_consumer_id)
    return [(row["identity_type"], row["identity_value"], row["identity_hash"]) for row in rows]


_COUNT_VALIDATION = """
UPDATE consumer_identity SET validation_count = validation_count + 1
 WHERE sandbox_id = $1 AND network = $2 AND identity_type = $3 AND identity_value = $4
RETURNING validation_count
"""


async def count_validation(tx: Tx, key: SystemKey, identity: ConsumerIdentity) -> int:
    """The number of this identity's next validation, from 1."""
    number: int = await tx.fetchval(
        _COUNT_VALIDATION, *key, identity.identity_type, identity.identity_value
    )
    return number


_SET_STATUS = """
UPDATE consumer SET status = $4, locked_until = $5, exhausted_validations = $6
 WHERE sandbox_id = $1 AND network = $2 AND src_consumer_id = $3
RETURNING src_consumer_id
"""


async def set_status(
    tx: Tx,
    key: SystemKey,
    src_consumer_id: str,
    status: ConsumerStatus,
    *,
    locked_until: datetime | None = None,
    exhausted_validations: int = 0,
) -> bool:
    """Set the status, the end of a lock, and the count of exhausted validations."""
    updated = await tx.fetchval(
        _SET_STATUS, *key, src_consumer_id, status, locked_until, exhausted_validations
    )
    return updated is not None


_UPDATE_PROFILE = """
UPDATE consumer
   SET first_name = $4, last_name = $5, full_name = $6, national_identifier = $7,
       country_code = $8, locale = $9
 WHERE sandbox_id = $1 AND network = $2 AND src_consumer_id = $3
"""


async def update_profile(tx: Tx, key: SystemKey, consumer: Consumer) -> None:
    """Keep names, national identifier, country and locale of *consumer*."""
    await tx.execute(
        _UPDATE_PROFILE,
        *key,
        consumer.src_consumer_id,
        consumer.first_name,
        consumer.last_name,
        consumer.full_name,
        consumer.national_identifier,
        consumer.country_code,
        consumer.locale,
    )


_MARK_USED = """
UPDATE consumer SET date_consumer_last_used = $4
 WHERE sandbox_id = $1 AND network = $2 AND src_consumer_id = $3
"""


async def mark_consumer_used(
    tx: Tx, key: SystemKey, src_consumer_id: str, *, now: datetime
) -> None:
    """Remember when the consumer last paid."""
    await tx.execute(_MARK_USED, *key, src_consumer_id, now)


_DELETE = """
DELETE FROM consumer WHERE sandbox_id = $1 AND network = $2 AND src_consumer_id = $3
RETURNING src_consumer_id
"""


async def delete_consumer(tx: Tx, key: SystemKey, src_consumer_id: str) -> bool:
    """Remove the consumer with cards and devices; False when there is none."""
    return await tx.fetchval(_DELETE, *key, src_consumer_id) is not None


def address_document(address: Address) -> dict[str, str]:
    """The address as kept in jsonb: only the members that have a value."""
    return {
        name: value
        for name in Address.__struct_fields__
        if (value := getattr(address, name)) is not None
    }


def to_address(document: Mapping[str, str]) -> Address:
    """The address from its jsonb form."""
    return Address(**document)


def _to_consumer(row: Any) -> Consumer:
    mobile = None
    if row["mobile_phone_number"] is not None:
        mobile = PhoneNumber(row["mobile_country_code"], row["mobile_phone_number"])
    return Consumer(
        src_consumer_id=row["src_consumer_id"],
        status=ConsumerStatus(row["status"]),
        email_address=row["email_address"],
        mobile_number=mobile,
        first_name=row["first_name"],
        last_name=row["last_name"],
        full_name=row["full_name"],
        national_identifier=row["national_identifier"],
        country_code=row["country_code"],
        locale=row["locale"],
        locked_until=row["locked_until"],
        date_consumer_added=row["date_consumer_added"],
        date_consumer_last_used=row["date_consumer_last_used"],
        exhausted_validations=row["exhausted_validations"],
        compliance_settings=row["compliance_settings"],
    )
