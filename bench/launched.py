"""Databases seeded with the launch, and shops whose shoppers are spread over all their people."""

import asyncio
import json
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg

from bench.machine import BenchFailed
from bench.shop import NETWORK, Json, Port, Shop, Shopper
from src_system.derive import Derivation
from src_system.fixtures.launch.people import EMAIL_FORM, People, Person
from src_system.model.consumer import ConsumerStatus
from src_system.model.digital_card import DigitalCardStatus


def database(dsn: str, name: str) -> str:
    """The DSN of a new, empty database of that server."""
    asyncio.run(_create(dsn, name))
    return urlsplit(dsn)._replace(path=f"/{name}").geturl().replace("//@", "///")


async def _create(dsn: str, name: str) -> None:
    connection = await asyncpg.connect(dsn)
    await connection.execute(f'CREATE DATABASE "{name}"')
    await connection.close()


def seed(dsn: str, folder: Path, consumers: int) -> Json:
    """Fill the default sandbox with that many people; the summary of the command."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "src_system", "seed", "--profile=launch", "--format=json"),
            *(f"--database-url={dsn}", "--migrate", f"--data-dir={folder / 'data'}"),
            *("--dpas=200", f"--consumers={consumers}"),
        ],
        stdout=subprocess.PIPE,
        check=False,
    )
    if done.returncode:
        raise BenchFailed(f"the seed failed with exit code {done.returncode}")
    summary: Json = json.loads(done.stdout)
    return summary


def settle(*dsns: str) -> None:
    """Do PostgreSQL's housekeeping now, so that none of it falls into a round."""
    for dsn in dsns:
        asyncio.run(_vacuum(dsn))


async def _vacuum(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    await connection.execute("VACUUM (ANALYZE)")
    await connection.execute("CHECKPOINT")
    await connection.close()


class LaunchedShop(Shop):
    """The default sandbox's shop, with shoppers from the first person to the last."""

    def __init__(self, protocol: Port, control: Port, *, people: int, shoppers: int) -> None:
        self._people = people
        super().__init__(protocol, control, name="default", shoppers=shoppers)

    def _open(self, name: str) -> Json:
        return self._control.call("GET", f"/v1/sandboxes/{name}")

    def _shoppers(self, count: int) -> list[Shopper]:
        everybody = People(Derivation(str(self.sandbox["seed"])), datetime.now(UTC))
        step = max(1, self._people // (3 * count))
        usable = [n for n in range(0, self._people, step) if _can_pay(everybody.person(n))]
        count = min(count, len(usable))
        usable = [usable[place * len(usable) // count] for place in range(count)]
        self._tokens_made = time.monotonic()
        shoppers = []
        for number in usable:
            email = EMAIL_FORM.format(number=number)
            token = self._id_token(email)
            profile = self._ask("profiles/prepare", {"idTokens": [token]})["profiles"][0]
            self._tokens.append(token)
            shoppers.append(
                Shopper(
                    email=email,
                    src_consumer_id=profile["maskedConsumer"]["srcConsumerId"],
                    src_digital_card_id=profile["maskedCards"][0]["srcDigitalCardId"],
                )
            )
        return shoppers


def _can_pay(person: Person) -> bool:
    """Whether profile and cards of the network are in order, so that any card of it will do."""
    now = datetime.now(UTC)
    cards = [card for card in person.cards if card.network == NETWORK]
    return (
        bool(cards)
        and person.status is ConsumerStatus.ACTIVE
        and all(
            card.status is DigitalCardStatus.ACTIVE and not card.expiry.is_past(now)
            for card in cards
        )
    )
