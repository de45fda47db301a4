"""Clients, their payload keys and their DPAs as rows."""

from datetime import datetime
from typing import Any

from src_system.model.participant import (
    Client,
    ClientKind,
    Dpa,
    ParticipantStatus,
    RecipientKey,
)
from src_system.store.database import Tx

_UPSERT_CLIENT = """
INSERT INTO client (
    sandbox_id, src_client_id, kind, name, business, status, token_requestor_id, origins,
    authentication, credentials_sealed, created_at, notification_url, notification_encrypted
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
ON CONFLICT ON CONSTRAINT client_pkey DO UPDATE
   SET kind = excluded.kind, name = excluded.name, business = excluded.business,
       status = excluded.status, origins = excluded.origins,
       authentication = excluded.authentication,
       credentials_sealed = excluded.credentials_sealed,
       notification_url = excluded.notification_url,
       notification_encrypted = excluded.notification_encrypted
"""


async def upsert_client(tx: Tx, sandbox_id: str, client: Client, *, now: datetime) -> None:
    """Add *client*, or bring the one of that srcClientId up to date."""
    await tx.execute(
        _UPSERT_CLIENT,
        sandbox_id,
        client.src_client_id,
        client.kind,
        client.name,
        client.business,
        client.status,
        client.token_requestor_id,
        list(client.origins),
        dict(client.authentication),
        client.credentials_sealed,
        now,
        client.notification_url,
        client.notification_encrypted,
    )


_FIND_CLIENT = """
SELECT src_client_id, kind, name, business, status, token_requestor_id, origins, authentication,
       credentials_sealed, notification_url, notification_encrypted
  FROM client
 WHERE sandbox_id = $1 AND src_client_id = $2
"""


async def find_client(tx: Tx, sandbox_id: str, src_client_id: str) -> Client | None:
    """The client of that srcClientId, or None."""
    row = await tx.fetchrow(_FIND_CLIENT, sandbox_id, src_client_id)
    return None if row is None else _to_client(row)


_LIST_CLIENTS = """
SELECT src_client_id, kind, name, business, status, token_requestor_id, origins, authentication,
       credentials_sealed, notification_url, notification_encrypted
  FROM client
 WHERE sandbox_id = $1 AND src_client_id > $2
 ORDER BY src_client_id
 LIMIT $3
"""


async def list_clients(tx: Tx, sandbox_id: str, *, after: str, limit: int) -> list[Client]:
    """Up to *limit* clients by srcClientId, those behind *after*."""
    return [_to_client(row) for row in await tx.fetch(_LIST_CLIENTS, sandbox_id, after, limit)]


_DELETE_CLIENT = """
DELETE FROM client WHERE sandbox_id = $1 AND src_client_id = $2 RETURNING src_client_id
"""


async def delete_client(tx: Tx, sandbox_id: str, src_client_id: str) -> bool:
    """Remove the client with its keys and DPAs; False when there is none."""
    return await tx.fetchval(_DELETE_CLIENT, sandbox_id, src_client_id) is not None


_UPSERT_KEY = """
INSERT INTO recipient_key (
    sandbox_id, src_client_id, recipient_id, kid, fingerprint, jwk, private_sealed, not_after,
    created_at
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT ON CONSTRAINT recipient_key_pkey DO UPDATE
   SET fingerprint = excluded.fingerprint, jwk = excluded.jwk,
       private_sealed = excluded.private_sealed, not_after = excluded.not_after
"""


async def upsert_recipient_key(
    tx: Tx, sandbox_id: str, key: RecipientKey, *, private_sealed: bytes | None, now: datetime
) -> None:
    """Register a payload key; *private_sealed* is kept when the sandbox made the pair itself."""
    await tx.execute(
        _UPSERT_KEY,
        sandbox_id,
        key.src_client_id,
        key.recipient_id,
        key.kid,
        key.fingerprint,
        dict(key.jwk),
        private_sealed,
        key.not_after,
        now,
    )


_LIST_KEYS = """
SELECT src_client_id, recipient_id, kid, fingerprint, jwk, private_sealed, not_after
  FROM recipient_key
 WHERE sandbox_id = $1 AND src_client_id = $2
 ORDER BY created_at DESC, kid
"""


async def list_recipient_keys(
    tx: Tx, sandbox_id: str, src_client_id: str
) -> list[tuple[RecipientKey, bytes | None]]:
    """The client's payload keys, newest first, each with its sealed private part or None."""
    rows = await tx.fetch(_LIST_KEYS, sandbox_id, src_client_id)
    return [(_to_recipient_key(row), row["private_sealed"]) for row in rows]


_LIST_PRIVATE_KEYS = """
SELECT src_client_id, recipient_id, kid, fingerprint, jwk, private_sealed, not_after
  FROM recipient_key
 WHERE sandbox_id = $1 AND private_sealed IS NOT NULL
 ORDER BY kid, src_client_id, recipient_id
"""


async def list_private_keys(tx: Tx, sandbox_id: str) -> list[tuple[RecipientKey, bytes]]:
    """The payload keys of all clients whose private part is known, with it, sealed."""
    rows = await tx.fetch(_LIST_PRIVATE_KEYS, sandbox_id)
    return [(_to_recipient_key(row), row["private_sealed"]) for row in rows]


