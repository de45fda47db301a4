"""The checkout path's second statement: what answered checkouts leave behind, many at once."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from src_system.crypto.vault import SandboxVault
from src_system.model.errors import ForeignCorrelation
from src_system.model.identifiers import SystemKey
from src_system.model.transaction_options import TransactionAmount
from src_system.store.database import Tx


class CryptogramRecord(msgspec.Struct, frozen=True):
    """What is kept of one answer's dynamic data; the amount in major units."""

    ordinal: int
    dynamic_data_type: str
    value_fingerprint: bytes | None
    token_fingerprint: bytes | None
    amount: Decimal | None
    currency_code: str | None
    expires_at: datetime | None


def cryptogram_record(
    vault: SandboxVault,
    *,
    ordinal: int,
    dynamic_data_type: str,
    value: str | None,
    number: str | None,
    amount: TransactionAmount | None,
    expires_at: datetime | None,
) -> CryptogramRecord:
    """The record of dynamic data *value* issued for the token or PAN *number*: fingerprints."""
    return CryptogramRecord(
        ordinal=ordinal,
        dynamic_data_type=dynamic_data_type,
        value_fingerprint=None
        if value is None
        else vault.fingerprint(value.encode(), purpose=b"cryptogram"),
        token_fingerprint=None
        if number is None
        else vault.fingerprint(number.encode(), purpose=b"token"),
        amount=None if amount is None else amount.amount,
        currency_code=None if amount is None else amount.currency_code,
        expires_at=expires_at,
    )


class CheckoutRecord(msgspec.Struct, frozen=True):
    """What one answered checkout leaves behind."""

    key: SystemKey
    checkout_id: str
    src_correlation_id: str
    src_client_id: str
    src_dpa_id: str
    srci_transaction_id: str | None
    src_consumer_id: str
    validated_src_consumer_id: str | None  # of the session from now on; None leaves it as it is
    src_digital_card_id: str
    dcf_action_code: str
    session_state: str
    request: Mapping[str, Any]
    cryptogram: CryptogramRecord
    now: datetime
    session_expires_at: datetime

    def rows_written(self) -> tuple[tuple[str, ...], ...]:
        """Keys of the rows that two records of one statement must not both write."""
        return (*self.key, "session", self.src_correlation_id), (
            *self.key,
            "checkout",
            self.checkout_id,
        )


