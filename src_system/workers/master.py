"""The master: binds the ports, starts a worker for each slot, replaces the dead, stops them all."""

import asyncio
import contextlib
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import structlog

from src_system.app import control_token_of, open_vault, prepare, transport_security
from src_system.clock import monotonic
from src_system.config import Config, process_environment
from src_system.metrics import SHARED_VARIABLE, forget_process
from src_system.ports.sockets import bind_for_workers, url_of
from src_system.store.postgres_settings import CONNECTIONS_MAX
from src_system.workers.channel import METRICS, Order, Report, decode_report, encode_order

_log = structlog.get_logger()

# A worker that answered for so long did not die of its start: it is replaced at once.
STEADY_SECONDS = 5.0
PAUSE_FIRST_SECONDS = 0.25
PAUSE_MAX_SECONDS = 5.0
# The worker's own limit for requests under way, and time to close its connections.
STOP_SECONDS = 25.0
_SPARE_CONNECTIONS = 10  # PostgreSQL's own reserve, migrations, and somebody who looks


class WorkersFailed(Exception):
    """A worker could not start at all; the message is one line that says why."""


@dataclass(frozen=True, slots=True)
class Crew:
    """Workers that answer: where, and with what token the control port wants."""

    protocol: str
    control: str
    control_token: str | None
    tls_ca: str | None


@dataclass(slots=True)
class _Slot:
    """One worker's place: its sockets outlive it, so that its successor finds who waits there."""

    number: int
    protocol: socket.socket
    control: socket.socket
    answered: asyncio.Future[None]  # set by the first worker here; WorkersFailed when it cannot
    deaths: int = 0  # in a row, of workers that were not steady
    process: asyncio.subprocess.Process | None = None
    answers_since: float | None = None  # monotonic; None while its worker is still starting


@dataclass(slots=True)
class _Master:
    """What all slots share."""

    config: Config
    dsn: str
    folder: Path
    slots: list[_Slot] = field(default_factory=list)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    async def keep(self, slot: _Slot) -> None:
        """Have a worker in *slot*, again and again, until the master stops."""
        while not self.stopping.is_set():
            slot.answers_since = None
            report = await self._one_life(slot)
            if self.stopping.is_set():
                return
            if not slot.answered.done():
                slot.answered.set_exception(
                    WorkersFailed(f"worker {slot.number} could not start: {report.problem}")
                )
                return
            since = slot.answers_since
            is_steady = since is not None and monotonic() - since > STEADY_SECONDS
            slot.deaths = 0 if is_steady else slot.deaths + 1
            pause = 0.0
            if slot.deaths > 1:
                pause = min(PAUSE_FIRST_SECONDS * 2 ** (slot.deaths - 2), PAUSE_MAX_SECONDS)
            _log.error(
                "worker_died", worker=slot.number, problem=report.problem, replaced_in_seconds=pause
            )
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self.stopping.wait()

    async def _one_life(self, slot: _Slot) -> Report:
        """Start a worker and wait for its end; the report says what it died of."""
        ours, theirs = socket.socketpair()
        try:
            passed = (theirs.fileno(), slot.protocol.fileno(), slot.control.fileno())
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "src_system.workers.worker",
                *map(str, passed),
                pass_fds=passed,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,  # the ready line is the master's
                env={**process_environment(), SHARED_VARIABLE: str(self.folder / METRICS)},
                # Ctrl-C in the terminal is for the master, which then tells its workers.
                process_group=0,
            )
        except OSError as error:
            ours.close()
            return Report(problem=f"no process for it: {error.strerror}")
        finally:
            theirs.close()
        slot.process = process
        if self.stopping.is_set():
            _send(process, signal.SIGTERM)
        reader, writer = await asyncio.open_unix_connection(sock=ours)
        try:
            writer.write(encode_order(Order(slot.number, self.config, self.dsn, self.folder)))
            report = await _report(reader)
            if report.problem is None and not self.stopping.is_set():
                slot.answers_since = monotonic()
                _log.info("worker_answers", worker=slot.number, pid=process.pid)
                if not slot.answered.done():
                    slot.answered.set_result(None)
            code = await process.wait()
        finally:
            writer.close()
            forget_process(self.folder / METRICS, process.pid)
        return report if report.problem else Report(problem=_how_it_ended(code))

    async def stop(self, keepers: list[asyncio.Task[None]]) -> None:
        """Tell every worker to finish what it has begun, and wait until they are gone."""
        self.stopping.set()
        for slot in self.slots:
            # From now on nobody is let in: a worker closes its own copy of the socket as well.
            slot.protocol.close()
            slot.control.close()
        self._send_all(signal.SIGTERM)
        _, late = await asyncio.wait(keepers, timeout=STOP_SECONDS)
        if late:
            _log.error("workers_killed", problem=f"they did not end within {STOP_SECONDS:g} s")
            self._send_all(signal.SIGKILL)
        await asyncio.gather(*keepers)

    def _send_all(self, sent: signal.Signals) -> None:
        for slot in self.slots:
            if slot.process is not None:
                _send(slot.process, sent)