_UPSERT_DPA = """
INSERT INTO dpa (
    sandbox_id, src_dpa_id, srci_dpa_id, src_client_id, status, dpa_data,
    dpa_transaction_options, markets, origins, created_at, registration
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT ON CONSTRAINT dpa_pkey DO UPDATE
   SET srci_dpa_id = excluded.srci_dpa_id, status = excluded.status,
       dpa_data = excluded.dpa_data,
       dpa_transaction_options = excluded.dpa_transaction_options,
       markets = excluded.markets, origins = excluded.origins,
       registration = excluded.registration
"""


async def upsert_dpa(tx: Tx, sandbox_id: str, dpa: Dpa, *, now: datetime) -> None:
    """Add *dpa*, or bring the one of that srcDpaId up to date."""
    await tx.execute(
        _UPSERT_DPA,
        sandbox_id,
        dpa.src_dpa_id,
        dpa.srci_dpa_id,
        dpa.src_client_id,
        dpa.status,
        dict(dpa.dpa_data),
        dict(dpa.dpa_transaction_options),
        list(dpa.markets),
        list(dpa.origins),
        now,
        dict(dpa.registration),
    )


_FIND_DPA = """
SELECT src_dpa_id, srci_dpa_id, src_client_id, status, dpa_data, dpa_transaction_options,
       markets, origins, registration
  FROM dpa
 WHERE sandbox_id = $1 AND (src_dpa_id = $2 OR (src_client_id = $3 AND srci_dpa_id = $2))
 ORDER BY (src_dpa_id = $2) DESC
 LIMIT 1
"""


async def find_dpa(tx: Tx, sandbox_id: str, dpa_id: str, *, src_client_id: str) -> Dpa | None:
    """The DPA by its srcDpaId, or by the client's own srciDpaId, or None."""
    row = await tx.fetchrow(_FIND_DPA, sandbox_id, dpa_id, src_client_id)
    return None if row is None else _to_dpa(row)


_LIST_DPAS = """
SELECT src_dpa_id, srci_dpa_id, src_client_id, status, dpa_data, dpa_transaction_options,
       markets, origins, registration
  FROM dpa
 WHERE sandbox_id = $1 AND src_dpa_id > $2
 ORDER BY src_dpa_id
 LIMIT $3
"""


async def list_dpas(tx: Tx, sandbox_id: str, *, after: str, limit: int) -> list[Dpa]:
    """Up to *limit* DPAs by srcDpaId, those behind *after*."""
    return [_to_dpa(row) for row in await tx.fetch(_LIST_DPAS, sandbox_id, after, limit)]


_DELETE_DPA = """
DELETE FROM dpa WHERE sandbox_id = $1 AND src_dpa_id = $2 RETURNING src_dpa_id
"""


async def delete_dpa(tx: Tx, sandbox_id: str, src_dpa_id: str) -> bool:
    """Remove the DPA; False when there is none."""
    return await tx.fetchval(_DELETE_DPA, sandbox_id, src_dpa_id) is not None


def _to_client(row: Any) -> Client:
    return Client(
        src_client_id=row["src_client_id"],
        kind=ClientKind(row["kind"]),
        name=row["name"],
        business=row["business"],
        status=ParticipantStatus(row["status"]),
        token_requestor_id=row["token_requestor_id"],
        origins=tuple(row["origins"]),
        authentication=row["authentication"],
        credentials_sealed=row["credentials_sealed"],
        notification_url=row["notification_url"],
        notification_encrypted=row["notification_encrypted"],
    )


def _to_recipient_key(row: Any) -> RecipientKey:
    return RecipientKey(
        src_client_id=row["src_client_id"],
        recipient_id=row["recipient_id"],
        kid=row["kid"],
        fingerprint=row["fingerprint"],
        jwk=row["jwk"],
        not_after=row["not_after"],
    )


def _to_dpa(row: Any) -> Dpa:
    return Dpa(
        src_dpa_id=row["src_dpa_id"],
        srci_dpa_id=row["srci_dpa_id"],
        src_client_id=row["src_client_id"],
        status=ParticipantStatus(row["status"]),
        dpa_data=row["dpa_data"],
        dpa_transaction_options=row["dpa_transaction_options"],
        markets=tuple(row["markets"]),
        origins=tuple(row["origins"]),
        registration=row["registration"],
    )


_REGISTERED_ORIGIN = """
SELECT o.origin
  FROM (SELECT unnest(origins) AS origin FROM client WHERE sandbox_id = $1
        UNION ALL
        SELECT unnest(origins) AS origin FROM dpa WHERE sandbox_id = $1) AS o
 WHERE o.origin IN ($2, '*')
 ORDER BY (o.origin = $2) DESC
 LIMIT 1
"""


async def registered_origin(tx: Tx, sandbox_id: str, origin: str) -> str | None:
    """*origin* when a client or DPA registered it, `*` when one allows any, else None."""
    found: str | None = await tx.fetchval(_REGISTERED_ORIGIN, sandbox_id, origin)
    return found
