"""checkout: a validated consumer's card becomes a signed, encrypted payload (spec 4.10, 10)."""

from datetime import datetime

import msgspec
from msgspec.structs import replace

from src_system.issuance import checkout_response_jti, cryptogram_record, open_credential
from src_system.model.address import Shipping
from src_system.model.checkout import (
    CheckoutDecision,
    DcfActionCode,
    choose_payment_option,
    decide_checkout,
)
from src_system.model.compliance import REMEMBER_ME, accepted_types
from src_system.model.consumer import Consumer
from src_system.model.digital_card import DigitalCard
from src_system.model.errors import (
    Aborted,
    MissingMember,
)
from src_system.model.magic import MagicMet, MagicValue
from src_system.model.participant import Client, Dpa
from src_system.model.session import SessionState, refuse_unusable_session
from src_system.model.transaction_options import AddressPreference, TransactionOptions
from src_system.operations.checkout.abandoned import abandon
from src_system.operations.checkout.enrolment import enrol
from src_system.operations.checkout.repetition import (
    Validated,
    as_second_leg,
    earlier_checkout,
    kept_options,
    validated_by,
)
from src_system.operations.checkout.request import CheckoutRequest, CheckoutResult, checkout_id_of
from src_system.operations.checkout.shipping import kept_shipping, sent_shipping
from src_system.operations.checkout.three_ds import (
    NO_THREE_DS,
    ThreeDs,
    concerns_three_ds,
    find_or_perform_three_ds,
)
from src_system.operations.magic_cards import of_kept_card
from src_system.operations.remembering import remember
from src_system.payloads import checkout_payload
from src_system.payloads.checkout_payload import IssuedPayload, PayloadOrder
from src_system.payloads.checkout_response import sign_checkout_response
from src_system.payloads.checkout_summary import SummaryFacts, checkout_summary
from src_system.payloads.id_token import Identification, IdToken
from src_system.store import checkout_sessions, checkouts
from src_system.store.checkout_contexts import CheckoutContext, ContextQuestion
from src_system.store.checkout_records import CheckoutRecord
from src_system.store.checkout_sessions import SessionOpening
from src_system.store.database import UniqueViolation
from src_system.system import System
from src_system.world import Recipient

_REPLAY_GUARD = "cryptogram_replay_guard"
_TRIES = 10
_SESSION_STATES = {
    DcfActionCode.COMPLETE: SessionState.COMPLETE,
    DcfActionCode.PENDING_AUTHENTICATION: SessionState.PENDING_AUTH,
}


class _Order(msgspec.Struct, frozen=True):
    """The request with everything looked up that does not need its card's row."""

    request: CheckoutRequest
    session: SessionOpening
    src_correlation_id: str
    dpa: Dpa
    options: TransactionOptions
    id_token: IdToken | None
    recipient: Recipient
    src_digital_card_id: str
    enrolled_for: str | None  # srcConsumerId, when this call enrolled the card
    is_new_user: bool
    shipping: Shipping | None  # brought by the call itself, or by the call that it repeats
    validated: Validated | None  # by the idToken, or as in the call that it repeats
    is_token_only: bool
    now: datetime

    @property
    def identification(self) -> Identification | None:
        """Whom the idToken identifies."""
        return None if self.id_token is None else self.id_token.identification


async def checkout(system: System, caller: Client, request: CheckoutRequest) -> CheckoutResult:
    """The checkoutResponse: sealed, recorded, then answered. Refused, only an enrolled card stays.

    Raises UnknownDpa, MarketNotEnabled; AuthInvalid; UnknownRecipient, ClientKeyExpired;
    CorruptData, PanIneligible, CardExpired, ComplianceRequired; IdentityValidationRequired,
    CardNotFound, AccountInaccessible, SuspendedCard, InactiveCard, CvcVerificationRequired,
    NotSupported; InvalidState, ForeignCorrelation, Aborted.
    """
    action = request.dcf_action_code
    if action is not None and action is not DcfActionCode.COMPLETE:
        await system.refuse_stale_before_writing()
        return await abandon(system, caller, request, action)
    order = await _prepare(system, caller, request)
    for _ in range(_TRIES):
        try:
            return await _issue(system, caller, order)
        except UniqueViolation as violation:
            # A parallel call of the same checkout was faster: the next cryptogram is ours.
            if violation.constraint_name != _REPLAY_GUARD:
                raise
    raise Aborted


