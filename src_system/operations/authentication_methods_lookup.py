"""authenticationMethodsLookup: how a cardholder or consumer can be authenticated (spec 4.13)."""

from dataclasses import dataclass

from src_system.model.authentication import (
    OF_CARDS_ONLY,
    OTP_CHANNELS,
    AuthenticationMethod,
    AuthenticationSubject,
)
from src_system.model.consumer import (
    Consumer,
    ConsumerIdentity,
    IdentityType,
    refuse_inaccessible,
)
from src_system.model.errors import NotFound, UnrecognizedConsumerId
from src_system.model.participant import Client
from src_system.payloads.masked import mask_identity
from src_system.store import consumers
from src_system.store.checkout_sessions import SessionOpening
from src_system.store.ownership import own_card
from src_system.system import System


@dataclass(frozen=True, slots=True)
class AuthenticationMethodsLookupRequest:
    """Exactly one of card and identity is given (spec 5.15)."""

    session: SessionOpening
    src_digital_card_id: str | None
    identity: ConsumerIdentity | None


@dataclass(frozen=True, slots=True)
class OfferedMethod:
    """A method, whom it proves, and where a code would go."""

    method: AuthenticationMethod
    subject: AuthenticationSubject
    masked_validation_channel: str | None


@dataclass(frozen=True, slots=True)
class AuthenticationMethodsLookupResult:
    """What this network offers, in its order."""

    src_correlation_id: str
    methods: tuple[OfferedMethod, ...]


async def authentication_methods_lookup(
    system: System, caller: Client, request: AuthenticationMethodsLookupRequest
) -> AuthenticationMethodsLookupResult:
    """The methods. UnrecognizedConsumerId, NotFound, PermissionDenied, AccountInaccessible."""
    now = system.now()
    async with system.database.transaction(system.count) as tx:
        session = await system.open_session(tx, request.session, now=now)
        if request.src_digital_card_id is not None:
            card, _ = await own_card(
                tx,
                system.key,
                caller,
                request.src_digital_card_id,
                src_consumer_id=session.src_consumer_id,
            )
            consumer = await consumers.find_consumer(tx, system.key, card.src_consumer_id)
            if consumer is None:
                raise NotFound(source="accountReference.srcDigitalCardId")
        else:
            consumer = None
            if request.identity is not None:
                consumer = await consumers.find_by_identity(tx, system.key, request.identity)
            if consumer is None:
                raise UnrecognizedConsumerId(
                    source="accountReference.consumerIdentity", seen={"has_profile": False}
                )
        refuse_inaccessible(consumer, now)
    has_card = request.src_digital_card_id is not None
    return AuthenticationMethodsLookupResult(
        session.src_correlation_id, _offered(system, consumer, has_card=has_card)
    )


def _offered(system: System, consumer: Consumer, *, has_card: bool) -> tuple[OfferedMethod, ...]:
    subject = AuthenticationSubject.CARDHOLDER if has_card else AuthenticationSubject.CONSUMER
    found = []
    for method in system.profile.authentication_methods:
        if method in OF_CARDS_ONLY and not has_card:
            continue
        masked = None
        channel = OTP_CHANNELS.get(method)
        if channel is not None:
            address = _address(consumer, channel)
            if address is None:
                continue
            masked = mask_identity(system.profile.mask, channel, address)
        found.append(OfferedMethod(method, subject, masked))
    return tuple(found)


def _address(consumer: Consumer, channel: IdentityType) -> str | None:
    if channel is IdentityType.EMAIL_ADDRESS:
        return consumer.email_address
    return consumer.mobile_number.identity_value if consumer.mobile_number else None
