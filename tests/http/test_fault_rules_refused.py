"""Rules that no call could meet, or that are misspelt, are refused with what to write instead."""

import pytest

from src_system.networks import PROFILES
from tests.http.initiator import CARDS, Initiator
from tests.http.test_fault_rules import LOCKED, add


@pytest.mark.parametrize("network", CARDS)
async def test_an_operation_that_a_network_does_not_have_is_refused_there_with_what_to_match(
    initiator: Initiator, network: str
) -> None:
    match = {"operation": "getPayload", "network": network}
    answer = await initiator.manage("POST", "/faults", {"effect": LOCKED, "match": match})

    if PROFILES[network].payload_by_get:
        assert answer.status == 201
        return
    assert (answer.status, answer.source) == (400, "match.network")
    assert "match checkout" in answer.body["message"]
    for wider in (
        {**match, "operation": ["checkout", "getPayload"]},
        {**match, "network": [network, "visa"]},
        {"operation": "getPayload"},
    ):
        await add(initiator, match=wider)


async def test_where_a_payload_is_fetched_by_a_checkout_that_is_called_again_checkout_is_met(
    initiator: Initiator,
) -> None:
    cards = {card["network"]: card for card in await initiator.with_consumer()}
    card = {"srcDigitalCardId": cards["mastercard"]["srcDigitalCardId"]}
    token = await initiator.id_token("mastercard")
    done = await initiator.checkout("mastercard", idToken=token, **card)
    await add(initiator, match={"operation": "checkout", "card": card["srcDigitalCardId"]})

    again = {"srcCorrelationId": done.body["srcCorrelationId"], **card}
    answer = await initiator.call("mastercard", "transaction/credentials", again)

    assert answer.body["reason"] == "ACCT_INACCESSIBLE"


async def test_a_member_in_another_spelling_is_refused_with_its_own(initiator: Initiator) -> None:
    rule = {"effect": LOCKED, "when": {"max_consecutive": 1}}
    answer = await initiator.manage("POST", "/faults", [rule])  # type: ignore[arg-type]
    strange = await initiator.manage("POST", "/faults", {**rule, "when": {"max_often": 1}})

    assert answer.body["message"].endswith("; it is written maxConsecutive.")
    assert strange.body["message"] == "There is no member when.max_often here."
