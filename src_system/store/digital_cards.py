"""Digital cards and their payment tokens as rows; numbers only sealed."""

from datetime import datetime
from typing import Any

from src_system.model.digital_card import DigitalCard, DigitalCardStatus, SealedPan
from src_system.model.identifiers import SystemKey
from src_system.model.pan import CardExpiry
from src_system.model.payment_token import PaymentToken, SealedToken
from src_system.store.consumers import address_document, to_address
from src_system.store.database import Tx

CARD_COLUMNS = """
    d.src_digital_card_id, d.src_consumer_id, d.src_payment_card_id, d.pan_sealed, d.pan_bin,
    d.pan_last_four, d.pan_expiration_month, d.pan_expiration_year, d.status, d.pending_events,
    d.cardholder_full_name, d.payment_account_reference, d.payment_card_descriptor,
    d.payment_card_type, d.country_code, d.presentation_name, d.billing_address_id,
    d.billing_address, d.date_of_card_created, d.date_of_card_last_used, d.art_uri
"""

_INSERT = """
INSERT INTO digital_card (
    sandbox_id, network, src_digital_card_id, src_consumer_id, src_payment_card_id, pan_sealed,
    pan_fingerprint, pan_bin, pan_last_four, pan_expiration_month, pan_expiration_year, status,
    pending_events, cardholder_full_name, payment_account_reference, payment_card_descriptor,
    payment_card_type, country_code, presentation_name, billing_address_id, billing_address,
    date_of_card_created, security_code_fingerprint
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,
          $20, $21, $22, $23)
"""


async def insert_card(
    tx: Tx,
    key: SystemKey,
    card: DigitalCard,
    *,
    pan: SealedPan,
    pan_fingerprint: bytes,
    security_code_fingerprint: bytes | None,
) -> None:
    """Add *card*. A second card of one PAN breaks the constraint digital_card_pan_key."""
    await tx.execute(
        _INSERT,
        *key,
        card.src_digital_card_id,
        card.src_consumer_id,
        card.src_payment_card_id,
        pan.sealed,
        pan_fingerprint,
        card.pan_bin,
        card.pan_last_four,
        card.expiry.month,
        card.expiry.year,
        card.status,
        list(card.pending_events),
        card.cardholder_full_name,
        card.payment_account_reference,
        card.payment_card_descriptor,
        card.payment_card_type,
        card.country_code,
        card.presentation_name,
        card.billing_address_id,
        None if card.billing_address is None else address_document(card.billing_address),
        card.date_of_card_created,
        security_code_fingerprint,
    )


_FIND = f"""
SELECT {CARD_COLUMNS}
  FROM digital_card AS d
 WHERE d.sandbox_id = $1 AND d.network = $2 AND d.src_digital_card_id = $3
"""


async def find_card(
    tx: Tx, key: SystemKey, src_digital_card_id: str
) -> tuple[DigitalCard, SealedPan] | None:
    """The card of that srcDigitalCardId with its sealed PAN, or None."""
    row = await tx.fetchrow(_FIND, *key, src_digital_card_id)
    return None if row is None else (to_card(row), SealedPan(row["pan_sealed"]))


_FIND_BY_FINGERPRINT = f"""
SELECT {CARD_COLUMNS}
  FROM digital_card AS d
 WHERE d.sandbox_id = $1 AND d.network = $2 AND d.src_consumer_id = $3
   AND d.pan_fingerprint = $4 AND d.status <> 'CANCELLED'
"""


async def find_card_by_fingerprint(
    tx: Tx, key: SystemKey, src_consumer_id: str, pan_fingerprint: bytes
) -> DigitalCard | None:
    """The consumer's card with that PAN unless it was deleted, or None."""
    row = await tx.fetchrow(_FIND_BY_FINGERPRINT, *key, src_consumer_id, pan_fingerprint)
    return None if row is None else to_card(row)


_COUNT = """
SELECT count(*) FILTER (WHERE status <> 'CANCELLED') AS held,
       count(*) FILTER (WHERE pan_fingerprint = $4) AS enrolled_before
  FROM digital_card
 WHERE sandbox_id = $1 AND network = $2 AND src_consumer_id = $3
"""


async def count_cards(
    tx: Tx, key: SystemKey, src_consumer_id: str, pan_fingerprint: bytes
) -> tuple[int, int]:
    """(cards in the profile, times this PAN was enrolled in it, deleted cards included)."""
    row = await tx.fetchrow(_COUNT, *key, src_consumer_id, pan_fingerprint)
    return (0, 0) if row is None else (row["held"], row["enrolled_before"])


_LIST = f"""
SELECT {CARD_COLUMNS}
  FROM digital_card AS d
 WHERE d.sandbox_id = $1 AND d.network = $2 AND d.src_consumer_id = $3
   AND d.status <> 'CANCELLED'
 ORDER BY d.date_of_card_last_used DESC NULLS LAST, d.date_of_card_created,
          d.src_digital_card_id
"""


