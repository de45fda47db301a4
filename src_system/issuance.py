"""Opening a payload's credential and recording its dynamic data: what every payload needs.

And issuing once more what was issued before, as it was.
"""

from dataclasses import dataclass
from datetime import datetime

import msgspec
from msgspec.structs import replace

from src_system.clock import parse_iso
from src_system.model.address import Shipping
from src_system.model.checkout import decide_checkout
from src_system.model.errors import SrcError
from src_system.model.participant import Client
from src_system.model.payment_token import renewed_expiry
from src_system.model.transaction_options import PayloadTypeIndicator, TransactionOptions
from src_system.payloads import checkout_payload
from src_system.payloads.checkout_payload import CredentialInClear, IssuedPayload, PayloadOrder
from src_system.payloads.checkout_response import sign_checkout_response
from src_system.payloads.checkout_summary import SummaryFacts, checkout_summary
from src_system.payloads.three_ds_output import cardholder_cryptogram
from src_system.store import card_notifications, checkout_records, checkouts, token_refresh
from src_system.store.checkout_contexts import CheckoutContext, ContextQuestion
from src_system.store.checkout_records import CryptogramRecord
from src_system.store.checkouts import KeptCheckout
from src_system.store.enrolment import TOKEN_LIFE
from src_system.system import System


async def open_credential(
    system: System,
    client: Client,
    context: CheckoutContext,
    order: PayloadOrder,
    *,
    now: datetime,
) -> CredentialInClear | None:
    """The PAN or the client's token in clear, opened only here and only now.

    The client's first payload for a card provisions its token; one whose own end has come is
    given a longer life. None for a payload without a credential.
    """
    decision, card = order.decision, order.card
    if not (decision.has_payload and decision.has_credential) or context.pan is None:
        return None
    if checkout_payload.needs_pan(system.profile, order):
        async with system.database.connection(system.count) as tx:
            await card_notifications.note_disclosure(
                tx, system.key, card.src_digital_card_id, client.src_client_id
            )
        pan = checkout_payload.open_pan(system.vault, system.key.network, card, context.pan)
        return checkout_payload.pan_credential(card, pan)
    token, sealed = context.token, context.sealed_token
    if token is None or sealed is None:
        pan = checkout_payload.open_pan(system.vault, system.key.network, card, context.pan)
        async with system.database.connection(system.count) as tx:
            token, sealed = await system.enrolment(now).keep_token(
                tx, card, pan, client.token_requestor_id
            )
    if token.expiry.is_past(now):
        expiry = renewed_expiry(token.expiry, now=now, life=TOKEN_LIFE)
        async with system.database.connection(system.count) as tx:
            await token_refresh.update_expiry(tx, system.key, token, expiry)
        token = replace(token, expiry=expiry)
    return checkout_payload.token_credential(system.vault, system.key.network, token, sealed)


async def context_of_kept(system: System, client: Client, kept: KeptCheckout) -> CheckoutContext:
    """What the rule needs to know of a checkout recorded before, with *client*'s own token."""
    question = ContextQuestion(
        key=system.key,
        src_correlation_id=kept.src_correlation_id,
        src_digital_card_id=kept.src_digital_card_id,
        token_requestor_id=client.token_requestor_id,
        identity_hash=None,
        checkout_id=kept.checkout_id,
    )
    return await system.installation.checkout_path.read_context(question, system.count)


@dataclass(frozen=True, slots=True, repr=False)
class EarlierAnswer:
    """What a client was given by an earlier checkout, issued once more."""

    checkout_response: str
    encrypted_payload: str | None


