"""Memory: what the worker holds after many checkouts ÷ what it holds after a thousand."""

import tempfile
from pathlib import Path

from bench import bare, load
from bench.efficiency import checked
from bench.load import Job, Run, Worker
from bench.machine import held_to, postgres, resident_mib, server, two_cores
from bench.results import Figure, finish
from bench.shop import Shop

RATIO_MAX = 1.1
_FIRST = 1_000
_STRETCH_SECONDS = 5.0
_STRETCHES_MAX = 500
_SHOWN_EVERY = 5


def run(*, checkouts: int, results: Path) -> None:
    """Measure and print; the ratio is that of resident memory, in MiB."""
    cores = two_cores()
    with (
        tempfile.TemporaryDirectory(prefix="src-system-bench-") as folder,
        held_to(cores.others),
        postgres(cores.others) as dsn,
        server(cores.server, dsn, Path(folder)) as process,
        Worker(cores.others, load.work) as loader,
    ):
        shop = Shop.at(process.protocol, process.control)
        done, first, curve = 0, 0.0, list[tuple[int, float]]()
        print(f"{'checkouts':>10}{'resident MiB':>14}{'checkouts/s':>13}")
        for stretch in range(_STRETCHES_MAX):
            seconds = _STRETCH_SECONDS if first else 0.5
            answered: Run = loader.ask(Job(shop.url, shop.baskets(), seconds))
            done += checked(shop, answered).count
            now = resident_mib(process.pid)
            if done >= _FIRST and not first:
                first = now
                bare.run(bare.gather_statistics(dsn))
            curve.append((done, round(now, 1)))
            if stretch % _SHOWN_EVERY == 0 or done >= checkouts:
                print(f"{done:>10,}{now:>14.1f}{answered.rate:>13.0f}", flush=True)
            if done >= checkouts:
                break
    finish(
        Figure(
            name="memory",
            title=f"resident memory after {done:,} checkouts ÷ after {_FIRST:,}",
            bound=RATIO_MAX,
            at_least=False,
            ratios=[curve[-1][1] / first],
            details={"checkouts": done, "firstMiB": round(first, 1), "curve": curve},
        ),
        results,
    )
