"""The embedded PostgreSQL: started by one process and gone with it, for root and others."""

import asyncio
import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import asyncpg
import pytest

from src_system.store.embedded import EmbeddedPostgres, EmbeddedPostgresError, _command_line
from src_system.store.postgres_programs import find_programs

AS_ROOT = os.geteuid() == 0
ON_LINUX = sys.platform == "linux"
root_only = pytest.mark.skipif(not AS_ROOT, reason="only root can drop to another account")
linux_only = pytest.mark.skipif(not ON_LINUX, reason="only Linux ends a child with its parent")
REPOSITORY = Path(__file__).parent.parent.parent

# A process that owns a server until it is told to go. It changes its user only after its imports,
# for the interpreter may lie where that user cannot read.
OWNER = """
import json, os, pwd, signal, sys, time
from pathlib import Path
from src_system.store import embedded
told = json.loads(sys.argv[1])
if told.get("user"):
    entry = pwd.getpwnam(told["user"])
    os.setgroups([]); os.setgid(entry.pw_gid); os.setuid(entry.pw_uid)
if told.get("unbound"):
    embedded._bind_to_owner = lambda farewell: None
if told.get("polite"):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
data_dir = Path(told["data_dir"]) if told.get("data_dir") else None
try:
    server = embedded.EmbeddedPostgres.start(
        data_dir, ephemeral=data_dir is None, program_cache=Path(told["cache"])
    )
except embedded.EmbeddedPostgresError as error:
    print(json.dumps({"pid": os.getpid(), "error": str(error)}), flush=True)
    sys.exit(4)
if told.get("forks"):
    child = os.fork()
    if child == 0:
        server.stop()
        os._exit(0)
    os.waitpid(child, 0)
answer = {"pid": os.getpid(), "server": server._process.pid, "dsn": server.dsn}
print(json.dumps(answer), flush=True)
sys.stdin.read()
server.stop()
"""


