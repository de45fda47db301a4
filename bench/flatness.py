"""Flatness: what a checkout takes in a full installation ÷ what it takes in an almost empty one."""

import contextlib
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench import launched, load
from bench.efficiency import checked
from bench.launched import LaunchedShop
from bench.load import CONNECTIONS, Job, Run, Worker
from bench.machine import held_to, postgres, server, two_cores
from bench.results import Figure, finish
from bench.shop import Basket, Port, Shop

RATIO_MAX = 1.15
_SHOPPERS = 300
_FEW = 1_000  # consumers of the small installation
_PER_SANDBOX = 1


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two installations: its shops by srcClientId, and its load."""

    shops: dict[str, Shop]
    url: str
    baskets: list[Basket]

    @classmethod
    def of(cls, *shops: Shop) -> "Side":
        """All shops of one server."""
        baskets = [basket for shop in shops for basket in shop.baskets()]
        return cls({shop.src_client_id: shop for shop in shops}, shops[0].url, baskets)

    def run(self, loader: Worker, seconds: float, connections: int) -> Run:
        """One stretch of load; BenchFailed for a refusal or a wrong answer."""
        answered: Run = loader.ask(Job(self.url, self.baskets, seconds, connections))
        client = "" if answered.refused else answered.asked["srcClientId"]
        return checked(self.shops.get(client) or next(iter(self.shops.values())), answered)


def consumers(*, rounds: int, seconds: float, many: int, results: Path) -> None:
    """p50 among *many* consumers ÷ p50 among a thousand."""

    def sides(dsns: tuple[str, str], folder: Path, stack: contextlib.ExitStack) -> list[Side]:
        cores = two_cores()
        made = []
        for dsn, people in zip(dsns, (_FEW, many), strict=True):
            summary = launched.seed(dsn, folder, people)
            print(f"{people:,} people seeded, {summary['consumersPerSecond']:,.0f}/s", flush=True)
        launched.settle(*dsns)
        for dsn, people in zip(dsns, (_FEW, many), strict=True):
            process = stack.enter_context(server(cores.server, dsn, folder))
            shop = LaunchedShop(
                Port(process.protocol), Port(process.control), people=people, shoppers=_SHOPPERS
            )
            made.append(Side.of(shop))
        return made

    ratios, single = _measure(sides, rounds, seconds)
    finish(
        Figure(
            name="flatness-consumers",
            title=f"p50 with {many:,} consumers ÷ with {_FEW:,}",
            bound=RATIO_MAX,
            at_least=False,
            ratios=ratios,
            details={"consumers": many, "oneConnection": single},
        ),
        results,
    )


def sandboxes(*, rounds: int, seconds: float, many: int, results: Path) -> None:
    """p50 with *many* sandboxes, each request in another, ÷ p50 with one."""

    def sides(dsns: tuple[str, str], folder: Path, stack: contextlib.ExitStack) -> list[Side]:
        cores = two_cores()
        made = []
        for dsn, count in zip(dsns, (1, many), strict=True):
            process = stack.enter_context(server(cores.server, dsn, folder))
            ports = Port(process.protocol), Port(process.control)
            each = _SHOPPERS if count == 1 else _PER_SANDBOX
            started = time.monotonic()
            shops = [Shop(*ports, name=f"bench-{n}", shoppers=each) for n in range(count)]
            made.append(Side.of(*shops))
            print(f"{count:,} sandboxes made in {time.monotonic() - started:.0f} s", flush=True)
        launched.settle(*dsns)
        return made

    ratios, single = _measure(sides, rounds, seconds)
    finish(
        Figure(
            name="flatness-sandboxes",
            title=f"p50 with {many:,} sandboxes ÷ with one",
            bound=RATIO_MAX,
            at_least=False,
            ratios=ratios,
            details={"sandboxes": many, "oneConnection": single},
        ),
        results,
    )


def _measure(
    sides: Callable[[tuple[str, str], Path, contextlib.ExitStack], list[Side]],
    rounds: int,
    seconds: float,
) -> tuple[list[float], list[float]]:
    """The ratios of each round, under load and with one request at a time."""
    cores = two_cores()
    with (
        contextlib.ExitStack() as stack,
        tempfile.TemporaryDirectory(prefix="src-system-bench-") as name,
        postgres(cores.others) as dsn,
        Worker(cores.others, load.work) as loader,
    ):
        folder = Path(name)
        dsns = launched.database(dsn, "few"), launched.database(dsn, "many")
        with contextlib.ExitStack() as servers:
            few, many = sides(dsns, folder, servers)
            stack.enter_context(held_to(cores.others))
            return _rounds(few, many, loader, rounds, seconds)


def _rounds(
    few: Side, many: Side, loader: Worker, rounds: int, seconds: float
) -> tuple[list[float], list[float]]:
    for side in (few, many):  # every card's token is provisioned, every page has been read once
        done = 0
        while done < 2 * len(side.baskets):
            done += side.run(loader, 1.0, CONNECTIONS).count
    print(
        f"\n{'round':>5}{'few, p50 ms':>13}{'many, p50 ms':>14}{'ratio':>7}"
        f"{'few, alone':>13}{'many, alone':>13}{'ratio':>7}"
    )
    loaded: list[float] = []
    single: list[float] = []
    for number in range(1, rounds + 1):
        p50s = []
        for connections in (CONNECTIONS, 1):
            # A few turns within a round, so that both sides see the same weather.
            turns: dict[int, list[float]] = {0: [], 1: []}
            for turn in range(4):
                for place in (0, 1) if turn % 2 else (1, 0):
                    answered = (few, many)[place].run(loader, seconds / 4, connections)
                    turns[place].append(answered.p50_ms)
            p50s += [statistics.median(turns[0]), statistics.median(turns[1])]
        loaded.append(p50s[1] / p50s[0])
        single.append(p50s[3] / p50s[2])
        print(
            f"{number:>5}{p50s[0]:>13.2f}{p50s[1]:>14.2f}{loaded[-1]:>7.2f}"
            f"{p50s[2]:>13.2f}{p50s[3]:>13.2f}{single[-1]:>7.2f}",
            flush=True,
        )
    print(f"one request at a time: median {statistics.median(single):.2f}")
    return loaded, single
