"""getPayload: the payload of a completed checkout, with a fresh cryptogram (spec 4.11)."""

from dataclasses import dataclass
from datetime import datetime

from src_system.issuance import (
    context_of_kept,
    cryptogram_record,
    facts_of_kept,
    open_credential,
    order_of_kept,
)
from src_system.model.errors import Aborted, InvalidState, NotFound, UnknownRecipient
from src_system.model.participant import Client
from src_system.model.session import (
    COMPLETED_STATES,
    SessionState,
    refuse_foreign_session,
    refuse_unusable_session,
    seen_of,
)
from src_system.model.transaction_options import PayloadTypeIndicator
from src_system.payloads import checkout_payload
from src_system.payloads.checkout_payload import IssuedPayload, PayloadOrder
from src_system.payloads.checkout_response import CheckoutResponseDocument
from src_system.payloads.checkout_summary import checkout_summary
from src_system.store import checkout_sessions, checkouts
from src_system.store.checkout_contexts import CheckoutContext
from src_system.store.checkout_records import CheckoutRecord
from src_system.store.checkouts import KeptCheckout
from src_system.store.database import Tx, UniqueViolation
from src_system.system import System
from src_system.world import Recipient

_TRIES = 10


@dataclass(frozen=True, slots=True)
class GetPayloadRequest:
    """Which checkout, and for whom to encrypt."""

    src_correlation_id: str
    srci_transaction_id: str | None
    src_digital_card_id: str | None
    payload_type: PayloadTypeIndicator | None
    recipient_id: str | None


@dataclass(frozen=True, slots=True, repr=False)
class GetPayloadResult:
    """The members of the answer: encryptedPayload and the summary."""

    src_correlation_id: str
    document: CheckoutResponseDocument


async def get_payload(
    system: System, caller: Client, request: GetPayloadRequest
) -> GetPayloadResult:
    """The payload again, for the session's own client or the recipientIdPayload of its checkout.

    Raises NotFound for an unknown session, ForeignCorrelation, InvalidState before a completed
    checkout or after the session's end, UnknownRecipient, ClientKeyExpired.
    """
    for _ in range(_TRIES):
        try:
            return await _issue(system, caller, request)
        except UniqueViolation as violation:
            if violation.constraint_name != "cryptogram_replay_guard":
                raise
    raise Aborted


async def _issue(system: System, caller: Client, request: GetPayloadRequest) -> GetPayloadResult:
    now = system.now()
    async with system.database.connection(system.count) as tx:
        kept = await _find(system, tx, caller, request)
    is_owner = kept.src_client_id == caller.src_client_id
    owner = caller if is_owner else await system.client(kept.src_client_id)
    later = kept.request.get("payload_type_later")
    context = await context_of_kept(system, owner, kept)
    recipient = await _recipient(system, caller, owner, request, kept, now)
    order = order_of_kept(
        system,
        kept,
        context,
        ordinal=context.cryptograms_issued,
        payload_type=request.payload_type or (PayloadTypeIndicator(later) if later else None),
        now=now,
    )
    issued = checkout_payload.issue_payload(
        order,
        profile=system.profile,
        derivation=system.derivation,
        credential=await open_credential(system, owner, context, order, now=now),
        recipient_kid=recipient.key.kid,
        recipient_key=recipient.public,
        now=now,
        seals=system.seals,
    )
    await system.installation.checkout_path.record(
        _record(system, request, kept, order, issued, now), system.count
    )
    return GetPayloadResult(
        request.src_correlation_id,
        _document(system, kept, order, issued, context, now),
    )


def _record(
    system: System,
    request: GetPayloadRequest,
    kept: KeptCheckout,
    order: PayloadOrder,
    issued: IssuedPayload,
    now: datetime,
) -> CheckoutRecord:
    """The checkout as it was, with a further cryptogram."""
    return CheckoutRecord(
        key=system.key,
        checkout_id=kept.checkout_id,
        src_correlation_id=request.src_correlation_id,
        src_client_id=kept.src_client_id,
        src_dpa_id=kept.src_dpa_id,
        srci_transaction_id=kept.srci_transaction_id,
        src_consumer_id=order.consumer.src_consumer_id,
        validated_src_consumer_id=None,
        src_digital_card_id=kept.src_digital_card_id,
        dcf_action_code=kept.dcf_action_code,
        session_state=SessionState.PAYLOAD_RETRIEVED,
        request=kept.request,
        cryptogram=cryptogram_record(system, order, issued),
        now=now,
        session_expires_at=system.session_end(now),
    )


async def _recipient(
    system: System,
    caller: Client,
    owner: Client,
    request: GetPayloadRequest,
    kept: KeptCheckout,
    now: datetime,
) -> Recipient:
    """Whom to encrypt to: asked for now, at the checkout, or the client itself.

    A recipient that calls for its payload gets it for its own key and for no other.
    """
    if caller.src_client_id != owner.src_client_id and request.recipient_id not in (
        None,
        caller.src_client_id,
    ):
        raise UnknownRecipient(
            source="recipientId",
            source_type="QUERY",
            seen={
                "recipient_id": request.recipient_id,
                "registered_recipients": [caller.src_client_id],
            },
        )
    return await system.recipient(
        owner,
        now=now,
        recipient_id=request.recipient_id or kept.request.get("recipient_id_later"),
        source="recipientId",
    )


def _document(
    system: System,
    kept: KeptCheckout,
    order: PayloadOrder,
    issued: IssuedPayload,
    context: CheckoutContext,
    now: datetime,
) -> CheckoutResponseDocument:
    """The answer's members: the sealed payload and the summary."""
    return checkout_summary(
        system.profile,
        order,
        issued,
        facts_of_kept(kept, context),
        address=system.address,
        now=now,
        three_ds_member=system.profile.payload_three_ds_member,
    )


async def _find(system: System, tx: Tx, caller: Client, request: GetPayloadRequest) -> KeptCheckout:
    """The completed checkout asked for, for its client or the recipient that it named."""
    session = await checkout_sessions.find_session(tx, system.key, request.src_correlation_id)
    if session is None:
        raise NotFound(
            "There is no such checkout session.",
            source="srcCorrelationId",
            source_type="QUERY",
            seen={"session": None},
        )
    kept = await checkouts.find_checkout(
        tx,
        system.key,
        request.src_correlation_id,
        src_client_id=session.src_client_id,
        srci_transaction_id=request.srci_transaction_id,
        src_digital_card_id=request.src_digital_card_id,
    )
    if kept is None or kept.request.get("recipient_id_later") != caller.src_client_id:
        refuse_foreign_session(session, src_client_id=caller.src_client_id)
    refuse_unusable_session(session, src_client_id=session.src_client_id, now=system.now())
    if kept is None or session.state not in COMPLETED_STATES:
        raise InvalidState(
            "No checkout of this session is complete.",
            source="srcCorrelationId",
            source_type="QUERY",
            seen=seen_of(session, allowed=COMPLETED_STATES),
        )
    return kept
