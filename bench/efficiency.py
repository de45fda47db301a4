"""Checkout efficiency: checkouts per second of one core ÷ what that core could do at most."""

import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from bench import bare, load
from bench.bare import Limit, Rows
from bench.load import CONNECTIONS, Job, Run, Worker
from bench.machine import (
    BenchFailed,
    Cores,
    Foreign,
    cpu_seconds,
    held_to,
    postgres,
    server,
    two_cores,
)
from bench.results import Figure, finish
from bench.shop import NETWORK, SHOPPERS, Shop

RATIO_MIN = 0.5
_LIMIT_SECONDS = 1.0  # of cryptography, and as much of statements
_FOREIGN_MAX = 0.10
_SETTLE_SECONDS = 2.0  # the server makes keys for new clients in the background


@dataclass(frozen=True, slots=True)
class Round:
    """The limit and the server, one after the other.

    `cpu` is the server's, seconds per checkout; `foreign` what others took of a core, 0 to 1.
    """

    limit: Limit
    run: Run
    cpu: float
    foreign: float

    @property
    def efficiency(self) -> float:
        """The figure."""
        return self.run.rate / self.limit.rate


def run(*, rounds: int, seconds: float, is_fresh: bool, results: Path) -> None:
    """Measure and print; BenchFailed when any checkout was not answered as it must be.

    *is_fresh*: leave PostgreSQL without statistics, as it is in its first minute.
    """
    cores = two_cores()
    with (
        tempfile.TemporaryDirectory(prefix="src-system-bench-") as folder,
        held_to(cores.others),
        postgres(cores.others) as dsn,
        server(cores.server, dsn, Path(folder)) as process,
        Worker(cores.others, load.work) as loader,
    ):
        shop = Shop.at(process.protocol, process.control)
        with Worker(cores.server, bare.work, dsn, rows_of(shop)) as limiter:
            job_of(shop, seconds)  # makes the idTokens
            time.sleep(_SETTLE_SECONDS)
            warm_up(shop, loader)
            if not is_fresh:
                bare.run(bare.gather_statistics(dsn))
            limiter.ask(_LIMIT_SECONDS / 4)
            _head(cores, rounds, seconds)
            done: list[Round] = []
            while len(done) < 2 * rounds and len(quiet(done)) < rounds:
                foreign = Foreign(cores)
                limit: Limit = limiter.ask(_LIMIT_SECONDS)
                job = job_of(shop, seconds)
                before = cpu_seconds(process.pid)
                answered: Run = loader.ask(job)
                cpu = (cpu_seconds(process.pid) - before) / answered.count
                done.append(Round(limit, answered, cpu, foreign.share()))
                checked(shop, answered)
                _line(str(len(done)), done[-1:])
        _summary(done)
    _keep(done, results)


def quiet(rounds: list[Round]) -> list[Round]:
    """The rounds in which nobody else had much of either core."""
    return [one for one in rounds if one.foreign <= _FOREIGN_MAX]


def rows_of(shop: Shop) -> Rows:
    """The keys of the shop's rows."""
    return Rows(
        sandbox=str(shop.sandbox["name"]),
        network=NETWORK,
        src_client_id=shop.src_client_id,
        src_dpa_id=shop.src_dpa_id,
        shoppers=[(one.src_consumer_id, one.src_digital_card_id) for one in shop.shoppers],
    )


def job_of(shop: Shop, seconds: float) -> Job:
    """Load for the shop's checkouts."""
    return Job(url=shop.url, baskets=shop.baskets(), seconds=seconds)


def warm_up(shop: Shop, loader: Worker) -> None:
    """Check out with every card: the first time provisions its token."""
    count = 0
    while count < 2 * len(shop.shoppers):
        count += checked(shop, loader.ask(job_of(shop, 1.5))).count


