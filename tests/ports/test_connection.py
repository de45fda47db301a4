"""What is no well-formed HTTP is refused as JSON on both ports, and nobody can hold a door open."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from src_system.store.embedded import EmbeddedPostgres
from tests.conftest import RunningServer

HOST = b"Host: 127.0.0.1\r\n"
ECHO = b"4111111111111111"
CHUNKED = b"POST /v1/sandboxes HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n"
MALFORMED = {
    "TLS on a plain port": b"\x16\x03\x01\x02\x00" + ECHO + b"\r\n\r\n",
    "no method": ECHO + b"\r\n\r\n",
    "an unknown method": b"STEAL /" + ECHO + b" HTTP/1.1\r\n" + HOST + b"\r\n",
    "another protocol": b"GET /" + ECHO + b" SIP/2.0\r\n" + HOST + b"\r\n",
    "HTTP 2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "no Host": b"GET /" + ECHO + b" HTTP/1.1\r\n\r\n",
    "two hosts": b"GET / HTTP/1.1\r\n" + HOST + b"Host: " + ECHO + b"\r\n\r\n",
    "a header without colon": b"GET / HTTP/1.1\r\n" + HOST + ECHO + b"\r\n\r\n",
    "a control character": b"GET / HTTP/1.1\r\n" + HOST + b"X: " + ECHO + b"\x00\r\n\r\n",
    "a long header": b"GET / HTTP/1.1\r\n" + HOST + b"X: " + ECHO * 1000 + b"\r\n\r\n",
    "a long line": b"GET /" + ECHO * 1000 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
    "many headers": b"GET / HTTP/1.1\r\n" + HOST + b"X: 4111111111111111\r\n" * 200 + b"\r\n",
    "two lengths": b"POST / HTTP/1.1\r\n"
    + HOST
    + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
    "a length and chunks": b"POST / HTTP/1.1\r\n"
    + HOST
    + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc",
    "a length that is no number": b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: -1\r\n\r\n",
    "a malformed first chunk": CHUNKED + ECHO + ECHO + b"zz\r\n",
    "a malformed address": b"GET http://[::1 HTTP/1.1\r\n" + HOST + b"\r\n",
}


async def exchange(address: str, *pieces: bytes, seconds: float = 10) -> bytes:
    """Everything that comes back until the server closes, the pieces being sent one by one."""
    parts = urlsplit(address)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.1)
        return await asyncio.wait_for(reader.read(), seconds)
    finally:
        writer.close()


def parsed(raw: bytes) -> tuple[int, dict[str, str], dict[str, Any]]:
    """Status, headers (names in lower case) and JSON body of exactly one answer."""
    head, _, body = raw.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    headers = {
        name.lower(): value.strip()
        for name, _, value in (line.partition(":") for line in lines[1:])
    }
    assert int(headers["content-length"]) == len(body), raw
    return int(lines[0].split()[1]), headers, json.loads(body)


@pytest.mark.parametrize("port", ["protocol", "control"])
@pytest.mark.parametrize("kind", MALFORMED)
async def test_what_the_parser_refuses_is_answered_as_json_without_an_echo(
    server: RunningServer, port: str, kind: str
) -> None:
    logged = len(server.log.read_bytes())

    raw = await exchange(getattr(server, port), MALFORMED[kind])

    status, headers, body = parsed(raw)
    lines = server.log.read_bytes()[logged:].splitlines()
    assert status == body["status"] == 400
    assert headers["content-type"] == "application/json"
    assert headers["x-src-cx-flow-id"]
    assert body["reason"] == "INVALID_ARGUMENT"
    assert body["message"].endswith(".")
    assert body["errordetail"] == []
    assert body["srcCorrelationId"]
    assert ECHO not in raw
    assert [json.loads(line)["event"] for line in lines] == ["malformed_request"]
    assert ECHO not in lines[0]


@pytest.mark.parametrize("port", ["protocol", "control"])
async def test_a_body_that_turns_out_malformed_is_refused_at_once(
    server: RunningServer, port: str
) -> None:
    path = "/v1/sandboxes" if port == "control" else "/visa/src/v1/identities/lookup"
    head = f"POST {path} HTTP/1.1\r\nContent-Type: application/json\r\n".encode() + HOST
    chunked = b"Transfer-Encoding: chunked\r\n\r\n"

    raw = await exchange(
        getattr(server, port), head + chunked + b"3\r\nabc\r\n", ECHO + b"zz\r\n", seconds=5
    )

    status, _, body = parsed(raw)
    assert status == 400
    assert body["reason"] == "INVALID_ARGUMENT"
    assert "whole" in body["message"]


async def test_a_malformed_request_behind_a_good_one_spoils_only_itself(
    server: RunningServer,
) -> None:
    raw = await exchange(
        server.protocol, b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n", b"nonsense\r\n\r\n"
    )

    good, _, refused = raw.partition(b"ok\n")
    assert good.startswith(b"HTTP/1.1 200")
    assert parsed(refused)[0] == 400


async def test_an_address_that_is_no_path_is_refused_in_the_form_of_the_src_api(
    server: RunningServer,
) -> None:
    raw = await exchange(
        server.protocol, b"OPTIONS * HTTP/1.1\r\nConnection: close\r\n" + HOST + b"\r\n"
    )

    status, headers, body = parsed(raw)
    assert status == body["status"] == 404
    assert headers["x-src-cx-flow-id"]
    assert body["reason"] == "NOT_FOUND"


async def test_a_client_that_waits_to_be_asked_for_its_body_is_asked(server: RunningServer) -> None:
    head = b"POST /visa/src/v1/identities/lookup HTTP/1.1\r\nConnection: close\r\n" + HOST
    head += b"Content-Type: application/json\r\nContent-Length: 2\r\n"

    asked = await exchange(server.protocol, head + b"Expect: 100-continue\r\n\r\n", b"{}")
    ignored = await exchange(server.protocol, head + b"Expect: <b>\r\n\r\n", b"{}")

    assert asked.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 400")
    assert ignored.startswith(b"HTTP/1.1 400")
    assert b"<b>" not in ignored


@pytest.mark.parametrize("port", ["protocol", "control"])
async def test_hanging_up_in_the_middle_leaves_no_traceback(
    server: RunningServer, port: str
) -> None:
    address = urlsplit(getattr(server, port))
    whole = b"POST /v1/sandboxes HTTP/1.1\r\n" + HOST + b"Content-Length: 2\r\n\r\n{}"
    for size in range(1, len(whole), 7):
        _, writer = await asyncio.open_connection(address.hostname, address.port)
        writer.write(whole[:size])
        await writer.drain()
        await asyncio.sleep(0.01)
        writer.transport.abort()
    await asyncio.sleep(0.3)

    assert b"Traceback" not in server.log.read_bytes()


@pytest.fixture(scope="module")
async def hasty(
    postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[RunningServer]:
    """A server that waits for nobody longer than a second."""
    home = tmp_path_factory.mktemp("hasty")
    log = home / "server.log"
    with log.open("wb") as file:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "src_system", "serve", "--ephemeral"),
            *("--listen=127.0.0.1:0", "--control=127.0.0.1:0", "--head-seconds-max=1"),
            *("--body-seconds-max=1", "--keep-alive-seconds=2", "--headers-max=16"),
            *("--header-bytes-max=512", "--request-line-bytes-max=512"),
            stdout=subprocess.PIPE,
            stderr=file,
        )
        assert process.stdout is not None
        ready = json.loads(await process.stdout.readline())
        yield RunningServer(ready["protocol"], ready["control"], log, "", process.pid)
        process.terminate()
        assert await process.wait() == 0
    assert "Traceback" not in log.read_text()


@pytest.mark.parametrize("port", ["protocol", "control"])
async def test_headers_that_trickle_in_are_cut_off(hasty: RunningServer, port: str) -> None:
    trickle = [b"GET /healthz HTTP/1.1\r\n", HOST, *[b"X: 1\r\n"] * 10]
    loop = asyncio.get_running_loop()
    begun = loop.time()

    raw = await exchange(getattr(hasty, port), *trickle, seconds=4)

    assert raw == b""
    assert loop.time() - begun < 4
    assert "The headers did not arrive in time." in hasty.log.read_text()


@pytest.mark.parametrize("port", ["protocol", "control"])
async def test_a_body_that_does_not_arrive_is_refused_in_time(
    hasty: RunningServer, port: str
) -> None:
    path = b"/v1/sandboxes" if port == "control" else b"/visa/src/v1/identities/lookup"
    head = b"POST " + path + b" HTTP/1.1\r\nContent-Length: 10\r\n" + HOST + b"\r\n"

    parts = urlsplit(getattr(hasty, port))
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.write(head + b"{")
    line = await asyncio.wait_for(reader.readline(), 4)
    writer.close()

    assert line.startswith(b"HTTP/1.1 400")


async def test_an_idle_connection_is_closed_after_its_time(hasty: RunningServer) -> None:
    loop = asyncio.get_running_loop()
    begun = loop.time()

    raw = await exchange(hasty.protocol, b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n", seconds=6)

    assert raw.endswith(b"ok\n")
    assert 1.5 < loop.time() - begun < 6


@pytest.mark.parametrize(
    ("request_of", "said"),
    [
        (b"GET / HTTP/1.1\r\n" + HOST + b"X: 1\r\n" * 16 + b"\r\n", "too many headers"),
        (b"GET / HTTP/1.1\r\n" + HOST + b"X: " + b"1" * 600 + b"\r\n\r\n", "too long"),
        (b"GET /" + b"1" * 600 + b" HTTP/1.1\r\n" + HOST + b"\r\n", "too long"),
    ],
)
async def test_the_limits_of_a_head_are_settings(
    hasty: RunningServer, request_of: bytes, said: str
) -> None:
    status, _, body = parsed(await exchange(hasty.protocol, request_of))

    assert status == 400
    assert said in body["message"]


def test_every_limit_of_a_connection_is_shown_with_its_unit(tmp_path: Path) -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "src_system", "serve", "--print-config", "--workers=auto"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    for line in (
        "head_seconds_max = 10 seconds",
        "body_seconds_max = 10 seconds",
        "keep_alive_seconds = 75 seconds",
        "request_line_bytes_max = 8190 bytes",
        "header_bytes_max = 8190 bytes",
        "headers_max = 100 headers",
    ):
        assert line in shown
    assert " processes (from flag)" in shown
