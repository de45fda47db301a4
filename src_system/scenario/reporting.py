"""The reports of a run: which kinds there are, and writing them."""

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from src_system.scenario.report.github import github, step_summary
from src_system.scenario.report.junit import junit
from src_system.scenario.report.ndjson import ndjson
from src_system.scenario.report.tap import tap
from src_system.scenario.results import RunResult

STDOUT = "-"
GITHUB = "github"


def _html(run: RunResult) -> str:
    from src_system.scenario.report.html import html  # Jinja takes its time to load

    return html(run)


REPORTS: dict[str, Callable[[RunResult], str]] = {
    "junit": junit,
    "html": _html,
    "ndjson": ndjson,
    "tap": tap,
    GITHUB: github,
}


class ReportRefused(Exception):
    """A report that cannot be written; the text says which, and why."""


@dataclass(frozen=True, slots=True)
class Report:
    """A report that is wanted: its kind, and the file it goes to (`-`: stdout)."""

    kind: str
    file: str

    @property
    def is_on_stdout(self) -> bool:
        """Whether it is printed."""
        return self.file == STDOUT


def parse_report(text: str) -> Report:
    """KIND=FILE; ReportRefused."""
    kind, equals, file = text.partition("=")
    if kind not in REPORTS or not equals or not file:
        raise ReportRefused(f"--report {text}: write KIND=FILE, KIND one of {', '.join(REPORTS)}")
    return Report(kind, file)


def takes_stdout(wanted: Sequence[Report]) -> bool:
    """Whether stdout belongs to a report alone, so that nothing else may be printed there.

    GitHub's annotations stand among other lines.
    """
    return any(one.is_on_stdout and one.kind != GITHUB for one in wanted)


def check_reports(wanted: Sequence[Report]) -> None:
    """Make sure, before anything is played, that each can be written; ReportRefused.

    Folders that do not exist are made.
    """
    if sum(1 for one in wanted if one.is_on_stdout and one.kind != GITHUB) > 1:
        raise ReportRefused("--report: only one report can go to stdout (-)")
    files = [Path(one.file).absolute() for one in wanted if not one.is_on_stdout]
    if len(set(files)) < len(files):
        raise ReportRefused("--report: two reports go to the same file")
    for file in files:
        is_new = not file.exists()
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.open("ab").close()
            if is_new:
                file.unlink()
        except OSError as error:
            raise ReportRefused(_unwritable(file, error)) from error


def write_reports(
    run: RunResult, wanted: Sequence[Report], *, github_summary: Path | None = None
) -> None:
    """Write each of them; ReportRefused, once all others are written, where one cannot be.

    *github_summary* is the file to which a step of GitHub Actions adds its summary.
    """
    refused = list(_write(run, wanted, github_summary))
    if refused:
        raise ReportRefused("\n".join(refused))


def _write(run: RunResult, wanted: Sequence[Report], github_summary: Path | None) -> Iterator[str]:
    for one in wanted:
        text = REPORTS[one.kind](run)
        if one.is_on_stdout:
            sys.stdout.write(text)
            sys.stdout.flush()
        else:
            file = Path(one.file)
            try:
                file.write_text(text, encoding="utf-8", errors="replace", newline="\n")
            except OSError as error:
                yield _unwritable(file, error)
    if github_summary is not None and any(one.kind == GITHUB for one in wanted):
        try:
            with github_summary.open("a", encoding="utf-8") as file_there:
                file_there.write(step_summary(run))
        except OSError as error:
            yield _unwritable(github_summary, error)


def _unwritable(file: Path, error: OSError) -> str:
    return f"the report {file} cannot be written: {error.strerror or error}"
