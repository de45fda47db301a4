"""A PostgreSQL server of our own: owned by one process, and gone when that process is."""

import atexit
import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO, Self

from src_system.store.owner_lock import OwnerLock, polls
from src_system.store.postgres_cluster import DATABASE, USER, make_cluster, name_for_server
from src_system.store.postgres_programs import (
    Account,
    EmbeddedPostgresError,
    Programs,
    as_account,
    find_programs,
    may_enter,
    reachable_programs,
    server_account,
)
from src_system.store.postgres_settings import server_settings

__all__ = ["EmbeddedPostgres", "EmbeddedPostgresError"]

START_LIMIT_SECONDS = 120  # crash recovery of a large data directory takes its time
STOP_LIMIT_SECONDS = 20  # a checkpoint of a busy server; then the shutdown gets harsher
SOCKET_PATH_LIMIT_BYTES = 100  # sun_path holds 104 bytes on macOS, 108 on Linux
LOG_LIMIT_BYTES = 4 * 1024 * 1024

_RUN_PREFIX = "src-system-pg-"
# For root whose TMPDIR is closed to the server's account.
_OPEN_PLACES = (Path("/tmp"), Path("/var/tmp"))  # noqa: S108 - mkdtemp makes what is used in them
_PR_SET_PDEATHSIG = 1
_ON_LINUX = sys.platform == "linux"


def _say_nothing(_step: str) -> None:
    """Nobody wants to see the progress."""


class EmbeddedPostgres:
    """A running server; `dsn` reaches its database as its superuser over a private unix socket.

    Every local connection is trusted, because nobody else can make one: no TCP, and the socket lies
    in a directory of mode 0700 that belongs to the account of the server.
    """

    __slots__ = (
        "_data_lock",
        "_owner_pid",
        "_process",
        "_run_directory",
        "_run_lock",
        "dsn",
        "ephemeral",
    )

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        run_directory: Path,
        locks: tuple[OwnerLock, OwnerLock | None],
        *,
        ephemeral: bool,
    ) -> None:
        self._process = process
        self._run_directory = run_directory
        self._run_lock, self._data_lock = locks
        self._owner_pid: int | None = os.getpid()
        self.ephemeral = ephemeral
        self.dsn = f"postgresql://{USER}@/{DATABASE}?host={_socket_folder(run_directory)}"

    @classmethod
    def start(
        cls,
        data_dir: Path | None,
        *,
        ephemeral: bool,
        program_cache: Path,
        on_progress: Callable[[str], None] = _say_nothing,
    ) -> Self:
        """Start a server in `data_dir`, or in a temporary directory when `ephemeral`; blocks.

        Must be called from the main thread: Linux ends the server when the thread that spawned it
        ends. `program_cache` holds a copy of PostgreSQL when the server's account cannot reach the
        installed one. Raises EmbeddedPostgresError.
        """
        if threading.current_thread() is not threading.main_thread():
            raise EmbeddedPostgresError(
                "the embedded PostgreSQL must be started from the main thread"
            )
        if ephemeral == (data_dir is not None):
            raise EmbeddedPostgresError("give either --data-dir or --ephemeral")
        with contextlib.ExitStack() as undo:
            try:
                server = cls._start(data_dir, program_cache, on_progress, undo)
            except (OSError, subprocess.SubprocessError) as error:
                raise EmbeddedPostgresError(
                    f"cannot start the embedded PostgreSQL: {error};"
                    " mend that, choose another --data-dir, or give --database-url"
                ) from error
            undo.pop_all()
        atexit.register(server.stop)
        return server

    @classmethod
    def _start(
        cls,
        data_dir: Path | None,
        program_cache: Path,
        on_progress: Callable[[str], None],
        undo: contextlib.ExitStack,
    ) -> Self:
        data_lock = None
        if data_dir is not None:
            data_dir = data_dir.absolute()
            data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            data_lock = OwnerLock.take(data_dir, create=True)
            if data_lock is None:
                owner = OwnerLock.owner_of(data_dir)
                raise EmbeddedPostgresError(
                    f"data directory {data_dir} is in use by process {owner};"
                    " stop it or choose another --data-dir"
                )
            undo.callback(data_lock.release)
        account = server_account(data_dir / "postgres" if data_dir else None)
        _remove_orphaned_run_directories()
        run_directory, run_lock = _make_run_directory(account)
        undo.callback(run_lock.release)
        undo.callback(shutil.rmtree, run_directory, ignore_errors=True)
        home = data_dir or run_directory
        cluster = home / "postgres"
        stale_pid = _end_orphan(cluster)
        version_file = cluster / "PG_VERSION"
        programs = reachable_programs(
            find_programs(int(version_file.read_text()) if version_file.exists() else None),
            account,
            program_cache=program_cache,
            run_directory=run_directory,
            on_progress=on_progress,
        )
        if not cluster.exists():
            on_progress("creating the database")
            make_cluster(programs, home, account, durable=data_dir is not None)
        on_progress(f"starting PostgreSQL {programs.version}")
        ephemeral = data_dir is None
        with _open_log(home) as log:
            already_said = log.tell()
            process = _spawn(programs, cluster, run_directory, account, log, stale_pid, ephemeral)
        undo.callback(_end_child, process, (signal.SIGQUIT, signal.SIGKILL))
        _await_ready(process, cluster, home / "postgres.log", already_said, ephemeral=ephemeral)
        return cls(process, run_directory, (run_lock, data_lock), ephemeral=ephemeral)

    def stop(self) -> None:
        """Shut the server down and remove its temporary files; a second call does nothing.

        In a process forked from the owner it does nothing either: the server is not that process's.
        """
        if self._owner_pid != os.getpid():
            return
        self._owner_pid = None
        atexit.unregister(self.stop)
        # What is thrown away needs no checkpoint first.
        first = signal.SIGQUIT if self.ephemeral else signal.SIGINT
        _end_child(self._process, (first, signal.SIGQUIT, signal.SIGKILL))
        shutil.rmtree(self._run_directory, ignore_errors=True)
        self._run_lock.release()
        if self._data_lock is not None:
            self._data_lock.release()


