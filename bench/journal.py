"""What the journal costs: CPU per checkout with it ÷ without it, side by side.

Two servers on one PostgreSQL, one of them with `--journal-entries-max 0`, take turns on the same
core under the same load. Counted are the server's CPU and PostgreSQL's; the journal is full
before the first round, so that each entry written also has one removed.
"""

import contextlib
import os
import statistics
import tempfile
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
        costs: dict[str, list[tuple[float, float]]] = {side: [] for side in _SIDES}
        print(f"{'round':>5}{'journal':>9}{'checkouts/s':>13}{'server µs':>11}{'others µs':>11}")
        for number in range(1, rounds + 1):
            for side in _SIDES if number % 2 else reversed(_SIDES):
                costs[side].append(_cost(number, side, processes[side], shop, loader, seconds))
    for part, place in (("server", 0), ("PostgreSQL and load", 1)):
        on, off = (statistics.median(cost[place] for cost in costs[side]) for side in _SIDES)
        print(f"{part}: {on * _MICRO:.0f} µs with it, {off * _MICRO:.0f} without")
    finish(
        Figure(
            name="journal",
            title="CPU per checkout with the journal ÷ without",
            bound=RATIO_MAX,
            at_least=False,
            ratios=[sum(on) / sum(off) for on, off in zip(costs["on"], costs["off"], strict=True)],
            details={
                side: [[round(part * _MICRO) for part in cost] for cost in costs[side]]
                for side in _SIDES
            },
        ),
        results,
    )


def _cost(
    number: int, side: str, process: ServerProcess, shop: Shop, loader: Worker, seconds: float
) -> tuple[float, float]:
    """CPU seconds per checkout: of the server, and of all else but making the requests."""
    job = Job(process.protocol, shop.baskets(), seconds)
    own, everything = cpu_seconds(process.pid), family_seconds(os.getpid())
    answered: Run = loader.ask(job)
    own = (cpu_seconds(process.pid) - own) / answered.count
    everything = family_seconds(os.getpid()) - everything - answered.preparing
    others = everything / answered.count - own
    checked(shop, answered)
    print(
        f"{number:>5}{side:>9}{answered.rate:>13.0f}{own * _MICRO:>11.0f}{others * _MICRO:>11.0f}",
        flush=True,
    )
    return own, others
