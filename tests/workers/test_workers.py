"""Several workers are one server: one count, one truth, and nothing left when it ends."""

import asyncio
import contextlib
import json
import os
import signal
import ssl
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlsplit

import aiohttp
import asyncpg  # type: ignore[import-untyped, unused-ignore]
import pytest

from src_system.store.embedded import EmbeddedPostgres
from src_system.workers.master import STEADY_SECONDS
from tests.cli.test_serve import postgres_processes
from tests.http.initiator import Initiator
from tests.workers.conftest import SECONDS, WorkerServer, get, is_alive, until


def served_by(server: WorkerServer) -> dict[int, int]:
    """Connections open at each worker, by its process number, as the kernel sees them."""
    port = f":{urlsplit(server.protocol).port:04X}"
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    ours = {f"socket:[{row[9]}]" for row in rows if row[1].endswith(port) and row[3] == "01"}
    return {pid: len(ours & open_files(pid)) for pid in server.pids().values()}


def open_files(pid: int) -> set[str]:
    """What the process holds open, as the kernel names it."""
    found = set()
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(OSError):  # closed while we looked
            found.add(str(entry.readlink()))
    return found


async def test_connections_are_spread_over_the_workers(crew: WorkerServer) -> None:
    port = urlsplit(crew.protocol).port
    writers = []
    for _ in range(100):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writers.append(writer)
    await asyncio.sleep(0.5)

    share = served_by(crew)

    for writer in writers:
        writer.close()
    assert sum(share.values()) == 100
    assert min(share.values()) >= 25


def test_a_dead_worker_is_replaced_at_once_and_its_counts_are_kept(crew: WorkerServer) -> None:
    for _ in range(20):
        get(f"{crew.protocol}/healthz")
    before = crew.metric("src_system_requests_total")
    killed = crew.pids()[1]

    os.kill(killed, signal.SIGKILL)
    seconds = until(lambda: crew.pids()[1] != killed)
    print(f"a new worker answered {seconds:.2f} s after the old one was killed")
    for _ in range(20):
        get(f"{crew.protocol}/healthz")

    died = crew.events("worker_died")[-1]
    assert died["worker"] == 1
    assert died["problem"] == "it was ended by SIGKILL"
    assert died["replaced_in_seconds"] == 0
    assert seconds < 10  # the new one starts at once; a busy machine takes its time
    assert crew.metric("src_system_requests_total") == before + 20
    until(lambda: crew.metric("src_system_workers") == 2)


def test_nobody_who_connects_while_a_worker_is_replaced_is_turned_away(crew: WorkerServer) -> None:
    killed = crew.pids()[2]
    os.kill(killed, signal.SIGKILL)

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: get(f"{crew.protocol}/healthz"), range(64)))

    assert answers == [b"ok\n"] * 64
    until(lambda: crew.pids()[2] != killed)


async def test_a_change_on_the_control_port_holds_for_the_next_call_on_every_worker(
    crew: WorkerServer,
) -> None:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        async with session.post(f"{crew.control}/v1/sandboxes", json={}) as answer:
            sandbox = await answer.json()
        initiator = Initiator(session, crew.control, sandbox)

        async def on_many_connections() -> set[int]:
            identities = [
                {"identityType": "EMAIL_ADDRESS", "identityValue": f"{number}@shop.test"}
                for number in range(24)
            ]
            calls = [
                initiator.call("visa", "identities/lookup", {"consumerIdentity": identity})
                for identity in identities
            ]
            return {answer.status for answer in await asyncio.gather(*calls)}

        assert await on_many_connections() == {200}
        share = served_by(crew)
        for _ in range(5):
            for action, status in (("suspend", 403), ("resume", 200)):
                path = f"/clients/{initiator.client_id}/{action}"
                assert (await initiator.manage("POST", path)).status == 200
                assert await on_many_connections() == {status}

    assert min(share.values()) > 0, "all connections happened to be at one worker"


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_a_stopped_server_with_workers_leaves_no_process_and_no_file(
    tmp_path: Path, sent: signal.Signals, code: int
) -> None:
    server = WorkerServer(tmp_path, "--ephemeral")
    workers = server.pids().values()

    server.process.send_signal(sent)
    ended = server.process.wait(SECONDS)

    assert ended == code, server.log.read_text()
    assert not any(is_alive(pid) for pid in workers)
    assert postgres_processes(tmp_path) == []
    assert list(server.scratch.iterdir()) == []
    assert "Traceback" not in server.log.read_text()
    assert len(workers) == 2


async def test_a_request_under_way_is_answered_before_the_server_stops(tmp_path: Path) -> None:
    server = WorkerServer(tmp_path, "--ephemeral")
    address = urlsplit(server.control)
    body = b'{"name": "last"}'
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    head = f"POST /v1/sandboxes HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n"
    writer.write(head.encode() + body[:5])
    await asyncio.sleep(0.3)

    server.process.terminate()
    await asyncio.sleep(0.3)
    with pytest.raises(URLError):
        await asyncio.to_thread(get, f"{server.control}/livez")
    writer.write(body[5:])
    answer = await asyncio.wait_for(reader.read(), SECONDS)
    code = await asyncio.to_thread(server.process.wait, SECONDS)
    writer.close()

    assert answer.startswith(b"HTTP/1.1 201")
    assert code == 0


