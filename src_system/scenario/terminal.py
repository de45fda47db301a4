"""How a run is told in a terminal: progress while it goes on, then a line per scenario."""

import re
import sys
from collections.abc import Iterator, Sequence
from typing import Self, TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from src_system.scenario.problems import Mark
from src_system.scenario.report.telling import failed_attempts, headline, place, replay_command
from src_system.scenario.results import (
    ERROR,
    FAILED,
    PASSED,
    SKIPPED,
    Attempt,
    CaseResult,
    RunResult,
)
from src_system.scenario.story import Case

_STYLES = {PASSED: "green", FAILED: "red", ERROR: "red", SKIPPED: "yellow"}
_WORDS = {PASSED: "pass", FAILED: "FAIL", ERROR: "ERROR", SKIPPED: "skip"}
_INDENT = " " * 6
_CASE_CHARACTERS = 40  # of the one that the bar names
# Failures are told again at the end when so many scenarios came that they have scrolled away.
_SCROLLED_AWAY = 20
# What steers a terminal, or the direction of reading: a server's words must not.
_STEERING = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]")


class Terminal:
    """Tells of a run on *out*; a bar below the lines where that is a terminal."""

    def __init__(self, run: RunResult, total: int, out: TextIO | None = None) -> None:
        self._run = run
        self.console = Console(file=out or sys.stdout, highlight=False, soft_wrap=True)
        self._bar = (
            Progress(
                BarColumn(bar_width=24),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                TextColumn("{task.description}", style="dim"),
                console=self.console,
                transient=True,
            )
            if self.console.is_terminal
            else None
        )
        self._task = None if self._bar is None else self._bar.add_task("", total=total)
        self._running: list[Case] = []

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(self, *_error: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def began(self, case: Case) -> None:
        """A case has begun."""
        self._running.append(case)
        self._show_running()

    def ended(self, result: CaseResult) -> None:
        """A case has ended: its line, and why where it failed."""
        self._running.remove(result.case)
        self._say(_line(result))
        for attempt in failed_attempts(result):
            for line in _why(attempt, len(result.attempts)):
                self._say(line)
        if result.outcome in (FAILED, ERROR):
            self._say(Text(f"{_INDENT}again: {replay_command(result, self._run)}", style="dim"))
        if self._bar is not None and self._task is not None:
            self._bar.advance(self._task)
            self._show_running()

    def _say(self, text: Text) -> None:
        self.console.print(text)

    def _show_running(self) -> None:
        if self._bar is None or self._task is None:
            return
        shown = ""
        if self._running:
            shown = self._running[0].id
            if len(shown) > _CASE_CHARACTERS:
                shown = f"…{shown[-_CASE_CHARACTERS:]}"
            if len(self._running) > 1:
                shown += f" and {len(self._running) - 1} more"
        self._bar.update(self._task, description=shown.replace("[", "\\["))

    def summary(self, notes: Sequence[str] = ()) -> None:
        """The last lines: failures again where they have scrolled away, *notes*, and counts."""
        run = self._run
        bad = [one for one in run.cases if one.outcome in (FAILED, ERROR)]
        if bad and len(run.cases) > _SCROLLED_AWAY:
            self._say(Text(""))
            for result in bad:
                self._say(_in_short(result))
        for note in notes:
            self._say(Text(_plain(note)))
        counts = [
            (run.count(PASSED), "passed", "green"),
            (run.count(FAILED), "failed", "red"),
            (run.count(ERROR), "could not be played", "red"),
            (run.count(SKIPPED), "not finished", "yellow"),
            (sum(1 for one in run.cases if one.is_flaky), "only after another attempt", "yellow"),
        ]
        said = Text(", ").join(
            Text(f"{number} {word}", style=style) for number, word, style in counts if number
        )
        interrupted = "interrupted: " if run.is_interrupted else ""
        self._say(Text(interrupted) + said + Text(f" in {run.seconds:.1f} s, seed {run.seed}"))


def _line(result: CaseResult) -> Text:
    text = _outcome(result)
    text.append(_plain(result.case.id), style="bold")
    text.append(f"  {_plain(result.case.title)}")
    if result.is_flaky:
        text.append(f"  passed at attempt {len(result.attempts)}", style="yellow")
    elif len(result.attempts) > 1:
        text.append(f"  {len(result.attempts)} attempts")
    text.append(f"  {result.seconds:.2f} s", style="dim")
    return text


def _why(attempt: Attempt, attempts: int) -> Iterator[Text]:
    """Why an attempt failed: places at the beginning of lines, where editors and CI look."""
    if attempts > 1:
        yield Text(f"{_INDENT}attempt {attempt.number}:")
    if attempt.problem:
        yield Text(_INDENT + _plain(attempt.problem))
    said: set[str] = set()
    for step, failure in attempt.failures():
        yield _placed(failure.where, f"{step.title}: {failure.message}")
        if step.explanation and step.explanation not in said:
            said.add(step.explanation)
            yield Text(f"{_INDENT}the server says: {_plain(step.explanation)}")
    if attempt.kept:
        yield Text(f"{_INDENT}the sandbox {attempt.sandbox} was kept")


def _in_short(result: CaseResult) -> Text:
    attempt = failed_attempts(result)[-1]
    said = f"{result.case.title}: {headline(attempt)}"
    return _outcome(result) + _placed(place(result, attempt), said)


def _outcome(result: CaseResult) -> Text:
    return Text().append(f"{_WORDS[result.outcome]:5} ", style=_STYLES[result.outcome])


def _placed(mark: Mark, said: str) -> Text:
    return Text().append(f"{mark}:", style="cyan").append(f" {_plain(said)}")


def _plain(text: str) -> str:
    """On one line, with what steers a terminal written out."""
    written = _STEERING.sub(lambda found: f"\\u{ord(found.group()):04x}", text)
    return " ".join(written.split("\n"))