async def _prepare(system: System, caller: Client, request: CheckoutRequest) -> _Order:
    now = system.now()
    earlier = await earlier_checkout(system, caller, request, now)
    if earlier is not None:
        request = as_second_leg(request, earlier)
    dpa_id = request.dpa_id or (earlier and earlier.src_dpa_id)
    if not dpa_id:
        raise MissingMember(source="srcDpaId")
    dpa = await system.dpa(caller, dpa_id)
    options = request.options or kept_options(dpa, earlier)
    market = await system.market(caller, dpa.src_dpa_id, options)
    id_token = _id_token(system, request, now)
    recipient = await system.recipient(
        caller,
        now=now,
        recipient_id=request.recipient_id,
        key_fingerprint_id=request.key_fingerprint_id,
    )
    if request.recipient_id_later is not None:
        await system.recipient(
            caller, now=now, recipient_id=request.recipient_id_later, source="recipientIdPayload"
        )
    # Asked again by the rule; asked here too so that no card is enrolled for a hopeless checkout.
    choose_payment_option(options.payment_options, system.profile.dynamic_data_rules)
    shipping = sent_shipping(system, request, options, now)
    if shipping is None and request.shipping_address_id is None and earlier is not None:
        shipping = msgspec.convert(earlier.request["shipping"], Shipping | None)
    session = replace(request.session, src_dpa_id=dpa.src_dpa_id)
    if request.src_digital_card_id is None or session.src_correlation_id is None:
        await system.refuse_stale_before_writing()
    card_id, correlation_id, enrolled = request.src_digital_card_id, None, None
    if card_id is None:
        enrolled = await enrol(system, caller, request, options, id_token, market, now)
        card_id, correlation_id = enrolled.src_digital_card_id, enrolled.src_correlation_id
    correlation_id = correlation_id or session.src_correlation_id
    if correlation_id is None:
        correlation_id = await _open(system, caller, session, card_id, now)
    return _Order(
        request=request,
        session=session,
        src_correlation_id=correlation_id,
        dpa=dpa,
        options=options,
        id_token=id_token,
        recipient=recipient,
        src_digital_card_id=card_id,
        enrolled_for=enrolled.src_consumer_id if enrolled else None,
        is_new_user=enrolled is not None and enrolled.is_new_user,
        shipping=shipping,
        validated=validated_by(id_token, earlier),
        is_token_only=market is not None and market.token_only,
        now=now,
    )


async def _open(
    system: System, caller: Client, opening: SessionOpening, card_id: str, now: datetime
) -> str:
    """The srcCorrelationId for a call that names none: its transaction's earlier one, or new."""
    async with system.database.transaction(system.count) as tx:
        if opening.srci_transaction_id is not None:
            kept = await checkouts.find_checkout_by_id(
                tx,
                system.key,
                checkout_id_of(system, caller, opening.srci_transaction_id, card_id),
            )
            earlier_id = None if kept is None else kept.src_correlation_id
            if earlier_id is not None:
                session = await checkout_sessions.find_session(tx, system.key, earlier_id)
                if session is not None and now < session.expires_at:
                    opening = replace(opening, src_correlation_id=earlier_id)
        return (await system.open_session(tx, opening, now=now)).src_correlation_id


async def _issue(system: System, caller: Client, order: _Order) -> CheckoutResult:
    """Read, decide, seal, record: two statements for a card with a token."""
    reference = order.session.srci_transaction_id or order.src_correlation_id
    checkout_id = checkout_id_of(system, caller, reference, order.src_digital_card_id)
    context = await system.installation.checkout_path.read_context(
        ContextQuestion(
            key=system.key,
            src_correlation_id=order.src_correlation_id,
            src_digital_card_id=order.src_digital_card_id,
            token_requestor_id=caller.token_requestor_id,
            identity_hash=order.identification.identity_hash if order.identification else None,
            checkout_id=checkout_id,
            id_token_jti=order.id_token.jti if order.id_token else None,
        ),
        system.count,
    )
    system.refuse_stale(context.sandbox_version)
    magic = None
    if context.card is not None:
        magic = of_kept_card(system, "checkout", context.card, context.pan)
    three_ds = await _three_ds(system, caller, order, context, magic)
    decision, card, consumer = _decide(system, caller, order, context, three_ds)
    if magic is not None and magic.fault is not None:
        raise MagicMet(magic)
    payload_order = PayloadOrder(
        checkout_id=checkout_id,
        ordinal=context.cryptograms_issued,
        decision=decision,
        options=order.options,
        card=card,
        consumer=consumer,
        shipping=order.shipping or await _kept_shipping(system, order, consumer),
        is_token_only=order.is_token_only,
        three_ds_output=three_ds.output,
    )
    credential = await open_credential(system, caller, context, payload_order, now=order.now)
    issued = checkout_payload.issue_payload(
        payload_order,
        profile=system.profile,
        derivation=system.derivation,
        credential=credential,
        recipient_kid=order.recipient.key.kid,
        recipient_key=order.recipient.public,
        now=order.now,
        seals=system.seals,
    )
    facts = _facts(order, issued, context)
    response = _sign(system, payload_order, issued, facts, order.now)
    await system.installation.checkout_path.record(
        _record(system, caller, order, payload_order, issued, facts), system.count
    )
    return CheckoutResult(
        src_correlation_id=order.src_correlation_id,
        dcf_action_code=decision.dcf_action_code,
        checkout_response=response,
        recognition_token=await _remember(system, caller, order, consumer),
    )


async def _kept_shipping(system: System, order: _Order, consumer: Consumer) -> Shipping | None:
    if order.options.shipping_preference is AddressPreference.NONE:
        return None
    async with system.database.connection(system.count) as tx:
        return await kept_shipping(
            tx, system.key, consumer.src_consumer_id, order.request, order.options, order.now
        )


