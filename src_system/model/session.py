"""The checkout session that a srcCorrelationId names, and its states (spec 10j)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from src_system.model.errors import ForeignCorrelation, InvalidState


class SessionState(StrEnum):
    """How far a session has come, in order. A later step implies the earlier ones."""

    NEW = "NEW"
    IDENTIFIED = "IDENTIFIED"
    VALIDATED = "VALIDATED"
    PROFILE_SENT = "PROFILE_SENT"
    PENDING_AUTH = "PENDING_AUTH"
    COMPLETE = "COMPLETE"
    PAYLOAD_RETRIEVED = "PAYLOAD_RETRIEVED"
    CONFIRMED = "CONFIRMED"
    CANCELLED = "CANCELLED"


COMPLETED_STATES = frozenset(
    {SessionState.COMPLETE, SessionState.PAYLOAD_RETRIEVED, SessionState.CONFIRMED}
)


@dataclass(frozen=True, slots=True)
class CheckoutSession:
    """A session of one client; `src_consumer_id` is set once the consumer is validated.

    `amr` and `auth_time` say how and when that was (spec 5.22).
    """

    src_correlation_id: str
    src_client_id: str
    src_dpa_id: str | None
    srci_transaction_id: str | None
    src_consumer_id: str | None
    state: SessionState
    expires_at: datetime
    amr: tuple[str, ...] = ()
    auth_time: datetime | None = None


def refuse_unusable_session(session: CheckoutSession, *, src_client_id: str, now: datetime) -> None:
    """Raise ForeignCorrelation or InvalidState unless the client may go on with *session*."""
    refuse_foreign_session(session, src_client_id=src_client_id)
    if session.expires_at <= now:
        raise InvalidState(
            "The checkout session has expired.",
            source="srcCorrelationId",
            seen={**seen_of(session), "session_expires_at": session.expires_at, "now": now},
        )
    if session.state is SessionState.CANCELLED:
        raise InvalidState(
            "The checkout session was cancelled.",
            source="srcCorrelationId",
            seen=seen_of(session, allowed=set(SessionState) - {SessionState.CANCELLED}),
        )


def refuse_foreign_session(session: CheckoutSession, *, src_client_id: str) -> None:
    """Raise ForeignCorrelation when *session* was opened by another client."""
    if session.src_client_id != src_client_id:
        raise ForeignCorrelation(
            source="srcCorrelationId",
            seen={"session_src_client_id": session.src_client_id, "src_client_id": src_client_id},
        )


def seen_of(
    session: CheckoutSession | None, *, allowed: Collection[SessionState] = ()
) -> dict[str, Any]:
    """What a refusal tells of the session, and in which states it would not have come."""
    seen: dict[str, Any] = {"session_state": None if session is None else session.state}
    if allowed:
        seen["allowed_states"] = [state for state in SessionState if state in allowed]
    return seen
