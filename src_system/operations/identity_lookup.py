"""identityLookup: whether this SRC System knows the person (spec 4.4)."""

from dataclasses import dataclass

from src_system.model.consumer import ConsumerIdentity, refuse_inaccessible
from src_system.model.participant import Client
from src_system.model.session import SessionState
from src_system.store import checkout_sessions, consumers
from src_system.store.checkout_sessions import SessionOpening
from src_system.system import System


@dataclass(frozen=True, slots=True)
class IdentityLookupRequest:
    """Whose profile is looked for, and the session the call belongs to."""

    session: SessionOpening
    identity: ConsumerIdentity


@dataclass(frozen=True, slots=True)
class IdentityLookupResult:
    """`consumer_present` is False for an unknown person: that is an answer, not an error."""

    src_correlation_id: str
    consumer_present: bool


async def identity_lookup(
    system: System, caller: Client, request: IdentityLookupRequest
) -> IdentityLookupResult:
    """Whether the identity has a profile here; AccountInaccessible when it is locked."""
    now = system.now()
    async with system.database.transaction(system.count) as tx:
        consumer = await consumers.find_by_identity(tx, system.key, request.identity)
        if consumer is not None:
            refuse_inaccessible(consumer, now)
        session = await system.open_session(tx, request.session, now=now)
        if consumer is not None:
            await checkout_sessions.advance_session(
                tx, system.key, session, SessionState.IDENTIFIED
            )
    return IdentityLookupResult(session.src_correlation_id, consumer is not None)
