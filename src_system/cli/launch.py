"""`src-system seed --profile launch`: shops first, then consumers, on every core there is."""

import asyncio
import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from typing import Any

from src_system.app import installation_of, open_vault, run
from src_system.cli.options import EnvironmentFailed, read_config
from src_system.cli.progress import Progress
from src_system.clock import machine_now, monotonic
from src_system.config import Config
from src_system.fixtures.key_pool import ClientKeyPool
from src_system.fixtures.launch.enrolling import CHUNK_PEOPLE, Enrolled, LaunchSandbox
from src_system.fixtures.launch.onboarding import CHUNK_SHOPS, Onboarded, Onboarding
from src_system.fixtures.new_sandbox import ensure_default_sandbox
from src_system.model.identifiers import SandboxName
from src_system.store.bulk_enrolment import gather_statistics

_STATEMENT_MS = 600_000  # a chunk of rows, or the statistics of a large table
_PROCESSES_MAX = 8
_ALONE_MAX = 4 * CHUNK_PEOPLE  # fewer people than this need no further processes
_WAITING_PER_PROCESS = 3


@dataclass(frozen=True, slots=True)
class LaunchSize:
    """How many shops and people are wanted."""

    dpas: int
    consumers: int


@dataclass(frozen=True, slots=True)
class Launched:
    """What was added, what was there, and how long it took, in seconds of this machine."""

    onboarded: Onboarded
    enrolled: Enrolled
    consumer_seconds: float
    seconds: float

    @property
    def is_nothing(self) -> bool:
        """Whether everything had been there before."""
        return not (self.onboarded.clients or self.onboarded.dpas or self.enrolled.people)


def patient(config: Config) -> Config:
    """The same for a process that writes much and answers nobody."""
    limits = replace(
        config.limits,
        database_statement_timeout_ms=_STATEMENT_MS,
        database_pool_min=1,
        database_pool_max=2,
    )
    return replace(config, limits=limits)


def launch(
    config: Config, flags: dict[str, Any], dsn: str, sandbox: str, size: LaunchSize
) -> Launched:
    """Bring everything into the sandbox that is not there yet.

    *flags* are those that *config* was read from: further processes read them again.
    Raises NotFound when there is no such sandbox.
    """
    config = patient(config)
    started = monotonic()
    with Progress("DPAs", size.dpas) as progress:
        onboarded = run(_onboard(config, dsn, sandbox, size.dpas, progress))
    people_started = monotonic()
    with Progress("consumers", size.consumers) as progress:
        if size.consumers <= _ALONE_MAX:
            enrolled = run(_enrol_alone(config, dsn, sandbox, size.consumers, progress))
        else:
            enrolled = _enrol_on_all_cores(flags, dsn, sandbox, size.consumers, progress)
    people_seconds = monotonic() - people_started
    if onboarded.dpas or enrolled.people:
        run(_gather_statistics(config, dsn))
    return Launched(onboarded, enrolled, people_seconds, monotonic() - started)


async def _onboard(
    config: Config, dsn: str, sandbox: str, dpas: int, progress: Progress
) -> Onboarded:
    total = Onboarded()
    async with installation_of(config, dsn, open_vault(config), public_url="") as installation:
        key_pool = ClientKeyPool(config.limits.client_key_pool)
        try:
            await ensure_default_sandbox(installation, key_pool, now=machine_now())
            onboarding = await Onboarding.open(installation, key_pool, SandboxName(sandbox))
            if dpas:
                total += await onboarding.add_initiators()
            for first, count in _chunks(dpas, CHUNK_SHOPS):
                total += await onboarding.add_shops(first, count)
                progress.advance(count)
        finally:
            await key_pool.close()
    return total


async def _enrol_alone(
    config: Config, dsn: str, sandbox: str, consumers: int, progress: Progress
) -> Enrolled:
    total = Enrolled()
    async with installation_of(config, dsn, open_vault(config), public_url="") as installation:
        launch_sandbox = await LaunchSandbox.open(installation, SandboxName(sandbox))
        for first, count in _chunks(consumers, CHUNK_PEOPLE):
            total += await launch_sandbox.enrol(first, count)
            progress.advance(count)
    return total


async def _gather_statistics(config: Config, dsn: str) -> None:
    async with (
        installation_of(config, dsn, open_vault(config), public_url="") as installation,
        installation.database.connection() as tx,
    ):
        await gather_statistics(tx)


def _chunks(total: int, size: int) -> Iterator[tuple[int, int]]:
    """(first, count) of each chunk."""
    for first in range(0, total, size):
        yield first, min(size, total - first)


def _enrol_on_all_cores(
    flags: dict[str, Any], dsn: str, sandbox: str, consumers: int, progress: Progress
) -> Enrolled:
    total = Enrolled()
    executor = ProcessPoolExecutor(
        _cores(),
        # A fresh interpreter: what this one holds open, connections and all, stays its own.
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_begin,
        initargs=(flags, dsn, sandbox),
    )
    try:
        running: dict[Future[Enrolled], int] = {}
        for first, count in _chunks(consumers, CHUNK_PEOPLE):
            running[executor.submit(_enrol_chunk, first, count)] = count
            while len(running) >= _WAITING_PER_PROCESS * _cores():
                total += _collect(running, progress)
        while running:
            total += _collect(running, progress)
    except BrokenProcessPool as error:
        raise EnvironmentFailed(
            "a helping process ended early; run the command again, it goes on where it was"
        ) from error
    finally:
        executor.shutdown(cancel_futures=True)
    return total


def _collect(running: dict[Future[Enrolled], int], progress: Progress) -> Enrolled:
    """Wait for a chunk or more; what they added."""
    done, _ = wait(running, return_when=FIRST_COMPLETED)
    total = Enrolled()
    for future in done:
        progress.advance(running.pop(future))
        total += future.result()
    return total


def _cores() -> int:
    """How many this process may use, as far as the system tells."""
    usable = getattr(os, "sched_getaffinity", None)
    return min(len(usable(0)) if usable else os.cpu_count() or 1, _PROCESSES_MAX)


class _Helper:
    """What a further process keeps between two chunks."""

    runner: asyncio.Runner
    stack: contextlib.AsyncExitStack
    sandbox: LaunchSandbox


def _begin(flags: dict[str, Any], dsn: str, sandbox: str) -> None:
    """Make this process ready: it ends with its parent and leaves Ctrl-C to it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    parent = multiprocessing.parent_process()
    if parent is not None:

        def end_with_parent() -> None:
            parent.join()
            os._exit(1)

        threading.Thread(target=end_with_parent, daemon=True).start()
    config = patient(read_config(flags))
    _Helper.runner = asyncio.Runner()
    _Helper.sandbox = _Helper.runner.run(_open(config, dsn, sandbox))


async def _open(config: Config, dsn: str, sandbox: str) -> LaunchSandbox:
    _Helper.stack = contextlib.AsyncExitStack()
    installation = await _Helper.stack.enter_async_context(
        installation_of(config, dsn, open_vault(config), public_url="")
    )
    return await LaunchSandbox.open(installation, SandboxName(sandbox))


def _enrol_chunk(first: int, count: int) -> Enrolled:
    return _Helper.runner.run(_Helper.sandbox.enrol(first, count))