def test_a_worker_told_to_stop_is_replaced_like_a_dead_one(crew: WorkerServer) -> None:
    stopped = crew.pids()[1]

    os.kill(stopped, signal.SIGINT)  # not for workers: the master tells them when it is time
    os.kill(stopped, signal.SIGTERM)
    until(lambda: crew.pids()[1] != stopped)

    assert crew.events("worker_died")[-1]["problem"] == "it ended with exit code 0"
    assert get(f"{crew.protocol}/healthz") == b"ok\n"


def test_workers_and_database_end_when_the_master_is_killed(tmp_path: Path) -> None:
    server = WorkerServer(tmp_path, "--ephemeral")
    workers = server.pids().values()

    server.process.kill()
    server.process.wait(SECONDS)
    seconds = until(
        lambda: not any(map(is_alive, workers)) and postgres_processes(tmp_path) == [], 20
    )

    print(f"workers and database were gone {seconds:.2f} s after their master")
    assert list(server.scratch.glob("src-system-workers-*")) == []
    assert "Traceback" not in server.log.read_text()


async def test_all_workers_show_certificates_of_one_authority(tmp_path: Path) -> None:
    server = WorkerServer(tmp_path, "--ephemeral", "--tls=auto")
    address = urlsplit(server.protocol)
    trusting = ssl.create_default_context(cafile=server.tls_ca)
    connections = [
        await asyncio.open_connection(address.hostname, address.port, ssl=trusting)
        for _ in range(24)
    ]
    share = served_by(server)
    for reader, writer in connections:
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        assert (await reader.read()).endswith(b"ok\n")
        writer.close()

    assert address.scheme == "https"
    assert min(share.values()) > 0, "all connections happened to be at one worker"
    assert await asyncio.to_thread(server.end) == 0
    assert list(server.scratch.iterdir()) == []


async def test_a_worker_that_cannot_start_ends_the_server_with_code_4(
    tmp_path: Path, postgres: EmbeddedPostgres
) -> None:
    connection = await asyncpg.connect(postgres.dsn)
    await connection.execute("CREATE ROLE narrow LOGIN SUPERUSER")
    await connection.execute("CREATE DATABASE narrow OWNER narrow CONNECTION LIMIT 5")
    await connection.execute("ALTER ROLE narrow NOSUPERUSER")
    await connection.close()
    dsn = f"postgresql://narrow@/narrow?{urlsplit(postgres.dsn).query}"
    arguments = ["--workers=2", "--listen=127.0.0.1:0", "--control=127.0.0.1:0", "--migrate"]

    done = await asyncio.to_thread(
        subprocess.run,
        [
            *(sys.executable, "-m", "src_system", "serve", *arguments),
            *(f"--database-url={dsn}", f"--data-dir={tmp_path}", "--log-level=error"),
        ],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )

    assert done.returncode == 4, done.stderr
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1
    assert "could not start: the database has no room" in done.stderr


def test_an_address_that_other_workers_share_is_still_in_use(
    crew: WorkerServer, tmp_path: Path
) -> None:
    taken = crew.protocol.removeprefix("http://")

    done = subprocess.run(
        [
            *(sys.executable, "-m", "src_system", "serve", "--workers=2", "--ephemeral"),
            *(f"--listen={taken}", "--control=127.0.0.1:0"),
        ],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )

    assert done.returncode == 4
    assert taken in done.stderr
    assert "Traceback" not in done.stderr


def test_a_start_that_takes_long_makes_no_worker_steady(tmp_path: Path) -> None:
    server = WorkerServer(tmp_path, "--ephemeral")
    os.kill(server.pids()[1], signal.SIGKILL)
    until(lambda: len(server.events("worker_died")) == 1)
    successor = 0

    def has_started() -> bool:
        nonlocal successor
        known = set(server.pids().values())
        children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children")
        new = [pid for pid in map(int, children.read_text().split()) if pid not in known]
        successor = next((pid for pid in new if b"src_system.workers.worker" in told(pid)), 0)
        return successor != 0

    until(has_started)
    os.kill(successor, signal.SIGSTOP)
    time.sleep(STEADY_SECONDS + 0.5)
    os.kill(successor, signal.SIGCONT)
    until(lambda: server.pids()[1] == successor)
    os.kill(successor, signal.SIGKILL)
    until(lambda: len(server.events("worker_died")) == 2)

    assert server.end() == 0
    assert server.events("worker_died")[1]["replaced_in_seconds"] > 0


def told(pid: int) -> bytes:
    """A process's command line; empty once it has gone."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""


def test_a_worker_that_dies_again_and_again_is_replaced_more_and_more_slowly(
    tmp_path: Path,
) -> None:
    server = WorkerServer(tmp_path, "--ephemeral")
    for _ in range(3):
        pid = server.pids()[1]
        os.kill(pid, signal.SIGKILL)
        until(lambda pid=pid: server.pids()[1] != pid)  # type: ignore[misc]
    pauses = [line["replaced_in_seconds"] for line in server.events("worker_died")]

    assert server.end() == 0
    assert pauses[0] == 0
    assert pauses == sorted(pauses)
    assert json.loads(server.log.read_text().splitlines()[-1])["event"] == "stopped"
