"""The machine: PostgreSQL and the load on one core, what is measured on another."""

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from src_system.cli.running import database_of
from src_system.config import load

_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
_STOP_SECONDS = 20


class BenchFailed(Exception):
    """Nothing can be said: the machine, the server or an answer is not as it must be."""


@dataclass(frozen=True, slots=True)
class Cores:
    """`server` is for what is measured, `others` for PostgreSQL, the load and this program."""

    server: int
    others: int


def two_cores() -> Cores:
    """The last and the first core this process may use; BenchFailed with fewer than two."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        raise BenchFailed("two cores are needed: one for the server, one for everything else")
    return Cores(server=cores[-1], others=cores[0])


@contextlib.contextmanager
def held_to(core: int) -> Iterator[None]:
    """Hold this thread, and for ever the processes it starts meanwhile, to one core."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def busy_seconds(core: int) -> float:
    """How long the core has worked so far, for whomever."""
    for line in Path("/proc/stat").read_text().splitlines():
        name, *ticks = line.split()
        if name == f"cpu{core}":
            user, nice, system, _idle, _waiting, *interrupts = map(int, ticks[:8])
            return (user + nice + system + sum(interrupts)) / _TICKS_PER_SECOND
    raise BenchFailed(f"the kernel says nothing of core {core}")


@dataclass(frozen=True, slots=True)
class _Process:
    parent: int
    seconds: float  # its CPU time and that of its children that have ended


def _processes() -> dict[int, _Process]:
    found = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError):  # a process may end while we look
                fields = _stat(int(folder.name))
                ticks = sum(map(int, fields[11:15]))
                found[int(folder.name)] = _Process(int(fields[1]), ticks / _TICKS_PER_SECOND)
    return found


def own_seconds(core: int) -> float:
    """How long this process and its descendants that are held to the core have worked so far."""
    total, found = 0.0, _processes()
    for pid, process in found.items():
        ancestor = pid
        while ancestor in found and ancestor != os.getpid():
            ancestor = found[ancestor].parent
        if ancestor == os.getpid():
            with contextlib.suppress(OSError):
                if os.sched_getaffinity(pid) == {core}:
                    total += process.seconds
    return total


def cpu_seconds(pid: int) -> float:
    """CPU time of a process so far."""
    fields = _stat(pid)
    return (int(fields[11]) + int(fields[12])) / _TICKS_PER_SECOND


def _stat(pid: int) -> list[str]:
    """The fields of /proc/pid/stat from the third, the state, on."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


class Foreign:
    """How much of the two cores others have taken since this was made."""

    def __init__(self, cores: Cores) -> None:
        self._cores = (cores.server, cores.others)
        self._start, self._before = time.perf_counter(), self._seconds()

    def _seconds(self) -> list[float]:
        return [busy_seconds(core) - own_seconds(core) for core in self._cores]

    def share(self) -> float:
        """The larger of the cores' shares, from 0 to 1."""
        elapsed = time.perf_counter() - self._start
        taken = zip(self._seconds(), self._before, strict=True)
        return max(0.0, *((now - before) / elapsed for now, before in taken))


def resident_mib(pid: int) -> float:
    """Resident memory of a process, in MiB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise BenchFailed(f"the kernel says nothing of the memory of process {pid}")


def family_seconds(pid: int) -> float:
    """CPU time of a process and of its descendants so far."""
    total, found = 0.0, _processes()
    for member, process in found.items():
        ancestor = member
        while ancestor in found and ancestor != pid:
            ancestor = found[ancestor].parent
        if ancestor == pid:
            total += process.seconds
    return total


def on(core: int | None) -> contextlib.AbstractContextManager[None]:
    """`held_to` a core, or nothing for None."""
    return contextlib.nullcontext() if core is None else held_to(core)


@contextlib.contextmanager
def postgres(core: int | None) -> Iterator[str]:
    """The DSN of an ephemeral embedded PostgreSQL whose processes keep to *core*, or to none."""
    with contextlib.ExitStack() as stack:
        with on(core):
            config = load({"ephemeral": "true"}, {})
            dsn = stack.enter_context(database_of(config, lambda _step: None))
        yield dsn


@dataclass(frozen=True, slots=True)
class ServerProcess:
    """A running `serve`: its two addresses and its process."""

    protocol: str
    control: str
    pid: int


@contextlib.contextmanager
def server(
    core: int | None,
    dsn: str,
    folder: Path,
    *,
    workers: int = 1,
    options: Sequence[str] = (),
    module: str = "src_system",
) -> Iterator[ServerProcess]:
    """A server held to *core*, or to none; its JSON log is a file in *folder*.

    *module* is the program.
    """
    log = folder / f"server-{time.monotonic_ns()}.log"
    command = [sys.executable, "-m", module, "serve"]
    settings = [
        "--listen=127.0.0.1:0",
        "--control=127.0.0.1:0",
        f"--database-url={dsn}",
        "--migrate",
        f"--data-dir={folder / 'data'}",
        "--log-format=json",
    ]
    if workers > 1:
        settings.append(f"--workers={workers}")
    with log.open("wb") as log_file, on(core):
        process = subprocess.Popen(
            [*command, *settings, *options], stdout=subprocess.PIPE, stderr=log_file
        )
    try:
        line = process.stdout.readline() if process.stdout else b""
        if not line:
            raise BenchFailed(f"the server did not start: {log.read_text()[-2000:]}")
        ready = json.loads(line)
        yield ServerProcess(ready["protocol"], ready["control"], process.pid)
    finally:
        process.terminate()
        process.wait(_STOP_SECONDS)
        if process.stdout:
            process.stdout.close()
