"""Resets, restores, forks and snapshots of one sandbox at once: each is done, none is refused."""

import asyncio
from collections import Counter
from collections.abc import Sequence

import pytest

from tests.conftest import RunningServer
from tests.http.initiator import Answer, Initiator, Json

AT_ONCE = 10
ROUNDS = 3
Call = tuple[str, str, Json | None]
RESET: Call = ("POST", "/reset", {})
RESTORE: Call = ("POST", "/snapshots/before/restore", None)
FORK: Call = ("POST", "/fork", {"ttl": "PT5M"})
SNAPSHOT: Call = ("POST", "/snapshots", {})


async def at_once(initiator: Initiator, calls: Sequence[Call]) -> list[Answer]:
    """The answers to all of them, sent together."""
    return await asyncio.gather(
        *(initiator.manage(method, path, body) for method, path, body in calls)
    )


def told(answers: Sequence[Answer]) -> Counter[tuple[int, str]]:
    """How often each status came, with what was said beside it."""
    return Counter((answer.status, answer.body.get("message", "")) for answer in answers)


@pytest.mark.parametrize(
    ("calls", "statuses"),
    [
        ([RESET] * AT_ONCE, {200}),
        ([RESTORE] * AT_ONCE, {200}),
        ([RESET, RESTORE, FORK, SNAPSHOT] * 3, {200, 201}),
    ],
    ids=["resets", "restores", "a mix"],
)
async def test_all_are_done_one_after_the_other(
    initiator: Initiator, calls: list[Call], statuses: set[int]
) -> None:
    await initiator.with_consumer()
    await initiator.manage("POST", "/snapshots", {"name": "before"})

    for _ in range(ROUNDS):
        answers = await at_once(initiator, calls)
        assert {answer.status for answer in answers} <= statuses, told(answers)


async def test_of_forks_of_one_name_one_is_made_and_the_others_are_told_that_it_exists(
    initiator: Initiator, server: RunningServer
) -> None:
    for number in range(ROUNDS):
        name = f"{initiator.name}-{number}"
        answers = await at_once(initiator, [("POST", "/fork", {"name": name})] * 20)
        assert told(answers) == {(201, ""): 1, (409, "A sandbox of this name exists."): 19}

    assert "could not serialize" not in server.log.read_text()


async def test_a_sandbox_that_is_reset_keeps_its_name_from_forks(initiator: Initiator) -> None:
    fork: Call = ("POST", "/fork", {"name": initiator.name})

    answers = await at_once(initiator, [RESET, fork] * AT_ONCE)

    assert {answer.status for answer in answers[::2]} == {200}
    assert {answer.status for answer in answers[1::2]} == {409}


async def test_a_snapshot_is_removed_once_while_the_sandbox_goes_back_to_another(
    initiator: Initiator,
) -> None:
    for name in ("before", "after"):
        await initiator.manage("POST", "/snapshots", {"name": name})

    remove: Call = ("DELETE", "/snapshots/after", None)
    answers = await at_once(initiator, [*[RESTORE] * AT_ONCE, remove, *[RESTORE] * AT_ONCE])

    assert Counter(answer.status for answer in answers) == {200: 2 * AT_ONCE, 204: 1}


async def test_settings_changed_beside_resets_are_in_force_or_told_to_be_repeated(
    initiator: Initiator,
) -> None:
    changes: list[Call] = [
        ("PUT", "/clock", {"mode": "frozen"}),
        ("PUT", "/magic", {"enabled": False}),
        ("PUT", "/federation", {"trustedNetworks": {}}),
    ]

    answers = await at_once(initiator, [*changes, RESET, RESET] * 4)

    assert {answer.status for answer in answers} <= {200, 409}, told(answers)
