"""The checkout path's two statements.

One read of everything it needs, one record of what it did.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from src_system.crypto.vault import SandboxVault
from src_system.model.consumer import Consumer, ConsumerStatus, PhoneNumber
from src_system.model.digital_card import DigitalCard, SealedPan
from src_system.model.errors import AuthInvalid, ForeignCorrelation
from src_system.model.identifiers import SystemKey
from src_system.model.payment_token import PaymentToken, SealedToken
from src_system.model.session import CheckoutSession, SessionState
from src_system.model.transaction_options import TransactionAmount
from src_system.store.database import Tx
from src_system.store.digital_cards import to_card, to_token


@dataclass(frozen=True, slots=True)
class CheckoutContext:
    """What the rule needs to know; None where there is no such row."""

    session: CheckoutSession | None
    card: DigitalCard | None
    pan: SealedPan | None
    consumer: Consumer | None
    token: PaymentToken | None
    sealed_token: SealedToken | None
    validated_src_consumer_id: str | None
    cryptograms_issued: int
    sandbox_version: int | None  # as it is now, to be compared with what was read
    token_since: datetime | None = None  # when the client got its token for the card
    has_security_code: bool = False  # one came with the card when it was enrolled

    def found(self) -> tuple[DigitalCard, Consumer]:
        """Card and consumer, once the rule has let them pass."""
        if self.card is None or self.consumer is None:
            raise LookupError("The rule let a checkout pass that has no card.")
        return self.card, self.consumer


_READ = """
SELECT s.src_correlation_id, s.src_client_id, s.src_dpa_id, s.srci_transaction_id,
       s.src_consumer_id AS session_src_consumer_id, s.state AS session_state,
       s.expires_at AS session_expires_at, s.amr, s.auth_time,
       i.src_consumer_id AS validated_src_consumer_id,
       t.token_requestor_id, t.token_sealed, t.token_bin_range, t.token_last_four,
       t.token_expiration_month, t.token_expiration_year, t.created_at AS token_created_at,
       c.status AS consumer_status, c.email_address, c.mobile_country_code,
       c.mobile_phone_number, c.first_name, c.last_name, c.full_name, c.national_identifier,
       c.country_code AS consumer_country_code, c.locale, c.compliance_settings,
       c.exhausted_validations, c.locked_until, c.date_consumer_added,
       c.date_consumer_last_used,
       d.src_digital_card_id, d.src_consumer_id, d.src_payment_card_id, d.pan_sealed, d.pan_bin,
       d.pan_last_four, d.pan_expiration_month, d.pan_expiration_year, d.status,
       d.pending_events, d.cardholder_full_name, d.payment_account_reference,
       d.payment_card_descriptor, d.payment_card_type, d.country_code, d.presentation_name,
       d.billing_address_id, d.billing_address, d.date_of_card_created,
       d.date_of_card_last_used, d.art_uri,
       d.security_code_fingerprint IS NOT NULL AS has_security_code,
       (SELECT count(*) FROM cryptogram AS g
         WHERE g.sandbox_id = $1 AND g.network = $2 AND g.checkout_id = $7)
           AS cryptograms_issued,
       EXISTS (SELECT 1 FROM revoked_id_token AS r
                WHERE r.sandbox_id = $1 AND r.jti = $8 AND r.network = $2) AS is_revoked,
       (SELECT b.version FROM sandbox AS b WHERE b.sandbox_id = $1) AS sandbox_version
  FROM (SELECT $1::text AS sandbox_id, $2::text AS network) AS k
  LEFT JOIN checkout_session AS s
    ON s.sandbox_id = k.sandbox_id AND s.network = k.network AND s.src_correlation_id = $3
  LEFT JOIN digital_card AS d
    ON d.sandbox_id = k.sandbox_id AND d.network = k.network AND d.src_digital_card_id = $4
  LEFT JOIN consumer AS c
    ON c.sandbox_id = d.sandbox_id AND c.network = d.network
   AND c.src_consumer_id = d.src_consumer_id
  LEFT JOIN payment_token AS t
    ON t.sandbox_id = d.sandbox_id AND t.network = d.network
   AND t.src_digital_card_id = d.src_digital_card_id AND t.token_requestor_id = $5
  LEFT JOIN consumer_identity AS i
    ON i.sandbox_id = k.sandbox_id AND i.network = k.network AND i.identity_hash = $6
