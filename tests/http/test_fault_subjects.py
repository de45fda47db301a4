"""Whom and which card a call is about is found however the call says it, by every operation."""

from collections.abc import Sequence
from typing import Any

import pytest

from src_system.model.fault_concerns import CONCERNS, Concern
from tests.http.calls_about import ROWS, WAYS, Known, Way, known, ways_of
from tests.http.initiator import CARDS, Initiator, Json
from tests.http.test_dpa_batches import item
from tests.http.test_fault_rules import START, add, counts

UNAVAILABLE = {"error": {"reason": "UNAVAILABLE"}}  # 503
EXHAUSTED = {"error": {"reason": "RESOURCE_EXHAUSTED"}}  # 429
PEOPLE = 6
SHOP = {"dpaName": "Corner Shop"}


async def rules_of(initiator: Initiator, ways: Sequence[Way], effect: Json, **members: Any) -> None:
    """One rule for each of the operations, by its name; what it does not meet is a 429."""
    match = members.pop("match", {})
    for name in dict.fromkeys(way.operation for way in ways):
        await add(initiator, effect, id=name, match={**match, "operation": name}, **members)
    await add(initiator, EXHAUSTED)


async def answers(person: Known, ways: Sequence[Way]) -> list[int]:
    """The status of each call: none of them comes to its operation."""
    return [(await way.call(person)).status for way in ways]


def test_every_operation_about_a_person_or_a_card_is_tried() -> None:
    tried = {way.operation for way in WAYS}
    with_card = {way.operation for way in WAYS if way.has_card}

    assert tried == {name for name, concerns in CONCERNS.items() if Concern.CONSUMER in concerns}
    assert with_card == {name for name, about in CONCERNS.items() if Concern.KEPT_CARD in about}
    assert set(CONCERNS) == {*ROWS, "keys"}


@pytest.mark.parametrize("network", CARDS)
async def test_a_rule_for_a_consumer_meets_every_call_about_them(
    initiator: Initiator, network: str
) -> None:
    ana = await known(initiator, network, "ana@shop.test", 1)
    ben = await known(initiator, network, "ben@shop.test", 2)
    ways = list(ways_of(network))
    for name in ("ana@shop.test", "+1 202 555 0101"):
        await rules_of(initiator, ways, UNAVAILABLE, match={"consumer": name})

        met = dict(zip(ways, await answers(ana, ways), strict=True))
        assert [way for way, status in met.items() if status != 503] == []
        assert set(await answers(ben, ways)) == {429}
        await initiator.manage("DELETE", "/faults")


@pytest.mark.parametrize("network", CARDS)
async def test_a_rule_for_a_card_meets_every_call_about_it(
    initiator: Initiator, network: str
) -> None:
    ana = await known(initiator, network, "ana@shop.test", 1)
    ben = await known(initiator, network, "ben@shop.test", 2)
    ways = [way for way in ways_of(network) if way.has_card]
    for name in (ana.card_id, CARDS[network], CARDS[network][-4:]):
        await rules_of(initiator, ways, UNAVAILABLE, match={"card": name})

        met = dict(zip(ways, await answers(ana, ways), strict=True))
        assert [way for way, status in met.items() if status != 503] == []
        if name == ana.card_id:  # the number is Ben's as well
            assert set(await answers(ben, ways)) == {429}
        await initiator.manage("DELETE", "/faults")


@pytest.mark.parametrize("network", CARDS)
@pytest.mark.parametrize("whose", ["consumer", "card"])
async def test_a_state_is_changed_by_every_call_about_whom_it_is_of(
    new_sandbox: Any, network: str, whose: str
) -> None:
    initiator = await new_sandbox(clock=START)
    ana = await known(initiator, network, "ana@shop.test", 1)
    ways = [way for way in ways_of(network) if whose == "consumer" or way.has_card]
    await rules_of(initiator, ways, {"state": {whose: "SUSPENDED", "after": "P1D"}})

    await answers(ana, ways)

    told = {name: await counts(initiator, name) for name in {way.operation for way in ways}}
    assert {name: applied for name, (_, applied) in told.items()} == dict.fromkeys(told, 1)
    fired = (await initiator.manage("POST", "/clock/advance", {"by": "P1D"})).body["fired"]
    assert "stateChange" in {one["kind"] for one in fired}


@pytest.mark.parametrize("network", CARDS)
async def test_of_several_people_in_a_call_each_is_met(initiator: Initiator, network: str) -> None:
    ana = await known(initiator, network, "ana@shop.test", 1)
    ben = await known(initiator, network, "ben@shop.test", 2)
    way = Way("getSrcProfile", lambda one: {"idTokens": [one.id_token, ben.id_token]})
    await rules_of(initiator, [way], UNAVAILABLE, match={"consumer": "ben@shop.test"})

    assert (await way.call(ana)).status == 503


@pytest.mark.parametrize("network", CARDS)
async def test_a_rule_for_a_merchant_meets_its_registration(
    initiator: Initiator, network: str
) -> None:
    await add(initiator, UNAVAILABLE, match={"operation": "registerDpas", "dpa": "shop-1"})
    resource = f"srci/{initiator.client_id}/dpas/batch"

    met, other = [
        await initiator.call(
            network, resource, {"items": [item("ADD", {"srcDpaId": name, "dpaData": SHOP})]}
        )
        for name in ("shop-1", "shop-2")
    ]

    assert (met.status, other.status) == (503, 200)


@pytest.mark.parametrize("network", CARDS)
async def test_a_suspended_card_is_that_of_the_checkout_confirmed(
    initiator: Initiator, network: str
) -> None:
    ana = await known(initiator, network, "ana@shop.test", 1)
    await add(initiator, {"state": {"card": "SUSPENDED"}}, match={"operation": "confirmation"})
    [way] = [way for way in WAYS if way.operation == "confirmation"]

    assert (await way.call(ana)).status == 204

    card = await initiator.manage("GET", f"/cards/{network}/{ana.card_id}")
    assert card.body["status"] == "SUSPENDED"


@pytest.mark.parametrize("network", CARDS)
async def test_chance_is_the_same_for_each_person_whoever_calls_first(
    new_sandbox: Any, network: str
) -> None:
    ways = list(ways_of(network))

    async def rolled(places: Sequence[int]) -> dict[int, list[int]]:
        initiator = await new_sandbox(seed="99")
        people = [
            await known(initiator, network, f"person{place}@shop.test", place)
            for place in range(PEOPLE)
        ]
        await rules_of(initiator, ways, UNAVAILABLE, when={"probability": 0.5})
        return {place: await answers(people[place], ways) for place in places}

    in_turn = await rolled(range(PEOPLE))
    in_reverse = await rolled(range(PEOPLE)[::-1])

    for place, way in enumerate(ways):
        one, other = (
            [told[person][place] for person in range(PEOPLE)] for told in (in_turn, in_reverse)
        )
        assert one == other, way
    assert len({tuple(told) for told in in_turn.values()}) == PEOPLE  # no two of them alike
