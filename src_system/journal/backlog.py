"""What has been answered and is not in the journal yet: notes, and frames of them, by sandbox."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from src_system.journal.note import Note
from src_system.journal.record import Frame
from src_system.model.identifiers import SandboxName
from src_system.world import World


@dataclass(frozen=True, slots=True)
class Batch:
    """The oldest frames of one sandbox, as many as go into its next page."""

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
        """It is the first that arrived, and a call of this sandbox."""
        if self._is_first(note):
            self.arrived.popleft()
            queue = self._queue(world.sandbox.sandbox_id, note.event.sandbox)
            queue.notes.append((note, world))

    def drop_arrived(self, note: Note) -> None:
        """It is the first that arrived, and nobody's."""
        if self._is_first(note):
            self._count(-1, -self.arrived.popleft().size)

    def _is_first(self, note: Note) -> bool:
        """Whether it still is: it may have been given up while somebody looked at it."""
        return bool(self.arrived) and self.arrived[0] is note

    def take_notes(
        self, least: int, entries_max: int, bytes_max: int
    ) -> Iterator[tuple[str, SandboxName, list[tuple[Note, World]]]]:
        """Take out notes for a frame of one sandbox, again and again until fewer than *least* wait.

        What they have become is for `add_frame`.
        """
        for sandbox_id, queue in list(self._queues.items()):
            while len(queue.notes) >= least:
                notes: list[tuple[Note, World]] = []
                size = 0
                while queue.notes and len(notes) < entries_max and size < bytes_max:
                    notes.append(queue.notes.popleft())
                    size += notes[-1][0].size
                self._count(-len(notes), -size)
                yield sandbox_id, queue.name, notes

    def add_frame(self, sandbox_id: str, name: SandboxName, frame: Frame) -> None:
        """The newest of that sandbox."""
        self._queue(sandbox_id, name).frames.append(frame)
        self._count(frame.entry_count, len(frame.packed))

    def take(self, entries_max: int, bytes_max: int) -> list[Batch]:
        """Take out the oldest frames, with so much in them altogether, or a little more."""
        batches: list[Batch] = []
        entries = size = 0
        for sandbox_id, queue in list(self._queues.items()):
            frames: list[Frame] = []
            while queue.frames and entries < entries_max and size < bytes_max:
                frames.append(queue.frames.popleft())
                entries += frames[-1].entry_count
                size += len(frames[-1].packed)
            if frames:
                batches.append(Batch(sandbox_id, queue.name, frames))
            if not (queue.frames or queue.notes):
                del self._queues[sandbox_id]
        self._count(-entries, -size)
        return batches

    def put_back(self, batch: Batch) -> None:
        """It could not be written yet."""
        queue = self._queue(batch.sandbox_id, batch.name)
        for frame in reversed(batch.frames):
            queue.frames.appendleft(frame)
            self._count(frame.entry_count, len(frame.packed))

    def drop_oldest(self) -> tuple[SandboxName, int]:
        """Give up a frame, or a note if there is none; its sandbox, and how many calls it was."""
        for queue in self._queues.values():
            if queue.frames:
                frame = queue.frames.popleft()
                self._count(-frame.entry_count, -len(frame.packed))
                return queue.name, frame.entry_count
        sorted_in = next((queue.notes for queue in self._queues.values() if queue.notes), None)
        note = self.arrived.popleft() if sorted_in is None else sorted_in.popleft()[0]
        self._count(-1, -note.size)
        return note.event.sandbox, 1

    def _count(self, entries: int, size: int) -> None:
        self.entry_count += entries
        self.size += size

    def _queue(self, sandbox_id: str, name: SandboxName) -> _Queue:
        return self._queues.setdefault(sandbox_id, _Queue(name))
