"""A PostgreSQL whose data outlives it, on one address through all its restarts."""

import asyncio
import shutil
import signal
import subprocess
from pathlib import Path

import asyncpg  # type: ignore[import-untyped, unused-ignore]

from src_system.store import embedded
from src_system.store.postgres_cluster import DATABASE, USER, make_cluster
from src_system.store.postgres_programs import find_programs, reachable_programs, server_account

FAST = signal.SIGINT
IMMEDIATE = signal.SIGQUIT  # as after a power cut: what was not on disk is gone
LIMIT_SECONDS = 30.0


class RestartablePostgres:
    """Started durably: what it has committed, it still has after any end."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._account = server_account(None)
        self._run_directory, self._lock = embedded._make_run_directory(self._account)
        self._programs = reachable_programs(
            find_programs(None),
            self._account,
            program_cache=home / "programs",
            run_directory=self._run_directory,
            on_progress=print,
        )
        make_cluster(self._programs, home, self._account, durable=True)
        socket_folder = embedded._socket_folder(self._run_directory)
        self.dsn = f"postgresql://{USER}@/{DATABASE}?host={socket_folder}"
        self._process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        """Until it accepts connections. From the main thread, with which it ends."""
        with embedded._open_log(self._home) as log:
            self._process = embedded._spawn(
                self._programs,
                self._home / "postgres",
                self._run_directory,
                self._account,
                log,
                None,
                False,
            )
        async with asyncio.timeout(LIMIT_SECONDS):
            while True:
                try:
                    connection = await asyncpg.connect(self.dsn)
                except (OSError, asyncpg.PostgresError):
                    await asyncio.sleep(0.05)
                    continue
                await connection.close()
                return

    async def end(self, how: signal.Signals) -> None:
        """Send *how* and wait until it is gone."""
        assert self._process is not None
        self._process.send_signal(how)
        await asyncio.to_thread(self._process.wait, LIMIT_SECONDS)

    async def remove(self) -> None:
        """End it for good."""
        await self.end(FAST)
        shutil.rmtree(self._run_directory, ignore_errors=True)
        self._lock.release()
