"""Servers with two workers, each test's own, and what can be seen of them from outside."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from src_system.client.server import start_server

SECONDS = 60


class WorkerServer:
    """A `serve --workers 2`, with its log."""

    def __init__(self, home: Path, *arguments: str) -> None:
        self.scratch = home / "tmp"
        self.scratch.mkdir()
        self._server = start_server(
            home,
            "--workers=2",
            *arguments,
            environment={"HOME": str(home), "TMPDIR": str(self.scratch)},
        )
        self.process = self._server.process
        self.log = self._server.log
        self.protocol = self._server.protocol
        self.control = self._server.control
        self.tls_ca = self._server.tls_ca

    def events(self, name: str) -> list[dict[str, Any]]:
        """The log's lines of that event."""
        lines = [json.loads(line) for line in self.log.read_text().splitlines()]
        return [line for line in lines if line["event"] == name]

    def pids(self) -> dict[int, int]:
        """Process numbers by worker: the newest that answered."""
        return {line["worker"]: line["pid"] for line in self.events("worker_answers")}

    def metric(self, name: str) -> float:
        """The sum of a metric over its labels."""
        lines = get(f"{self.control}/metrics").decode().splitlines()
        return sum(
            float(line.rpartition(" ")[2])
            for line in lines
            if line.startswith((f"{name}{{", f"{name} "))
        )

    def end(self) -> int:
        """Stop it in good order; the exit code."""
        return self._server.stop()


def get(url: str) -> bytes:
    """The body of a GET over a connection of its own."""
    with urlopen(Request(url, headers={"Connection": "close"}), timeout=SECONDS) as answer:
        body: bytes = answer.read()
        return body


def until(true: Callable[[], bool], seconds: float = SECONDS) -> float:
    """Wait until *true* holds; how long that took. Fails after *seconds*."""
    begun = time.monotonic()
    while not true():
        assert time.monotonic() - begun < seconds, "it did not come about"
        time.sleep(0.02)
    return time.monotonic() - begun


def is_alive(pid: int) -> bool:
    """Whether the process runs; one that nobody has waited for yet does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


@pytest.fixture(scope="module")
def crew(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorkerServer]:
    """One server for the tests that leave it as it was."""
    server = WorkerServer(tmp_path_factory.mktemp("crew"), "--ephemeral")
    yield server
    code = server.end()
    assert code == 0, server.log.read_text()[-2000:]
    assert "Traceback" not in server.log.read_text()
