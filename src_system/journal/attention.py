"""Whether anybody reads journals; only then is it worth writing each entry at once."""

from dataclasses import dataclass
from pathlib import Path

from src_system.clock import monotonic

ATTENTION_SECONDS = 60.0
_TELL_AGAIN_SECONDS = 1.0
_FILE = "journal-is-read"


@dataclass(slots=True)
class Attention:
    """That of all readers. Workers tell each other by the time of a file in their *shared* folder.

    Nobody's attention costs more than a look at that time, however often it is asked for.
    """

    shared: Path | None = None
    _attracted_at: float = -ATTENTION_SECONDS
    _told_at: float = -_TELL_AGAIN_SECONDS
    _file_time: int = 0

    def attract(self) -> bool:
        """Somebody reads; whether nobody had for a while, so that entries may be held back."""
        was_there = self.is_there()
        self._attracted_at = now = monotonic()
        if self.shared is not None and now - self._told_at >= _TELL_AGAIN_SECONDS:
            (self.shared / _FILE).touch()
            self._told_at = now
        return not was_there

    def is_there(self) -> bool:
        """Whether somebody has read within the last minute, at any worker."""
        if self.shared is not None:
            file_time = _time_of(self.shared / _FILE)
            if file_time != self._file_time:
                self._file_time, self._attracted_at = file_time, monotonic()
        return monotonic() - self._attracted_at < ATTENTION_SECONDS


def _time_of(file: Path) -> int:
    """When the file was touched, in nanoseconds; 0 as long as it never was."""
    try:
        return file.stat().st_mtime_ns
    except FileNotFoundError:
        return 0
