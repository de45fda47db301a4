"""NDJSON: an event a line (run, step, attempt, case, end), for programs that read on."""

from collections.abc import Iterator
from typing import Any

import msgspec

from src_system.scenario.problems import Mark
from src_system.scenario.recording import Exchange
from src_system.scenario.report.bodies import reasons_in
from src_system.scenario.report.telling import instant, place, replay_command, step_path
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

Json = dict[str, Any]


def ndjson(run: RunResult) -> str:
    """All events, a line each."""
    return "".join(f"{msgspec.json.encode(one).decode()}\n" for one in _events(run))


def _events(run: RunResult) -> Iterator[Json]:
    yield {
        "event": "run",
        "beganAt": instant(run),
        "seed": run.seed,
        "server": run.server,
        "version": run.version,
        "variables": run.variables,
        "cases": len(run.cases),
    }
    for result in run.cases:
        for attempt in result.attempts:
            for path, step in step_path(attempt.steps):
                yield _step(result, attempt, path, step, run)
            yield _attempt(result, attempt, run)
        yield _case(result, run)
    yield {
        "event": "end",
        "seconds": round(run.seconds, 3),
        "interrupted": run.is_interrupted,
        **{one: run.count(one) for one in (PASSED, FAILED, ERROR, SKIPPED)},
        "flaky": sum(1 for one in run.cases if one.is_flaky),
    }


def _step(
    result: CaseResult, attempt: Attempt, path: str, step: StepResult, run: RunResult
) -> Json:
    return {
        "event": "step",
        "case": result.case.id,
        "attempt": attempt.number,
        "step": path,
        "title": step.title,
        "verb": step.verb,
        **_place(step.where),
        "outcome": step.outcome,
        "seconds": round(step.seconds, 4),
        "tries": step.tries,
        "failures": [{"message": one.message, **_place(one.where)} for one in step.failures],
        "explanation": step.explanation,
        "exchanges": [_exchange(one, run) for one in step.exchanges],
    }


def _exchange(exchange: Exchange, run: RunResult) -> Json:
    return {
        "party": exchange.party,
        "operation": exchange.operation,
        "method": exchange.method,
        "url": exchange.url,
        "status": exchange.status,
        "reasons": sorted(reasons_in(exchange)),
        "problem": exchange.problem,
        "at": round(exchange.began - run.started, 4),
        "seconds": round(exchange.seconds, 4),
    }


def _attempt(result: CaseResult, attempt: Attempt, run: RunResult) -> Json:
    return {
        "event": "attempt",
        "case": result.case.id,
        "attempt": attempt.number,
        "outcome": attempt.outcome,
        "problem": attempt.problem,
        "sandbox": attempt.sandbox,
        "kept": attempt.kept,
        "seed": attempt.seed,
        "at": round(attempt.began - run.started, 4),
        "seconds": round(attempt.seconds, 4),
        "ownSeconds": round(attempt.own_seconds, 5),
        "verdict": attempt.verdict,
        "findings": [msgspec.to_builtins(one) for one in attempt.findings],
    }


def _case(result: CaseResult, run: RunResult) -> Json:
    return {
        "event": "case",
        "case": result.case.id,
        "title": result.case.title,
        "tags": result.case.story.tags,
        **_place(place(result)),
        "outcome": result.outcome,
        "flaky": result.is_flaky,
        "attempts": len(result.attempts),
        "seconds": round(result.seconds, 4),
        "again": replay_command(result, run),
    }


def _place(mark: Mark) -> Json:
    return {"file": str(mark.file), "line": mark.line, "column": mark.column}
