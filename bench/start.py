"""From the start of the process to the first checkout: embedded database, warm data directory."""

import asyncio
import tempfile
import time
from pathlib import Path

from bench.results import Figure, finish
from src_system.client import ControlPort
from src_system.client.server import LaunchedServer, start_server

SECONDS_MAX = 5.0
_SANDBOX = "start"
_EMAIL = "ana@shop.test"


def run(*, rounds: int, results: Path) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="src-system-bench-") as name:
        home = Path(name)
        options = (f"--data-dir={home / 'data'}",)
        with start_server(home, *options) as first:
            asyncio.run(_furnish(first))
        taken, ready = [], []
        print(f"{'round':>5}{'ready after s':>15}{'checkout after s':>18}")
        for number in range(1, rounds + 1):
            began = time.monotonic()
            with start_server(home, *options) as server:
                ready.append(time.monotonic() - began)
                asyncio.run(_check_out(server))
                taken.append(time.monotonic() - began)
            print(f"{number:>5}{ready[-1]:>15.2f}{taken[-1]:>18.2f}", flush=True)
    finish(
        Figure(
            name="start",
            title="seconds from start to first checkout",
            bound=SECONDS_MAX,
            at_least=False,
            ratios=taken,
            details={"ready": [round(one, 3) for one in ready]},
        ),
        results,
    )


async def _furnish(server: LaunchedServer) -> None:
    """One consumer with one card, there for all rounds."""
    async with server.control_port() as port:
        sandbox = await port.create_sandbox(_SANDBOX)
        await sandbox.add_consumer(_EMAIL, cards={"visa": "4111111111111111"})


async def _check_out(server: LaunchedServer) -> None:
    """Everything that a first checkout takes: the code, the profile, the payload opened."""
    async with ControlPort(server.control, token=server.control_token) as port:
        sandbox = await port.sandbox(_SANDBOX)
        shop = sandbox.initiator(networks=["visa"])
        profiles = await shop.sign_in(_EMAIL, sandbox.otps.code)
        card = profiles["visa"].cards[0]
        await shop["visa"].checkout(card.src_digital_card_id, amount="12.34")
