"""Playing many cases against one server, some of them at the same time."""

import asyncio
from dataclasses import dataclass
from typing import Protocol

from src_system.clock import machine_now, monotonic
from src_system.scenario.playing import World, play_case
from src_system.scenario.results import ERROR, FAILED, CaseResult, RunResult
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


async def run_cases(world: World, run: RunResult, pace: Pace, watcher: Watcher) -> None:
    """Play all cases of *run*; those that were not begun stay skipped.

    Cancelled, it lets the cases under way remove their sandboxes; *run* holds what there is.
    """
    began = run.started = monotonic()
    waiting = list(enumerate(run.cases, start=1))
    waiting.reverse()

    async def work() -> None:
        while waiting and not _is_enough(run, pace):
            number, result = waiting.pop()
            watcher.began(result.case)
            await play_case(world, result, number)
            watcher.ended(result)

    workers = [asyncio.create_task(work()) for _ in range(min(pace.jobs, len(run.cases)))]
    try:
        await asyncio.gather(*workers)
    except asyncio.CancelledError:
        run.is_interrupted = True
        raise
    finally:
        for one in workers:
            one.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
        run.seconds = monotonic() - began


def _is_enough(run: RunResult, pace: Pace) -> bool:
    if not pace.max_failures:
        return False
    bad = sum(1 for one in run.cases if one.outcome in (FAILED, ERROR))
    return bad >= pace.max_failures


def new_run(seed: str, variables: dict[str, str]) -> RunResult:
    """A run that begins now."""
    return RunResult(machine_now(), seed, variables=variables)
