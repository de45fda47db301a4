"""`python -m bench FIGURE`: measure, print a table, keep the result, end."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from bench import (
    efficiency,
    flatness,
    journal,
    memory,
    plot,
    scenario_suite,
    stages,
    start,
    stubs,
    workers,
)
from bench.machine import BenchFailed
from bench.results import FOLDER

_Program = Callable[[argparse.Namespace], None]


def _efficiency(given: argparse.Namespace) -> None:
    efficiency.run(
        rounds=given.rounds, seconds=given.seconds, is_fresh=given.fresh, results=given.results
    )


def _profile(given: argparse.Namespace) -> None:
    stages.run(seconds=given.seconds)


def _flatness(given: argparse.Namespace) -> None:
    flatness.consumers(
        rounds=given.rounds, seconds=given.seconds, many=given.consumers, results=given.results
    )


def _sandboxes(given: argparse.Namespace) -> None:
    flatness.sandboxes(
        rounds=given.rounds, seconds=given.seconds, many=given.sandboxes, results=given.results
    )


def _memory(given: argparse.Namespace) -> None:
    memory.run(checkouts=given.checkouts, results=given.results)


def _workers(given: argparse.Namespace) -> None:
    workers.run(rounds=given.rounds, seconds=given.seconds, results=given.results)


def _journal(given: argparse.Namespace) -> None:
    journal.run(rounds=given.rounds, seconds=given.seconds, results=given.results)


def _stubs(given: argparse.Namespace) -> None:
    stubs.run(rounds=given.rounds, seconds=given.seconds, results=given.results)


def _start(given: argparse.Namespace) -> None:
    start.run(rounds=given.rounds, results=given.results)


def _scenarios(given: argparse.Namespace) -> None:
    scenario_suite.run(rounds=given.rounds, results=given.results)


def _plot(given: argparse.Namespace) -> None:
    plot.run(results=given.results)


_FIGURES: dict[str, tuple[_Program, ...]] = {
    "efficiency": (_efficiency,),
    "profile": (_profile,),
    "flatness": (_flatness,),
    "sandboxes": (_sandboxes,),
    "memory": (_memory,),
    "workers": (_workers,),
    "journal": (_journal,),
    "stubs": (_stubs,),
    "start": (_start,),
    "scenarios": (_scenarios,),
    "plot": (_plot,),
    "all": (
        _efficiency,
        _stubs,
        _sandboxes,
        _flatness,
        _workers,
        _journal,
        _memory,
        _start,
        _scenarios,
        _plot,
    ),
}


def main() -> int:
    """Run what the command line names; 1 when an answer was wrong or the machine is too small."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("figure", nargs="?", choices=tuple(_FIGURES), default="efficiency")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of each side [5]")
    parser.add_argument("--seconds", type=float, default=3.0, help="load per round and side [3]")
    parser.add_argument(
        "--fresh", action="store_true", help="PostgreSQL without statistics, as in its first minute"
    )
    parser.add_argument(
        "--consumers", type=int, default=1_000_000, help="of the full side of flatness [1000000]"
    )
    parser.add_argument(
        "--sandboxes", type=int, default=1_000, help="of the full side of sandboxes [1000]"
    )
    parser.add_argument(
        "--checkouts", type=int, default=100_000, help="of memory, in the end [100000]"
    )
    parser.add_argument(
        "--results", type=Path, default=FOLDER, help="folder of the results [bench/results]"
    )
    given = parser.parse_args()
    if min(given.rounds, given.seconds) < 1:
        parser.error("at least one round of one second")
    if min(given.consumers, given.sandboxes, given.checkouts) < 1_000:
        parser.error("the full side is at least a thousand")
    failed = 0
    for program in _FIGURES[given.figure]:
        try:
            program(given)
        except BenchFailed as error:
            print(f"bench: {error}", file=sys.stderr)
            failed = 1
    return failed


if __name__ == "__main__":
    sys.exit(main())
