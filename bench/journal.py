"""What the journal costs: CPU per checkout with it ÷ without it, side by side.

Two servers on one PostgreSQL, one of them with `--journal-entries-max 0`, take turns on the same
core under the same load, eight short turns to a round: a core that others use too is some tenths
slower in one second than in the next, so that two long turns differ by more than a journal costs.
Counted are the server's CPU and PostgreSQL's; the journal is full before the first round, so that
each entry written also has one removed.
"""

import contextlib
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import bare, load
from bench.efficiency import checked, job_of, warm_up
from bench.load import Job, Run, Worker
from bench.machine import (
    ServerProcess,
    cpu_seconds,
    family_seconds,
    held_to,
    postgres,
    server,
    two_cores,
)
from bench.results import Figure, finish
from bench.shop import Shop
from src_system.config import Limits

RATIO_MAX = 1.05
_MICRO = 1e6
_SIDES = ("on", "off")
# Neither side is ever the first or the second of a pair more often; a drift falls on both alike.
_TURNS = ("on", "off", "off", "on", "off", "on", "on", "off")


def run(*, rounds: int, seconds: float, results: Path) -> None:
    """Measure and print."""
    cores = two_cores()
    with (
        tempfile.TemporaryDirectory(prefix="src-system-bench-") as name,
        held_to(cores.others),
        postgres(cores.others) as dsn,
        Worker(cores.others, load.work) as loader,
        contextlib.ExitStack() as stack,
    ):
        processes: dict[str, ServerProcess] = {}
        for side, options in (("on", ()), ("off", ("--journal-entries-max=0",))):
            running = server(cores.server, dsn, Path(name), options=options)
            processes[side] = stack.enter_context(running)
        shop = Shop.at(processes["on"].protocol, processes["on"].control)
        warm_up(shop, loader)
        bare.run(bare.gather_statistics(dsn))
        kept = 0
        while kept < Limits().journal_entries_max:
            kept += checked(shop, loader.ask(job_of(shop, seconds))).count
        spent: dict[str, list[Cost]] = {side: [] for side in _SIDES}
        print(f"{'round':>5}{'journal':>9}{'checkouts/s':>13}{'server µs':>11}{'others µs':>11}")
        for number in range(1, rounds + 1):
            turns: dict[str, list[Cost]] = {side: [] for side in _SIDES}
            for side in _TURNS:
                turns[side].append(_cost(processes[side], shop, loader, seconds / 3))
            for side in _SIDES:
                spent[side].append(_sum(turns[side]))
                _print(number, side, spent[side][-1])
    whole = {side: _sum(spent[side]) for side in _SIDES}
    for part in ("server", "others"):
        on, off = (getattr(whole[side], part) / whole[side].count for side in _SIDES)
        print(f"{part}: {on * _MICRO:.0f} µs with it, {off * _MICRO:.0f} without")
    finish(
        Figure(
            name="journal",
            title="CPU per checkout with the journal ÷ without",
            bound=RATIO_MAX,
            at_least=False,
            ratios=[
                on.per_checkout / off.per_checkout
                for on, off in zip(spent["on"], spent["off"], strict=True)
            ],
            details={
                side: [round(cost.per_checkout * _MICRO) for cost in spent[side]] for side in _SIDES
            },
        ),
        results,
    )


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU seconds of a number of checkouts: the server's, and all else's but the requests'."""

    count: int
    seconds: float
    server: float
    others: float

    @property
    def per_checkout(self) -> float:
        """CPU seconds of one."""
        return (self.server + self.others) / self.count


def _sum(costs: Sequence[Cost]) -> Cost:
    return Cost(
        sum(cost.count for cost in costs),
        sum(cost.seconds for cost in costs),
        sum(cost.server for cost in costs),
        sum(cost.others for cost in costs),
    )


def _cost(process: ServerProcess, shop: Shop, loader: Worker, seconds: float) -> Cost:
    job = Job(process.protocol, shop.baskets(), seconds)
    own, everything = cpu_seconds(process.pid), family_seconds(os.getpid())
    answered: Run = loader.ask(job)
    own = cpu_seconds(process.pid) - own
    everything = family_seconds(os.getpid()) - everything - answered.preparing
    checked(shop, answered)
    return Cost(answered.count, answered.seconds, own, everything - own)


def _print(number: int, side: str, cost: Cost) -> None:
    print(
        f"{number:>5}{side:>9}{cost.count / cost.seconds:>13.0f}"
        f"{cost.server / cost.count * _MICRO:>11.0f}{cost.others / cost.count * _MICRO:>11.0f}",
        flush=True,
    )
