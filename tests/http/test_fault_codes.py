"""Faults of one-time codes on their way: lost, late, twice, or by the other channel."""

from typing import Any

import pytest

from tests.http.initiator import CARDS, Initiator
from tests.http.test_fault_rules import EMAIL, START, add, counts

Json = dict[str, Any]


async def inbox(initiator: Initiator) -> list[Json]:
    """What has arrived."""
    found: list[Json] = (await initiator.manage("GET", "/otps")).body["otps"]
    return found


@pytest.fixture
async def shop(new_sandbox: Any) -> Initiator:
    """An initiator in a frozen sandbox, with Ana and her cards."""
    initiator: Initiator = await new_sandbox(clock=START)
    await initiator.with_consumer()
    return initiator


@pytest.mark.parametrize("network", CARDS)
async def test_a_lost_code_never_arrives_and_the_next_one_does(
    shop: Initiator, network: str
) -> None:
    rule = await add(shop, {"otp": {"delivery": "lost"}}, when={"times": 1})

    await shop.initiated(network)
    assert await inbox(shop) == []
    await shop.initiated(network)
    assert [code["state"] for code in await inbox(shop)] == ["issued"]
    assert await counts(shop, rule["id"]) == (2, 1)


@pytest.mark.parametrize(("after", "wait"), [("PT2M", "PT2M"), (None, "PT1M")])
async def test_a_late_code_arrives_by_the_sandboxs_clock(
    shop: Initiator, after: str | None, wait: str
) -> None:
    late = {"delivery": "late", **({"after": after} if after else {})}
    await add(shop, {"otp": late})
    await shop.initiated("visa")
    assert await inbox(shop) == []

    await shop.manage("POST", "/clock/advance", {"by": wait})

    [code] = await inbox(shop)
    assert code["state"] == "issued"


async def test_a_code_comes_twice(shop: Initiator) -> None:
    await add(shop, {"otp": {"delivery": "duplicate"}})
    await shop.initiated("visa")

    one, two = await inbox(shop)
    assert one["value"] == two["value"]
    assert one["id"] != two["id"]


async def test_a_code_asked_for_by_mail_comes_by_text_message(shop: Initiator) -> None:
    await add(shop, {"otp": {"delivery": "otherChannel"}})
    await shop.initiated("visa")

    [code] = await inbox(shop)
    assert (code["channel"], code["destination"]) == ("MOBILE_PHONE_NUMBER", "12025550143")


async def test_the_header_loses_a_code_too(shop: Initiator) -> None:
    url = f"{shop.sandbox['urls']['visa']['src']}/identities/validation/initiate"
    body = {"srcClientId": shop.client_id, **EMAIL}
    asking = {"X-Src-Simulate": "otp=lost"}
    async with shop.session.post(url, json=body, headers=asking) as response:
        assert response.status == 200

    assert await inbox(shop) == []