class Owner:
    """A process running OWNER, and what it answered."""

    server = None

    def __init__(self, place, **told):
        sites = [told.pop("site"), *sys.path] if "site" in told else sys.path
        paths = ":".join([str(REPOSITORY), *filter(None, sites)])
        environment = {"TMPDIR": str(place), "PYTHONPATH": paths}
        self.process = subprocess.Popen(
            [sys.executable, "-c", OWNER, json.dumps({"cache": str(place / "cache")} | told)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        assert self.process.stdin is not None and self.process.stdout is not None
        self.input, self.output = self.process.stdin, self.process.stdout

    def answer(self):
        line = self.output.readline()
        assert line, "the owner died without an answer"
        answer = json.loads(line)
        self.server = answer.get("server")
        return answer

    def end(self, sent=None):
        """Send a signal, or close its standard input; the exit code."""
        if sent is not None:
            self.process.send_signal(sent)
            self.process.wait(20)
        self.input.close()
        self.output.close()
        return self.process.wait(20)


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A directory for temporary files that every account may use, which tmp_path is not."""
    made = Path(tempfile.mkdtemp(prefix="srcpg-", dir="/tmp"))
    made.chmod(0o1777)
    monkeypatch.setattr(tempfile, "tempdir", str(made))
    yield made
    shutil.rmtree(made)


@pytest.fixture(scope="module")
def made_once(tmp_path_factory):
    """A data directory with a cluster in it: making one costs half a second."""
    made = tmp_path_factory.mktemp("made") / "data"
    cache = tmp_path_factory.mktemp("cache")
    EmbeddedPostgres.start(made, ephemeral=False, program_cache=cache).stop()
    return made


@pytest.fixture
def data_dir(made_once, tmp_path):
    """A copy of it in a closed directory."""
    subprocess.run(["cp", "-a", made_once, tmp_path / "data"], check=True)
    return tmp_path / "data"


@pytest.fixture
def start_owner(place):
    owners = []

    def start(**told):
        owners.append(Owner(place, **told))
        return owners[-1]

    yield start
    for owner in owners:
        owner.end()
        assert owner.server is None or ended(owner.server)


def start(place, data_dir=None):
    return EmbeddedPostgres.start(
        data_dir, ephemeral=data_dir is None, program_cache=place / "cache"
    )


async def ask(dsn, statement):
    connection = await asyncpg.connect(dsn=dsn)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


def user_of(pid):
    return Path(f"/proc/{pid}").stat().st_uid


def run_directories(place):
    return sorted(path for path in place.iterdir() if "src-system-pg-" in path.name)


def ended(pid, seconds=10.0):
    for _ in range(int(seconds / 0.01)):
        if "postgres" not in _command_line(pid):
            return True
        time.sleep(0.01)
    return False


async def test_an_ephemeral_server_has_a_private_socket_and_leaves_nothing(place):
    server = start(place)
    process = server._process
    try:
        assert await ask(server.dsn, "SELECT current_database()::text") == "src_system"
        assert await ask(server.dsn, "SHOW listen_addresses") == ""
        assert await ask(server.dsn, "SHOW fsync") == "off"
        assert await ask(server.dsn, "SHOW server_encoding") == "UTF8"
        assert await ask(server.dsn, "SELECT 'Z' < 'a'") is True
        (run_directory,) = run_directories(place)
        assert (run_directory / "socket").stat().st_mode & 0o777 == 0o700
        assert run_directory.stat().st_mode & 0o007 == 0
    finally:
        server.stop()
    server.stop()  # a second time does nothing
    assert process.poll() is not None
    assert run_directories(place) == []


async def test_data_survives_a_restart_and_a_warm_start_makes_nothing_anew(place, tmp_path):
    steps: list[str] = []
    for statement in ("CREATE TABLE kept AS SELECT 7 AS seven", "SELECT seven FROM kept"):
        began = time.perf_counter()
        server = EmbeddedPostgres.start(
            tmp_path / "data",
            ephemeral=False,
            program_cache=place / "cache",
            on_progress=steps.append,
        )
        print(f"start {time.perf_counter() - began:.3f} s")
        try:
            assert await ask(server.dsn, "SHOW fsync") == "on"
            found = await ask(server.dsn, statement)
        finally:
            server.stop()
    assert found == 7
    assert steps.count("creating the database") == 1
    assert run_directories(place) == []


async def test_a_second_owner_is_refused_and_told_who_the_first_is(place, data_dir, start_owner):
    first = start_owner(data_dir=str(data_dir)).answer()
    with pytest.raises(EmbeddedPostgresError) as refused:
        start(place, data_dir)
    assert str(refused.value) == (
        f"data directory {data_dir} is in use by process {first['pid']};"
        " stop it or choose another --data-dir"
    )
    assert await ask(first["dsn"], "SELECT 1") == 1


def test_a_second_start_in_the_same_process_is_refused_too(place, data_dir):
    server = start(place, data_dir)
    try:
        for _ in range(2):  # the refused attempt must not have dropped the lock
            with pytest.raises(EmbeddedPostgresError, match=f"in use by process {os.getpid()};"):
                start(place, data_dir)
        assert server._process.poll() is None
    finally:
        server.stop()


def test_of_two_that_start_at_once_on_a_new_directory_one_wins(tmp_path, start_owner):
    owners = [start_owner(data_dir=str(tmp_path / "data")) for _ in range(2)]
    answers = [owner.answer() for owner in owners]
    (winner,) = [answer for answer in answers if "dsn" in answer]
    (loser,) = [answer for answer in answers if "error" in answer]
    assert f"in use by process {winner['pid']};" in loser["error"]


async def test_an_owner_that_goes_by_sigterm_leaves_nothing_behind(place, start_owner):
    owner = start_owner(polite=True, forks=True)
    answer = owner.answer()
    # A process forked from the owner has ended and could not stop the server.
    assert await ask(answer["dsn"], "SELECT 1") == 1
    assert owner.end(signal.SIGTERM) == 0
    assert ended(answer["server"], 0.01)
    assert run_directories(place) == []


@linux_only
def test_a_killed_owner_takes_its_server_along_and_the_next_start_cleans_up(
    place, data_dir, start_owner
):
    owner = start_owner()
    killed = owner.answer()
    living = start_owner(data_dir=str(data_dir)).answer()
    owner.end(signal.SIGKILL)
    assert ended(killed["server"])
    assert len(run_directories(place)) == 2
    stranger = place / "src-system-pg-notes"  # only looks like one of ours
    stranger.mkdir()
    start(place).stop()
    left = run_directories(place)
    assert len(left) == 2 and stranger in left
    assert any(str(folder) in living["dsn"] for folder in left)


async def test_what_was_committed_survives_a_killed_owner(place, data_dir, start_owner):
    owner = start_owner(data_dir=str(data_dir))
    answer = owner.answer()
    await ask(answer["dsn"], "CREATE TABLE kept AS SELECT 7 AS seven")
    owner.end(signal.SIGKILL)
    server = start(place, data_dir)  # perhaps while the old server is still going
    try:
        assert await ask(server.dsn, "SELECT seven FROM kept") == 7
    finally:
        server.stop()


async def test_a_server_that_outlived_its_owner_is_ended_at_the_next_start(
    place, data_dir, start_owner
):
    owner = start_owner(data_dir=str(data_dir), unbound=True)
    orphan = owner.answer()
    owner.end(signal.SIGKILL)
    assert await ask(orphan["dsn"], "SELECT 1") == 1
    server = start(place, data_dir)
    try:
        assert ended(orphan["server"], 0.01)
        assert await ask(server.dsn, "SELECT 1") == 1
    finally:
        server.stop()


async def test_a_recycled_process_number_does_not_pass_for_a_living_server(place, data_dir):
    server = start(place, data_dir)
    cluster = data_dir / "postgres"
    pid_file = (cluster / "postmaster.pid").read_text().splitlines()
    server._process.kill()
    server._process.wait()
    server.stop()
    account = {"user": cluster.stat().st_uid, "group": cluster.stat().st_gid} if AS_ROOT else {}
    stranger = subprocess.Popen(  # noqa: ASYNC220 - nothing else runs on this loop
        ["/bin/sleep", "60"], cwd="/", **account
    )
    try:
        renumbered = [str(stranger.pid), *pid_file[1:]]
        (cluster / "postmaster.pid").write_text("\n".join(renumbered) + "\n")
        server = start(place, data_dir)
        try:
            assert await ask(server.dsn, "SELECT 1") == 1
        finally:
            server.stop()
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


async def test_an_ordinary_user_runs_the_server_itself(place, start_owner):
    user = {"user": "nobody"} if AS_ROOT else {}
    answer = start_owner(data_dir=str(place / "data"), **user).answer()
    expected = pwd.getpwnam("nobody").pw_uid if AS_ROOT else os.getuid()
    assert (place / "data" / "postgres").stat().st_uid == expected
    if ON_LINUX:
        assert user_of(answer["server"]) == expected
    assert await ask(answer["dsn"], "SELECT 1") == 1


@root_only
@linux_only
async def test_root_keeps_its_data_in_a_closed_directory_and_leaves_it_closed(place):
    closed = place / "closed"
    closed.mkdir(mode=0o700)
    server = start(place, closed / "data")
    try:
        assert await ask(server.dsn, "SELECT 1") == 1
        assert closed.stat().st_mode & 0o777 == 0o700
        assert closed.stat().st_uid == 0
        assert user_of(server._process.pid) != 0
        assert (closed / "data" / "postgres").stat().st_uid != 0
    finally:
        server.stop()


@root_only
async def test_root_copies_programs_that_the_account_cannot_reach_and_never_imports_them(
    place, start_owner
):
    programs = find_programs(None)
    if programs.libraries is None:
        pytest.skip("this PostgreSQL was installed with the system, where everybody reaches it")
    site = place / "closed" / "site"
    package = site / programs.prefix.parent.name
    shutil.copytree(programs.prefix, package / programs.prefix.name, symlinks=True)
    shutil.copytree(programs.libraries, site / programs.libraries.name, symlinks=True)
    (package / "__init__.py").write_text("raise RuntimeError('imported')\n")
    (place / "closed").chmod(0o700)
    for _ in range(2):
        owner = start_owner(site=str(site), data_dir=str(place / "data"))
        answer = owner.answer()
        assert await ask(answer["dsn"], "SELECT 1") == 1
        assert str(place / "cache") in _command_line(answer["server"])
        owner.end()
    assert (place / "closed").stat().st_mode & 0o777 == 0o700
    assert len(list((place / "cache").iterdir())) == 1


def test_data_of_a_postgresql_that_is_not_here_is_refused_in_one_line(place, tmp_path):
    cluster = tmp_path / "data" / "postgres"
    cluster.mkdir(parents=True)
    (cluster / "PG_VERSION").write_text("9\n")
    if AS_ROOT:
        nobody = pwd.getpwnam("nobody")
        os.chown(cluster, nobody.pw_uid, nobody.pw_gid)
    with pytest.raises(EmbeddedPostgresError, match="made by PostgreSQL 9, found here") as refused:
        start(place, tmp_path / "data")
    assert "\n" not in str(refused.value)
    assert run_directories(place) == []


def test_a_data_directory_that_is_a_file_is_refused_in_one_line(place, tmp_path):
    (tmp_path / "data").write_text("")
    with pytest.raises(EmbeddedPostgresError, match="choose another --data-dir") as refused:
        start(place, tmp_path / "data")
    assert "\n" not in str(refused.value)


def test_a_server_that_does_not_start_says_why_and_leaves_nothing(place, data_dir):
    (data_dir / "postgres" / "postgresql.conf").write_text("no_such_setting = 1")
    with pytest.raises(
        EmbeddedPostgresError, match=r"configuration file .*: see /.*/postgres\.log"
    ) as refused:
        start(place, data_dir)
    assert "\n" not in str(refused.value)
    assert run_directories(place) == []


async def test_only_the_main_thread_may_start_a_server(place):
    with pytest.raises(EmbeddedPostgresError, match="must be started from the main thread"):
        await asyncio.to_thread(start, place)
