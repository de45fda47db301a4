"""The same seed and the same calls give the same answers, from any server and in any order."""

import asyncio
import itertools
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from difflib import unified_diff
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import asyncpg
import pytest

from src_system.app import installation_of
from src_system.config import load
from src_system.crypto.vault import load_or_create_key_file
from src_system.model.fault_concerns import CONCERNS, Concern
from src_system.store.embedded import EmbeddedPostgres
from src_system.system import Installation
from tests.http.initiator import Initiator
from tests.http.journals import inbox_lines, journal_lines, notification_lines
from tests.http.later_life import AFTER, BEFORE
from tests.http.life import Life, flows
from tests.http.receiver import Receiver, receiving
from tests.http.test_fault_rules import add
from tests.workers.conftest import WorkerServer

SEED = "the same"
FROZEN = {"mode": "frozen", "at": "2026-11-23T09:00:00Z"}
DELIVERY_SECONDS = 30
# A fault that disturbs nobody and stands in the journal; equal checkouts at once share out rolls.
HARMLESS, HALF = {"latency": {"fixed": "PT0.001S"}}, {"probability": 0.5}
ROLLED = sorted(
    name for name, about in CONCERNS.items() if Concern.CONSUMER in about and name != "checkout"
)
SHUFFLED = 20261123  # an order of flows, the same for every run of this test


@asynccontextmanager
async def fresh_server(
    postgres: EmbeddedPostgres, home: Path, *, workers: int
) -> AsyncIterator[tuple[WorkerServer, Installation]]:
    """A server on a database of its own, with keys of its own; and a look inside."""
    name = home.name.replace("-", "_")
    administration = await asyncpg.connect(dsn=postgres.dsn)
    await administration.execute(f'CREATE DATABASE "{name}"')
    await administration.close()
    dsn = urlsplit(postgres.dsn)._replace(path=f"/{name}").geturl().replace("//@", "///")
    data = home / "data"
    server = WorkerServer(
        home, f"--workers={workers}", f"--database-url={dsn}", "--migrate", f"--data-dir={data}"
    )
    config = load({"database_url": dsn, "data_dir": str(data)}, {})
    vault = load_or_create_key_file(data / "vault.key")
    async with installation_of(config, dsn, vault, public_url="") as installation:
        yield server, installation
    code = server.end()
    assert code == 0, server.log.read_text()[-2000:]


async def lived(
    session: aiohttp.ClientSession, control: str, receiver: Receiver, *, at_once: bool
) -> Initiator:
    """A sandbox in which everybody has done everything, one by one or all at once."""
    body = {"seed": SEED, "clock": FROZEN, "issuer": True}
    async with session.post(f"{control}/v1/sandboxes", json=body) as response:
        initiator = Initiator(session, control, await response.json())
    listening = {"notificationUrl": receiver.url}
    await initiator.manage("PUT", f"/clients/{initiator.client_id}", listening)
    await add(initiator, HARMLESS, id="rolled", match={"operation": ROLLED}, when=HALF)
    life = Life(initiator)
    for ways, first in ((BEFORE, 100), (AFTER, 300)):
        parts = flows(ways, first=first)
        if at_once:
            random.Random(SHUFFLED).shuffle(parts)  # noqa: S311 - an order is no secret
        await life.play(parts, at_once=at_once)
        await everything_is_delivered(initiator)
        await initiator.manage("POST", "/clock/advance", {"by": "PT1S"})
    return initiator


async def everything_is_delivered(initiator: Initiator) -> None:
    """Wait for the workers: what they deliver bears the time at which they came to it."""
    async with asyncio.timeout(DELIVERY_SECONDS):
        for _ in itertools.count():
            answer = await initiator.manage("GET", "/notifications?state=PENDING")
            if not answer.body["notifications"]:
                return
            await asyncio.sleep(0.05)


async def lines_of(installation: Installation, initiator: Initiator) -> dict[str, list[str]]:
    """All that is to be compared."""
    return {
        "calls": await journal_lines(installation, initiator),
        "codes": await inbox_lines(initiator),
        "notifications": await notification_lines(initiator),
    }


def differences(one: list[str], other: list[str]) -> str:
    """The first lines that differ, for whoever has to find out why."""
    found = [line for line in unified_diff(one, other, lineterm="", n=0) if line[0] in "+-"]
    return "\n".join(line[:3000] for line in found[:12])


async def test_two_fresh_servers_tell_the_same_whether_people_come_in_turn_or_at_once(
    postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory
) -> None:
    home = tmp_path_factory.mktemp
    async with (
        receiving() as receiver,
        aiohttp.ClientSession() as session,
        fresh_server(postgres, home("one"), workers=1) as (one, inside_one),
        fresh_server(postgres, home("two"), workers=2) as (two, inside_two),
    ):
        in_turn = await lived(session, one.control, receiver, at_once=False)
        at_once = await lived(session, two.control, receiver, at_once=True)
        first = await lines_of(inside_one, in_turn)
        second = await lines_of(inside_two, at_once)

    print({kind: len(lines) for kind, lines in first.items()})
    assert len(first["calls"]) > 400
    assert 50 < sum('"rolled"' in line for line in first["calls"]) < 400
    assert len(first["codes"]) > 30
    assert len(first["notifications"]) > 10
    for kind, lines in first.items():
        is_same = "\n".join(lines).encode() == "\n".join(second[kind]).encode()
        assert is_same, f"{kind}\n{differences(lines, second[kind])}"
