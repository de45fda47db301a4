"""Changes of a card made known to the clients that hold it: rows for the outbox (spec 4.16).

Called inside the transaction that changes the card: a change and its notifications commit together.
"""

from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace

from src_system.model.card_notification import ReasonCode, reason_for
from src_system.model.digital_card import DigitalCard, DigitalCardStatus
from src_system.model.errors import ClientKeyExpired, UnknownClient, UnknownRecipient
from src_system.payloads.card_notification import encrypt_payment_data, notification_entry
from src_system.payloads.checkout_payload import token_credential
from src_system.payloads.masked import masked_card
from src_system.store import card_notifications
from src_system.store.card_notifications import Listener
from src_system.store.database import Tx
from src_system.system import System


async def announce_card_change(
    system: System, tx: Tx, before: DigitalCard, after: DigitalCard, *, now: datetime
) -> None:
    """Tell whoever holds the card of its new status or expiry; nothing when neither changed."""
    reason = reason_for(before, after)
    if reason is None:
        return
    for listener in await _listeners(system, tx, after):
        await _announce(system, tx, after, listener, reason, None, now)


async def announce_deletion(
    system: System, tx: Tx, cards: Sequence[DigitalCard], *, now: datetime
) -> None:
    """Tell whoever holds one of *cards* that it is gone, before the rows are."""
    for card in cards:
        cancelled = replace(card, status=DigitalCardStatus.CANCELLED)
        await announce_card_change(system, tx, card, cancelled, now=now)


async def announce_token_refresh(
    system: System, tx: Tx, card: DigitalCard, *, now: datetime
) -> None:
    """Give every holder of a token of *card* its token as it is now, encrypted to its key."""
    for listener in await _listeners(system, tx, card):
        if listener.token is None:
            continue
        payment_data = await _payment_data(system, card, listener, now)
        await _announce(system, tx, card, listener, ReasonCode.TOKEN_REFRESH, payment_data, now)


async def _listeners(system: System, tx: Tx, card: DigitalCard) -> list[Listener]:
    return await card_notifications.list_listeners(tx, system.key, card.src_digital_card_id)


async def _announce(
    system: System,
    tx: Tx,
    card: DigitalCard,
    listener: Listener,
    reason: ReasonCode,
    payment_data: str | None,
    now: datetime,
) -> None:
    # The place first: from then on nobody else announces here, and the ordinal is ours.
    place = await card_notifications.next_place(tx, system.key.sandbox_id)
    ordinal = await card_notifications.count_notifications(
        tx, system.key, card.src_digital_card_id, listener.src_client_id
    )
    await card_notifications.insert_notification(
        tx,
        system.key,
        notification_id=system.derivation.uuid(
            "card_notification",
            system.key.network,
            card.src_digital_card_id,
            listener.src_client_id,
            ordinal,
        ),
        place=place,
        src_client_id=listener.src_client_id,
        src_digital_card_id=card.src_digital_card_id,
        reason=reason,
        event_time=now,
        notification=notification_entry(
            masked_card(
                system.profile, card, token=listener.token, address=system.address, now=now
            ),
            status=card.status,
            reason=reason,
            payment_data=payment_data,
            now=now,
        ),
    )


async def _payment_data(
    system: System, card: DigitalCard, listener: Listener, now: datetime
) -> str | None:
    """The token under the client's own key; None for a client without a key that is still good."""
    if listener.token is None or listener.sealed_token is None:
        return None
    try:
        client = await system.client(listener.src_client_id)
        recipient = await system.recipient(client, now=now)
    except (UnknownClient, UnknownRecipient, ClientKeyExpired):
        return None
    credential = token_credential(
        system.vault, system.key.network, listener.token, listener.sealed_token
    )
    return encrypt_payment_data(
        card, credential, profile=system.profile, kid=recipient.key.kid, key=recipient.public
    )