async def _three_ds(
    system: System,
    caller: Client,
    order: _Order,
    context: CheckoutContext,
    magic: MagicValue | None,
) -> ThreeDs:
    """What 3-D Secure has to say about this checkout; nothing, without a statement, about most."""
    if not concerns_three_ds(order.options):
        return NO_THREE_DS
    # The card's own refusals come first: nobody is authenticated for another's card.
    _decide(system, caller, order, context, ThreeDs(needs_challenge=True))
    async with system.database.connection(system.count) as tx:
        return await find_or_perform_three_ds(
            system,
            tx,
            caller,
            context,
            order.options,
            src_correlation_id=order.src_correlation_id,
            magic=magic,
        )


def _decide(
    system: System,
    caller: Client,
    order: _Order,
    context: CheckoutContext,
    three_ds: ThreeDs,
) -> tuple[CheckoutDecision, DigitalCard, Consumer]:
    """Apply the rule to what was read. Whose card: enrolled now, the idToken's, the session's."""
    session = context.session
    if session is not None:
        refuse_unusable_session(session, src_client_id=caller.src_client_id, now=order.now)
    validated = order.enrolled_for
    if validated is None and order.identification is not None:
        # A token of somebody without a profile here validates nobody: the card is not theirs.
        validated = context.validated_src_consumer_id or ""
    if validated is None and session is not None:
        validated = session.src_consumer_id
    decision = decide_checkout(
        context.card,
        context.consumer,
        validated_src_consumer_id=validated,
        options=order.options,
        payload_type=order.request.payload_type,
        rules=system.profile.dynamic_data_rules,
        now=order.now,
        has_cardholder_cryptogram=three_ds.has_cryptogram,
        needs_challenge=three_ds.needs_challenge,
    )
    card, consumer = context.found()
    return decision, card, consumer


def _facts(order: _Order, issued: IssuedPayload, context: CheckoutContext) -> SummaryFacts:
    session = context.session
    validated = order.validated
    if validated is None and session is not None:
        validated = Validated(session.amr, session.auth_time)
    return SummaryFacts(
        src_correlation_id=order.src_correlation_id,
        srci_transaction_id=order.session.srci_transaction_id
        or (session.srci_transaction_id if session else None),
        given=order.request.assurance_data,
        amr=validated.amr if validated else (),
        auth_time=validated.auth_time if validated else None,
        has_security_code=context.has_security_code,
        token=issued.credential.token if issued.credential else context.token,
        token_since=context.token_since,
        is_new_user=order.is_new_user,
    )


def _sign(
    system: System,
    payload_order: PayloadOrder,
    issued: IssuedPayload,
    facts: SummaryFacts,
    now: datetime,
) -> str:
    return sign_checkout_response(
        checkout_summary(
            system.profile, payload_order, issued, facts, address=system.address, now=now
        ),
        profile=system.profile,
        keyring=system.keyring,
        jti=checkout_response_jti(system, payload_order),
        now=now,
        seals=system.seals,
    )


def _record(
    system: System,
    caller: Client,
    order: _Order,
    payload_order: PayloadOrder,
    issued: IssuedPayload,
    facts: SummaryFacts,
) -> CheckoutRecord:
    return CheckoutRecord(
        key=system.key,
        checkout_id=payload_order.checkout_id,
        src_correlation_id=order.src_correlation_id,
        src_client_id=caller.src_client_id,
        src_dpa_id=order.dpa.src_dpa_id,
        srci_transaction_id=order.session.srci_transaction_id,
        src_consumer_id=payload_order.consumer.src_consumer_id,
        validated_src_consumer_id=payload_order.consumer.src_consumer_id,
        src_digital_card_id=payload_order.card.src_digital_card_id,
        dcf_action_code=payload_order.decision.dcf_action_code,
        session_state=_SESSION_STATES[payload_order.decision.dcf_action_code],
        request={
            "options": order.options,
            "payload_type_later": order.request.payload_type_later,
            "recipient_id_later": order.request.recipient_id_later,
            "shipping": payload_order.shipping,
            "assurance_data": order.request.assurance_data,
            "validated": Validated(facts.amr, facts.auth_time),
            "is_token_only": order.is_token_only,
            "three_ds_output": payload_order.three_ds_output,
        },
        cryptogram=cryptogram_record(system, payload_order, issued),
        now=order.now,
        session_expires_at=system.session_end(order.now),
    )


async def _remember(
    system: System, caller: Client, order: _Order, consumer: Consumer
) -> str | None:
    """A recognition token for this device, with the consent REMEMBER_ME (spec 4.8)."""
    if REMEMBER_ME not in accepted_types(order.request.compliance_settings):
        return None
    async with system.database.transaction(system.count) as tx:
        return await remember(system, tx, caller, consumer.src_consumer_id, now=order.now)


def _id_token(system: System, request: CheckoutRequest, now: datetime) -> IdToken | None:
    if request.id_token is None:
        return None
    return system.verify_id_token(request.id_token, now=now, source="idToken")
