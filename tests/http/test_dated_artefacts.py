"""Every dated artefact obeys its clock, in two sandboxes side by side whose times lie a year apart.

The list is `src_system/model/dated_artefacts.py`; what happens to each of its entries is told in
`dated/`.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import fields
from datetime import UTC, datetime
from urllib.parse import urlsplit

import asyncpg
import pytest

from src_system.config import Limits
from src_system.model.dated_artefacts import DATED_ARTEFACTS, FIRED_EVENTS
from src_system.store.migrations import discover, migrate, migrations_folder
from tests.conftest import RunningServer
from tests.http.dated import checkouts, machine, people
from tests.http.dated.place import CASES, new_place
from tests.http.initiator import Initiator
from tests.model.samples import NOW

MODULES = (checkouts, machine, people)
STARTS = (datetime(2027, 3, 1, 10, tzinfo=UTC), datetime(2028, 3, 1, 10, tzinfo=UTC))
DATABASE = "dated"
# What a dated artefact never is: how long things of the machine take.
UNITS_OF_TIME = {"ms", "seconds", "minutes", "days"}


@pytest.mark.parametrize("name", [artefact.name for artefact in DATED_ARTEFACTS])
async def test_an_artefact_obeys_the_clock_of_its_own_sandbox(
    new_sandbox: Callable[..., Awaitable[Initiator]], server: RunningServer, name: str
) -> None:
    places = [await new_place(new_sandbox, server, start) for start in STARTS]

    await asyncio.gather(*(CASES[name](place) for place in places))

    for place in places:
        assert (await place.now()).year >= place.start.year


def test_every_case_is_one_of_an_artefact_in_the_list() -> None:
    assert set(CASES) == {artefact.name for artefact in DATED_ARTEFACTS}
    assert all(module.__name__.startswith("tests.http.dated") for module in MODULES)


def test_every_limit_in_time_is_the_life_of_an_artefact() -> None:
    limits = {row.name for row in fields(Limits) if row.metadata["unit"] in UNITS_OF_TIME}
    named = {name for artefact in DATED_ARTEFACTS for name in artefact.limits}

    assert limits - named == set()
    assert named <= {row.name for row in fields(Limits)}


async def test_every_column_of_time_belongs_to_an_artefact(server: RunningServer) -> None:
    administration = await asyncpg.connect(dsn=server.dsn)
    await administration.execute(f"CREATE DATABASE {DATABASE}")
    dsn = urlsplit(server.dsn)._replace(path=f"/{DATABASE}").geturl().replace("//@", "///")
    await migrate(dsn, discover(migrations_folder()), now=NOW)
    connection = await asyncpg.connect(dsn=dsn)
    rows = await connection.fetch(
        "SELECT table_name, column_name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND data_type LIKE 'timestamp%'"
    )
    await connection.close()
    await administration.execute(f"DROP DATABASE {DATABASE}")
    await administration.close()

    # The instant of a frozen clock is the clock.
    clocks = {"sandbox.clock_at", "sandbox.first_clock_at"}
    columns = {f"{row['table_name']}.{row['column_name']}" for row in rows} - clocks
    claimed = [column for artefact in DATED_ARTEFACTS for column in artefact.columns]
    assert sorted(claimed) == sorted(columns)


def test_names_are_unique_and_whatever_fires_says_how() -> None:
    names = [artefact.name for artefact in DATED_ARTEFACTS]

    assert len(names) == len(set(names)) > 25
    assert {"oneTimeCode", "card", "dpaBatch", "consumerLock"} <= set(FIRED_EVENTS)
