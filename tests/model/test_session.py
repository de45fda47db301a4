"""Checkout sessions: whose they are, how long they last, and that they go forward (spec 10j)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src_system.model.errors import ForeignCorrelation, InvalidState
from src_system.model.session import (
    COMPLETED_STATES,
    CheckoutSession,
    SessionState,
    furthest,
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
STATES = st.sampled_from(SessionState)


@given(STATES, STATES, STATES)
def test_a_session_only_goes_forward_in_whatever_order_its_steps_come(one, two, three):
    assert furthest(one, two) in (one, two)
    assert furthest(one, two) is furthest(two, one)
    assert furthest(furthest(one, two), three) is furthest(one, furthest(two, three))
    assert furthest(one, one) is one


@given(STATES)
def test_a_completed_session_stays_completed_until_it_is_cancelled(state):
    for completed in COMPLETED_STATES:
        assert furthest(completed, state) in COMPLETED_STATES | {SessionState.CANCELLED}


def test_a_cancelled_session_never_comes_back():
    assert {furthest(SessionState.CANCELLED, state) for state in SessionState} == {
        SessionState.CANCELLED
    }


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
