"""Playing many cases against one server, some of them at the same time."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from src_system.clock import machine_now, monotonic
from src_system.scenario.playing import World, play_case
from src_system.scenario.results import PASSED, CaseResult, RunResult
from src_system.scenario.story import Case


class Watcher(Protocol):
    """Who is told how a run goes on."""

    def began(self, case: Case) -> None:
        """A case has begun."""

    def ended(self, result: CaseResult) -> None:
        """A case has ended."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How many cases at a time, and after how many failures no more are begun (0: never)."""

    jobs: int = 4
    max_failures: int = 0
    fails_on_warning: bool = False


async def run_cases(
    world: World, cases: Sequence[Case], pace: Pace, watcher: Watcher, run: RunResult
) -> RunResult:
    """Play them all; results in the order of *cases*, those that were not begun skipped.

    Cancelled, it lets the cases under way remove their sandboxes, and gives what there is.
    """
    began = monotonic()
    run.cases = [CaseResult(case) for case in cases]
    waiting = list(enumerate(cases))
    waiting.reverse()

    async def work() -> None:
        while waiting and not _is_enough(run, pace):
            number, case = waiting.pop()
            watcher.began(case)
            run.cases[number] = await play_case(world, case, number + 1)
            watcher.ended(run.cases[number])

    workers = [asyncio.create_task(work()) for _ in range(min(pace.jobs, len(cases)))]
    try:
        await asyncio.gather(*workers)
    finally:
        for one in workers:
            one.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
        run.seconds = monotonic() - began
    return run


def _is_enough(run: RunResult, pace: Pace) -> bool:
    if not pace.max_failures:
        return False
    bad = sum(1 for one in run.cases if one.attempts and one.outcome != PASSED)
    return bad >= pace.max_failures


def new_run(seed: str, server: str, version: str, variables: dict[str, str]) -> RunResult:
    """A run that begins now."""
    return RunResult(machine_now(), seed, server, version, variables=variables)


def verdict_failed(run: RunResult, *, on_warning: bool) -> list[CaseResult]:
    """The cases that passed, and whose client did what it had better not.

    A story that says itself what the verdict has to be has been judged already.
    """
    bad = {"FAILED", "WARNING"} if on_warning else {"FAILED"}
    return [
        one
        for one in run.cases
        if one.outcome == PASSED
        and one.attempts[-1].verdict in bad
        and not one.case.asserts_verdict
    ]
