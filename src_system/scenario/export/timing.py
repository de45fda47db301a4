"""The story's clock beside the recorded one: where it has to be moved on, and how far."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from src_system.scenario.words import Json

# A clock that ran while it was recorded stands in the story: below this nobody sees a difference.
_UNSEEN = timedelta(minutes=1)


@dataclass(slots=True)
class StoryClock:
    """What time it is in the story. `is_exact`: the recorded clock stood, as the story's does."""

    now: datetime
    is_exact: bool

    def move_to(self, at: datetime) -> Json | None:
        """The step that brings the story to *at*; None where it is there, or near enough."""
        gap = at - self.now
        if not gap or (not self.is_exact and abs(gap) < _UNSEEN):
            return None
        if not self.is_exact:
            gap = timedelta(seconds=round(gap.total_seconds()))
        self.now += gap
        if gap < timedelta():
            return {"setClock": instant(self.now)}
        return {"advance": duration(gap)}


def instant(at: datetime) -> str:
    """ISO 8601 in UTC, as short as it is exact."""
    text = at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return text.replace(".000Z", "Z")


def duration(length: timedelta) -> str:
    """ISO 8601: PT10M, P1DT2H, PT0.25S."""
    seconds = length.seconds + length.microseconds / 1_000_000
    hours, seconds = divmod(seconds, 3600)
    minutes, seconds = divmod(seconds, 60)
    time = "".join(
        f"{one:g}{unit}" for one, unit in ((hours, "H"), (minutes, "M"), (seconds, "S")) if one
    )
    days = f"{length.days}D" if length.days else ""
    return f"P{days}" + (f"T{time}" if time else "")