def _temporary_places() -> Iterable[Path]:
    return dict.fromkeys((Path(tempfile.gettempdir()), *_OPEN_PLACES))


def _socket_folder(run_directory: Path) -> Path:
    return run_directory / "socket"


def _make_run_directory(account: Account | None) -> tuple[Path, OwnerLock]:
    """A directory for socket and temporary data: ours alone, with the server's account let through.

    It gets its final name when it is locked, so that nobody takes it for an orphan's in between.
    """
    for place in _temporary_places():
        longest = _socket_folder(place / f"{_RUN_PREFIX}12345678") / ".s.PGSQL.5432"
        if len(os.fsencode(longest)) > SOCKET_PATH_LIMIT_BYTES or not place.is_dir():
            continue
        if not may_enter(place, account) or not os.access(place, os.W_OK):
            continue
        made = Path(tempfile.mkdtemp(prefix=f".{_RUN_PREFIX}", dir=place))
        lock = OwnerLock.take(made, create=True)
        if lock is None:
            raise EmbeddedPostgresError(
                f"{place} does not support file locks: set TMPDIR elsewhere"
            )
        socket_folder = _socket_folder(made)
        socket_folder.mkdir(mode=0o700)
        if account is not None:
            os.chown(socket_folder, account.uid, account.gid)
            os.chown(made, 0, account.gid)
            made.chmod(0o710)
        run_directory = made.rename(place / made.name.removeprefix("."))
        lock.moved_to(run_directory)
        return run_directory, lock
    raise EmbeddedPostgresError(
        "no temporary directory that is writable, short enough for a socket and open to"
        f" {account.name if account else 'this user'}: set TMPDIR to one"
    )


def _remove_orphaned_run_directories() -> None:
    """Clear away what killed owners left behind: only our own directories, only unlocked ones."""
    for place in _temporary_places():
        for folder in place.glob(f"{_RUN_PREFIX}*"):
            with contextlib.suppress(OSError):  # somebody else's, or cleared by another process
                if folder.is_symlink() or folder.stat().st_uid != os.geteuid():
                    continue
                lock = OwnerLock.take(folder, create=False)
                if lock is None:
                    continue
                _end_orphan(folder / "postgres")
                shutil.rmtree(folder, ignore_errors=True)
                lock.release()


