"""Who owns a directory: one living process at most, found out without asking it."""

import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar, Self

LOCK_NAME = "owner.lock"
POLL_SECONDS = 0.005


class OwnerLock:
    """A lock on a file that names its owner; the kernel releases it when the owner dies.

    A record lock, because that belongs to the process: children forked from the owner do not keep
    it alive. The price is that closing any descriptor of the file drops it, hence `_held`.
    """

    __slots__ = ("_descriptor", "_path")
    _held: ClassVar[set[Path]] = set()  # of the whole process, as the kernel's locks are

    def __init__(self, path: Path, descriptor: int) -> None:
        self._path = path
        self._descriptor: int | None = descriptor

    @classmethod
    def take(cls, folder: Path, *, create: bool) -> Self | None:
        """The lock on `folder`, or None when a living process (this one included) holds it.

        Raises FileNotFoundError when there is no lock file and none is to be made.
        """
        path = folder.resolve() / LOCK_NAME
        if path in cls._held:
            return None
        flags = os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW | (os.O_CREAT if create else 0)
        descriptor = os.open(path, flags, 0o600)
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):
            os.close(descriptor)
            return None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        cls._held.add(path)
        return cls(path, descriptor)

    @classmethod
    def owner_of(cls, folder: Path) -> str:
        """The process number of the living owner, for a message to the user."""
        path = folder.resolve() / LOCK_NAME
        if path in cls._held:
            return str(os.getpid())
        for _ in polls(0.5):  # it may hold the lock and not have written its number yet
            owner = path.read_text()
            if owner:
                return owner
        return "unknown"

    def moved_to(self, folder: Path) -> None:
        """The folder was renamed; the lock went with it."""
        self._held.discard(self._path)
        self._path = folder.resolve() / LOCK_NAME
        self._held.add(self._path)

    def release(self) -> None:
        """Let go; idempotent."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
            self._held.discard(self._path)


def polls(seconds: float) -> Iterator[None]:
    """A turn at once, then one every few milliseconds for about that long."""
    for _ in range(int(seconds / POLL_SECONDS)):
        yield
        time.sleep(POLL_SECONDS)
