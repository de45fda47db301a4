"""The inbox when codes are lost, come late, twice, or by the other channel."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from src_system.clock import parse_iso
from src_system.model.code_delivery import DeliveryMode
from src_system.model.identifiers import SystemKey
from src_system.model.identity_validation import OneTimeCodeState
from src_system.store import issued_codes
from src_system.store.database import Database
from tests.conftest import sandbox_id_of
from tests.control.code_sending import send_code

FROZEN = "2027-03-01T10:00:00Z"
Send = Callable[..., Awaitable[str]]


@pytest.fixture(scope="module")
async def database(server) -> AsyncIterator[Database]:
    opened = await Database.connect(
        server.dsn.replace("//@", "///"),
        pool_min=1,
        pool_max=2,
        statement_timeout_ms=5000,
        connect_timeout_s=5,
    )
    yield opened
    await opened.close()


@pytest.fixture
async def frozen(control, sandbox, ana, database) -> dict[str, Any]:
    """A sandbox whose time stands still, with Ana in it."""
    async with control.put(
        f"{sandbox['path']}/clock", json={"mode": "frozen", "at": FROZEN}
    ) as answer:
        assert answer.status == 200
    async with control.post(f"{sandbox['path']}/fixtures", json={"consumers": [ana]}) as answer:
        assert answer.status == 200
    async with database.connection() as tx:
        sandbox_id = await sandbox_id_of(tx.connection, sandbox["name"])
    return {**sandbox, "otps": f"{sandbox['path']}/otps", "sandbox_id": sandbox_id}


@pytest.fixture
def send(server, frozen) -> Send:
    """Issue a code as a call would whose delivery is *mode*; its idValidationSessionId."""

    async def issue(mode: DeliveryMode, *, late: int = 0, network: str = "visa") -> str:
        name = await send_code(
            server.dsn,
            frozen,
            now=parse_iso(FROZEN),
            mode=mode,
            late=timedelta(seconds=late),
            network=network,
        )
        return name.rpartition("-")[0]

    return issue


async def inbox(control, frozen, **query: str) -> dict[str, Any]:
    async with control.get(frozen["otps"], params=query) as answer:
        assert answer.status == 200, await answer.text()
        document: dict[str, Any] = await answer.json()
    return document


async def advance(control, frozen, by: str) -> dict[str, Any]:
    async with control.post(f"{frozen['path']}/clock/advance", json={"by": by}) as answer:
        assert answer.status == 200
        document: dict[str, Any] = await answer.json()
    return document


async def test_a_lost_code_is_listed_only_when_undelivered_ones_are_asked_for(
    control, frozen, send
):
    session = await send(DeliveryMode.LOST)

    assert (await inbox(control, frozen))["otps"] == []
    (code,) = (await inbox(control, frozen, undelivered="true"))["otps"]
    assert (code["delivery"], code["state"]) == ("lost", "issued")
    assert code["idValidationSessionId"] == session
    assert len(code["value"]) == 6


async def test_a_late_code_arrives_when_the_clock_reaches_its_time(control, frozen, send):
    await send(DeliveryMode.LATE, late=120)

    assert (await inbox(control, frozen))["otps"] == []
    (waiting,) = (await inbox(control, frozen, undelivered="true"))["otps"]
    assert (waiting["delivery"], waiting["arrivesAt"]) == ("late", "2027-03-01T10:02:00.000Z")
    await advance(control, frozen, "PT1M59S")
    assert (await inbox(control, frozen))["otps"] == []
    await advance(control, frozen, "PT1S")
    (code,) = (await inbox(control, frozen))["otps"]
    assert (code["state"], code["triesLeft"], code["value"]) == ("issued", 3, waiting["value"])


async def test_a_late_code_comes_behind_what_arrived_before_it(control, frozen, send):
    late = await send(DeliveryMode.LATE, late=60)
    in_time = await send(DeliveryMode.NORMAL, network="amex")

    first = await inbox(control, frozen)
    await advance(control, frozen, "PT1M")
    second = await inbox(control, frozen, after=first["cursor"])
    whole = await inbox(control, frozen)

    assert [code["idValidationSessionId"] for code in first["otps"]] == [in_time]
    assert [code["idValidationSessionId"] for code in second["otps"]] == [late]
    assert [code["idValidationSessionId"] for code in whole["otps"]] == [in_time, late]
    assert int(second["cursor"]) > int(first["cursor"])


async def test_late_codes_arrive_in_the_order_of_their_times(control, frozen, send):
    slower = await send(DeliveryMode.LATE, late=90)
    faster = await send(DeliveryMode.LATE, late=30, network="amex")

    await advance(control, frozen, "PT2M")
    codes = (await inbox(control, frozen))["otps"]

    assert [code["idValidationSessionId"] for code in codes] == [faster, slower]


async def test_whoever_waits_sees_a_late_code_come(control, frozen, send):
    await send(DeliveryMode.NORMAL, network="amex")
    seen = (await inbox(control, frozen))["cursor"]
    session = await send(DeliveryMode.LATE, late=60)
    waiting = asyncio.create_task(inbox(control, frozen, after=seen, wait="20"))
    await asyncio.sleep(0.2)
    assert not waiting.done()

    await advance(control, frozen, "PT1M")

    (code,) = (await waiting)["otps"]
    assert code["idValidationSessionId"] == session


async def test_a_late_code_that_was_superseded_meanwhile_is_no_use_to_whoever_waits(
    control, frozen, send
):
    await send(DeliveryMode.LATE, late=60)
    await send(DeliveryMode.NORMAL)
    seen = (await inbox(control, frozen))["cursor"]
    await advance(control, frozen, "PT1M")

    waited = await inbox(control, frozen, after=seen, wait="0.2")
    looked = await inbox(control, frozen, after=seen)

    assert waited["otps"] == []
    assert [code["state"] for code in looked["otps"]] == ["superseded"]


async def test_a_code_that_comes_after_its_life_is_expired(control, frozen, send):
    await send(DeliveryMode.LATE, late=301)

    await advance(control, frozen, "PT10M")
    (code,) = (await inbox(control, frozen))["otps"]

    assert (code["state"], code["triesLeft"]) == ("expired", 0)


async def test_a_code_once_arrived_stays_when_the_clock_is_put_back(control, frozen, send):
    await send(DeliveryMode.LATE, late=60)
    await advance(control, frozen, "PT1M")
    before = await inbox(control, frozen)

    async with control.put(f"{frozen['path']}/clock", json={"at": FROZEN}) as answer:
        assert answer.status == 200

    assert await inbox(control, frozen) == before


async def test_a_duplicate_is_the_same_code_twice_with_ids_of_their_own(control, frozen, send):
    await send(DeliveryMode.DUPLICATE)

    one, two = (await inbox(control, frozen))["otps"]

    assert one["id"] != two["id"]
    assert {**one, "id": ""} == {**two, "id": ""}
    assert one["delivery"] == "duplicate"


async def test_both_copies_share_one_fate(control, frozen, send):
    await send(DeliveryMode.DUPLICATE)
    await send(DeliveryMode.NORMAL)

    codes = (await inbox(control, frozen))["otps"]

    assert [code["state"] for code in codes] == ["superseded", "superseded", "issued"]


async def test_the_other_channel_is_where_the_code_is_found(control, frozen, send):
    await send(DeliveryMode.OTHER_CHANNEL)

    assert (await inbox(control, frozen, channel="EMAIL"))["otps"] == []
    (code,) = (await inbox(control, frozen, channel="SMS"))["otps"]
    assert (code["destination"], code["delivery"]) == ("12025550143", "otherChannel")
    assert code["identity"] == "ana@shop.test"


async def test_what_was_sent_is_listed_in_the_order_of_sending(control, frozen, send):
    await send(DeliveryMode.LATE, late=60)
    await send(DeliveryMode.LOST, network="amex")
    await send(DeliveryMode.DUPLICATE, network="mastercard")
    await advance(control, frozen, "PT1M")
    await inbox(control, frozen)

    first = await inbox(control, frozen, undelivered="true", limit="2")
    rest = await inbox(control, frozen, undelivered="true", after=first["cursor"])

    sent = [code["delivery"] for code in first["otps"] + rest["otps"]]
    assert sent == ["late", "lost", "duplicate", "duplicate"]


async def test_a_code_that_is_being_superseded_is_kept_from_whoever_waits(
    control, database, frozen, send
):
    session = await send(DeliveryMode.NORMAL)
    key = SystemKey(frozen["sandbox_id"], "visa")

    async with database.transaction() as tx:
        await issued_codes.set_code_state(tx, key, session, OneTimeCodeState.SUPERSEDED)
        waiting = asyncio.create_task(inbox(control, frozen, wait="0.5"))
        looked = await inbox(control, frozen)
        await asyncio.sleep(0.2)
        assert not waiting.done()
    waited = await waiting

    assert [code["state"] for code in looked["otps"]] == ["issued"]
    assert waited["otps"] == []


async def test_a_wait_goes_on_while_another_call_judges_both_copies(
    control, database, frozen, send
):
    """Reader and writer lock the two rows in one order: neither is turned away as a deadlock."""
    await send(DeliveryMode.DUPLICATE)

    async def supersede() -> None:
        for _ in range(10):
            await send(DeliveryMode.DUPLICATE)

    async def read() -> list[dict[str, Any]]:
        return [await inbox(control, frozen, wait="5") for _ in range(20)]

    _, *pages = await asyncio.gather(supersede(), read(), read())

    states = {code["state"] for page in pages for one in page for code in one["otps"]}
    assert states == {"issued"}