def _end_orphan(cluster: Path) -> int | None:
    """End the server that a dead owner left running in `cluster`.

    Returns a process number that postmaster.pid names although it is now somebody else's, or None.
    """
    try:
        lines = (cluster / "postmaster.pid").read_text().splitlines()
        pid = abs(int(lines[0]))
    except (FileNotFoundError, IndexError, ValueError):
        return None
    command = _command_line(pid)
    if "postgres" not in command:
        return pid
    # The name of our socket directory is random: who carries it in its arguments is ours.
    if not (len(lines) > 4 and _RUN_PREFIX in lines[4] and lines[4] in command):
        if str(cluster) not in command:
            return pid
        raise EmbeddedPostgresError(
            f"{cluster} is in use by a PostgreSQL (process {pid}) that src-system did not start;"
            " stop it or choose another --data-dir"
        )
    for harshness in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, harshness)
        for _ in polls(STOP_LIMIT_SECONDS):
            if "postgres" not in _command_line(pid):
                return None
    raise EmbeddedPostgresError(f"PostgreSQL process {pid} does not end: end it by hand")


def _command_line(pid: int) -> str:
    """Arguments of a living process, or nothing."""
    if _ON_LINUX:
        try:
            return (
                Path(f"/proc/{pid}/cmdline")
                .read_bytes()
                .replace(b"\0", b" ")
                .decode("utf-8", "replace")
            )
        except OSError:
            return ""
    answer = subprocess.run(  # noqa: S603 - the argument is a number
        ["/bin/ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return answer.stdout


def _spawn(
    programs: Programs,
    cluster: Path,
    run_directory: Path,
    account: Account | None,
    log: IO[bytes],
    stale_pid: int | None,
    ephemeral: bool,
) -> subprocess.Popen[bytes]:
    arguments = [programs.postgres, "-D", name_for_server(cluster, account)]
    arguments += ["-k", str(_socket_folder(run_directory))]
    for name, value in server_settings(programs.major, ephemeral=ephemeral).items():
        arguments += ["-c", f"{name}={value}"]
    keywords = as_account(account)
    if stale_pid is not None:
        # A recycled process number must not pass for a living server. PostgreSQL ignores this one
        # and still looks for orphaned backends, which removing the file would prevent.
        keywords["env"] = keywords["env"] | {"PG_GRANDPARENT_PID": str(stale_pid)}
    return subprocess.Popen(  # noqa: S603 - programs that we looked up
        arguments,
        cwd=cluster,
        stdout=log,
        stderr=log,
        # Ctrl-C in the terminal is for us; we stop the server when its clients have gone.
        start_new_session=True,
        preexec_fn=_bind_to_owner(  # noqa: PLW1509 - one system call, before any thread is started
            signal.SIGQUIT if ephemeral else signal.SIGINT
        ),
        **keywords,
    )


def _bind_to_owner(farewell: signal.Signals) -> Callable[[], None] | None:
    """What the child does before it becomes postgres: ask for a signal when its parent dies.

    Runs after privileges were dropped, for a change of user forgets the request.
    """
    if not _ON_LINUX:
        return None
    owner = os.getpid()
    prctl = ctypes.CDLL(None).prctl

    def bind() -> None:
        prctl(_PR_SET_PDEATHSIG, int(farewell), 0, 0, 0)
        if os.getppid() != owner:  # it died before we asked
            os._exit(1)

    return bind


def _open_log(home: Path) -> IO[bytes]:
    """The server's own log beside its data, with one predecessor kept when it has grown."""
    path = home / "postgres.log"
    if path.exists() and path.stat().st_size > LOG_LIMIT_BYTES:
        path.replace(path.with_suffix(".log.old"))
    log = path.open("ab")
    path.chmod(0o600)
    return log


def _await_ready(
    process: subprocess.Popen[bytes],
    cluster: Path,
    log: Path,
    already_said: int,
    *,
    ephemeral: bool,
) -> None:
    """Until postmaster.pid of this very process says "ready" in its last line."""
    for _ in polls(START_LIMIT_SECONDS):
        if process.poll() is not None:
            break
        with contextlib.suppress(FileNotFoundError):
            lines = (cluster / "postmaster.pid").read_text().split()
            if lines and lines[0] == str(process.pid) and lines[-1] == "ready":
                return
    said = log.read_bytes()[already_said:].decode(errors="replace").splitlines()
    fatal = [line for line in said if "FATAL" in line or "PANIC" in line]
    reason = (fatal or said or ["it said nothing"])[-1]
    where = "" if ephemeral else f": see {log}"  # a temporary log goes with its directory
    raise EmbeddedPostgresError(f"PostgreSQL did not start ({reason}){where}")


def _end_child(process: subprocess.Popen[bytes], harshness: tuple[signal.Signals, ...]) -> None:
    for sent in harshness:
        if process.poll() is not None:
            return
        process.send_signal(sent)
        for _ in polls(STOP_LIMIT_SECONDS):
            if process.poll() is not None:
                return
