"""The load: a closed loop over keep-alive connections, in a process of its own, as cheap as can be.

A load that costs more than the server it drives measures itself: requests are bytes made before the
clock starts, and an answer is looked at only as far as its status and its length.
"""

import itertools
import json
import multiprocessing
import select
import socket
import time
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from typing import Any, Self
from urllib.parse import urlsplit

from bench.machine import BenchFailed, on
from bench.shop import Basket, checkout_body

CONNECTIONS = 8
_PREPARED_PER_SECOND = 2_500
_READ_BYTES = 65_536
_SILENCE_SECONDS = 10.0
_HEAD_END = b"\r\n\r\n"
_LENGTH = b"\r\ncontent-length: "


@dataclass(frozen=True, slots=True)
class Job:
    """One stretch of load. `url` names host and port; every basket is taken in turn.

    `canned`: who answers looks at no request, so the same ones may be sent again.
    """

    url: str
    baskets: list[Basket]
    seconds: float
    connections: int = CONNECTIONS
    canned: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """What one stretch gave; `asked` and `answered` are the bodies of one of its exchanges.

    `preparing`: CPU seconds spent before the clock started.
    """

    count: int
    seconds: float
    refused: list[str]
    p50_ms: float
    p99_ms: float
    asked: dict[str, Any]
    answered: dict[str, Any]
    preparing: float = 0.0

    @property
    def rate(self) -> float:
        """Answers per second."""
        return self.count / self.seconds


class Lane:
    """One connection with at most one request under way."""

    def __init__(self, host: str, port: int) -> None:
        self.socket = socket.create_connection((host, port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.place = 0  # which request is under way
        self.sent_at = 0.0
        self.whole = 0  # bytes of the answer, once its head is known
        self.received = b""

    def send(self, place: int, request: bytes) -> None:
        """Send a request and forget the last answer."""
        self.place, self.whole, self.received = place, 0, b""
        self.sent_at = time.perf_counter()
        self.socket.sendall(request)

    def receive(self) -> bool:
        """Take what has come; whether the answer is whole."""
        chunk = self.socket.recv(_READ_BYTES)
        if not chunk:
            raise BenchFailed("the server closed a connection")
        self.received += chunk
        if not self.whole:
            head, end, _ = self.received.partition(_HEAD_END)
            if not end:
                return False
            length = head.lower().partition(_LENGTH)[2].partition(b"\r\n")[0]
            self.whole = len(head) + len(end) + int(length)
        return len(self.received) >= self.whole


def drive(job: Job) -> Run:
    """Send until the time is over, then wait for the answers under way."""
    parts = urlsplit(job.url)
    host, port = parts.hostname or "", parts.port or 80
    started = time.process_time()
    bodies, requests = [], []
    wanted = int(job.seconds * _PREPARED_PER_SECOND)
    for basket, _ in zip(itertools.cycle(job.baskets), range(wanted), strict=False):
        body = json.dumps(checkout_body(basket)).encode()
        start = (
            f"POST {basket.path} HTTP/1.1\r\nHost: {host}:{port}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        bodies.append(body)
        requests.append(start.encode() + body)
    poll = select.epoll()
    lanes = {}
    for _ in range(job.connections):
        lane = Lane(host, port)
        lanes[lane.socket.fileno()] = lane
        poll.register(lane.socket.fileno(), select.EPOLLIN)
    preparing = time.process_time() - started
    try:
        return replace(_loop(job, poll, lanes, requests, bodies), preparing=preparing)
    finally:
        poll.close()
        for lane in lanes.values():
            lane.socket.close()


def _loop(
    job: Job,
    poll: select.epoll,
    lanes: dict[int, Lane],
    requests: list[bytes],
    bodies: list[bytes],
) -> Run:
    refused: list[str] = []
    waits: list[float] = []
    sample = lanes[min(lanes)]
    started = now = time.perf_counter()
    deadline = started + job.seconds
    for place, lane in enumerate(lanes.values()):
        lane.send(place, requests[place])
    place, under_way = len(lanes), len(lanes)
    while under_way:
        ready = poll.poll(_SILENCE_SECONDS)
        if not ready:
            raise BenchFailed(f"the server was silent for {_SILENCE_SECONDS} s")
        for descriptor, _ in ready:
            lane = lanes[descriptor]
            if not lane.receive():
                continue
            now = time.perf_counter()
            waits.append(now - lane.sent_at)
            if not lane.received.startswith(b"HTTP/1.1 200 "):
                refused.append(lane.received[:600].decode(errors="replace"))
            if now < deadline and (job.canned or place < len(requests)):
                lane.send(place % len(requests), requests[place % len(requests)])
                place += 1
            else:
                under_way -= 1
    waits.sort()
    return Run(
        count=len(waits),
        seconds=now - started,
        refused=refused,
        p50_ms=waits[len(waits) // 2] * 1000,
        p99_ms=waits[len(waits) * 99 // 100] * 1000,
        asked=json.loads(bodies[sample.place]),
        answered=json.loads(sample.received.partition(_HEAD_END)[2]) if not refused else {},
    )


class Worker:
    """A process held to one core, or to none, that answers each message sent to it."""

    def __init__(self, core: int | None, target: Any, *arguments: Any) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, other = context.Pipe()
        self._process = context.Process(target=target, args=(other, *arguments), daemon=True)
        with on(core):
            self._process.start()
        other.close()

    def ask(self, message: Any) -> Any:
        """The answer; BenchFailed when the process failed."""
        self._pipe.send(message)
        try:
            answer = self._pipe.recv()
        except EOFError as error:
            raise BenchFailed("a helping process ended") from error
        if isinstance(answer, BenchFailed):
            raise answer
        return answer

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pipe.close()
        self._process.join(5)


def work(pipe: Connection) -> None:
    """The load's process: a Job in, a Run out, until the pipe closes."""
    while True:
        try:
            job = pipe.recv()
        except EOFError:
            return
        try:
            pipe.send(drive(job))
        except (BenchFailed, OSError) as error:
            pipe.send(BenchFailed(str(error)))