# A session may be one that the client named itself and that this checkout opens. Nothing is
# written for a session of another client; a later state of the session stays. The checkout's row
# follows its newest call. A parallel call with the same ordinal breaks cryptogram_replay_guard.
# JSON and the condition on place are there for what `checkout_contexts` says of them.
_RECORD = """
WITH k AS MATERIALIZED (
    SELECT sandbox_id, network, checkout_id, src_correlation_id, src_client_id, src_dpa_id,
           srci_transaction_id, validated_src_consumer_id, session_state, now,
           session_expires_at, src_consumer_id, src_digital_card_id, dcf_action_code, request,
           ordinal, dynamic_data_type, value_fingerprint, token_fingerprint, amount,
           currency_code, cryptogram_expires_at, place
      FROM json_to_recordset($1::json) AS u (
               place integer, sandbox_id text, network text, checkout_id text,
               src_correlation_id text, src_client_id text, src_dpa_id text,
               srci_transaction_id text, validated_src_consumer_id text, session_state text,
               now timestamptz, session_expires_at timestamptz, src_consumer_id text,
               src_digital_card_id text, dcf_action_code text, request jsonb, ordinal integer,
               dynamic_data_type text, value_fingerprint text, token_fingerprint text,
               amount numeric, currency_code text, cryptogram_expires_at timestamptz)
     WHERE place BETWEEN 0 AND 1000
), the_session AS (
    INSERT INTO checkout_session AS s (
        sandbox_id, network, src_correlation_id, src_client_id, src_dpa_id, srci_transaction_id,
        src_consumer_id, state, origin_ordinal, created_at, expires_at
    )
    SELECT k.sandbox_id, k.network, k.src_correlation_id, k.src_client_id, k.src_dpa_id,
           k.srci_transaction_id, k.validated_src_consumer_id, k.session_state, 0, k.now,
           k.session_expires_at
      FROM k
    ON CONFLICT ON CONSTRAINT checkout_session_pkey DO UPDATE
       SET state = CASE WHEN s.state IN ('CONFIRMED', 'CANCELLED') THEN s.state
                        WHEN s.state IN ('COMPLETE', 'PAYLOAD_RETRIEVED')
                             AND excluded.state <> 'PAYLOAD_RETRIEVED' THEN s.state
                        ELSE excluded.state END,
           src_consumer_id = COALESCE(excluded.src_consumer_id, s.src_consumer_id),
           src_dpa_id = excluded.src_dpa_id,
           srci_transaction_id = COALESCE(excluded.srci_transaction_id, s.srci_transaction_id)
     WHERE s.src_client_id = excluded.src_client_id
    RETURNING s.sandbox_id, s.network, s.src_correlation_id
), kept AS MATERIALIZED (
    SELECT k.sandbox_id, k.network, k.checkout_id, k.src_correlation_id, k.src_client_id,
           k.src_dpa_id, k.srci_transaction_id, k.now, k.src_consumer_id, k.src_digital_card_id,
           k.dcf_action_code, k.request, k.ordinal, k.dynamic_data_type, k.value_fingerprint,
           k.token_fingerprint, k.amount, k.currency_code, k.cryptogram_expires_at, k.place
      FROM k
      JOIN the_session AS o
        ON o.sandbox_id = k.sandbox_id AND o.network = k.network
       AND o.src_correlation_id = k.src_correlation_id
), the_checkout AS (
    INSERT INTO checkout (
        sandbox_id, network, checkout_id, src_correlation_id, src_client_id, src_dpa_id,
        srci_transaction_id, src_consumer_id, src_digital_card_id, dcf_action_code, request,
        created_at
    )
    SELECT o.sandbox_id, o.network, o.checkout_id, o.src_correlation_id, o.src_client_id,
           o.src_dpa_id, o.srci_transaction_id, o.src_consumer_id, o.src_digital_card_id,
           o.dcf_action_code, o.request, o.now
      FROM kept AS o
    ON CONFLICT ON CONSTRAINT checkout_pkey DO UPDATE
       SET src_correlation_id = excluded.src_correlation_id, src_dpa_id = excluded.src_dpa_id,
           dcf_action_code = excluded.dcf_action_code, request = excluded.request
), the_cryptogram AS (
    INSERT INTO cryptogram (
        sandbox_id, network, checkout_id, ordinal, dynamic_data_type, value_fingerprint,
        token_fingerprint, src_dpa_id, amount, currency_code, issued_at, expires_at
    )
    SELECT o.sandbox_id, o.network, o.checkout_id, o.ordinal, o.dynamic_data_type,
           decode(o.value_fingerprint, 'hex'), decode(o.token_fingerprint, 'hex'), o.src_dpa_id,
           o.amount, o.currency_code,
           o.now, o.cryptogram_expires_at
      FROM kept AS o
)
SELECT o.place FROM kept AS o
"""


async def record_checkouts(tx: Tx, records: Sequence[CheckoutRecord]) -> Sequence[Exception | None]:
    """Keep session, checkout and cryptogram of each in one statement: all, or none when it raises.

    ForeignCorrelation stands for one whose session another client opened meanwhile. Raises
    UniqueViolation("cryptogram_replay_guard") when a parallel call took an ordinal.
    """
    # Rows are locked in the order of their keys, whoever writes them.
    order = sorted(range(len(records)), key=lambda place: records[place].rows_written())
    rows = await tx.fetch(_RECORD, [_document(place, records[place]) for place in order])
    answers: list[Exception | None] = [
        ForeignCorrelation(source="srcCorrelationId") for _ in records
    ]
    for row in rows:
        answers[row["place"]] = None
    return answers


def _document(place: int, record: CheckoutRecord) -> dict[str, Any]:
    cryptogram = record.cryptogram
    value, token = cryptogram.value_fingerprint, cryptogram.token_fingerprint
    return {
        "place": place,
        "sandbox_id": record.key.sandbox_id,
        "network": record.key.network,
        "checkout_id": record.checkout_id,
        "src_correlation_id": record.src_correlation_id,
        "src_client_id": record.src_client_id,
        "src_dpa_id": record.src_dpa_id,
        "srci_transaction_id": record.srci_transaction_id,
        "validated_src_consumer_id": record.validated_src_consumer_id,
        "session_state": record.session_state,
        "now": record.now,
        "session_expires_at": record.session_expires_at,
        "src_consumer_id": record.src_consumer_id,
        "src_digital_card_id": record.src_digital_card_id,
        "dcf_action_code": record.dcf_action_code,
        "request": record.request,
        "ordinal": cryptogram.ordinal,
        "dynamic_data_type": cryptogram.dynamic_data_type,
        "value_fingerprint": None if value is None else value.hex(),
        "token_fingerprint": None if token is None else token.hex(),
        "amount": cryptogram.amount,
        "currency_code": cryptogram.currency_code,
        "cryptogram_expires_at": cryptogram.expires_at,
    }
