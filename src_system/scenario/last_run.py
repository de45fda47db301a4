"""What failed last time, kept in the working directory for `--rerun-failed`."""

from pathlib import Path

import msgspec

from src_system.scenario.results import ERROR, FAILED, SKIPPED, RunResult

FILE = Path(".src-system", "last-run.json")


class LastRun(msgspec.Struct):
    """The ids of the cases that failed, and the seed they failed with."""

    failed: list[str]
    seed: str


def keep(run: RunResult, below: Path) -> None:
    """Remember what failed of a run; cases of other files that failed before stay on the list."""
    played = {one.case.id for one in run.cases if one.outcome != SKIPPED}
    before = read(below)
    others = [] if before is None else [one for one in before.failed if one not in played]
    failed = [one.case.id for one in run.cases if one.outcome in (FAILED, ERROR)]
    file = below / FILE
    file.parent.mkdir(parents=True, exist_ok=True)
    ignore = file.parent / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n", encoding="utf-8")
    file.write_bytes(msgspec.json.encode(LastRun(others + failed, run.seed)))


def read(below: Path) -> LastRun | None:
    """What was remembered; None where there is nothing."""
    try:
        return msgspec.json.decode((below / FILE).read_bytes(), type=LastRun)
    except (OSError, msgspec.MsgspecError):
        return None
