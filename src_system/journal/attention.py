"""Whether anybody reads journals; only then is it worth writing each entry at once."""

from dataclasses import dataclass
from pathlib import Path

from src_system.clock import monotonic

ATTENTION_SECONDS = 60.0
NOTICED_SECONDS = 0.05  # by then every worker has seen that somebody reads, and has written
_TELL_AGAIN_SECONDS = 1.0
_FILE = "journal-is-read"


@dataclass(slots=True)
class Attention:
    """That of all readers. Workers tell each other by the time of a file in their *shared* folder.

    Nobody's attention costs more than a look at that time, however often it is asked for.
    """

    shared: Path | None = None
    _begun_at: float = -ATTENTION_SECONDS
    _renewed_at: float = -ATTENTION_SECONDS
    _file_time: int = 0

    def attract(self) -> float:
        """Somebody reads; the seconds until every worker has noticed that, 0 if they have.

        Whoever comes before they are over has to wait as well, at whichever worker.
        """
        now = monotonic()
        # Renewed only when it is told: nobody's attention ends before that of who told of it.
        if not self.is_there() or now - self._renewed_at >= _TELL_AGAIN_SECONDS:
            self._renew(now)
            if self.shared is not None:
                (self.shared / _FILE).touch()
        return max(0.0, self._begun_at + NOTICED_SECONDS - now)

    def is_there(self) -> bool:
        """Whether somebody has read within the last minute, at any worker."""
        now = monotonic()
        if self.shared is not None:
            file_time = _time_of(self.shared / _FILE)
            if file_time != self._file_time:
                self._file_time = file_time
                self._renew(now)
        return now - self._renewed_at < ATTENTION_SECONDS

    def _renew(self, now: float) -> None:
        if now - self._renewed_at >= ATTENTION_SECONDS:
            self._begun_at = now
        self._renewed_at = now


def _time_of(file: Path) -> int:
    """When the file was touched, in nanoseconds; 0 as long as it never was."""
    try:
        return file.stat().st_mtime_ns
    except FileNotFoundError:
        return 0
