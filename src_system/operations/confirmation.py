"""confirmation: what became of the payment after the checkout (spec 4.12, 10i)."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from src_system.model.confirmation import Confirmation
from src_system.model.errors import InvalidState, InvalidValue
from src_system.model.participant import Client
from src_system.model.session import (
    COMPLETED_STATES,
    SessionState,
    refuse_foreign_session,
    seen_of,
)
from src_system.store import (
    checkout_sessions,
    checkouts,
    confirmations,
    consumers,
    digital_cards,
)
from src_system.system import System


@dataclass(frozen=True, slots=True)
class ConfirmationRequest:
    """The event, as read and as sent (the latter is kept)."""

    src_correlation_id: str
    confirmation: Confirmation
    confirmation_data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ConfirmationResult:
    """Nothing but the session: the answer has no body."""

    src_correlation_id: str


async def confirm(
    system: System, caller: Client, request: ConfirmationRequest
) -> ConfirmationResult:
    """Keep the confirmation; sent twice it is kept once.

    Raises InvalidValue for an unknown srcCorrelationId, ForeignCorrelation for another client's,
    InvalidState before a completed checkout.
    """
    now = system.now()
    async with system.database.transaction(system.count) as tx:
        session = await checkout_sessions.find_session(tx, system.key, request.src_correlation_id)
        if session is None:
            raise InvalidValue("There is no such checkout session.", source="srcCorrelationId")
        # A capture or chargeback comes weeks later: the session's end does not matter here.
        refuse_foreign_session(session, src_client_id=caller.src_client_id)
        checkout = await checkouts.find_checkout(
            tx, system.key, session.src_correlation_id, src_client_id=caller.src_client_id
        )
        if checkout is None or session.state not in COMPLETED_STATES:
            raise InvalidState(
                "There is no completed checkout to confirm.",
                source="srcCorrelationId",
                seen=seen_of(session, allowed=COMPLETED_STATES),
            )
        document = msgspec.json.encode(request.confirmation_data, order="deterministic")
        is_new = await confirmations.insert_confirmation(
            tx,
            system.key,
            session.src_correlation_id,
            confirmation_id=hashlib.sha256(document).hexdigest(),
            confirmation_data=request.confirmation_data,
            now=now,
        )
        if is_new and request.confirmation.is_successful_authorisation:
            await confirmations.mark_cryptogram_used(
                tx, system.key, session.src_correlation_id, now=now
            )
            await digital_cards.mark_card_used(
                tx, system.key, checkout.src_digital_card_id, now=now
            )
            if session.src_consumer_id is not None:
                await consumers.mark_consumer_used(tx, system.key, session.src_consumer_id, now=now)
        await checkout_sessions.advance_session(tx, system.key, session, SessionState.CONFIRMED)
    return ConfirmationResult(session.src_correlation_id)