"""


async def read_checkout_context(
    tx: Tx,
    key: SystemKey,
    *,
    src_correlation_id: str | None,
    src_digital_card_id: str,
    token_requestor_id: str,
    identity_hash: bytes | None,
    checkout_id: str,
    id_token_jti: str | None = None,
) -> CheckoutContext:
    """Session, card, consumer, token, and how many cryptograms this checkout has had.

    Raises AuthInvalid when the idToken of *id_token_jti* was taken back.
    """
    row = await tx.fetchrow(
        _READ,
        *key,
        src_correlation_id,
        src_digital_card_id,
        token_requestor_id,
        identity_hash,
        checkout_id,
        id_token_jti,
    )
    if row is None:
        raise RuntimeError("A select from one constant row gave none.")
    if row["is_revoked"]:
        raise AuthInvalid("The token was revoked.", source="idToken")
    has_card = row["src_digital_card_id"] is not None
    has_token = row["token_requestor_id"] is not None
    return CheckoutContext(
        session=None if row["src_correlation_id"] is None else _to_session(row),
        card=to_card(row) if has_card else None,
        pan=SealedPan(row["pan_sealed"]) if has_card else None,
        consumer=_to_consumer(row) if has_card else None,
        token=to_token(row) if has_token else None,
        sealed_token=SealedToken(row["token_sealed"]) if has_token else None,
        validated_src_consumer_id=row["validated_src_consumer_id"],
        cryptograms_issued=row["cryptograms_issued"],
        sandbox_version=row["sandbox_version"],
        token_since=row["token_created_at"],
        has_security_code=row["has_security_code"],
    )


@dataclass(frozen=True, slots=True)
class CryptogramRecord:
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


@dataclass(frozen=True, slots=True)
class CheckoutRecord:
    """What one answered checkout leaves behind."""

    checkout_id: str
    src_correlation_id: str
    src_client_id: str
    src_dpa_id: str
    srci_transaction_id: str | None
    src_consumer_id: str
    validated_src_consumer_id: str | None  # of the session from now on; None leaves it as it is
    src_digital_card_id: str
    dcf_action_code: str
    request: Mapping[str, Any]
    cryptogram: CryptogramRecord
    now: datetime
    session_expires_at: datetime
    origin_digest: bytes


# The session may be one that the client named itself and that this checkout opens. Nothing is
# written for a session of another client; a later state of the session stays. The checkout's row
# follows its newest call. A parallel call with the same ordinal breaks cryptogram_replay_guard.
_RECORD = """
WITH the_session AS (
    INSERT INTO checkout_session AS s (
        sandbox_id, network, src_correlation_id, src_client_id, src_dpa_id, srci_transaction_id,
        src_consumer_id, state, origin_digest, origin_ordinal, created_at, expires_at
    ) VALUES ($1, $2, $4, $5, $6, $7, $8, $9, $10, 0, $11, $12)
    ON CONFLICT ON CONSTRAINT checkout_session_pkey DO UPDATE
       SET state = CASE WHEN s.state IN ('CONFIRMED', 'CANCELLED') THEN s.state
                        WHEN s.state IN ('COMPLETE', 'PAYLOAD_RETRIEVED')
                             AND excluded.state <> 'PAYLOAD_RETRIEVED' THEN s.state
                        ELSE excluded.state END,
           src_consumer_id = COALESCE(excluded.src_consumer_id, s.src_consumer_id),
           src_dpa_id = excluded.src_dpa_id,
           srci_transaction_id = COALESCE(excluded.srci_transaction_id, s.srci_transaction_id)
     WHERE s.src_client_id = excluded.src_client_id
    RETURNING s.src_correlation_id
), the_checkout AS (
    INSERT INTO checkout (
        sandbox_id, network, checkout_id, src_correlation_id, src_client_id, src_dpa_id,
        srci_transaction_id, src_consumer_id, src_digital_card_id, dcf_action_code, request,
        created_at
    )
    SELECT $1, $2, $3, o.src_correlation_id, $5, $6, $7, $13, $14, $15, $16::jsonb, $11
      FROM the_session AS o
    ON CONFLICT ON CONSTRAINT checkout_pkey DO UPDATE
       SET src_correlation_id = excluded.src_correlation_id, src_dpa_id = excluded.src_dpa_id,
           dcf_action_code = excluded.dcf_action_code, request = excluded.request
)
INSERT INTO cryptogram (
    sandbox_id, network, checkout_id, ordinal, dynamic_data_type, value_fingerprint,
    token_fingerprint, src_dpa_id, amount, currency_code, issued_at, expires_at
)
SELECT $1, $2, $3, $17::integer, $18, $19::bytea, $20::bytea, $6, $21::numeric, $22, $11,
       $23::timestamptz
  FROM the_session AS o
