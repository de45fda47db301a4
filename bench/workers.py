"""Workers: checkouts per second of two worker processes ÷ of one, everything on two cores.

PostgreSQL and the load share the two cores with the workers, so two is out of reach. What bounds
it is printed: of all the CPU that a checkout costs, the workers' part w; one worker that fills a
core gives 1/w, two cores that are never idle give 2 ÷ (all of it), which is 2w of that.
"""

import contextlib
import os
import statistics
import tempfile
from pathlib import Path

from bench import bare, load
from bench.efficiency import checked, warm_up
from bench.load import Job, Run, Worker
from bench.machine import family_seconds, postgres, server, two_cores
from bench.results import Figure, finish
from bench.shop import Shop

RATIO_MIN = 1.3
_CONNECTIONS = 16
_MICRO = 1e6


def run(*, rounds: int, seconds: float, results: Path) -> None:
    """Measure and print."""
    two_cores()
    with (
        tempfile.TemporaryDirectory(prefix="src-system-bench-") as name,
        postgres(None) as dsn,
        Worker(None, load.work) as loader,
        contextlib.ExitStack() as stack,
    ):
        folder = Path(name)
        processes = {
            count: stack.enter_context(server(None, dsn, folder, workers=count)) for count in (1, 2)
        }
        shop = Shop.at(processes[1].protocol, processes[1].control)
        warm_up(shop, loader)
        bare.run(bare.gather_statistics(dsn))
        rates: dict[int, list[float]] = {1: [], 2: []}
        shares: dict[int, list[float]] = {1: [], 2: []}
        print(f"{'round':>5}{'workers':>9}{'checkouts/s':>13}{'worker µs':>11}{'all µs':>8}")
        for number in range(1, rounds + 1):
            for count in (1, 2) if number % 2 else (2, 1):
                process = processes[count]
                before = family_seconds(process.pid), family_seconds(os.getpid())
                answered = _load(shop, process.protocol, loader, seconds)
                own = (family_seconds(process.pid) - before[0]) / answered.count
                everything = family_seconds(os.getpid()) - before[1] - answered.preparing
                everything /= answered.count
                rates[count].append(answered.rate)
                shares[count].append(own / everything)
                print(
                    f"{number:>5}{count:>9}{answered.rate:>13.0f}{own * _MICRO:>11.0f}"
                    f"{everything * _MICRO:>8.0f}",
                    flush=True,
                )
    share = statistics.median(shares[2])
    print(
        f"with two workers their part of the CPU is {share:.0%}: two cores that were never idle"
        f" would give {2 * share:.2f} of what one worker that fills a core gives"
    )
    finish(
        Figure(
            name="workers",
            title="two workers ÷ one, database and load on the same two cores",
            bound=RATIO_MIN,
            at_least=True,
            ratios=[two / one for one, two in zip(rates[1], rates[2], strict=True)],
            details={"rates": {str(k): v for k, v in rates.items()}, "workersShare": share},
        ),
        results,
    )


def _load(shop: Shop, url: str, loader: Worker, seconds: float) -> Run:
    job = Job(url, shop.baskets(), seconds, _CONNECTIONS)
    answered: Run = loader.ask(job)
    return checked(shop, answered)
