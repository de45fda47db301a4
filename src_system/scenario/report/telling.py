"""What every report says of a case: why it failed, where, and the command that plays it again."""

import shlex
from collections.abc import Iterator

from src_system.scenario.problems import Mark
from src_system.scenario.results import (
    PASSED,
    SKIPPED,
    Attempt,
    CaseResult,
    RunResult,
    StepResult,
)


def why(attempt: Attempt) -> Iterator[str]:
    """Why an attempt failed, a line each; lines about a place begin with file:line:column."""
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


def why_all(attempts: list[Attempt]) -> Iterator[str]:
    """The same of several attempts, each under its number."""
    for attempt in attempts:
        if len(attempts) > 1:
            yield f"attempt {attempt.number}:"
        yield from why(attempt)


def headline(attempt: Attempt) -> str:
    """Why it failed, in one line; empty for an attempt that passed."""
    first = next(attempt.failures(), None)
    return attempt.problem or ("" if first is None else first[1].message)


def place(result: CaseResult, attempt: Attempt | None = None) -> Mark:
    """The place of the first failure of an attempt; else where the story begins."""
    first = None if attempt is None else next(attempt.failures(), None)
    return result.case.source.mark(("scenario",)) if first is None else first[1].where


def failed_attempts(result: CaseResult) -> list[Attempt]:
    """The attempts that came to an end and did not pass."""
    return [one for one in result.attempts if one.outcome not in (PASSED, SKIPPED)]


def replay_command(result: CaseResult, run: RunResult) -> str:
    """The command that plays this case again as it was played."""
    words = ["src-system", "run", result.case.id, "--seed", run.seed]
    for name, value in run.variables.items():
        words += ["--var", f"{name}={value}"]
    for flag, value in run.played_against.items():
        words += [flag, value]
    return shlex.join(words)


def step_path(steps: list[StepResult], above: str = "") -> Iterator[tuple[str, StepResult]]:
    """Every step with its number: 3, and 3.1 for the first inside the third."""
    for number, step in enumerate(steps, start=1):
        path = f"{above}{number}"
        yield path, step
        yield from step_path(step.nested, f"{path}.")


def instant(run: RunResult) -> str:
    """When the run began, as reports write it."""
    return f"{run.began_at:%Y-%m-%dT%H:%M:%SZ}"
