"""The checkout path's first statement: all that the rule needs, of many checkouts at once."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from src_system.model.consumer import Consumer, ConsumerStatus, PhoneNumber
from src_system.model.digital_card import DigitalCard, SealedPan
from src_system.model.errors import AuthInvalid
from src_system.model.identifiers import SystemKey
from src_system.model.payment_token import PaymentToken, SealedToken
from src_system.model.session import CheckoutSession, SessionState
from src_system.store.database import Tx
from src_system.store.digital_cards import to_card, to_token


class CheckoutContext(msgspec.Struct, frozen=True):
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


class ContextQuestion(msgspec.Struct, frozen=True):
    """Which checkout's context: its session, card, token and counter."""

    key: SystemKey
    src_correlation_id: str | None
    src_digital_card_id: str
    token_requestor_id: str
    identity_hash: bytes | None  # of whom the idToken identifies
    checkout_id: str
    id_token_jti: str | None = None


# One row for each question, found by a primary or unique key of every table. The questions come
# as one JSON document: asyncpg takes three times as long over as many arrays. The condition on
# place is always true; it has the planner expect few rows, and so go by key for each of them.
_READ = """
WITH k AS MATERIALIZED (
    SELECT place, sandbox_id, network, src_correlation_id, src_digital_card_id,
           token_requestor_id, decode(identity_hash, 'hex') AS identity_hash, checkout_id, jti
      FROM json_to_recordset($1::json) AS q (
               place integer, sandbox_id text, network text, src_correlation_id text,
               src_digital_card_id text, token_requestor_id text, identity_hash text,
               checkout_id text, jti text)
     WHERE place BETWEEN 0 AND 1000
)
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
         WHERE g.sandbox_id = k.sandbox_id AND g.network = k.network
           AND g.checkout_id = k.checkout_id) AS cryptograms_issued,
       r.jti IS NOT NULL AS is_revoked,
       (SELECT b.version FROM sandbox AS b WHERE b.sandbox_id = k.sandbox_id) AS sandbox_version,
       k.place
  FROM k
  LEFT JOIN checkout_session AS s
    ON s.sandbox_id = k.sandbox_id AND s.network = k.network
   AND s.src_correlation_id = k.src_correlation_id
  LEFT JOIN digital_card AS d
    ON d.sandbox_id = k.sandbox_id AND d.network = k.network
   AND d.src_digital_card_id = k.src_digital_card_id
  LEFT JOIN consumer AS c
    ON c.sandbox_id = d.sandbox_id AND c.network = d.network
   AND c.src_consumer_id = d.src_consumer_id
  LEFT JOIN payment_token AS t
    ON t.sandbox_id = d.sandbox_id AND t.network = d.network
   AND t.src_digital_card_id = d.src_digital_card_id
   AND t.token_requestor_id = k.token_requestor_id
  LEFT JOIN consumer_identity AS i
    ON i.sandbox_id = k.sandbox_id AND i.network = k.network
   AND i.identity_hash = k.identity_hash
  LEFT JOIN revoked_id_token AS r
    ON r.sandbox_id = k.sandbox_id AND r.jti = k.jti AND r.network = k.network
"""


async def read_checkout_contexts(
    tx: Tx, questions: Sequence[ContextQuestion]
) -> list[CheckoutContext | Exception]:
    """Session, card, consumer, token, and how many cryptograms each checkout has had.

    AuthInvalid stands for a question whose idToken was taken back.
    """
    document = [
        {
            "place": place,
            "sandbox_id": one.key.sandbox_id,
            "network": one.key.network,
            "src_correlation_id": one.src_correlation_id,
            "src_digital_card_id": one.src_digital_card_id,
            "token_requestor_id": one.token_requestor_id,
            "identity_hash": None if one.identity_hash is None else one.identity_hash.hex(),
            "checkout_id": one.checkout_id,
            "jti": one.id_token_jti,
        }
        for place, one in enumerate(questions)
    ]
    rows = await tx.fetch(_READ, document)
    if len(rows) != len(questions):
        raise RuntimeError("A left join on keys gave another number of rows than it was asked for.")
    answers: list[CheckoutContext | Exception] = [_UNREAD] * len(rows)
    for row in rows:
        answers[row["place"]] = _to_context(row)
    return answers


_UNREAD = LookupError("The statement gave no row for this question.")


def _to_context(row: Any) -> CheckoutContext | Exception:
    if row["is_revoked"]:
        return AuthInvalid("The token was revoked.", source="idToken", seen={"revoked": True})
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
