"""Where a checkout's time goes: each stage called by itself, beside the cost of the whole."""

import asyncio
import inspect
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import web

from bench import bare, load
from bench.checkout_parts import Parts
from bench.efficiency import checked, job_of, warm_up
from bench.load import Job, Run, Worker
from bench.machine import postgres, two_cores
from bench.shop import Shop
from src_system.app import Server, bring_up_to_date, open_vault, running_server
from src_system.clock import machine_now
from src_system.config import Config
from src_system.config import load as load_config
from src_system.log import configure_logging

_STAGE_SECONDS = 0.4
_MICRO = 1e6


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds per call: of the clock on the wall, and of this process's CPU."""

    name: str
    wall: float
    cpu: float
    is_part: bool  # of the stage before: not added again


def run(*, seconds: float) -> None:
    """Measure and print. Server and stages run in this process, held to the server's core."""
    cores = two_cores()
    with (
        tempfile.TemporaryDirectory(prefix="src-system-bench-") as folder,
        postgres(cores.others) as dsn,
        Worker(cores.others, load.work) as loader,
    ):
        os.sched_setaffinity(0, {cores.server})
        config = load_config(
            {
                "listen": "127.0.0.1:0",
                "control": "127.0.0.1:0",
                "database_url": dsn,
                "data_dir": str(Path(folder) / "data"),
            },
            {},
        )
        with (Path(folder) / "server.log").open("w") as log:
            configure_logging(log, json=True, level="info", now=machine_now)
            bare.run(_measure(config, dsn, loader, seconds))


async def _measure(config: Config, dsn: str, loader: Worker, seconds: float) -> None:
    await bring_up_to_date(dsn, may_migrate=True)
    async with running_server(config, dsn, open_vault(config)) as server:
        shop = await asyncio.to_thread(Shop.at, server.protocol, server.control)
        await asyncio.to_thread(warm_up, shop, loader)
        await bare.gather_statistics(dsn)
        job = await asyncio.to_thread(job_of, shop, seconds)
        whole, wall = await _under_load(loader, shop, job)
        http = await _bare_http(loader, job)
        stages = await _stages(server, shop)
    _report(whole, wall, http, stages)


async def _under_load(loader: Worker, shop: Shop, job: Job) -> tuple[float, float]:
    """CPU of this process and time on the wall per checkout, the server answering as ever."""
    before = time.process_time()
    answered: Run = await asyncio.to_thread(loader.ask, job)
    cpu = (time.process_time() - before) / answered.count
    await asyncio.to_thread(checked, shop, answered)
    return cpu, 1 / answered.rate


async def _bare_http(loader: Worker, job: Job) -> float:
    """CPU per request of aiohttp alone: the same load, read and answered with as many bytes."""
    canned = b'{"checkoutResponse":"' + b"x" * 3_800 + b'"}'

    async def handle(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(body=canned, content_type="application/json")

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", handle)
    runner = web.AppRunner(application, access_log=None, handler_cancellation=False)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    alone = Job(f"http://{host}:{port}", job.baskets, job.seconds / 2)
    before = time.process_time()
    answered: Run = await asyncio.to_thread(loader.ask, alone)
    cpu = (time.process_time() - before) / answered.count
    await runner.cleanup()
    return cpu


async def _stages(server: Server, shop: Shop) -> list[Cost]:
    parts = await Parts.prepare(server, shop)
    costs = []
    for name, call, is_part in parts.stages():
        costs.append(await _cost(name, call, is_part=is_part))
    return costs


async def _cost(name: str, call: Callable[[], Any], *, is_part: bool) -> Cost:
    """Repeat *call* for a while, one at a time."""
    is_async = inspect.iscoroutinefunction(call)
    count = 0
    cpu, start = time.process_time(), time.perf_counter()
    deadline = start + _STAGE_SECONDS
    while time.perf_counter() < deadline:
        if is_async:
            await call()
        else:
            call()
        count += 1
    cpu, wall = time.process_time() - cpu, time.perf_counter() - start
    return Cost(name, wall / count, cpu / count, is_part)


def _report(whole: float, wall: float, http: float, stages: list[Cost]) -> None:
    costs = [Cost("HTTP: aiohttp alone, read and answer", http, http, is_part=False), *stages]
    named = sum(cost.cpu for cost in costs if not cost.is_part)
    print(f"{'µs per checkout':<50}{'wall':>8}{'CPU':>8}{'share':>8}")
    for cost in costs:
        name = f"  of which {cost.name}" if cost.is_part else cost.name
        share = "" if cost.is_part else f"{cost.cpu / whole:8.0%}"
        print(f"{name:<50}{cost.wall * _MICRO:8.1f}{cost.cpu * _MICRO:8.1f}{share}")
    rest = whole - named
    print(
        f"{'the rest: tasks, waits, cold caches':<50}{'':8}{rest * _MICRO:8.1f}{rest / whole:8.0%}"
    )
    print(f"{'whole, under load':<50}{wall * _MICRO:8.1f}{whole * _MICRO:8.1f}{1:8.0%}")
    largest = sorted((c for c in costs if not c.is_part), key=lambda c: -c.cpu)[:3]
    print("largest: " + "; ".join(f"{c.name} {c.cpu * _MICRO:.0f} µs" for c in largest))
