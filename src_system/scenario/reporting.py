"""The reports of a run: which kinds there are, and writing them."""

from collections.abc import Callable, Sequence

from src_system.scenario.results import RunResult

REPORTS: dict[str, Callable[[RunResult], str]] = {}


def write_reports(run: RunResult, wanted: Sequence[tuple[str, str]]) -> None:
    """Write each of the wanted (kind, file)."""