def checked(shop: Shop, answered: Run) -> Run:
    """The same run; BenchFailed for a refusal or a wrong answer."""
    if answered.refused:
        raise BenchFailed(
            f"{len(answered.refused)} of {answered.count} checkouts were refused:"
            f" {answered.refused[0]}"
        )
    shop.check(answered.asked, answered.answered)
    return answered


def _head(cores: Cores, rounds: int, seconds: float) -> None:
    print(
        f"checkout efficiency: server and limit on core {cores.server}; PostgreSQL (embedded,"
        f" ephemeral: fsync off) and load on core {cores.others}; {CONNECTIONS} connections,"
        f" {SHOPPERS} consumers, {rounds} quiet rounds of {seconds:g} s\n"
    )
    print(
        f"{'round':>7}{'sign':>7}{'verify':>8}{'seal':>6}{'t_crypto':>10}{'read':>7}{'insert':>8}"
        f"{'t_db':>7}{'limit/s':>9}{'checkouts/s':>13}{'efficiency':>12}{'CPU':>7}{'foreign':>9}"
        f"{'p50':>7}{'p99':>7}"
    )


def _line(name: str, rounds: list[Round]) -> None:
    """One line of medians; times in µs, latencies in ms."""

    def middle(values: list[float]) -> float:
        return statistics.median(values)

    micro = 1e6
    print(
        f"{name:>7}"
        f"{middle([one.limit.sign * micro for one in rounds]):7.0f}"
        f"{middle([one.limit.verify * micro for one in rounds]):8.0f}"
        f"{middle([one.limit.seal * micro for one in rounds]):6.0f}"
        f"{middle([one.limit.crypto * micro for one in rounds]):10.0f}"
        f"{middle([one.limit.read * micro for one in rounds]):7.0f}"
        f"{middle([one.limit.insert * micro for one in rounds]):8.0f}"
        f"{middle([one.limit.database * micro for one in rounds]):7.0f}"
        f"{middle([one.limit.rate for one in rounds]):9.0f}"
        f"{middle([one.run.rate for one in rounds]):13.0f}"
        f"{middle([one.efficiency for one in rounds]):12.2f}"
        f"{middle([one.cpu * micro for one in rounds]):7.0f}"
        f"{middle([one.foreign for one in rounds]):9.0%}"
        f"{middle([one.run.p50_ms for one in rounds]):7.1f}"
        f"{middle([one.run.p99_ms for one in rounds]):7.1f}",
        flush=True,
    )


def _keep(rounds: list[Round], results: Path) -> None:
    """The result of the quiet rounds, or of all when none was quiet."""
    chosen = quiet(rounds) or rounds
    finish(
        Figure(
            name="efficiency",
            title="checkouts per second of a core ÷ what it could do at most",
            bound=RATIO_MIN,
            at_least=True,
            ratios=[one.efficiency for one in chosen],
            details={
                "quietRounds": len(quiet(rounds)),
                "rounds": len(rounds),
                "checkoutsPerSecond": [round(one.run.rate) for one in chosen],
                "limitPerSecond": [round(one.limit.rate) for one in chosen],
            },
        ),
        results,
    )


def _summary(rounds: list[Round]) -> None:
    chosen = quiet(rounds)
    if len(chosen) < len(rounds):
        _line("all", rounds)
    if chosen:
        _line("quiet", chosen)
    for name, some in (("quiet", chosen), ("all", rounds)):
        ratios = [one.efficiency for one in some]
        if ratios:
            print(
                f"efficiency, {len(some)} {name} rounds: min {min(ratios):.2f},"
                f" median {statistics.median(ratios):.2f}, max {max(ratios):.2f}"
            )
    print(
        f"{sum(one.run.count for one in rounds)} checkouts, all answered 200; one per round"
        " verified and opened with jwcrypto\nµs per operation; CPU: of the server process,"
        f" µs per checkout; foreign: what others took of a core (quiet: up to {_FOREIGN_MAX:.0%});"
        " p50, p99: ms"
    )
