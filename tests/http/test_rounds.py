"""What is done though nobody asks: batches by themselves, notifications once by several workers."""

import asyncio
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator

import pytest

from tests.conftest import RunningServer
from tests.http.initiator import Answer, Initiator, Json
from tests.http.receiver import receiving
from tests.http.test_card_batches import OTHER_CARD, record, submitted
from tests.http.test_card_notifications import act, advance, kept, listen, pay
from tests.http.test_dpa_batches import item, register, status

NewSandbox = Callable[..., Awaitable[Initiator]]
PATIENCE_SECONDS = 15
LOOK_SECONDS = 0.05


@pytest.fixture
def second_worker(server: RunningServer) -> Iterator[Json]:
    """Another process on the same database, with the same vault key."""
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "src_system",
            "serve",
            "--listen=127.0.0.1:0",
            "--control=127.0.0.1:0",
            f"--database-url={server.dsn}",
            f"--data-dir={server.log.parent / 'data'}",
            "--log-level=warning",
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield json.loads(process.stdout.readline())
    finally:
        process.terminate()
        process.wait(30)
        process.stdout.close()


async def becomes(look: Callable[[], Awaitable[bool]]) -> bool:
    """Whether *look* says yes before our patience ends."""
    for _ in range(int(PATIENCE_SECONDS / LOOK_SECONDS)):
        if await look():
            return True
        await asyncio.sleep(LOOK_SECONDS)
    return False


async def test_batches_are_processed_without_anybody_asking(new_sandbox: NewSandbox) -> None:
    initiator = await new_sandbox(issuer=True)
    await register(initiator, "visa", item())
    await submitted(initiator, "amex", await record(initiator, "amex"))

    async def is_there() -> bool:
        shop = await initiator.manage("GET", "/dpas/shop-1")
        cards = await initiator.manage("GET", "/cards?network=amex")
        return shop.status == 200 and len(cards.body["cards"]) == 1

    assert await becomes(is_there)


async def test_what_two_workers_deliver_arrives_once(
    new_sandbox: NewSandbox, second_worker: Json
) -> None:
    initiator = await new_sandbox(clock="frozen")
    cards = await initiator.with_consumer()
    async with receiving() as receiver:
        await listen(initiator, receiver.url)
        for one in cards:
            await pay(initiator, one["network"], one["srcDigitalCardId"])
        for one in cards * 4:
            for action in ("suspend", "resume"):
                await act(initiator, one["network"], one["srcDigitalCardId"], action)
        arrived = [await receiver.next() for _ in range(len(cards) * 8)]

        assert await receiver.nothing_for(1.0)
    assert second_worker["event"] == "ready"
    assert set(Counter(one.id for one in arrived).values()) == {1}
    assert await becomes(lambda: _all_delivered(initiator, len(arrived)))


async def _all_delivered(initiator: Initiator, count: int) -> bool:
    return len(await kept(initiator, "state=DELIVERED")) == count


async def test_a_batch_polled_at_two_workers_is_processed_once(
    new_sandbox: NewSandbox, second_worker: Json
) -> None:
    initiator = await new_sandbox(clock="frozen", issuer=True)
    other = Initiator(initiator.session, initiator.control, _moved(initiator, second_worker))
    accepted = await register(initiator, "visa", item())
    batch = await submitted(
        initiator,
        "discover",
        await record(initiator, "discover"),
        await record(initiator, "discover", OTHER_CARD["discover"], what="card-2"),
    )
    await advance(initiator, "PT1S")

    answers = await asyncio.gather(
        *(status(one, "visa", accepted.body["batchId"]) for one in (initiator, other) * 3),
        *(_cards_batch(one, batch["batchId"]) for one in (initiator, other) * 3),
    )

    statuses = {answer.body.get("batchStatus") for answer in answers}
    assert statuses == {"COMPLETED_SUCCESSFULLY"}
    cards = await initiator.manage("GET", "/cards?network=discover")
    assert len(cards.body["cards"]) == 2


def _moved(initiator: Initiator, worker: Json) -> Json:
    """The sandbox's document with the addresses of another worker."""
    here = initiator.sandbox["urls"]["visa"]["src"].partition("/s/")[0]
    moved: Json = json.loads(json.dumps(initiator.sandbox).replace(here, worker["protocol"]))
    return moved


async def _cards_batch(initiator: Initiator, batch_id: str) -> Answer:
    issuer = next(
        one for one in initiator.sandbox["clients"] if one["kind"] == "PARTICIPATING_ISSUER"
    )
    url = f"{initiator.sandbox['urls']['discover']['src']}/cards/batch/{batch_id}"
    return await initiator.send("GET", f"{url}?srcClientId={issuer['srcClientId']}")


async def test_a_reset_forgets_batches_of_cards_and_the_outbox(new_sandbox: NewSandbox) -> None:
    initiator = await new_sandbox(clock="frozen", issuer=True)
    await listen(initiator, "http://127.0.0.1:9/")
    cards = await initiator.with_consumer()
    card = next(one["srcDigitalCardId"] for one in cards if one["network"] == "visa")
    await pay(initiator, "visa", card)
    await act(initiator, "visa", card, "suspend")
    batch = await submitted(initiator, "discover", await record(initiator, "discover"))
    before = await kept(initiator)

    await initiator.manage("POST", "/reset")

    assert len(before) == 1
    assert await kept(initiator) == []
    gone = await _cards_batch(initiator, batch["batchId"])
    assert gone.status == 404
