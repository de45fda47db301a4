"""getSrcProfile: the masked cards of the persons that the idTokens identify (spec 4.7, 10f)."""

from dataclasses import dataclass

from msgspec.structs import replace

from src_system.clock import iso_millis
from src_system.model.address import ShippingAddress
from src_system.model.consumer import Consumer, IdentityType, refuse_inaccessible
from src_system.model.digital_card import DigitalCard
from src_system.model.participant import Client
from src_system.model.payment_token import PaymentToken
from src_system.model.session import CheckoutSession, SessionState
from src_system.model.transaction_options import TransactionOptions
from src_system.operations.magic_people import meet_known_person
from src_system.payloads.id_token import Identification
from src_system.payloads.masked import mask_identity
from src_system.store import checkout_sessions, consumers, digital_cards, shipping_addresses
from src_system.store.checkout_sessions import SessionOpening
from src_system.store.database import Tx
from src_system.system import System


@dataclass(frozen=True, slots=True, repr=False)
class GetSrcProfileRequest:
    """Tokens of this network or of others; none: the session's own consumer."""

    session: SessionOpening
    id_tokens: tuple[str, ...]
    options: TransactionOptions | None = None


@dataclass(frozen=True, slots=True, repr=False)
class SrcProfile:
    """One person's profile on this network, and the token to check out with."""

    id_token: str
    consumer: Consumer
    cards: tuple[DigitalCard, ...]
    tokens: dict[str, PaymentToken]
    shipping_addresses: tuple[ShippingAddress, ...]


@dataclass(frozen=True, slots=True)
class GetSrcProfileResult:
    """`profiles` is empty when nobody here has the identity."""

    src_correlation_id: str
    profiles: tuple[SrcProfile, ...]


async def get_src_profile(
    system: System, caller: Client, request: GetSrcProfileRequest
) -> GetSrcProfileResult:
    """The profiles.

    Raises AuthInvalid for a token that is not valid here, AccountInaccessible, MarketNotEnabled.
    """
    now = system.now()
    await system.market(caller, request.session.src_dpa_id, request.options)
    identifications: dict[bytes, Identification] = {}
    tokens = []
    for place, token in enumerate(request.id_tokens):
        verified = system.verify_id_token(token, now=now, source=f"idTokens[{place}]")
        tokens.append(verified)
        identification = verified.identification
        identifications.setdefault(identification.identity_hash, identification)
    async with system.database.transaction(system.count) as tx:
        await system.refuse_revoked(tx, *tokens, source="idTokens")
        session = await system.open_session(tx, request.session, now=now)
        found: dict[str, tuple[Consumer, Identification]] = {}
        for identification in identifications.values():
            consumer = await consumers.find_by_identity_hash(
                tx, system.key, identification.identity_hash
            )
            if consumer is not None:
                found.setdefault(consumer.src_consumer_id, (consumer, identification))
        if not request.id_tokens and session.src_consumer_id is not None:
            own = await _session_consumer(system, tx, session, session.src_consumer_id)
            if own is not None:
                found[own[0].src_consumer_id] = own
        profiles = [
            await _profile(system, tx, caller, consumer, identification, session.src_correlation_id)
            for consumer, identification in found.values()
        ]
        if profiles:
            await checkout_sessions.advance_session(
                tx,
                system.key,
                session,
                SessionState.PROFILE_SENT,
                src_consumer_id=profiles[0].consumer.src_consumer_id,
                src_dpa_id=request.session.src_dpa_id,
                srci_transaction_id=request.session.srci_transaction_id,
                amr=next(iter(found.values()))[1].amr,
                auth_time=next(iter(found.values()))[1].auth_time,
            )
    return GetSrcProfileResult(session.src_correlation_id, tuple(profiles))


async def _session_consumer(
    system: System, tx: Tx, session: CheckoutSession, src_consumer_id: str
) -> tuple[Consumer, Identification] | None:
    """The person validated earlier in this session."""
    consumer = await consumers.find_consumer(tx, system.key, src_consumer_id)
    if consumer is None:
        return None
    identities = await consumers.list_identities(tx, system.key, src_consumer_id)
    identity_type, _, hashed = identities[0]
    identification = Identification(
        identity_hash=hashed,
        is_email=identity_type == IdentityType.EMAIL_ADDRESS,
        masked_identity_value="",
        amr=session.amr,
        auth_time=session.auth_time or system.now(),
    )
    return consumer, identification


async def _profile(
    system: System,
    tx: Tx,
    caller: Client,
    consumer: Consumer,
    identification: Identification,
    src_correlation_id: str,
) -> SrcProfile:
    now = system.now()
    meet_known_person(system, "getSrcProfile", consumer)
    refuse_inaccessible(consumer, now)
    masked = (
        mask_identity(system.profile.mask, IdentityType.EMAIL_ADDRESS, consumer.email_address)
        if identification.is_email and consumer.email_address is not None
        else mask_identity(
            system.profile.mask,
            IdentityType.MOBILE_PHONE_NUMBER,
            consumer.mobile_number.identity_value if consumer.mobile_number else "",
        )
    )
    id_token = system.issue_id_token(
        caller,
        replace(identification, masked_identity_value=masked),
        jti=system.derivation.uuid(
            "id_token_jti",
            "getSrcProfile",
            system.key.network,
            src_correlation_id,
            consumer.src_consumer_id,
            iso_millis(now),
        ),
        now=now,
    )
    return SrcProfile(
        id_token=id_token,
        consumer=consumer,
        cards=tuple(await digital_cards.list_cards(tx, system.key, consumer.src_consumer_id)),
        tokens=await digital_cards.list_tokens(
            tx, system.key, consumer.src_consumer_id, caller.token_requestor_id
        ),
        shipping_addresses=tuple(
            await shipping_addresses.list_addresses(tx, system.key, consumer.src_consumer_id)
        ),
    )
