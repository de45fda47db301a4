"""Payment tokens of a card given a new number or a new life, as rows."""

from src_system.model.identifiers import SystemKey
from src_system.model.pan import CardExpiry
from src_system.model.payment_token import PaymentToken, SealedToken
from src_system.store.database import Tx
from src_system.store.digital_cards import to_token

_LOCK_TOKENS = """
SELECT src_digital_card_id, token_requestor_id, token_sealed, token_bin_range, token_last_four,
       token_expiration_month, token_expiration_year
  FROM payment_token
 WHERE sandbox_id = $1 AND network = $2 AND src_digital_card_id = $3
 ORDER BY token_requestor_id
   FOR UPDATE
"""


async def lock_tokens(
    tx: Tx, key: SystemKey, src_digital_card_id: str
) -> list[tuple[PaymentToken, SealedToken]]:
    """The card's tokens, locked to the transaction's end."""
    rows = await tx.fetch(_LOCK_TOKENS, *key, src_digital_card_id)
    return [(to_token(row), SealedToken(row["token_sealed"])) for row in rows]


_FIND_NUMBER = """
SELECT EXISTS (
    SELECT 1 FROM payment_token
     WHERE sandbox_id = $1 AND network = $2 AND token_fingerprint = $3)
"""


async def is_number_taken(tx: Tx, key: SystemKey, token_fingerprint: bytes) -> bool:
    """Whether a token of the network has that number."""
    taken: bool = await tx.fetchval(_FIND_NUMBER, *key, token_fingerprint)
    return taken


_UPDATE = """
UPDATE payment_token
   SET token_sealed = $5, token_fingerprint = $6, token_bin_range = $7, token_last_four = $8,
       token_expiration_month = $9, token_expiration_year = $10
 WHERE sandbox_id = $1 AND network = $2 AND src_digital_card_id = $3 AND token_requestor_id = $4
"""


async def update_number(
    tx: Tx, key: SystemKey, token: PaymentToken, *, sealed: SealedToken, token_fingerprint: bytes
) -> None:
    """Give the token another number and expiry."""
    await tx.execute(
        _UPDATE,
        *key,
        token.src_digital_card_id,
        token.token_requestor_id,
        sealed.sealed,
        token_fingerprint,
        token.token_bin_range,
        token.token_last_four,
        token.expiry.month,
        token.expiry.year,
    )


_UPDATE_EXPIRY = """
UPDATE payment_token SET token_expiration_month = $5, token_expiration_year = $6
 WHERE sandbox_id = $1 AND network = $2 AND src_digital_card_id = $3 AND token_requestor_id = $4
"""


async def update_expiry(tx: Tx, key: SystemKey, token: PaymentToken, expiry: CardExpiry) -> None:
    """Give the token another expiry; the number stays."""
    await tx.execute(
        _UPDATE_EXPIRY,
        *key,
        token.src_digital_card_id,
        token.token_requestor_id,
        expiry.month,
        expiry.year,
    )
