"""What was measured, as JSON: one file per figure, from which `bench/plot.py` draws."""

import json
import platform
import statistics
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "results"


@dataclass(frozen=True, slots=True)
class Figure:
    """One ratio: the median of its rounds, and the bound it is held to.

    `at_least` says on which side of the bound is well.
    """

    name: str
    title: str
    bound: float
    at_least: bool
    ratios: list[float]
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def value(self) -> float:
        """The median."""
        return statistics.median(self.ratios)

    @property
    def is_met(self) -> bool:
        """Whether the bound is kept."""
        return self.value >= self.bound if self.at_least else self.value <= self.bound

    def write(self, folder: Path) -> None:
        """Keep it as *folder*/<name>.json."""
        folder.mkdir(parents=True, exist_ok=True)
        document = {
            **asdict(self),
            "value": round(self.value, 4),
            "met": self.is_met,
            "measuredAt": datetime.now(UTC).isoformat(timespec="seconds"),
            "python": platform.python_version(),
            "machine": platform.machine(),
        }
        text = json.dumps(document, indent=1, ensure_ascii=False)
        (folder / f"{self.name}.json").write_text(text + "\n")

    def tell(self) -> None:
        """Print the line that counts."""
        side = "at least" if self.at_least else "at most"
        print(
            f"{self.title}: min {min(self.ratios):.2f}, median {self.value:.2f},"
            f" max {max(self.ratios):.2f}; {side} {self.bound:g} wanted:"
            f" {'met' if self.is_met else 'MISSED'}",
            flush=True,
        )


def finish(figure: Figure, folder: Path) -> None:
    """Print and keep a figure."""
    figure.tell()
    figure.write(folder)
