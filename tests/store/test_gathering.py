"""What is asked in one turn goes as one statement, and nobody pays for another."""

import asyncio

import pytest

from src_system.model.errors import NotFound
from src_system.store.database import Database, UniqueViolation
from src_system.store.gathering import TOGETHER_MAX, Gathering


@pytest.fixture
async def database(postgres):
    opened = await Database.connect(
        postgres.dsn, pool_min=1, pool_max=4, statement_timeout_ms=5_000, connect_timeout_s=5
    )
    yield opened
    await opened.close()


class Squares:
    """Squares computed by PostgreSQL; keeps which numbers went together."""

    def __init__(self):
        self.together = []

    async def run(self, tx, numbers):
        self.together.append(list(numbers))
        if len(numbers) > 1 and 13 in numbers:
            raise UniqueViolation("unlucky")
        rows = await tx.fetch(
            "SELECT n * n FROM unnest($1::bigint[]) WITH ORDINALITY AS u (n, place) ORDER BY place",
            numbers,
        )
        return [NotFound() if n == 7 else row[0] for n, row in zip(numbers, rows, strict=True)]


async def test_questions_of_one_turn_go_together(database):
    squares = Squares()
    gathering = Gathering(database, squares.run)

    answers = await asyncio.gather(*(gathering.ask(n) for n in range(5)))

    assert answers == [0, 1, 4, 9, 16]
    assert squares.together == [[0, 1, 2, 3, 4]]


async def test_more_than_fit_are_divided(database):
    squares = Squares()
    gathering = Gathering(database, squares.run)

    answers = await asyncio.gather(*(gathering.ask(n + 100) for n in range(TOGETHER_MAX + 1)))

    assert answers == [(n + 100) ** 2 for n in range(TOGETHER_MAX + 1)]
    assert sorted(map(len, squares.together)) == [1, TOGETHER_MAX]


async def test_two_that_write_one_row_go_apart(database):
    squares = Squares()
    gathering = Gathering(database, squares.run, rows=lambda n: (n % 10,))

    answers = await asyncio.gather(*(gathering.ask(n) for n in (1, 2, 11, 21)))

    assert answers == [1, 4, 121, 441]
    assert sorted(squares.together) == [[1, 2], [11], [21]]


async def test_an_exception_given_is_for_one_alone(database):
    gathering = Gathering(database, Squares().run)

    answers = await asyncio.gather(gathering.ask(1), gathering.ask(7), return_exceptions=True)

    assert answers[0] == 1
    assert isinstance(answers[1], NotFound)


async def test_when_a_statement_fails_each_is_asked_alone(database):
    squares = Squares()
    gathering = Gathering(database, squares.run)

    answers = await asyncio.gather(*(gathering.ask(n) for n in (3, 13, 4)))

    assert answers == [9, 169, 16]
    assert squares.together == [[3, 13, 4], [3], [13], [4]]


async def test_who_gives_up_leaves_the_others_in_peace(database):
    gathering = Gathering(database, Squares().run)
    leaving, staying = (
        asyncio.ensure_future(gathering.ask(2)),
        asyncio.ensure_future(gathering.ask(3)),
    )
    await asyncio.sleep(0)
    leaving.cancel()

    assert await staying == 9
    assert leaving.cancelled()


async def test_a_connection_that_died_unnoticed_costs_a_repeatable_question_no_error(database):
    gathering = Gathering(database, Squares().run, is_repeatable=True)
    async with database.connection() as tx:
        own = await tx.fetchval("SELECT pg_backend_pid()")
        async with database.connection() as other:
            await other.execute("SELECT pg_terminate_backend($1)", own)

    assert await gathering.ask(6) == 36
