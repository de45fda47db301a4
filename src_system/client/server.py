"""A server in a process of its own: started, waited for, stopped; for tests that want one."""

import ssl
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from src_system.client.control_port import ControlPort
from src_system.client.errors import SrcSystemError
from src_system.client.transport import Transport
from src_system.clock import monotonic
from src_system.config import PREFIX, process_environment

START_SECONDS = 60.0
STOP_SECONDS = 60.0
_POLL_SECONDS = 0.02
_FREE_PORTS = ("--listen=127.0.0.1:0", "--control=127.0.0.1:0")
_COMMAND = (sys.executable, "-m", "src_system", "serve")


class ServerFailed(SrcSystemError):
    """The server did not start; the text holds its own one line."""


class ReadyLine(msgspec.Struct, frozen=True, kw_only=True):
    """What a server says of itself when it is ready (contract, section 2)."""

    protocol: str
    control: str
    control_token: str | None = None
    tls_ca: str | None = None
    version: str


@dataclass(slots=True)
class LaunchedServer:
    """A server that was started here: where it is, where its log is. `with` stops it at the end."""

    protocol: str
    control: str
    control_token: str | None = field(repr=False)
    tls_ca: Path | None
    version: str
    log: Path
    process: subprocess.Popen[bytes] = field(repr=False)

    @property
    def pid(self) -> int:
        """The process's number; that of the master where there are workers."""
        return self.process.pid

    def control_port(self, transport: Transport | None = None) -> ControlPort:
        """Its control port."""
        return ControlPort(
            self.control,
            token=self.control_token,
            ssl_context=ssl_context_of(self.tls_ca),
            transport=transport,
        )

    def stop(self, seconds: float = STOP_SECONDS) -> int:
        """End it in good order, by force after so many *seconds*; the exit code."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()


def start_server(
    home: Path,
    *arguments: str,
    command: Sequence[str] = _COMMAND,
    seconds: float = START_SECONDS,
    environment: dict[str, str] | None = None,
) -> LaunchedServer:
    """A server that is ready, on free ports unless *arguments* of `serve` say otherwise.

    Its log goes to `server.log` in the folder *home*. Variables `SRC_SYSTEM_…` of this process do
    not reach it, so that a run does not depend on who makes it; *environment* adds others.
    ServerFailed when it ends, or is not ready in time.
    """
    log, ready_file = home / "server.log", home / "ready.json"
    ready_file.unlink(missing_ok=True)
    inherited = {
        name: value for name, value in process_environment().items() if not name.startswith(PREFIX)
    }
    with log.open("wb") as written:
        try:
            process = subprocess.Popen(  # noqa: S603 - our own program
                [*command, *_FREE_PORTS, f"--ready-file={ready_file}", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=written,
                env={**inherited, **(environment or {})},
            )
        except OSError as error:
            raise ServerFailed(f"{command[0]} cannot be started: {error.strerror}") from error
    deadline = monotonic() + seconds
    while not ready_file.exists():
        code = process.poll()
        if code is not None:
            raise ServerFailed(
                f"The server did not start (exit code {code}): {_last_line(log)} (log: {log})"
            )
        if monotonic() > deadline:
            process.kill()
            process.wait()
            raise ServerFailed(f"The server was not ready in {seconds:g} s (log: {log})")
        time.sleep(_POLL_SECONDS)
    try:
        ready = msgspec.json.decode(ready_file.read_bytes(), type=ReadyLine)
    except msgspec.MsgspecError as error:
        process.kill()
        process.wait()
        raise ServerFailed(f"{ready_file} holds no ready line of src-system serve") from error
    return LaunchedServer(
        protocol=ready.protocol,
        control=ready.control,
        control_token=ready.control_token,
        tls_ca=None if ready.tls_ca is None else Path(ready.tls_ca),
        version=ready.version,
        log=log,
        process=process,
    )


def ssl_context_of(authority: Path | None) -> ssl.SSLContext | None:
    """What trusts the simulator's own authority; None without one."""
    return None if authority is None else ssl.create_default_context(cafile=str(authority))


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1].removeprefix("Error: ") if lines else "it said nothing"
