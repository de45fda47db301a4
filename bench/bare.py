"""The limit: the cryptography and statements that a checkout cannot do without, nothing else."""

import asyncio
import json
import os
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from typing import Any

import asyncpg
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

# Bytes that go through each operation in a Visa checkout of this benchmark.
SIGNED_BYTES = 3_000
VERIFIED_BYTES = 800
SEALED_BYTES = 700

_PKCS1, _SHA256 = padding.PKCS1v15(), hashes.SHA256()
_OAEP = padding.OAEP(mgf=padding.MGF1(hashes.SHA256()), algorithm=hashes.SHA256(), label=None)

# Everything by key: who calls, for whom, and with which card.
_READ = """
SELECT c.status AS client_status, c.authentication, c.token_requestor_id,
       p.status AS dpa_status, p.dpa_transaction_options,
       u.status AS consumer_status, u.email_address, u.mobile_country_code, u.mobile_phone_number,
       u.first_name, u.last_name, u.full_name, u.locked_until,
       d.status, d.pan_bin, d.pan_last_four, d.pan_expiration_month, d.pan_expiration_year,
       d.payment_account_reference, d.billing_address, d.date_of_card_created,
       t.token_sealed, t.token_expiration_month, t.token_expiration_year
  FROM client AS c
  JOIN dpa AS p ON p.sandbox_id = c.sandbox_id AND p.src_dpa_id = $4
  JOIN digital_card AS d
    ON d.sandbox_id = c.sandbox_id AND d.network = $2 AND d.src_digital_card_id = $5
  JOIN consumer AS u
    ON u.sandbox_id = d.sandbox_id AND u.network = d.network
   AND u.src_consumer_id = d.src_consumer_id
  JOIN payment_token AS t
    ON t.sandbox_id = d.sandbox_id AND t.network = d.network
   AND t.src_digital_card_id = d.src_digital_card_id
   AND t.token_requestor_id = c.token_requestor_id
 WHERE c.sandbox_id = $1 AND c.src_client_id = $3
"""

_INSERT = """
INSERT INTO checkout (
    sandbox_id, network, checkout_id, src_correlation_id, src_client_id, src_dpa_id,
    srci_transaction_id, src_consumer_id, src_digital_card_id, dcf_action_code, request, created_at
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'COMPLETE', $10, $11)
"""
_SANDBOX_ID = "SELECT sandbox_id FROM sandbox WHERE name = $1"
_REQUEST = json.dumps({"options": {"transaction_amount": ["12.34", "USD"], "payload": "FULL"}})


@dataclass(frozen=True, slots=True)
class Rows:
    """Keys of rows that exist; `shoppers` are (srcConsumerId, srcDigitalCardId)."""

    sandbox: str
    network: str
    src_client_id: str
    src_dpa_id: str
    shoppers: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Limit:
    """Seconds that each part took on average."""

    sign: float
    verify: float
    seal: float
    read: float
    insert: float

    @property
    def crypto(self) -> float:
        """t_crypto."""
        return self.sign + self.verify + self.seal

    @property
    def database(self) -> float:
        """t_db."""
        return self.read + self.insert

    @property
    def rate(self) -> float:
        """Checkouts per second at most."""
        return 1 / (self.crypto + self.database)


def crypto_operations() -> tuple[Callable[[], object], Callable[[], object], Callable[[], object]]:
    """One signature, one verification, one seal, on keys made here."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = private.public_key()
    signed, verified, sealed = (os.urandom(n) for n in (SIGNED_BYTES, VERIFIED_BYTES, SEALED_BYTES))
    signature = private.sign(verified, _PKCS1, _SHA256)

    def sign() -> object:
        return private.sign(signed, _PKCS1, _SHA256)

    def verify() -> object:
        return public.verify(signature, verified, _PKCS1, _SHA256)

    def seal() -> object:
        content_key = os.urandom(32)
        ciphertext = AESGCM(content_key).encrypt(os.urandom(12), sealed, b"header")
        return public.encrypt(content_key, _OAEP), ciphertext

    return sign, verify, seal


def time_crypto(
    operations: tuple[Callable[[], object], ...], seconds: float
) -> tuple[float, float, float]:
    """Seconds per signature, verification and seal, done in turn."""
    spent = [0.0, 0.0, 0.0]
    count, deadline = 0, time.perf_counter() + seconds
    while (before := time.perf_counter()) < deadline:
        for place, operation in enumerate(operations):
            operation()
            after = time.perf_counter()
            spent[place] += after - before
            before = after
        count += 1
    return spent[0] / count, spent[1] / count, spent[2] / count


class Statements:
    """The two statements, prepared, on one connection."""

    def __init__(self, read: Any, insert: Any, rows: Rows, sandbox_id: str) -> None:
        self._read, self._insert, self._rows = read, insert, rows
        self._sandbox_id = sandbox_id

    @classmethod
    async def prepare(cls, connection: Any, rows: Rows) -> "Statements":
        """Prepare both."""
        sandbox_id = await connection.fetchval(_SANDBOX_ID, rows.sandbox)
        read, insert = await connection.prepare(_READ), await connection.prepare(_INSERT)
        return cls(read, insert, rows, sandbox_id)

    async def time(self, seconds: float) -> tuple[float, float]:
        """Seconds per read and per insert, done in turn."""
        rows = self._rows
        key = (self._sandbox_id, rows.network)
        reading = inserting = 0.0
        count, deadline = 0, time.perf_counter() + seconds
        now = datetime.now(UTC)
        while time.perf_counter() < deadline:
            src_consumer_id, card_id = rows.shoppers[count % len(rows.shoppers)]
            ids = (str(uuid.uuid4()), str(uuid.uuid4()))
            caller = (rows.src_client_id, rows.src_dpa_id)
            transaction = str(uuid.uuid4())
            start = time.perf_counter()
            row = await self._read.fetchrow(*key, *caller, card_id)
            between = time.perf_counter()
            await self._insert.fetch(
                *key, *ids, *caller, transaction, src_consumer_id, card_id, _REQUEST, now
            )
            end = time.perf_counter()
            if row is None:
                raise LookupError(card_id)
            reading += between - start
            inserting += end - between
            count += 1
        return reading / count, inserting / count


def work(pipe: Connection, dsn: str, rows: Rows) -> None:
    """The limit's process: seconds in, a Limit out, until the pipe closes."""
    run(_work(pipe, dsn, rows))


async def _work(pipe: Connection, dsn: str, rows: Rows) -> None:
    operations = crypto_operations()
    connection = await asyncpg.connect(dsn)
    statements = await Statements.prepare(connection, rows)
    while True:
        try:
            seconds = pipe.recv()
        except EOFError:
            break
        crypto = time_crypto(operations, seconds)
        pipe.send(Limit(*crypto, *await statements.time(seconds)))
    await connection.close()


async def gather_statistics(dsn: str) -> None:
    """What PostgreSQL's own housekeeping does within a minute: without statistics plans are bad."""
    connection = await asyncpg.connect(dsn)
    await connection.execute("ANALYZE")
    await connection.close()


def run(main: Any) -> Any:
    """Run *main* on the event loop that the server would take."""
    try:
        import uvloop
    except ImportError:
        return asyncio.run(main)
    return uvloop.run(main)
