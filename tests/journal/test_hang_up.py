"""Calls whose client hangs up are in the journal, wherever in the call it was."""

import asyncio
import json
import socket
import struct
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest

from tests.http.initiator import Initiator
from tests.journal.entries import look_up, newest, shown

NO_LINGER = struct.pack("ii", 1, 0)


def close(wire: socket.socket) -> None:
    """Hang up as a client that has finished does."""
    wire.close()


def reset(wire: socket.socket) -> None:
    """Hang up as one that was killed does."""
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
    wire.close()


def sent(initiator: Initiator, *, share: float = 1.0) -> socket.socket:
    """A connection over which so much of the body of an identityLookup was sent."""
    url = urlsplit(f"{initiator.sandbox['urls']['visa']['src']}/identities/lookup")
    raw = json.dumps({"srcClientId": initiator.client_id, **look_up(1)}).encode()
    head = (
        f"POST {url.path} HTTP/1.1\r\nHost: {url.netloc}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(raw)}\r\n\r\n"
    )
    wire = socket.create_connection((url.hostname, url.port), timeout=10)
    wire.sendall(head.encode() + raw[: int(len(raw) * share)])
    return wire


@pytest.mark.parametrize("hang_up", [close, reset])
async def test_a_client_that_hangs_up_while_it_waits_is_in_the_journal(
    initiator: Initiator, hang_up: Callable[[socket.socket], None]
) -> None:
    slow = {"effect": {"latency": {"fixed": "PT0.4S"}}}
    rule = (await initiator.manage("POST", "/faults", slow)).body
    wire = sent(initiator)
    rule_path = f"/faults/{rule['id']}"
    while not (await initiator.manage("GET", rule_path)).body["matched"]:  # noqa: ASYNC110
        await asyncio.sleep(0.01)  # until the call has come
    hang_up(wire)
    entry = await newest(initiator)

    assert (entry["operation"], entry["status"]) == ("identityLookup", 200)
    assert entry["srcClientId"] == initiator.client_id
    assert entry["milliseconds"] >= 400
    assert [fault["id"] for fault in entry["faults"]] == [rule["id"]]
    view = await shown(initiator, entry["place"])
    assert json.loads(view["response"]["body"])["consumerPresent"] is False


@pytest.mark.parametrize("hang_up", [close, reset])
async def test_a_client_that_hangs_up_within_its_body_is_in_the_journal(
    initiator: Initiator, hang_up: Callable[[socket.socket], None]
) -> None:
    wire = sent(initiator, share=0.5)
    await asyncio.sleep(0.1)
    hang_up(wire)
    entry = await newest(initiator)
    account = await shown(initiator, entry["place"], "/explain")

    assert (entry["operation"], entry["status"]) == ("identityLookup", 400)
    assert account["message"] == "The body did not arrive whole."
    assert account["rule"]["text"].startswith("A body is one JSON object that arrives whole")
