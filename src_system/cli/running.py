"""What `serve`, `demo`, `migrate` and `seed` do alike: start the database, run, stop cleanly."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from typing import Any, TypeVar

import msgspec
import structlog

from src_system import __version__
from src_system.app import Server, bring_up_to_date, open_vault, running_server
from src_system.cli.options import EXIT_INTERRUPTED, EnvironmentFailed
from src_system.clock import machine_now
from src_system.config import Config
from src_system.crypto.certificate_authority import CertificateRefused
from src_system.crypto.vault import Vault, VaultKeyError
from src_system.log import configure_logging
from src_system.store.database import DatabaseBusy, DatabaseUnavailable
from src_system.store.embedded import EmbeddedPostgres, EmbeddedPostgresError
from src_system.store.migrations import MigrationError

_Result = TypeVar("_Result")
_FAILURES = (
    EmbeddedPostgresError,
    DatabaseUnavailable,
    DatabaseBusy,
    MigrationError,
    VaultKeyError,
    CertificateRefused,
    OSError,
)


@contextlib.contextmanager
def database_of(config: Config, on_progress: Callable[[str], None]) -> Iterator[str]:
    """The DSN of the user's own server, or of an embedded one that lives as long as the block."""
    if config.database_url is not None:
        yield config.database_url
        return
    embedded = EmbeddedPostgres.start(
        None if config.ephemeral else config.data_dir,
        ephemeral=config.ephemeral,
        program_cache=config.data_dir / "programs",
        on_progress=on_progress,
    )
    try:
        yield embedded.dsn
    finally:
        embedded.stop()


@contextlib.contextmanager
def one_line_errors() -> Iterator[None]:
    """Failures of the environment become one line and exit code 4."""
    try:
        yield
    except _FAILURES as error:
        text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise EnvironmentFailed(text or type(error).__name__) from error


def set_up_logging(config: Config, *, quiet: bool = False) -> None:
    """Logs go to stderr: JSON, or for people on a terminal."""
    is_terminal = sys.stderr.isatty()
    as_json = config.log_format == "json" or (config.log_format == "auto" and not is_terminal)
    configure_logging(
        sys.stderr,
        json=as_json,
        level="error" if quiet else config.log_level,
        now=machine_now,
        colors=is_terminal,
    )


def run(main: Coroutine[Any, Any, _Result]) -> _Result:
    """Run *main* on uvloop where there is one."""
    try:
        import uvloop
    except ImportError:
        return asyncio.run(main)
    return uvloop.run(main)


async def serve_until_stopped(
    config: Config,
    dsn: str,
    vault: Vault,
    when_ready: Callable[[Server], Awaitable[int | None]],
) -> int:
    """Serve until SIGTERM (exit 0) or Ctrl-C (130), or until *when_ready* answers an exit code."""
    stopped: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def stop(code: int) -> None:
        if not stopped.done():
            stopped.set_result(code)

    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop, 0)
    loop.add_signal_handler(signal.SIGHUP, stop, 0)
    loop.add_signal_handler(signal.SIGINT, stop, EXIT_INTERRUPTED)
    await bring_up_to_date(dsn, may_migrate=config.database_url is None or config.migrate)
    async with running_server(config, dsn, vault) as server:
        ready = asyncio.create_task(_report(when_ready, server, stop))
        try:
            code = await stopped
        finally:
            ready.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await ready
    structlog.get_logger().info("stopped")
    return code


async def _report(
    when_ready: Callable[[Server], Awaitable[int | None]],
    server: Server,
    stop: Callable[[int], None],
) -> None:
    code = await when_ready(server)
    if code is not None:
        stop(code)


def start(
    config: Config,
    when_ready: Callable[[Server], Awaitable[int | None]],
    on_progress: Callable[[str], None],
) -> int:
    """Database, vault, server, and back; the exit code."""
    with one_line_errors(), database_of(config, on_progress) as dsn:
        vault = open_vault(config)
        return run(serve_until_stopped(config, dsn, vault, when_ready))


def announce(config: Config, server: Server) -> None:
    """Print the ready line (contract, section 2), and write it to --ready-file."""
    line = msgspec.json.encode(
        {
            "event": "ready",
            "protocol": server.protocol,
            "control": server.control,
            "control_token": server.control_token,
            "tls_ca": server.tls_ca,
            "version": __version__,
        }
    ).decode()
    print(line, flush=True)
    if config.ready_file is not None:
        # In one step: who waits for the file never reads half of it.
        partial = config.ready_file.with_name(config.ready_file.name + ".partial")
        partial.write_text(line + "\n")
        partial.replace(config.ready_file)
