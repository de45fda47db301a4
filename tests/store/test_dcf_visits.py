"""Visits as rows: each action is one request's, the first result stays, ids follow the session."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from src_system.derive import Derivation
from src_system.model.dcf_visit import DcfProgress, DcfStep, DcfVisit
from src_system.model.identifiers import SystemKey
from src_system.store import dcf_visits
from src_system.store.database import Database
from tests.conftest import RunningServer
from tests.model.samples import NOW
from tests.model.test_dcf_visit import VISIT

KEY = SystemKey("dcf-visits", "visa")
LATER = NOW + timedelta(seconds=30)


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


async def opened(database: Database, session: str) -> DcfVisit:
    draft = replace(VISIT, src_correlation_id=session)
    async with database.connection() as tx:
        return await dcf_visits.open_visit(tx, KEY, Derivation("visits"), draft, now=NOW)


async def taken(database: Database, visit: DcfVisit, turn: int) -> DcfVisit | None:
    async with database.connection() as tx:
        return await dcf_visits.take_visit(
            tx, KEY, visit.visit_id, turn=turn, busy_until=LATER, machine_now=NOW
        )


async def test_visits_of_a_session_have_ids_of_their_own_and_are_found_by_them(
    database: Database,
) -> None:
    first, second = [await opened(database, "ids") for _ in range(2)]

    async with database.connection() as tx:
        found = await dcf_visits.find_visit(tx, KEY, first.visit_id)
        none = await dcf_visits.find_visit(tx, SystemKey(KEY.sandbox_id, "amex"), first.visit_id)

    assert first.visit_id != second.visit_id
    assert found == first
    assert none is None


async def test_an_action_is_one_requests_until_it_is_put_back(database: Database) -> None:
    visit = await opened(database, "taken")

    mine = await taken(database, visit, 0)
    other = await taken(database, visit, 1)
    async with database.connection() as tx:
        busy = await dcf_visits.is_busy(tx, KEY, visit.visit_id, machine_now=NOW)
        assert mine is not None
        await dcf_visits.put_back(tx, KEY, mine, DcfProgress(step=DcfStep.ADDRESS))
    again = await taken(database, visit, 0)
    next_one = await taken(database, visit, 1)

    assert (mine.turn, other, busy) == (1, None, True)
    assert again is None
    assert next_one is not None
    assert next_one.progress.step is DcfStep.ADDRESS


async def test_what_a_dead_worker_had_in_hand_is_free_after_its_time(database: Database) -> None:
    visit = await opened(database, "dead")
    assert await taken(database, visit, 0) is not None

    async with database.connection() as tx:
        later = LATER + timedelta(seconds=1)
        rescued = await dcf_visits.take_visit(
            tx, KEY, visit.visit_id, turn=1, busy_until=later, machine_now=later
        )

    assert rescued is not None


async def test_the_first_result_stays_and_ends_the_visit(database: Database) -> None:
    visit = await opened(database, "result")
    mine = await taken(database, visit, 0)
    assert mine is not None

    async with database.connection() as tx:
        for code in ("COMPLETE", "CANCEL"):
            await dcf_visits.put_back(
                tx, KEY, mine, DcfProgress(step=DcfStep.DONE), {"dcfActionCode": code}
            )
        found = await dcf_visits.find_visit(tx, KEY, visit.visit_id)

    assert found is not None
    assert found.result == {"dcfActionCode": "COMPLETE"}
    assert await taken(database, visit, 1) is None
