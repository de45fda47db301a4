"""Checkout sessions: whose they are, and how long they last (spec 10j)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from src_system.model.errors import ForeignCorrelation, InvalidState
from src_system.model.session import (
    CheckoutSession,
    SessionState,
    refuse_foreign_session,
    refuse_unusable_session,
)
from tests.model.samples import NOW

SESSION = CheckoutSession(
    src_correlation_id="correlation-1",
    src_client_id="client-1",
    src_dpa_id=None,
    srci_transaction_id=None,
    src_consumer_id=None,
    state=SessionState.NEW,
    expires_at=NOW + timedelta(minutes=30),
)


@pytest.mark.parametrize(
    "state", [state for state in SessionState if state is not SessionState.CANCELLED]
)
def test_its_client_may_go_on_with_a_session_until_its_end(state):
    session = replace(SESSION, state=state)
    last = session.expires_at - timedelta(microseconds=1)

    refuse_unusable_session(session, src_client_id="client-1", now=last)
    with pytest.raises(InvalidState):
        refuse_unusable_session(session, src_client_id="client-1", now=session.expires_at)


@pytest.mark.parametrize(
    ("session", "now", "client", "refusal", "message"),
    [
        (SESSION, NOW, "client-2", ForeignCorrelation, "another client"),
        (SESSION, SESSION.expires_at, "client-2", ForeignCorrelation, "another client"),
        (SESSION, SESSION.expires_at, "client-1", InvalidState, "expired"),
        (
            replace(SESSION, state=SessionState.CANCELLED),
            NOW,
            "client-1",
            InvalidState,
            "cancelled",
        ),
    ],
    ids=["foreign", "foreign and over", "over", "cancelled"],
)
def test_nobody_else_and_nobody_too_late_may_go_on(session, now, client, refusal, message):
    with pytest.raises(refusal, match=message) as refused:
        refuse_unusable_session(session, src_client_id=client, now=now)

    assert refused.value.source == "srcCorrelationId"


def test_a_session_that_is_over_is_still_its_clients_own():
    over = replace(SESSION, expires_at=NOW - timedelta(days=60), state=SessionState.CONFIRMED)

    refuse_foreign_session(over, src_client_id="client-1")
    with pytest.raises(ForeignCorrelation):
        refuse_foreign_session(over, src_client_id="client-2")
