"""Sending: guarded by the address that a name means, bounded in time and in what it reads."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from src_system.deferred.sending import Outcome, Sender
from src_system.model.card_notification import ReachableHosts


@contextlib.asynccontextmanager
async def listening(
    answer: bytes, *, then_wait: float = 0.0, endless: bool = False
) -> AsyncIterator[tuple[int, list[int]]]:
    """A bare server: its port, and how many bytes of its answer each caller took."""
    sent: list[int] = []

    async def answer_one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer)
            await writer.drain()
            await asyncio.sleep(then_wait)
            for count in range(200 if endless else 0):
                writer.write(b"x" * 65_536)
                await writer.drain()
                sent.append(count)
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()

    server = await asyncio.start_server(answer_one, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], sent


def sender(hosts: ReachableHosts = ReachableHosts.LOOPBACK, timeout_ms: int = 2000) -> Sender:
    return Sender(hosts=hosts, timeout_ms=timeout_ms, at_once_max=4)


async def test_a_public_address_is_refused_before_a_connection_is_made() -> None:
    async with sender(ReachableHosts.PRIVATE) as one:
        outcome = await one.post("http://192.88.99.1/", b"{}", {})
        metadata = await one.post("http://169.254.169.254/latest", b"{}", {})

    for refused in (outcome, metadata):
        assert refused.status is None
        assert "--notification-hosts" in (refused.error or "")


async def test_a_name_is_judged_by_the_address_it_means() -> None:
    async with listening(b"HTTP/1.1 204 No Content\r\n\r\n") as (port, _), sender() as one:
        outcome = await one.post(f"http://localhost:{port}/", b"{}", {})

    assert outcome == Outcome(204, None)
    assert outcome.is_acknowledged


async def test_a_receiver_that_says_nothing_costs_no_more_than_the_time_limit() -> None:
    async with listening(b"", then_wait=30) as (port, _), sender(timeout_ms=200) as one:
        async with asyncio.timeout(5):
            outcome = await one.post(f"http://127.0.0.1:{port}/", b"{}", {})

    assert outcome == Outcome(None, "no answer in time")
    assert not outcome.is_acknowledged


async def test_an_endless_answer_is_not_read() -> None:
    endless = b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n"
    async with listening(endless, endless=True) as (port, sent), sender() as one:
        outcome = await one.post(f"http://127.0.0.1:{port}/", b"{}", {})
        await asyncio.sleep(0.1)

    assert outcome == Outcome(200, None)
    assert len(sent) < 150


async def test_an_answer_that_is_no_http_is_an_outcome() -> None:
    async with listening(b"hello\r\n\r\n") as (port, _), sender() as one:
        outcome = await one.post(f"http://127.0.0.1:{port}/", b"{}", {})

    assert outcome.status is None
    assert outcome.error
