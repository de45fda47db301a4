"""Faults of the connection, as a socket sees them."""

import asyncio
import json
import socket
import time
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.http.initiator import Initiator
from tests.http.test_fault_rules import EMAIL, add

SECONDS = 20
Json = dict[str, Any]


class Wire:
    """One request over a connection of its own, to see what really comes back."""

    def __init__(self, initiator: Initiator, resource: str, body: Json) -> None:
        url = urlsplit(f"{initiator.sandbox['urls']['visa']['src']}/{resource}")
        raw = json.dumps(
            {"srcClientId": initiator.client_id, "srcDpaId": initiator.dpa_id, **body}
        ).encode()
        head = (
            f"POST {url.path} HTTP/1.1\r\nHost: {url.netloc}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(raw)}\r\n\r\n"
        )
        self.socket = socket.create_connection((url.hostname, url.port), timeout=SECONDS)
        self.socket.sendall(head.encode() + raw)

    def read(self) -> bytes:
        """Everything until the other side closes; ConnectionResetError when it resets."""
        with self.socket:
            received = b""
            while True:
                part = self.socket.recv(65_536)
                if not part:
                    return received
                received += part


def parts(raw: bytes) -> tuple[str, dict[str, str], bytes]:
    """Status line, headers and body."""
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    pairs = (line.split(": ", 1) for line in lines)
    return first, {name.lower(): value for name, value in pairs}, body


async def exchange(initiator: Initiator, effect: Json, **members: Any) -> bytes:
    """What an identityLookup gets with the effect."""
    await add(initiator, effect, match={"operation": "identityLookup"})
    return await _read(Wire(initiator, "identities/lookup", EMAIL | members))


async def _read(wire: Wire) -> bytes:
    return await asyncio.to_thread(wire.read)


async def test_a_reset_is_a_reset(initiator: Initiator) -> None:
    with pytest.raises(ConnectionResetError):
        await exchange(initiator, {"transport": "reset"})


async def test_an_empty_answer_is_an_end_without_a_byte(initiator: Initiator) -> None:
    assert await exchange(initiator, {"transport": "empty"}) == b""


async def test_a_truncated_answer_promises_more_than_it_sends(initiator: Initiator) -> None:
    first, headers, body = parts(await exchange(initiator, {"transport": "truncate"}))

    assert first == "HTTP/1.1 200 OK"
    assert 0 < len(body) == int(headers["content-length"]) // 2
    assert headers["content-type"] == "application/json"
    assert headers["x-src-cx-flow-id"]


async def test_a_malformed_answer_is_no_http(initiator: Initiator) -> None:
    raw = await exchange(initiator, {"transport": "malformed", "part": "http"})

    assert raw
    assert not raw.startswith(b"HTTP/")


async def test_a_malformed_answer_has_a_chunk_without_a_length(initiator: Initiator) -> None:
    first, headers, body = parts(await exchange(initiator, {"transport": "malformed"}))

    assert first == "HTTP/1.1 200 OK"
    assert headers["transfer-encoding"] == "chunked"
    size, _, rest = body.partition(b"\r\n")
    assert rest[: int(size, 16)].startswith(b"{")
    following = rest[int(size, 16) :].removeprefix(b"\r\n").partition(b"\r\n")[0]
    with pytest.raises(ValueError, match="invalid literal"):
        int(following, 16)


async def test_a_malformed_answer_is_whole_http_around_broken_json(initiator: Initiator) -> None:
    _, headers, body = parts(await exchange(initiator, {"transport": "malformed", "part": "json"}))

    assert len(body) == int(headers["content-length"])
    with pytest.raises(ValueError, match=r"control character|Unterminated|Expecting"):
        json.loads(body)


async def test_a_dripping_answer_comes_whole_and_slowly(initiator: Initiator) -> None:
    begun = time.monotonic()
    _, headers, body = parts(await exchange(initiator, {"transport": "drip", "over": "PT0.6S"}))

    assert time.monotonic() - begun >= 0.6
    assert len(body) == int(headers["content-length"])
    assert json.loads(body)["consumerPresent"] is False


async def test_a_hanging_call_says_nothing_until_the_client_goes(initiator: Initiator) -> None:
    await add(initiator, {"transport": "hang"}, match={"nth": 1})
    wire = Wire(initiator, "identities/lookup", EMAIL)
    wire.socket.settimeout(1)

    with pytest.raises(TimeoutError):
        wire.read()

    following = Wire(initiator, "identities/lookup", EMAIL)
    following.socket.sendall(b"")
    following.socket.settimeout(1)
    assert following.socket.recv(12) == b"HTTP/1.1 200"
    following.socket.close()


@pytest.mark.parametrize(
    ("effect", "has_run"),
    [
        ({"transport": "empty"}, False),
        ({"transport": "reset"}, False),
        ({"transport": "empty", "phase": "after"}, True),
        ({"transport": "reset", "phase": "after"}, True),
        ({"transport": "truncate"}, True),
        ({"transport": "malformed"}, True),
        ({"transport": "drip", "over": "PT0.1S"}, True),
    ],
)
async def test_what_fails_afterwards_leaves_what_the_operation_did(
    initiator: Initiator, effect: Json, has_run: bool
) -> None:
    await initiator.with_consumer()
    await add(initiator, effect, match={"operation": "initiateIdentityValidation"})
    wire = Wire(initiator, "identities/validation/initiate", EMAIL)
    try:
        await _read(wire)
    except ConnectionResetError:
        assert effect["transport"] == "reset"

    codes = (await initiator.manage("GET", "/otps")).body["otps"]
    assert len(codes) == (1 if has_run else 0)


async def test_a_refusal_fails_on_the_wire_as_well(initiator: Initiator) -> None:
    first, headers, body = parts(
        await exchange(initiator, {"transport": "truncate"}, consumerIdentity={})
    )

    assert first == "HTTP/1.1 400 Bad Request"
    assert len(body) == int(headers["content-length"]) // 2


async def test_an_answer_without_a_body_cannot_be_cut_and_so_is_empty(
    initiator: Initiator,
) -> None:
    cards = {card["network"]: card for card in await initiator.with_consumer()}
    await add(initiator, {"transport": "truncate"}, match={"operation": "confirmation"})
    done = await initiator.checkout(
        "visa",
        idToken=await initiator.id_token("visa"),
        srcDigitalCardId=cards["visa"]["srcDigitalCardId"],
    )
    body = {
        "srcCorrelationId": done.body["srcCorrelationId"],
        "confirmationData": {
            "checkoutEventType": "02",
            "checkoutEventStatus": "01",
            "confirmationStatus": "01",
            "confirmationTimestamp": "2026-11-23T09:00:00.000Z",
        },
    }

    assert await _read(Wire(initiator, "confirmations", body)) == b""
