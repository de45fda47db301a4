"""initiateIdentityValidation.

Send a one-time code, send another, or by another channel (spec 4.5).
"""

from dataclasses import dataclass
from datetime import datetime

from src_system.model.consumer import (
    Consumer,
    ConsumerIdentity,
    IdentityType,
    refuse_inaccessible,
)
from src_system.model.errors import IdFormatUnsupported, InvalidValue, UnrecognizedConsumerId
from src_system.model.participant import Client
from src_system.model.session import SessionState
from src_system.payloads.masked import mask_identity
from src_system.store import checkout_sessions, consumers
from src_system.store.checkout_sessions import SessionOpening
from src_system.system import System


@dataclass(frozen=True, slots=True)
class InitiateIdentityValidationRequest:
    """Whom to send a code.

    *requested_channel* is a channel name of any network, or a channel id.
    """

    session: SessionOpening
    identity: ConsumerIdentity
    requested_channel: str | None


@dataclass(frozen=True, slots=True)
class ValidationChannel:
    """A way to send the code to this person."""

    validation_channel_id: str
    identity_type: IdentityType
    masked_validation_channel: str


@dataclass(frozen=True, slots=True)
class InitiateIdentityValidationResult:
    """The validation's id, the channel used, and all there are."""

    src_correlation_id: str
    id_validation_session_id: str
    channel: ValidationChannel
    supported_channels: tuple[ValidationChannel, ...]
    expires_at: datetime


async def initiate_identity_validation(
    system: System, caller: Client, request: InitiateIdentityValidationRequest
) -> InitiateIdentityValidationResult:
    """Send a code. While a validation by this client runs, this is a resend in it.

    Raises UnrecognizedConsumerId, AccountInaccessible, RetriesExceeded, and InvalidValue for a
    channel that the person does not have.
    """
    now = system.now()
    async with system.database.transaction(system.count) as tx:
        consumer = await consumers.find_by_identity(tx, system.key, request.identity)
        if consumer is None:
            raise UnrecognizedConsumerId(
                source="consumerIdentity.identityValue", seen={"has_profile": False}
            )
        refuse_inaccessible(consumer, now)
        channels = _channels(system, consumer)
        channel = _choose_channel(system, channels, request)
        # A session that the call names may be opened by a parallel call, which then waits for the
        # consumer's row: so it comes first. Any other comes after: equal calls in parallel would
        # else run after each other's sessions, each with its consumer's row still to wait for.
        session = None
        if request.session.src_correlation_id is not None:
            session = await system.open_session(tx, request.session, now=now)
        locked = await consumers.lock_consumer(tx, system.key, consumer.src_consumer_id)
        refuse_inaccessible(locked or consumer, now)
        if session is None:
            session = await system.open_session(tx, request.session, now=now)
        validation = await system.one_time_codes(now).issue(
            tx,
            consumer,
            src_client_id=caller.src_client_id,
            identity=request.identity,
            channel=channel.identity_type,
        )
        await checkout_sessions.advance_session(tx, system.key, session, SessionState.IDENTIFIED)
    return InitiateIdentityValidationResult(
        session.src_correlation_id,
        validation.id_validation_session_id,
        channel,
        channels,
        validation.expires_at,
    )


def _channels(system: System, consumer: Consumer) -> tuple[ValidationChannel, ...]:
    """The consumer's own addresses, e-mail first."""
    destinations = []
    if consumer.email_address is not None:
        destinations.append((IdentityType.EMAIL_ADDRESS, consumer.email_address))
    if consumer.mobile_number is not None:
        destinations.append(
            (IdentityType.MOBILE_PHONE_NUMBER, consumer.mobile_number.identity_value)
        )
    return tuple(
        ValidationChannel(
            # Mastercard's ids are the type names; others hand out an id (spec 4.5).
            validation_channel_id=system.profile.validation_channel_names[identity_type],
            identity_type=identity_type,
            masked_validation_channel=mask_identity(system.profile.mask, identity_type, value),
        )
        for identity_type, value in destinations
    )


def _choose_channel(
    system: System,
    channels: tuple[ValidationChannel, ...],
    request: InitiateIdentityValidationRequest,
) -> ValidationChannel:
    """The channel asked for by id or any spelling of its type; else the identity's own."""
    if request.requested_channel is not None:
        for channel in channels:
            if request.requested_channel in (
                channel.validation_channel_id,
                channel.identity_type,
            ):
                return channel
        raise InvalidValue(
            "The consumer has no such validation channel.", source="requestedValidationChannelId"
        )
    if not channels:
        raise IdFormatUnsupported(
            "No code can be sent to this identity.", source="consumerIdentity.identityType"
        )
    for channel in channels:
        if channel.identity_type is request.identity.identity_type:
            return channel
    return channels[0]
