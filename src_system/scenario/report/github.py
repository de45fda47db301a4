"""GitHub Actions: annotations at the lines that failed, and the summary of a step."""

from collections.abc import Iterator

from src_system.scenario.problems import Mark
from src_system.scenario.report.telling import failed_attempts, headline, place, replay_command, why
from src_system.scenario.results import (
    ERROR,
    FAILED,
    PASSED,
    SKIPPED,
    Attempt,
    CaseResult,
    RunResult,
)

_SLOWEST = 5
_TOLD_MAX = 50  # failures that the summary tells in full; GitHub takes 1 MiB of it


def github(run: RunResult) -> str:
    """Workflow commands, a line each."""
    return "".join(f"{one}\n" for one in _commands(run))


def _commands(run: RunResult) -> Iterator[str]:
    for result in run.cases:
        failed = failed_attempts(result)
        if result.outcome in (FAILED, ERROR):
            yield from _failures(result, failed[-1], run)
        elif failed:
            said = f"Passed at attempt {len(result.attempts)}. {headline(failed[0])}"
            yield _command("warning", place(result, failed[0]), f"Flaky: {result.case.title}", said)
        if result.attempts and result.attempts[-1].verdict in ("FAILED", "WARNING"):
            yield from _findings(result, result.attempts[-1])


def _failures(result: CaseResult, attempt: Attempt, run: RunResult) -> Iterator[str]:
    again = f"Again: {replay_command(result, run)}"
    if attempt.problem:
        yield _command("error", place(result), result.case.title, f"{attempt.problem}\n{again}")
    for step, failure in attempt.failures():
        said = [f"{step.title}: {failure.message}"]
        if step.explanation:
            said.append(f"The server says: {step.explanation}")
        yield _command("error", failure.where, result.case.title, "\n".join([*said, again]))


def _findings(result: CaseResult, attempt: Attempt) -> Iterator[str]:
    for one in attempt.findings:
        if one.severity in ("FAIL", "WARN"):
            said = f"{one.title}: {one.message} {one.mend}"
            yield _command("warning", place(result), f"Verdict {one.id}: {result.case.title}", said)


def _command(kind: str, mark: Mark, title: str, message: str) -> str:
    properties = {
        "file": str(mark.file),
        "line": str(mark.line),
        "col": str(mark.column),
        "title": title,
    }
    written = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{kind} {written}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def step_summary(run: RunResult) -> str:
    """The summary of the step, as Markdown."""
    return "\n".join(_summary(run)) + "\n"


def _summary(run: RunResult) -> Iterator[str]:
    bad = [one for one in run.cases if one.outcome in (FAILED, ERROR)]
    flaky = [one for one in run.cases if one.is_flaky]
    yield f"### Scenarios: {'failed' if bad else 'interrupted' if run.is_interrupted else 'passed'}"
    yield ""
    yield "| passed | failed | could not be played | not finished | flaky | seconds | seed |"
    yield "|--:|--:|--:|--:|--:|--:|---|"
    counts = [run.count(one) for one in (PASSED, FAILED, ERROR, SKIPPED)]
    cells = [*map(str, counts), str(len(flaky)), f"{run.seconds:.1f}", f"`{run.seed}`"]
    yield f"| {' | '.join(cells)} |"
    yield ""
    for result in bad[:_TOLD_MAX]:
        attempt = failed_attempts(result)[-1]
        yield f"<details><summary>❌ {_inline(result.case.title)}</summary>"
        yield ""
        yield from _fenced([*why(attempt), f"again: {replay_command(result, run)}"])
        yield "</details>"
        yield ""
    if len(bad) > _TOLD_MAX:
        yield f"{len(bad) - _TOLD_MAX} more failed; the log names them."
        yield ""
    for result in flaky[:_TOLD_MAX]:
        yield f"- ⚠️ flaky: {_inline(result.case.title)} passed at attempt {len(result.attempts)}"
    slowest = sorted((one for one in run.cases if one.attempts), key=lambda one: -one.seconds)
    if slowest:
        yield ""
        yield "| slowest | seconds |"
        yield "|---|--:|"
        for result in slowest[:_SLOWEST]:
            yield f"| {_inline(result.case.title)} | {result.seconds:.2f} |"


def _fenced(lines: list[str]) -> Iterator[str]:
    text = "\n".join(lines)
    fence = "```"
    while fence in text:
        fence += "`"
    yield f"{fence}text"
    yield text
    yield fence


def _inline(text: str) -> str:
    """Text as it is, whatever Markdown or HTML would make of it."""
    for character in "\\`*_{}[]<>|#":
        text = text.replace(character, f"&#{ord(character)};")
    return " ".join(text.split())