RETURNING ordinal
"""


async def record_checkout(
    tx: Tx, key: SystemKey, record: CheckoutRecord, *, session_state: str
) -> None:
    """Keep session, checkout and cryptogram in one statement.

    Raises UniqueViolation("cryptogram_replay_guard") when a parallel call took the ordinal, and
    ForeignCorrelation when another client opened a session of this name meanwhile.
    """
    cryptogram = record.cryptogram
    ordinal = await tx.fetchval(
        _RECORD,
        *key,
        record.checkout_id,
        record.src_correlation_id,
        record.src_client_id,
        record.src_dpa_id,
        record.srci_transaction_id,
        record.validated_src_consumer_id,
        session_state,
        record.origin_digest,
        record.now,
        record.session_expires_at,
        record.src_consumer_id,
        record.src_digital_card_id,
        record.dcf_action_code,
        dict(record.request),
        cryptogram.ordinal,
        cryptogram.dynamic_data_type,
        cryptogram.value_fingerprint,
        cryptogram.token_fingerprint,
        cryptogram.amount,
        cryptogram.currency_code,
        cryptogram.expires_at,
    )
    if ordinal is None:
        raise ForeignCorrelation(source="srcCorrelationId")


@dataclass(frozen=True, slots=True)
class KeptCheckout:
    """A checkout as getPayload finds it again; `request` is what the checkout was asked for."""

    checkout_id: str
    src_correlation_id: str
    src_client_id: str
    src_dpa_id: str
    srci_transaction_id: str | None
    src_consumer_id: str
    src_digital_card_id: str
    dcf_action_code: str
    request: Mapping[str, Any]


_FIND = """
SELECT checkout_id, src_correlation_id, src_client_id, src_dpa_id, srci_transaction_id,
       src_consumer_id, src_digital_card_id, dcf_action_code, request
  FROM checkout
 WHERE sandbox_id = $1 AND network = $2 AND src_correlation_id = $3 AND src_client_id = $4
   AND dcf_action_code = 'COMPLETE'
   AND ($5::text IS NULL OR srci_transaction_id = $5)
   AND ($6::text IS NULL OR src_digital_card_id = $6)
 ORDER BY created_at DESC, checkout_id
 LIMIT 1
"""


async def find_checkout(
    tx: Tx,
    key: SystemKey,
    src_correlation_id: str,
    *,
    src_client_id: str,
    srci_transaction_id: str | None = None,
    src_digital_card_id: str | None = None,
) -> KeptCheckout | None:
    """The client's newest complete checkout in the session, narrowed by what is not None."""
    row = await tx.fetchrow(
        _FIND, *key, src_correlation_id, src_client_id, srci_transaction_id, src_digital_card_id
    )
    return None if row is None else KeptCheckout(*row.values())


_FIND_BY_ID = """
SELECT checkout_id, src_correlation_id, src_client_id, src_dpa_id, srci_transaction_id,
       src_consumer_id, src_digital_card_id, dcf_action_code, request
  FROM checkout
 WHERE sandbox_id = $1 AND network = $2 AND checkout_id = $3
"""


async def find_checkout_by_id(tx: Tx, key: SystemKey, checkout_id: str) -> KeptCheckout | None:
    """The checkout of that id, or None."""
    row = await tx.fetchrow(_FIND_BY_ID, *key, checkout_id)
    return None if row is None else KeptCheckout(*row.values())


def _to_session(row: Any) -> CheckoutSession:
    return CheckoutSession(
        src_correlation_id=row["src_correlation_id"],
        src_client_id=row["src_client_id"],
        src_dpa_id=row["src_dpa_id"],
        srci_transaction_id=row["srci_transaction_id"],
        src_consumer_id=row["session_src_consumer_id"],
        state=SessionState(row["session_state"]),
        expires_at=row["session_expires_at"],
        amr=tuple(row["amr"] or ()),
        auth_time=row["auth_time"],
    )


def _to_consumer(row: Any) -> Consumer:
    mobile = None
    if row["mobile_phone_number"] is not None:
        mobile = PhoneNumber(row["mobile_country_code"], row["mobile_phone_number"])
    return Consumer(
        src_consumer_id=row["src_consumer_id"],
        status=ConsumerStatus(row["consumer_status"]),
        email_address=row["email_address"],
        mobile_number=mobile,
        first_name=row["first_name"],
        last_name=row["last_name"],
        full_name=row["full_name"],
        national_identifier=row["national_identifier"],
        country_code=row["consumer_country_code"],
        locale=row["locale"],
        locked_until=row["locked_until"],
        date_consumer_added=row["date_consumer_added"],
        date_consumer_last_used=row["date_consumer_last_used"],
        exhausted_validations=row["exhausted_validations"],
        compliance_settings=row["compliance_settings"],
    )