async def list_cards(tx: Tx, key: SystemKey, src_consumer_id: str) -> list[DigitalCard]:
    """The consumer's cards: used ones first, newest use first; deleted ones are left out."""
    return [to_card(row) for row in await tx.fetch(_LIST, *key, src_consumer_id)]


_LIST_ALL = f"""
SELECT {CARD_COLUMNS}
  FROM digital_card AS d
 WHERE d.sandbox_id = $1 AND d.network = $2 AND d.src_digital_card_id > $3
 ORDER BY d.src_digital_card_id
 LIMIT $4
"""


async def list_all_cards(tx: Tx, key: SystemKey, *, after: str, limit: int) -> list[DigitalCard]:
    """Up to *limit* cards of the network by id, those behind *after*, deleted ones included."""
    return [to_card(row) for row in await tx.fetch(_LIST_ALL, *key, after, limit)]


_SET_STATUS = """
UPDATE digital_card SET status = $4, pending_events = $5
 WHERE sandbox_id = $1 AND network = $2 AND src_digital_card_id = $3 AND status = $6
RETURNING src_digital_card_id
"""


async def set_card_status(
    tx: Tx,
    key: SystemKey,
    src_digital_card_id: str,
    *,
    was: DigitalCardStatus,
    status: DigitalCardStatus,
    pending_events: tuple[str, ...] = (),
) -> bool:
    """Change the status if it still is *was*; False when another call was faster."""
    updated = await tx.fetchval(
        _SET_STATUS, *key, src_digital_card_id, status, list(pending_events), was
    )
    return updated is not None


_UPDATE = """
UPDATE digital_card
   SET pan_expiration_month = $4, pan_expiration_year = $5, cardholder_full_name = $6,
       presentation_name = $7, art_uri = $8, billing_address_id = $9, billing_address = $10,
       security_code_fingerprint = COALESCE($11, security_code_fingerprint)
 WHERE sandbox_id = $1 AND network = $2 AND src_digital_card_id = $3
"""


async def update_card(
    tx: Tx, key: SystemKey, card: DigitalCard, *, security_code_fingerprint: bytes | None = None
) -> None:
    """Keep expiry, holder, presentation, art and billing address of *card*.

    A *security_code_fingerprint* of None leaves the one there is.
    """
    await tx.execute(
        _UPDATE,
        *key,
        card.src_digital_card_id,
        card.expiry.month,
        card.expiry.year,
        card.cardholder_full_name,
        card.presentation_name,
        card.art_uri,
        card.billing_address_id,
        None if card.billing_address is None else address_document(card.billing_address),
        security_code_fingerprint,
    )


_FIND_CODE_FINGERPRINT = """
SELECT security_code_fingerprint
  FROM digital_card
 WHERE sandbox_id = $1 AND network = $2 AND src_digital_card_id = $3
"""


async def find_security_code_fingerprint(
    tx: Tx, key: SystemKey, src_digital_card_id: str
) -> bytes | None:
    """The keyed fingerprint of the card's security code, None when none was ever given."""
    found: bytes | None = await tx.fetchval(_FIND_CODE_FINGERPRINT, *key, src_digital_card_id)
    return found


_HAS_PAN = """
SELECT pan_fingerprint = $4 AS is_same
  FROM digital_card
 WHERE sandbox_id = $1 AND network = $2 AND src_digital_card_id = $3
"""


async def has_pan(tx: Tx, key: SystemKey, src_digital_card_id: str, pan_fingerprint: bytes) -> bool:
    """Whether the card is that PAN's."""
    is_same: bool | None = await tx.fetchval(_HAS_PAN, *key, src_digital_card_id, pan_fingerprint)
    return is_same is True


_HAS_ISSUER = """
SELECT EXISTS (
    SELECT 1
      FROM payment_token AS t
      JOIN client AS c
        ON c.sandbox_id = t.sandbox_id AND c.token_requestor_id = t.token_requestor_id
     WHERE t.sandbox_id = $1 AND t.network = $2 AND t.src_digital_card_id = $3
       AND c.kind = 'PARTICIPATING_ISSUER'
)
"""


async def has_issuer(tx: Tx, key: SystemKey, src_digital_card_id: str) -> bool:
    """Whether an issuer enrolled the card, and so holds a token for it."""
    found: bool = await tx.fetchval(_HAS_ISSUER, *key, src_digital_card_id)
    return found


_SET_EXPIRY = """
UPDATE digital_card SET pan_expiration_month = $4, pan_expiration_year = $5
 WHERE sandbox_id = $1 AND network = $2 AND src_digital_card_id = $3
RETURNING src_digital_card_id
"""


