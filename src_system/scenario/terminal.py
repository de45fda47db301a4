"""How a run is told in a terminal: progress while it goes on, then a line per scenario."""

import shlex
import sys
from collections.abc import Iterator
from typing import Self, TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from src_system.scenario.results import (
    ERROR,
    FAILED,
    PASSED,
    SKIPPED,
    Attempt,
    CaseResult,
    RunResult,
    StepResult,
)
from src_system.scenario.story import Case

_STYLES = {PASSED: "green", FAILED: "red", ERROR: "red", SKIPPED: "yellow"}
_WORDS = {PASSED: "pass", FAILED: "FAIL", ERROR: "ERROR", SKIPPED: "skip"}


class Terminal:
    """Tells of a run on *out*; a bar below the lines where that is a terminal."""

    def __init__(self, total: int, seed: str, out: TextIO | None = None) -> None:
        self._seed = seed
        self.console = Console(file=out or sys.stdout, highlight=False, soft_wrap=True)
        self._bar = (
            Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
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
        self.console.print(_line(result))
        for line in why(result, self._seed):
            self.console.print(Text(f"    {line}"))
        if self._bar is not None and self._task is not None:
            self._bar.advance(self._task)
            self._show_running()

    def _show_running(self) -> None:
        if self._bar is not None and self._task is not None:
            shown = self._running[0].id if self._running else ""
            self._bar.update(self._task, description=shown)

    def summary(self, run: RunResult) -> None:
        """The last line."""
        counts = [
            (run.count(PASSED), "passed"),
            (run.count(FAILED), "failed"),
            (run.count(ERROR), "could not be played"),
            (run.count(SKIPPED), "not begun"),
            (sum(1 for one in run.cases if one.is_flaky), "only after another attempt"),
        ]
        said = ", ".join(f"{number} {word}" for number, word in counts if number)
        self.console.print(Text(f"{said} in {run.seconds:.1f} s, seed {run.seed}"))


def _line(result: CaseResult) -> Text:
    text = Text(f"{_WORDS[result.outcome]:5} ", style=_STYLES[result.outcome])
    text.append(result.case.id, style="bold")
    text.append(f"  {result.case.title}")
    attempts = f", attempt {len(result.attempts)}" if len(result.attempts) > 1 else ""
    text.append(f"  {result.seconds:.2f} s{attempts}", style="dim")
    return text


def why(result: CaseResult, seed: str) -> Iterator[str]:
    """Why a case failed, a line each; nothing for one that passed at once."""
    for attempt in result.attempts:
        if attempt.outcome == PASSED:
            continue
        yield from why_attempt(attempt)
    if result.outcome in (FAILED, ERROR):
        yield f"again: {replay_command(result, seed)}"


def why_attempt(attempt: Attempt) -> Iterator[str]:
    """Why one attempt failed."""
    if attempt.problem:
        yield attempt.problem
    said: set[str] = set()
    for step, failure in attempt.failures():
        yield f"{failure.where}: {step.title}: {failure.message}"
        if step.explanation and step.explanation not in said:
            said.add(step.explanation)
            yield f"  the server says: {step.explanation}"
    if attempt.kept:
        yield f"the sandbox {attempt.sandbox} was kept"


def replay_command(result: CaseResult, seed: str) -> str:
    """The command that plays this case again as it was played."""
    return f"src-system run {shlex.quote(result.case.id)} --seed {seed}"


def outline(steps: list[StepResult], depth: int = 0) -> Iterator[str]:
    """Steps as an indented list."""
    for step in steps:
        yield f"{'  ' * depth}{_WORDS[step.outcome]:5} {step.title}"
        yield from outline(step.nested, depth + 1)
