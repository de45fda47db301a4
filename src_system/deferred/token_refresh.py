"""Tokens of a card refreshed by the network: another number, or the same one with a longer life."""

from datetime import datetime
from enum import StrEnum

from msgspec.structs import replace

from src_system.deferred.announcement import announce_token_refresh
from src_system.model.digital_card import DigitalCard
from src_system.model.errors import Aborted
from src_system.model.pan import luhn_check_digit
from src_system.model.payment_token import PaymentToken, SealedToken, renewed_expiry
from src_system.payloads.checkout_payload import token_credential
from src_system.store import token_refresh
from src_system.store.database import Tx
from src_system.store.enrolment import TOKEN_LIFE
from src_system.system import System

_TRIES = 8


class TokenChange(StrEnum):
    """What a refresh changes: number and expiry, or the expiry alone."""

    NUMBER = "NUMBER"
    EXPIRY = "EXPIRY"


async def refresh_tokens(
    system: System, tx: Tx, card: DigitalCard, change: TokenChange, *, now: datetime
) -> int:
    """Refresh every token of *card* and tell its holder; how many there were."""
    tokens = await token_refresh.lock_tokens(tx, system.key, card.src_digital_card_id)
    for token, sealed in tokens:
        expiry = renewed_expiry(token.expiry, now=now, life=TOKEN_LIFE)
        if change is TokenChange.EXPIRY:
            await token_refresh.update_expiry(tx, system.key, token, expiry)
        else:
            renewed = replace(token, expiry=expiry)
            await _renumber(system, tx, renewed, sealed)
    await announce_token_refresh(system, tx, card, now=now)
    return len(tokens)


async def _renumber(system: System, tx: Tx, token: PaymentToken, sealed: SealedToken) -> None:
    old = token_credential(system.vault, system.key.network, token, sealed).number
    token_range = system.profile.token_range
    for attempt in range(_TRIES):
        body = token_range.prefix + system.derivation.digits(
            "refreshed_payment_token",
            system.key.network,
            old,
            attempt,
            count=token_range.digits - len(token_range.prefix) - 1,
        )
        number = body + luhn_check_digit(body)
        fingerprint = system.vault.fingerprint(number.encode(), purpose=b"token")
        if await token_refresh.is_number_taken(tx, system.key, fingerprint):
            continue
        context = SealedToken.context(system.key.network, token.src_digital_card_id)
        await token_refresh.update_number(
            tx,
            system.key,
            replace(
                token,
                token_bin_range=number[: system.profile.token_bin_range_digits],
                token_last_four=number[-4:],
            ),
            sealed=SealedToken(system.vault.seal(number.encode(), context=context)),
            token_fingerprint=fingerprint,
        )
        return
    raise Aborted
