"""Opening a payload's credential and recording its dynamic data: what every payload needs."""

from datetime import datetime

from src_system.model.participant import Client
from src_system.payloads import checkout_payload
from src_system.payloads.checkout_payload import CredentialInClear, IssuedPayload, PayloadOrder
from src_system.store import card_notifications, checkouts
from src_system.store.checkouts import CheckoutContext, CryptogramRecord
from src_system.store.database import Tx
from src_system.system import System


async def open_credential(
    system: System,
    tx: Tx,
    client: Client,
    context: CheckoutContext,
    order: PayloadOrder,
    *,
    now: datetime,
) -> CredentialInClear | None:
    """The PAN or the client's token in clear, opened only here and only now.

    The client's first payload for a card provisions its token. None for a payload without
    a credential.
    """
    decision, card = order.decision, order.card
    if not (decision.has_payload and decision.has_credential) or context.pan is None:
        return None
    if checkout_payload.needs_pan(system.profile, order):
        await card_notifications.note_disclosure(
            tx, system.key, card.src_digital_card_id, client.src_client_id
        )
        pan = checkout_payload.open_pan(system.vault, system.key.network, card, context.pan)
        return checkout_payload.pan_credential(card, pan)
    token, sealed = context.token, context.sealed_token
    if token is None or sealed is None:
        pan = checkout_payload.open_pan(system.vault, system.key.network, card, context.pan)
        token, sealed = await system.enrolment(now).keep_token(
            tx, card, pan, client.token_requestor_id
        )
    return checkout_payload.token_credential(system.vault, system.key.network, token, sealed)


def cryptogram_record(
    system: System, order: PayloadOrder, issued: IssuedPayload
) -> CryptogramRecord:
    """What is kept of an answer's dynamic data: fingerprints, enough to check it later."""
    dynamic_data, credential = issued.dynamic_data, issued.credential
    return checkouts.cryptogram_record(
        system.vault,
        ordinal=order.ordinal,
        dynamic_data_type=dynamic_data.dynamic_data_type,
        value=dynamic_data.value,
        number=None if credential is None else credential.number,
        amount=order.options.transaction_amount,
        expires_at=dynamic_data.expires_at,
    )
