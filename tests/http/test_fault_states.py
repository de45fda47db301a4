"""Faults that change a card's or a consumer's state: at once, in time, or after so many calls."""

import asyncio
import time
from typing import Any

import pytest

from tests.http.initiator import CARDS, Answer, Initiator
from tests.http.test_fault_rules import EMAIL, START, add, counts

Json = dict[str, Any]
SECONDS = 20


class Shopper:
    """Ana, who pays with her card of one network."""

    def __init__(self, initiator: Initiator, network: str, card_id: str, token: str) -> None:
        self.initiator = initiator
        self.network = network
        self.card_id = card_id
        self.token = token

    async def pay(self) -> Answer:
        return await self.initiator.checkout(
            self.network, idToken=self.token, srcDigitalCardId=self.card_id
        )

    async def card_status(self) -> str:
        answer = await self.initiator.manage("GET", f"/cards/{self.network}/{self.card_id}")
        return str(answer.body["status"])

    async def advance(self, by: str) -> list[Json]:
        answer = await self.initiator.manage("POST", "/clock/advance", {"by": by})
        assert answer.status == 200, answer.body
        fired: list[Json] = answer.body["fired"]
        return fired


async def shopper_of(initiator: Initiator, network: str = "visa") -> Shopper:
    cards = {card["network"]: card for card in await initiator.with_consumer()}
    token = await initiator.id_token(network)
    return Shopper(initiator, network, cards[network]["srcDigitalCardId"], token)


@pytest.mark.parametrize("network", CARDS)
async def test_a_card_is_suspended_before_the_call_that_matches(
    initiator: Initiator, network: str
) -> None:
    ana = await shopper_of(initiator, network)
    assert (await ana.pay()).status == 200
    rule = await add(initiator, {"state": {"card": "SUSPENDED"}}, match={"operation": "checkout"})

    assert "SUSPENDED_CARD" in (await ana.pay()).reasons
    assert await ana.card_status() == "SUSPENDED"
    # It is suspended already: the second call changes nothing, and so does not count.
    assert "SUSPENDED_CARD" in (await ana.pay()).reasons
    assert await counts(initiator, rule["id"]) == (2, 1)


async def test_a_consumer_is_locked_and_an_expired_card_has_expired(
    initiator: Initiator,
) -> None:
    ana = await shopper_of(initiator)
    await add(initiator, {"state": {"card": "EXPIRED"}}, match={"operation": "checkout"})
    assert "INACTIVE_CARD" in (await ana.pay()).reasons
    assert await ana.card_status() == "EXPIRED"

    await add(initiator, {"state": {"consumer": "LOCKED"}}, match={"operation": "identityLookup"})
    answer = await initiator.call("visa", "identities/lookup", EMAIL)
    assert answer.body["reason"] == "ACCT_INACCESSIBLE"


async def test_a_change_after_a_time_comes_when_the_sandboxs_clock_says_so(
    new_sandbox: Any,
) -> None:
    initiator = await new_sandbox(clock=START)
    ana = await shopper_of(initiator)
    await add(
        initiator,
        {"state": {"card": "SUSPENDED", "after": "PT5M"}},
        match={"operation": "checkout"},
    )
    for _ in range(2):  # planned once only
        assert (await ana.pay()).status == 200

    assert await ana.advance("PT4M") == []
    assert (await ana.pay()).status == 200
    [fired] = await ana.advance("PT1M")
    assert {name: fired[name] for name in ("kind", "network", "id", "dueAt")} == {
        "kind": "stateChange",
        "network": "visa",
        "id": ana.card_id,
        "dueAt": "2026-11-23T09:05:00.000Z",
    }
    assert await ana.card_status() == "SUSPENDED"
    assert "SUSPENDED_CARD" in (await ana.pay()).reasons


async def test_a_change_is_due_for_the_very_call_that_comes_too_late(new_sandbox: Any) -> None:
    initiator = await new_sandbox(clock={"mode": "offset", "at": START})
    ana = await shopper_of(initiator)
    await add(
        initiator,
        {"state": {"card": "SUSPENDED", "after": "PT1H"}},
        match={"operation": "checkout", "nth": 1},
    )
    assert (await ana.pay()).status == 200

    await initiator.manage("PUT", "/clock", {"mode": "frozen", "at": "2026-11-23T10:30:00Z"})

    assert await ana.card_status() == "SUSPENDED"


