"""The directory that a server keeps its data in: made whole or not at all."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from src_system.store.postgres_programs import (
    Account,
    EmbeddedPostgresError,
    Programs,
    as_account,
    may_enter,
)

USER = "src_system"
DATABASE = "src_system"


def name_for_server(cluster: Path, account: Account | None) -> str:
    """How the server may call `cluster`, in which it is started.

    A data directory under /root is closed to the server's account. Its parents stay closed; a
    process that starts inside needs no way through them and can call the place by its own working
    directory.
    """
    if may_enter(cluster.parent, account):
        return str(cluster)
    if sys.platform != "linux":
        raise EmbeddedPostgresError(
            f"account {account.name if account else ''} cannot enter {cluster.parent}:"
            " choose another --data-dir or start as an ordinary user"
        )
    return "/proc/self/cwd"


def make_cluster(programs: Programs, home: Path, account: Account | None, *, durable: bool) -> None:
    """initdb and our database, under a temporary name: a cluster is whole or absent."""
    for leftover in home.glob("postgres.new-*"):
        shutil.rmtree(leftover)
    scratch = Path(tempfile.mkdtemp(prefix="postgres.new-", dir=home))
    if account is not None:
        os.chown(scratch, account.uid, account.gid)
    name = name_for_server(scratch, account)
    initdb = [programs.initdb, "-D", name, "-U", USER, "--encoding=UTF8", "--locale=C"]
    initdb += ["--no-instructions", "--auth-local=trust", "--auth-host=reject"]
    if programs.major >= 17:
        initdb += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    if programs.major >= 18 and not durable:
        initdb += ["--no-data-checksums"]
    if not durable:
        initdb += ["--no-sync"]
    _run(initdb, scratch, account, "")
    # One backend without a server; it leaves a checkpoint behind, so the first start is a warm one.
    single = [programs.postgres, "--single", "-D", name, "template1"]
    if not durable:
        single[4:4] = ["-c", "fsync=off"]
    _run(single, scratch, account, f"CREATE DATABASE {DATABASE}\n")
    scratch.rename(home / "postgres")


def _run(arguments: list[str], folder: Path, account: Account | None, text: str) -> None:
    keywords = as_account(account)
    del keywords["stdin"]
    done = subprocess.run(  # noqa: S603 - programs that we looked up
        arguments, input=text, text=True, capture_output=True, check=False, cwd=folder, **keywords
    )
    if done.returncode != 0:
        reason = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        raise EmbeddedPostgresError(f"{Path(arguments[0]).name} failed in {folder}: {reason[-1]}")
