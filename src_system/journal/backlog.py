"""What has been answered and is not in the journal yet: notes, and frames of them, by sandbox."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter

from src_system.journal.note import Note
from src_system.journal.record import Frame
from src_system.model.identifiers import SandboxName
from src_system.world import World


@dataclass(frozen=True, slots=True)
class Batch:
    """Frames of one sandbox, oldest first, that become its next page."""

    sandbox_id: str
    name: SandboxName
    frames: list[Frame]

    @property
    def entry_count(self) -> int:
        """How many calls these are."""
        return sum(frame.entry_count for frame in self.frames)


@dataclass(slots=True)
class _Queue:
    """The calls of one sandbox, oldest first: those in frames, then the notes."""

    name: SandboxName
    frames: deque[Frame] = field(default_factory=deque)
    notes: deque[tuple[Note, World]] = field(default_factory=deque)

    @property
    def is_empty(self) -> bool:
        return not (self.frames or self.notes)

    @property
    def since(self) -> datetime:
        """When the oldest call was recorded; not to be asked of an empty one."""
        return self.frames[0].since if self.frames else self.notes[0][0].recorded_at

    def take_notes(self, entries_max: int, bytes_max: int) -> list[tuple[Note, World]]:
        """The oldest notes, one at least."""
        taken = [self.notes.popleft()]
        size = taken[0][0].size
        while self.notes and len(taken) < entries_max:
            size += self.notes[0][0].size
            if size > bytes_max:
                break
            taken.append(self.notes.popleft())
        return taken


@dataclass(slots=True)
class Backlog:
    """Calls arrive as notes, are sorted by sandbox, and become frames once they are many.

    `entry_count` and `size` (bytes in memory, about) are of all that is in it.
    """

    entry_count: int = 0
    size: int = 0
    arrived: deque[Note] = field(default_factory=deque)
    _queues: dict[str, _Queue] = field(default_factory=dict)

    def add(self, note: Note) -> None:
        """A call was answered."""
        self.arrived.append(note)
        self.entry_count += 1
        self.size += note.size

    def sort_in(self, note: Note, world: World) -> None:
        """*note* arrived first and is a call of this sandbox; nothing if it was given up since."""
        if self._is_first(note):
            self.arrived.popleft()
            queue = self._queue(world.sandbox.sandbox_id, note.event.sandbox)
            queue.notes.append((note, world))

    def drop_arrived(self, note: Note) -> bool:
        """*note* arrived first and will not be kept; False if it was given up since."""
        if not self._is_first(note):
            return False
        self._count(-1, -self.arrived.popleft().size)
        return True

    def _is_first(self, note: Note) -> bool:
        return bool(self.arrived) and self.arrived[0] is note

    def take_notes(
        self, least: int, entries_max: int, bytes_max: int
    ) -> Iterator[tuple[str, SandboxName, list[tuple[Note, World]]]]:
        """Take out notes, a frame's at once, of each sandbox as long as *least* are waiting.

        What they have become is for `add_frame`.
        """
        for sandbox_id, queue in list(self._queues.items()):
            while queue.notes and len(queue.notes) >= least:
                notes = queue.take_notes(entries_max, bytes_max)
                self._count(-len(notes), -sum(note.size for note, _ in notes))
                yield sandbox_id, queue.name, notes

    def add_frame(self, sandbox_id: str, name: SandboxName, frame: Frame) -> None:
        """The newest of that sandbox."""
        self._queue(sandbox_id, name).frames.append(frame)
        self._count(frame.entry_count, len(frame.packed))

    def take(self, entries_max: int, bytes_max: int) -> list[Batch]:
        """Take out frames, the oldest of each sandbox, with so much in them altogether.

        One more is taken than fits. Bytes are those of the unpacked entries: who reads one of them
        unpacks its page.
        """
        batches: list[Batch] = []
        entries = clear_size = 0
        for sandbox_id, queue in list(self._queues.items()):
            frames: list[Frame] = []
            while queue.frames and entries < entries_max and clear_size < bytes_max:
                frames.append(frame := queue.frames.popleft())
                entries += frame.entry_count
                clear_size += frame.clear_size
                self._count(-frame.entry_count, -len(frame.packed))
            if frames:
                batches.append(Batch(sandbox_id, queue.name, frames))
            if queue.is_empty:
                del self._queues[sandbox_id]
        return batches

    def put_back(self, batch: Batch) -> None:
        """It could not be written yet."""
        queue = self._queue(batch.sandbox_id, batch.name)
        for frame in reversed(batch.frames):
            queue.frames.appendleft(frame)
            self._count(frame.entry_count, len(frame.packed))

    def drop_oldest(self) -> tuple[SandboxName, int]:
        """Give up the oldest call, or the frame that it is in; whose, and how many calls.

        What was sorted in arrived before what was not.
        """
        queues = [queue for queue in self._queues.values() if not queue.is_empty]
        if not queues:
            note = self.arrived.popleft()
            self._count(-1, -note.size)
            return note.event.sandbox, 1
        queue = min(queues, key=attrgetter("since"))
        if queue.frames:
            frame = queue.frames.popleft()
            self._count(-frame.entry_count, -len(frame.packed))
            return queue.name, frame.entry_count
        note, _ = queue.notes.popleft()
        self._count(-1, -note.size)
        return queue.name, 1

    def _count(self, entries: int, size: int) -> None:
        self.entry_count += entries
        self.size += size

    def _queue(self, sandbox_id: str, name: SandboxName) -> _Queue:
        return self._queues.setdefault(sandbox_id, _Queue(name))
