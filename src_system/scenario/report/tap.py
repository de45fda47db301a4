"""TAP 14: a test point for each scenario, with what went wrong as YAML below it."""

from collections.abc import Iterator
from typing import Any

import msgspec

from src_system.scenario.report.telling import (
    failed_attempts,
    headline,
    place,
    replay_command,
    why_all,
)
from src_system.scenario.results import PASSED, SKIPPED, CaseResult, RunResult


def tap(run: RunResult) -> str:
    """The whole stream."""
    lines = ["TAP version 14", f"1..{len(run.cases)}"]
    lines.append(f"# seed {run.seed}, server {run.server} {run.version}")
    for number, result in enumerate(run.cases, start=1):
        lines += _point(number, result, run)
    if run.is_interrupted:
        lines.append("Bail out! The run was interrupted.")
    return "\n".join(lines) + "\n"


def _point(number: int, result: CaseResult, run: RunResult) -> Iterator[str]:
    is_good = result.outcome in (PASSED, SKIPPED) and not result.is_condemned
    point = f"{'ok' if is_good else 'not ok'} {number} - {_escaped(result.case.title)}"
    if result.outcome == SKIPPED:
        interrupted = result.attempts[-1].problem if result.attempts else ""
        point += f" # SKIP {_escaped(interrupted or 'It was not begun.')}"
    yield point
    yield "  ---"
    for name, value in _diagnostics(result, run).items():
        yield from _yaml(name, value)
    yield "  ..."


def _diagnostics(result: CaseResult, run: RunResult) -> dict[str, Any]:
    failed = failed_attempts(result)
    mark = place(result, failed[0] if failed else None)
    found: dict[str, Any] = {
        "scenario": result.case.id,
        "duration_ms": round(result.seconds * 1000, 3),
    }
    if result.is_condemned:
        last = result.attempts[-1]
        found["message"] = f"The verdict on its calls is {last.verdict}."
        found["why"] = [f"{one.id}: {one.message}" for one in last.findings]
    if failed:
        found["message"] = headline(failed[0])
        found["severity"] = "fail" if result.outcome != PASSED else "todo"
        found["at"] = {"file": str(mark.file), "line": mark.line, "column": mark.column}
        found["attempts"] = len(result.attempts)
        found["why"] = list(why_all(failed))
        found["again"] = replay_command(result, run)
    return found


def _yaml(name: str, value: Any) -> Iterator[str]:
    """A member of a YAML block; JSON is how YAML writes anything safely."""
    if isinstance(value, list):
        yield f"  {name}:"
        for one in value:
            yield f"    - {msgspec.json.encode(one).decode()}"
    else:
        yield f"  {name}: {msgspec.json.encode(value).decode()}"


def _escaped(text: str) -> str:
    return " ".join(text.replace("\\", "\\\\").replace("#", "\\#").split())