@contextlib.asynccontextmanager
async def running_workers(config: Config, dsn: str) -> AsyncIterator[Crew]:
    """Have `config.workers` workers answer on both ports until the block ends.

    Raises OSError when an address cannot be bound, WorkersFailed when a worker cannot start,
    DatabaseUnavailable, DatabaseBusy, VaultKeyError, CertificateRefused.
    """
    async with contextlib.AsyncExitStack() as stack:
        protocol, control = (
            [stack.enter_context(one) for one in bind_for_workers(address, config.workers)]
            for address in (config.listen, config.control)
        )
        protocol_url = url_of(config.listen, protocol[0], tls=config.tls != "off")
        folder = Path(tempfile.mkdtemp(prefix="src-system-workers-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        (folder / METRICS).mkdir()
        config = _settled(config, protocol_url, folder)
        tls = transport_security(config, stack)
        await prepare(config, dsn, open_vault(config), public_url=config.public_url or protocol_url)
        loop = asyncio.get_running_loop()
        master = _Master(config, dsn, folder)
        master.slots += [
            _Slot(number, ours, theirs, loop.create_future())
            for number, (ours, theirs) in enumerate(zip(protocol, control, strict=True), 1)
        ]
        keepers = [asyncio.create_task(master.keep(slot)) for slot in master.slots]
        try:
            await asyncio.gather(*(slot.answered for slot in master.slots))
            yield Crew(
                protocol_url,
                url_of(config.control, control[0]),
                config.control_token,
                None if tls is None or tls.ca_path is None else str(tls.ca_path),
            )
        finally:
            await master.stop(keepers)


def _settled(config: Config, protocol_url: str, folder: Path) -> Config:
    """The configuration with everything chosen once for all workers, so that none chooses anew.

    What an ephemeral server makes for itself, its workers find in the *folder* of the run.
    """
    limits = config.limits
    if config.database_url is None:
        room = max(1, (CONNECTIONS_MAX - _SPARE_CONNECTIONS) // config.workers)
        limits = replace(
            limits,
            database_pool_max=min(limits.database_pool_max, room),
            database_pool_min=min(limits.database_pool_min, room),
        )
    return replace(
        config,
        public_url=config.public_url or protocol_url,
        control_token=control_token_of(config),
        data_dir=folder if config.ephemeral else config.data_dir,
        ephemeral=False,
        limits=limits,
        sources={},
    )


async def _report(reader: asyncio.StreamReader) -> Report:
    try:
        return decode_report(await reader.readline())
    except ConnectionError:
        return decode_report(b"")


def _send(process: asyncio.subprocess.Process, sent: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(sent)


def _how_it_ended(code: int) -> str:
    if code < 0:
        with contextlib.suppress(ValueError):
            return f"it was ended by {signal.Signals(-code).name}"
    return f"it ended with exit code {code}"