async def test_on_a_clock_that_runs_nobody_has_to_ask(initiator: Initiator) -> None:
    ana = await shopper_of(initiator)
    await add(
        initiator,
        {"state": {"card": "SUSPENDED", "after": "PT0.2S"}},
        match={"operation": "checkout", "nth": 1},
    )
    assert (await ana.pay()).status == 200

    begun = time.monotonic()
    status = ""
    while status != "SUSPENDED":
        assert time.monotonic() - begun < SECONDS
        await asyncio.sleep(0.05)
        status = await ana.card_status()


async def test_a_change_after_calls_comes_when_so_many_were_answered(
    initiator: Initiator,
) -> None:
    ana = await shopper_of(initiator)
    rule = await add(
        initiator,
        {"state": {"card": "SUSPENDED", "after": {"calls": 3}}},
        match={"operation": "checkout"},
    )

    answers = [await ana.pay() for _ in range(3)]

    assert [answer.status for answer in answers] == [200, 200, 200]
    assert await ana.card_status() == "SUSPENDED"
    assert "SUSPENDED_CARD" in (await ana.pay()).reasons
    assert await counts(initiator, rule["id"]) == (4, 1)


@pytest.mark.parametrize("network", CARDS)
@pytest.mark.parametrize("refused_by", ["an error", "a quota", "the operation"])
async def test_the_last_of_so_many_calls_may_be_refused_and_the_change_comes_all_the_same(
    initiator: Initiator, network: str, refused_by: str
) -> None:
    ana = await shopper_of(initiator, network)
    rule = await add(
        initiator,
        {"state": {"card": "SUSPENDED", "after": {"calls": 2}}},
        match={"operation": "checkout"},
    )
    assert (await ana.pay()).status == 200
    if refused_by == "an error":
        await add(initiator, {"error": {"reason": "UNAVAILABLE"}})
    elif refused_by == "a quota":
        await add(initiator, {"quota": {"limit": 0, "per": "PT1M"}})
    else:
        ana.token = "none"

    assert (await ana.pay()).status in (401, 429, 503)

    assert await ana.card_status() == "SUSPENDED"
    assert await counts(initiator, rule["id"]) == (2, 1)


async def test_a_step_that_the_cards_state_does_not_have_is_not_taken(
    initiator: Initiator,
) -> None:
    ana = await shopper_of(initiator)
    await initiator.manage("DELETE", f"/cards/visa/{ana.card_id}")
    rule = await add(initiator, {"state": {"card": "ACTIVE"}}, match={"operation": "checkout"})

    assert "INACTIVE_CARD" in (await ana.pay()).reasons
    assert await ana.card_status() == "CANCELLED"
    assert await counts(initiator, rule["id"]) == (1, 0)


async def test_without_its_rule_a_planned_change_does_not_come(new_sandbox: Any) -> None:
    initiator = await new_sandbox(clock=START)
    ana = await shopper_of(initiator)
    await add(initiator, {"state": {"card": "SUSPENDED", "after": "PT10M"}})
    assert (await ana.pay()).status == 200
    await initiator.manage("DELETE", "/faults")

    fired = await ana.advance("PT20M")
    assert [one for one in fired if one["kind"] == "stateChange"] == []
    assert await ana.card_status() == "ACTIVE"


async def test_a_call_about_no_card_changes_none(initiator: Initiator) -> None:
    await shopper_of(initiator)
    rule = await add(initiator, {"state": {"card": "SUSPENDED"}})

    assert (await initiator.call("visa", "identities/lookup", EMAIL)).status == 200
    assert await counts(initiator, rule["id"]) == (0, 0)


async def test_the_header_changes_a_state_as_well(initiator: Initiator) -> None:
    ana = await shopper_of(initiator)
    url = f"{initiator.sandbox['urls']['visa']['src']}/identities/lookup"
    body = {"srcClientId": initiator.client_id, **EMAIL}
    asking = {"X-Src-Simulate": "state=consumer:SUSPENDED"}
    async with initiator.session.post(url, json=body, headers=asking) as response:
        assert response.status == 403

    assert (await ana.pay()).body["reason"] == "ACCT_INACCESSIBLE"


async def test_whoever_holds_the_card_hears_of_it(initiator: Initiator) -> None:
    ana = await shopper_of(initiator)
    await initiator.manage(
        "PUT",
        f"/clients/{initiator.client_id}",
        {"notificationUrl": "http://127.0.0.1:9/cards"},
    )
    assert (await ana.pay()).status == 200
    await add(initiator, {"state": {"card": "SUSPENDED"}}, match={"operation": "checkout"})
    await ana.pay()

    told = (await initiator.manage("GET", "/notifications?wait=5")).body["notifications"]
    assert [one["reasonCode"] for one in told] == ["CARD_SUSPENDED"]
