"""What waits for the journal: in order by sandbox, counted, given up from the oldest on."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from src_system.app import Server
from src_system.clock import monotonic
from src_system.http.events import RequestEvent
from src_system.journal.backlog import Backlog
from src_system.journal.note import Note
from src_system.journal.record import Frame
from src_system.model.identifiers import SandboxName
from src_system.world import World

A, B = SandboxName("a"), SandboxName("b")
MANY = 10**9
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
async def worlds(served: Server) -> dict[str, World]:
    """Two sandboxes, of which each is called as its rows are."""
    world = await served.installation.world(SandboxName("default"))
    return {
        name: World(replace(world.sandbox, sandbox_id=name), world.clock, world.derivation)
        for name in (A, B)
    }


def note(name: SandboxName, number: int, size: int = 10) -> Note:
    event = RequestEvent("POST", f"/{number}", monotonic())
    event.sandbox = name
    recorded_at = NOON + timedelta(seconds=number)
    return Note(event, None, f"/{number}", 200, [], b"", {}, b"", recorded_at, 0.0, size)


def frame(*numbers: int) -> Frame:
    """Its entries are told by what it holds; their numbers are the seconds of their recording."""
    since = NOON + timedelta(seconds=numbers[0])
    return Frame(len(numbers), since, {str(number) for number in numbers}, 4, b"packed")


def numbers(notes: list[tuple[Note, World]]) -> list[int]:
    return [int(note.path[1:]) for note, _ in notes]


def filled(worlds: dict[str, World], *names: SandboxName) -> Backlog:
    """A note of each of *names*, numbered from 0, sorted in."""
    backlog = Backlog()
    for number, name in enumerate(names):
        backlog.add(one := note(name, number))
        backlog.sort_in(one, worlds[name])
    return backlog


def test_notes_are_taken_by_sandbox_in_order_and_only_where_they_are_enough(
    worlds: dict[str, World],
) -> None:
    backlog = filled(worlds, A, B, A, A, B, A)

    taken = [
        (place, name, numbers(some)) for place, name, some in backlog.take_notes(3, MANY, MANY)
    ]

    assert taken == [("a", A, [0, 2, 3, 5])]
    assert (backlog.entry_count, backlog.size) == (2, 20)


@pytest.mark.parametrize(("entries_max", "bytes_max"), [(2, MANY), (MANY, 29)])
def test_a_frame_has_so_many_notes_and_bytes_and_no_more(
    worlds: dict[str, World], entries_max: int, bytes_max: int
) -> None:
    backlog = filled(worlds, A, A, A, A, A)

    taken = [numbers(some) for _, _, some in backlog.take_notes(1, entries_max, bytes_max)]

    assert taken == [[0, 1], [2, 3], [4]]
    assert (backlog.entry_count, backlog.size) == (0, 0)


def test_what_is_put_back_comes_before_what_came_later() -> None:
    backlog = Backlog()
    backlog.add_frame("a", A, frame(1, 2))
    backlog.add_frame("a", A, frame(3))
    [batch] = backlog.take(MANY, MANY)
    backlog.add_frame("a", A, frame(4))

    backlog.put_back(batch)
    [again] = backlog.take(MANY, MANY)

    assert [one.holds for one in again.frames] == [{"1", "2"}, {"3"}, {"4"}]
    assert (batch.entry_count, again.entry_count) == (3, 4)
    assert (backlog.entry_count, backlog.size) == (0, 0)


@pytest.mark.parametrize(("entries_max", "bytes_max"), [(2, MANY), (MANY, 8)])
def test_as_much_is_taken_as_fits_pages_also_of_several_sandboxes(
    entries_max: int, bytes_max: int
) -> None:
    backlog = Backlog()
    for number in range(3):
        backlog.add_frame("a", A, frame(number))
    backlog.add_frame("b", B, frame(9))

    taken = [
        [(batch.sandbox_id, batch.entry_count) for batch in backlog.take(entries_max, bytes_max)]
        for _ in range(3)
    ]

    assert taken == [[("a", 2)], [("a", 1), ("b", 1)], []]


def test_the_oldest_is_given_up_first_whosever_it_is(worlds: dict[str, World]) -> None:
    backlog = filled(worlds, A, B)
    backlog.add_frame("b", B, frame(-3, -2, -1))
    backlog.add_frame("a", A, frame(-9))
    backlog.add(note(B, -7))

    given_up = [backlog.drop_oldest() for _ in range(5)]

    assert given_up == [(A, 1), (B, 3), (A, 1), (B, 1), (B, 1)]
    assert (backlog.entry_count, backlog.size) == (0, 0)


def test_a_note_that_was_given_up_while_somebody_looked_at_it_stays_away(
    worlds: dict[str, World],
) -> None:
    backlog = Backlog()
    backlog.add(looked_at := note(A, 0))
    backlog.add(note(A, 1))
    backlog.drop_oldest()

    backlog.sort_in(looked_at, worlds[A])
    assert not backlog.drop_arrived(looked_at)

    assert [one.path for one in backlog.arrived] == ["/1"]
    assert list(backlog.take_notes(1, MANY, MANY)) == []
