"""A checkout that the consumer left in the DCF: what becomes of its session (spec 6.1)."""

from src_system.model.checkout import DcfActionCode
from src_system.model.errors import InvalidState, MissingMember
from src_system.model.participant import Client
from src_system.model.session import (
    COMPLETED_STATES,
    SessionState,
    refuse_unusable_session,
    seen_of,
)
from src_system.operations.checkout.request import CheckoutRequest, CheckoutResult
from src_system.store import checkout_sessions
from src_system.system import System

_ENDING = frozenset({DcfActionCode.CANCEL, DcfActionCode.ERROR})


async def abandon(
    system: System, caller: Client, request: CheckoutRequest, action: DcfActionCode
) -> CheckoutResult:
    """Answer *action* without a checkoutResponse.

    CANCEL and ERROR end the session; SWITCH_CONSUMER makes it forget whom it validated, and asks
    for an unbinding everywhere; CHANGE_CARD and ADD_CARD leave it as it is. Raises MissingMember
    without a session, InvalidState after a completed checkout, ForeignCorrelation.
    """
    correlation_id = request.session.src_correlation_id
    if correlation_id is None:
        raise MissingMember(source="srcCorrelationId")
    now = system.now()
    async with system.database.transaction(system.count) as tx:
        session = await system.open_session(tx, request.session, now=now)
        refuse_unusable_session(session, src_client_id=caller.src_client_id, now=now)
        if session.state in COMPLETED_STATES:
            raise InvalidState(
                "The checkout is complete already.",
                source="dcfActionCode",
                seen=seen_of(session, allowed=set(SessionState) - COMPLETED_STATES),
            )
        if action in _ENDING:
            await checkout_sessions.advance_session(tx, system.key, session, SessionState.CANCELLED)
        elif action is DcfActionCode.SWITCH_CONSUMER:
            await checkout_sessions.forget_consumer(tx, system.key, session.src_correlation_id)
    return CheckoutResult(
        src_correlation_id=session.src_correlation_id,
        dcf_action_code=action,
        checkout_response=None,
        recognition_token=None,
        unbind_app_instance=action is DcfActionCode.SWITCH_CONSUMER,
    )