async def set_card_expiry(
    tx: Tx, key: SystemKey, src_digital_card_id: str, expiry: CardExpiry
) -> bool:
    """Change the expiry date; False when there is no such card."""
    updated = await tx.fetchval(_SET_EXPIRY, *key, src_digital_card_id, expiry.month, expiry.year)
    return updated is not None


_MARK_USED = """
UPDATE digital_card SET date_of_card_last_used = $4
 WHERE sandbox_id = $1 AND network = $2 AND src_digital_card_id = $3
"""


async def mark_card_used(
    tx: Tx, key: SystemKey, src_digital_card_id: str, *, now: datetime
) -> None:
    """Remember when the card last paid (after a confirmation, spec 10i)."""
    await tx.execute(_MARK_USED, *key, src_digital_card_id, now)


_INSERT_TOKEN = """
INSERT INTO payment_token (
    sandbox_id, network, src_digital_card_id, token_requestor_id, token_sealed,
    token_fingerprint, token_bin_range, token_last_four, token_expiration_month,
    token_expiration_year, created_at
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT ON CONSTRAINT payment_token_pkey DO NOTHING
"""


async def insert_token(
    tx: Tx,
    key: SystemKey,
    token: PaymentToken,
    *,
    sealed: SealedToken,
    token_fingerprint: bytes,
    now: datetime,
) -> None:
    """Add *token* unless the requestor has one for the card.

    A number that another card has breaks the constraint payment_token_fingerprint_key.
    """
    await tx.execute(
        _INSERT_TOKEN,
        *key,
        token.src_digital_card_id,
        token.token_requestor_id,
        sealed.sealed,
        token_fingerprint,
        token.token_bin_range,
        token.token_last_four,
        token.expiry.month,
        token.expiry.year,
        now,
    )


_FIND_TOKEN = """
SELECT src_digital_card_id, token_requestor_id, token_sealed, token_bin_range, token_last_four,
       token_expiration_month, token_expiration_year
  FROM payment_token
 WHERE sandbox_id = $1 AND network = $2 AND src_digital_card_id = $3 AND token_requestor_id = $4
"""


async def find_token(
    tx: Tx, key: SystemKey, src_digital_card_id: str, token_requestor_id: str
) -> tuple[PaymentToken, SealedToken] | None:
    """The requestor's token for the card, or None."""
    row = await tx.fetchrow(_FIND_TOKEN, *key, src_digital_card_id, token_requestor_id)
    return None if row is None else (to_token(row), SealedToken(row["token_sealed"]))


_LIST_TOKENS = """
SELECT t.src_digital_card_id, t.token_requestor_id, t.token_sealed, t.token_bin_range,
       t.token_last_four, t.token_expiration_month, t.token_expiration_year
  FROM payment_token AS t
  JOIN digital_card AS d USING (sandbox_id, network, src_digital_card_id)
 WHERE d.sandbox_id = $1 AND d.network = $2 AND d.src_consumer_id = $3
   AND t.token_requestor_id = $4
"""


async def list_tokens(
    tx: Tx, key: SystemKey, src_consumer_id: str, token_requestor_id: str
) -> dict[str, PaymentToken]:
    """The requestor's tokens for the consumer's cards, by srcDigitalCardId."""
    rows = await tx.fetch(_LIST_TOKENS, *key, src_consumer_id, token_requestor_id)
    return {row["src_digital_card_id"]: to_token(row) for row in rows}


def to_card(row: Any) -> DigitalCard:
    """The card of a row that holds CARD_COLUMNS."""
    billing = row["billing_address"]
    return DigitalCard(
        src_digital_card_id=row["src_digital_card_id"],
        src_consumer_id=row["src_consumer_id"],
        src_payment_card_id=row["src_payment_card_id"],
        pan_bin=row["pan_bin"],
        pan_last_four=row["pan_last_four"],
        expiry=CardExpiry(row["pan_expiration_month"], row["pan_expiration_year"]),
        status=DigitalCardStatus(row["status"]),
        pending_events=tuple(row["pending_events"]),
        cardholder_full_name=row["cardholder_full_name"],
        payment_account_reference=row["payment_account_reference"],
        payment_card_descriptor=row["payment_card_descriptor"],
        payment_card_type=row["payment_card_type"],
        country_code=row["country_code"],
        presentation_name=row["presentation_name"],
        billing_address=None if billing is None else to_address(billing),
        billing_address_id=row["billing_address_id"],
        date_of_card_created=row["date_of_card_created"],
        date_of_card_last_used=row["date_of_card_last_used"],
        art_uri=row["art_uri"],
    )


def to_token(row: Any) -> PaymentToken:
    """The token of a row with the token columns."""
    return PaymentToken(
        src_digital_card_id=row["src_digital_card_id"],
        token_requestor_id=row["token_requestor_id"],
        token_bin_range=row["token_bin_range"],
        token_last_four=row["token_last_four"],
        expiry=CardExpiry(row["token_expiration_month"], row["token_expiration_year"]),
    )
