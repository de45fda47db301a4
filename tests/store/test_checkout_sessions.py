"""Checkout sessions as rows: they only go forward, also when parallel calls have read them late."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from src_system.derive import Derivation
from src_system.model.identifiers import SystemKey
from src_system.model.session import CheckoutSession, SessionState
from src_system.networks.profile import IdForm
from src_system.store import checkout_sessions
from src_system.store.checkout_sessions import SessionOpening
from src_system.store.database import Database
from tests.conftest import RunningServer
from tests.model.samples import NOW

KEY = SystemKey("sessions-forward", "visa")
STATES = tuple(SessionState)


@pytest.fixture
async def database(server: RunningServer) -> AsyncIterator[Database]:
    """A pool on the server's own database; the rows belong to a sandbox that nobody else has."""
    database = await Database.connect(
        server.dsn,
        pool_min=1,
        pool_max=2,
        statement_timeout_ms=5000,
        connect_timeout_s=10,
        acquire_timeout_s=2,
    )
    yield database
    await database.close()


async def opened(database: Database, name: str) -> CheckoutSession:
    async with database.connection() as tx:
        return await checkout_sessions.open_session(
            tx,
            KEY,
            SessionOpening(None, "client-1", None, None, origin=(name,)),
            id_form=IdForm.UUID,
            derivation=Derivation("sessions"),
            now=NOW,
            expires_at=NOW + timedelta(minutes=30),
        )


@pytest.mark.parametrize("first", STATES)
async def test_a_step_that_comes_late_does_not_take_a_session_back(
    database: Database, first: SessionState
) -> None:
    for late in STATES:
        session = await opened(database, f"{first}-{late}")  # both calls have read it as NEW
        async with database.connection() as tx:
            await checkout_sessions.advance_session(tx, KEY, session, first)
            await checkout_sessions.advance_session(tx, KEY, session, late)
            kept = await checkout_sessions.find_session(tx, KEY, session.src_correlation_id)

        assert kept is not None
        assert kept.state is max(first, late, key=STATES.index)


@pytest.mark.parametrize("state", STATES)
async def test_a_session_without_a_complete_checkout_forgets_its_consumer(
    database: Database, state: SessionState
) -> None:
    session = await opened(database, f"forgets-{state}")
    async with database.connection() as tx:
        await checkout_sessions.advance_session(tx, KEY, session, state, src_consumer_id="ana")
        await checkout_sessions.forget_consumer(tx, KEY, session.src_correlation_id)
        kept = await checkout_sessions.find_session(tx, KEY, session.src_correlation_id)

    assert kept is not None
    stays = STATES.index(state) >= STATES.index(SessionState.COMPLETE)
    assert kept.src_consumer_id == ("ana" if stays else None)