async def issue_last_again(system: System, client: Client, *, before: str) -> EarlierAnswer | None:
    """The answer to the client's last complete checkout here, with the cryptogram it had.

    The last one before the checkout of the id *before*, which may be yet to be made.

    Same ids, dynamic data and times; a key or a card that has changed since shows. None when there
    was no checkout, or when its card can no longer be paid with.
    """
    async with system.database.connection(system.count) as tx:
        last = await checkouts.find_last_answer(tx, system.key, client.src_client_id, before=before)
    if last is None:
        return None
    kept, ordinal, then = last
    context = await context_of_kept(system, client, kept)
    try:
        recipient = await system.recipient(client, now=then)
        order = order_of_kept(system, kept, context, ordinal=ordinal, payload_type=None, now=then)
    except SrcError:
        return None
    issued = checkout_payload.issue_payload(
        order,
        profile=system.profile,
        derivation=system.derivation,
        credential=await open_credential(system, client, context, order, now=then),
        recipient_kid=recipient.key.kid,
        recipient_key=recipient.public,
        now=then,
    )
    return EarlierAnswer(
        _sign_again(system, kept, order, issued, context, then), issued.encrypted_payload
    )


def order_of_kept(
    system: System,
    kept: KeptCheckout,
    context: CheckoutContext,
    *,
    ordinal: int,
    payload_type: PayloadTypeIndicator | None,
    now: datetime,
) -> PayloadOrder:
    """A payload of a checkout recorded before; the refusals of the rule, which is applied again."""
    options = msgspec.convert(kept.request["options"], TransactionOptions, strict=False)
    three_ds_output = kept.request.get("three_ds_output")
    decision = decide_checkout(
        context.card,
        context.consumer,
        validated_src_consumer_id=kept.src_consumer_id,
        options=options,
        payload_type=payload_type,
        rules=system.profile.dynamic_data_rules,
        now=now,
        has_cardholder_cryptogram=cardholder_cryptogram(three_ds_output) is not None,
    )
    card, consumer = context.found()
    return PayloadOrder(
        checkout_id=kept.checkout_id,
        ordinal=ordinal,
        decision=decision,
        options=options,
        card=card,
        consumer=consumer,
        shipping=msgspec.convert(kept.request["shipping"], Shipping | None),
        is_token_only=kept.request["is_token_only"],
        three_ds_output=three_ds_output,
    )


def _sign_again(
    system: System,
    kept: KeptCheckout,
    order: PayloadOrder,
    issued: IssuedPayload,
    context: CheckoutContext,
    then: datetime,
) -> str:
    facts = facts_of_kept(kept, context)
    return sign_checkout_response(
        checkout_summary(system.profile, order, issued, facts, address=system.address, now=then),
        profile=system.profile,
        keyring=system.keyring,
        jti=checkout_response_jti(system, order),
        now=then,
    )


def facts_of_kept(kept: KeptCheckout, context: CheckoutContext) -> SummaryFacts:
    """What the answer to a checkout recorded before says beside its payload."""
    validated = kept.request["validated"]
    auth_time = validated["auth_time"]
    return SummaryFacts(
        src_correlation_id=kept.src_correlation_id,
        srci_transaction_id=kept.srci_transaction_id,
        given=kept.request["assurance_data"],
        amr=tuple(validated["amr"]),
        auth_time=None if auth_time is None else parse_iso(auth_time),
        has_security_code=context.has_security_code,
        token=context.token,
        token_since=context.token_since,
    )


def checkout_response_jti(system: System, order: PayloadOrder) -> str:
    """The id of the checkoutResponse that goes with the order's cryptogram."""
    return system.derivation.uuid(
        "checkout_response_jti", system.key.network, order.checkout_id, order.ordinal
    )


def cryptogram_record(
    system: System, order: PayloadOrder, issued: IssuedPayload
) -> CryptogramRecord:
    """What is kept of an answer's dynamic data: fingerprints, enough to check it later."""
    dynamic_data, credential = issued.dynamic_data, issued.credential
    return checkout_records.cryptogram_record(
        system.vault,
        ordinal=order.ordinal,
        dynamic_data_type=dynamic_data.dynamic_data_type,
        value=dynamic_data.value,
        number=None if credential is None else credential.number,
        amount=order.options.transaction_amount,
        expires_at=dynamic_data.expires_at,
    )
