"""What the journal costs: CPU per checkout with it ÷ without it, side by side.

One server has its journal switched on and off, eight short turns to a round, under the same load: a
core that others use too is some tenths slower in one second than in the next, so that two long
turns differ by more than a journal costs. And two processes of one program differ by some
hundredths by where their memory lies, so that it is one for both, and a new one each round.

Counted is all CPU: the server's, PostgreSQL's and the load's. The journal is full before the first
round, so that each entry written also has one removed. Autovacuum comes when it likes and would
fall on either side; it is off, and after each round the same is done at once: for the journal's
tables at the cost of the side with it, for all others at the cost of both.
"""

import asyncio
import os
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg

from bench import load, switched
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
_SIGNALS = {"on": switched.ON, "off": switched.OFF}
# Neither side is ever the first or the second of a pair more often; a drift falls on both alike.
_TURNS = ("on", "off", "off", "on", "off", "on", "on", "off")
_WARM_UP_SECONDS = 0.7
_WRITTEN_SECONDS = 0.4  # by then what a turn left to be written is written
_UPKEEP_OF_JOURNAL = ("VACUUM (ANALYZE) journal", "VACUUM journal_page")
_UPKEEP = "VACUUM (ANALYZE)"


def run(*, rounds: int, seconds: float, results: Path) -> None:
    """Measure and print."""
    cores = two_cores()
    with (
        tempfile.TemporaryDirectory(prefix="src-system-bench-") as name,
        held_to(cores.others),
        postgres(cores.others) as dsn,
        Worker(cores.others, load.work) as loader,
    ):
        folder = Path(name)
        asyncio.run(_run(dsn, "ALTER SYSTEM SET autovacuum = off", "SELECT pg_reload_conf()"))
        with server(cores.server, dsn, folder) as first:
            shop = Shop.at(first.protocol, first.control)
            warm_up(shop, loader)
            asyncio.run(_run(dsn, _UPKEEP))
            kept = 0
            while kept < Limits().journal_entries_max:
                kept += checked(shop, loader.ask(job_of(shop, seconds))).count
        addresses = [f"--listen={_netloc(first.protocol)}", f"--control={_netloc(first.control)}"]
        spent: dict[str, list[Cost]] = {side: [] for side in _SIDES}
        print(f"{'round':>5}{'journal':>9}{'checkouts/s':>13}{'server µs':>11}{'others µs':>11}")
        for number in range(1, rounds + 1):
            turns: dict[str, list[Cost]] = {side: [] for side in _SIDES}
            with server(
                cores.server, dsn, folder, options=addresses, module=switched.__name__
            ) as process:
                shop.move(process.protocol, process.control)
                checked(shop, loader.ask(job_of(shop, _WARM_UP_SECONDS)))
                for side in _TURNS:
                    os.kill(process.pid, _SIGNALS[side])
                    turns[side].append(_cost(process, shop, loader, seconds / 3))
            turns["on"].append(_upkeep(dsn, *_UPKEEP_OF_JOURNAL))
            rest = _upkeep(dsn, _UPKEEP)
            for side in _SIDES:
                turns[side].append(replace(rest, others=rest.others / 2))
                spent[side].append(_sum(turns[side]))
                _print(number, side, spent[side][-1])
    whole = {side: _sum(spent[side]) for side in _SIDES}
    for part in ("server", "others"):
        on, off = (getattr(whole[side], part) / whole[side].count for side in _SIDES)
        print(f"{part}: {on * _MICRO:.0f} µs with it, {off * _MICRO:.0f} without")
    print(f"all rounds together: {whole['on'].per_checkout / whole['off'].per_checkout:.3f}")
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


def _netloc(url: str) -> str:
    return urlsplit(url).netloc


async def _run(dsn: str, *statements: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


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
    time.sleep(_WRITTEN_SECONDS)
    own = cpu_seconds(process.pid) - own
    everything = family_seconds(os.getpid()) - everything - answered.preparing
    checked(shop, answered)
    return Cost(answered.count, answered.seconds, own, everything - own)


def _upkeep(dsn: str, *statements: str) -> Cost:
    """What PostgreSQL needs for them."""
    before = family_seconds(os.getpid())
    asyncio.run(_run(dsn, *statements))
    return Cost(0, 0.0, 0.0, family_seconds(os.getpid()) - before)


def _print(number: int, side: str, cost: Cost) -> None:
    print(
        f"{number:>5}{side:>9}{cost.count / cost.seconds:>13.0f}"
        f"{cost.server / cost.count * _MICRO:>11.0f}{cost.others / cost.count * _MICRO:>11.0f}",
        flush=True,
    )
