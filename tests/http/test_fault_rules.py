"""Fault rules on a running server: kept, listed, matched, bounded and counted."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from tests.conftest import RunningServer
from tests.http.initiator import CARDS, Initiator

LOCKED = {"error": {"reason": "ACCT_INACCESSIBLE"}}
EMAIL = {"consumerIdentity": {"identityType": "EMAIL_ADDRESS", "identityValue": "ana@shop.test"}}
START = "2026-11-23T09:00:00Z"
Json = dict[str, Any]


async def add(initiator: Initiator, effect: Json = LOCKED, **members: Any) -> Json:
    """A rule, made now."""
    answer = await initiator.manage("POST", "/faults", {"effect": effect, **members})
    assert answer.status == 201, answer.body
    return answer.body


async def lookup(initiator: Initiator, network: str = "visa", **body: Any) -> bool:
    """Whether an identityLookup was let through."""
    answer = await initiator.call(network, "identities/lookup", EMAIL | body)
    assert answer.status in (200, 403), answer.body
    return answer.status == 200


async def at_once(initiator: Initiator, count: int) -> list[bool]:
    """So many lookups beside each other, each of a transaction of its own."""
    calls = (lookup(initiator, srciTransactionId=f"txn-{number}") for number in range(count))
    return list(await asyncio.gather(*calls))


async def counts(initiator: Initiator, rule_id: str) -> tuple[int, int]:
    """How often the rule matched and took effect."""
    answer = await initiator.manage("GET", f"/faults/{rule_id}")
    assert answer.status == 200, answer.body
    return answer.body["matched"], answer.body["applied"]


async def test_a_rule_is_in_force_with_the_next_call_until_it_is_deleted(
    initiator: Initiator,
) -> None:
    assert await lookup(initiator)
    rule = await add(initiator, name="Ana is locked", match={"operation": "identityLookup"})
    assert not await lookup(initiator)
    assert await counts(initiator, rule["id"]) == (1, 1)

    assert (await initiator.manage("DELETE", f"/faults/{rule['id']}")).status == 204
    assert await lookup(initiator)
    assert (await initiator.manage("GET", f"/faults/{rule['id']}")).status == 404
    assert (await initiator.manage("DELETE", f"/faults/{rule['id']}")).status == 404


async def test_rules_are_listed_as_they_were_written_in_the_order_they_were_made(
    initiator: Initiator,
) -> None:
    first = {
        "id": "slow-cards",
        "name": "Slow cards",
        "match": {"operation": ["checkout", "getPayload"], "nth": 3, "card": "4111111111111111"},
        "when": {"probability": 0.5, "times": 7, "from": START},
        "effect": {"latency": {"lognormal": {"median": "PT0.1S", "p95": "PT1S"}}},
    }
    second = {"effect": {"tamper": {"artefact": "payload", "how": "badTag"}}}
    answer = await initiator.manage("POST", "/faults", [first, second])  # type: ignore[arg-type]

    assert answer.status == 201
    listed = (await initiator.manage("GET", "/faults")).body["faults"]
    assert listed == answer.body
    assert {name: listed[0][name] for name in first} == first
    assert (listed[0]["matched"], listed[0]["applied"]) == (0, 0)
    assert listed[1]["id"].startswith("fault-")
    assert listed[1]["effect"] == second["effect"]
    assert listed[1]["match"] == listed[1]["when"] == {}

    assert (await initiator.manage("DELETE", "/faults")).status == 204
    assert (await initiator.manage("GET", "/faults")).body == {"faults": []}


async def test_of_a_list_with_a_mistake_nothing_is_kept_and_the_mistake_has_its_path(
    initiator: Initiator,
) -> None:
    rules: list[Json] = [{"effect": LOCKED}, {"effect": LOCKED, "when": {"times": 0}}]
    answer = await initiator.manage("POST", "/faults", rules)  # type: ignore[arg-type]

    assert (answer.status, answer.source) == (400, "[1].when.times")
    assert (await initiator.manage("GET", "/faults")).body == {"faults": []}


@pytest.mark.parametrize(
    ("rule", "status", "source"),
    [
        ({}, 400, "effect"),
        ({"effect": {"eror": {"reason": "FRAUD"}}}, 400, "effect.eror"),
        ({"effect": {"error": {}}}, 400, "effect.error.reason"),
        ({"effect": LOCKED, "match": {"consumers": "a"}}, 400, "match.consumers"),
        ({"effect": LOCKED, "match": {"nth": "first"}}, 400, "match.nth"),
        ({"effect": LOCKED, "match": {"card": "5454545454545454"}}, 400, "match.card"),
        ({"effect": LOCKED, "id": "with space"}, 400, "id"),
        ({"effect": LOCKED, "id": ""}, 400, "id"),
        ({"effect": LOCKED, "when": {"max_consecutive": 1}}, 400, "when.max_consecutive"),
    ],
)
async def test_a_rule_that_cannot_be_is_refused_by_the_path_of_the_bad_member(
    initiator: Initiator, rule: Json, status: int, source: str
) -> None:
    answer = await initiator.manage("POST", "/faults", rule)

    assert (answer.status, answer.source) == (status, source)


async def test_an_id_is_given_once(initiator: Initiator) -> None:
    await add(initiator, id="mine")
    again = await initiator.manage("POST", "/faults", {"effect": LOCKED, "id": "mine"})

    assert (again.status, again.body["reason"], again.source) == (409, "ALREADY_EXISTS", "id")


@pytest.mark.parametrize(
    ("match", "hit"),
    [
        ({"network": "amex"}, {"amex"}),
        ({"network": ["visa", "discover"]}, {"visa", "discover"}),
        ({"consumer": "ana@shop.test"}, set(CARDS)),
        ({"consumer": "ben@shop.test"}, set()),
        ({"consumer": "+1 202 555 0143"}, set(CARDS)),
        ({"operation": "checkout"}, set()),
        ({"client": "somebody-else"}, set()),
    ],
)
async def test_a_call_is_matched_by_what_it_says(
    initiator: Initiator, match: Json, hit: set[str]
) -> None:
    await initiator.with_consumer()
    rule = await add(initiator, match=match)

    refused = {network for network in CARDS if not await lookup(initiator, network)}

    assert refused == hit
    assert await counts(initiator, rule["id"]) == (len(hit), len(hit))


@pytest.mark.parametrize("network", CARDS)
async def test_a_call_is_matched_by_the_card_the_person_and_the_merchant_it_leads_to(
    initiator: Initiator, network: str
) -> None:
    cards = {card["network"]: card for card in await initiator.with_consumer()}
    number = CARDS[network]
    token = await initiator.id_token(network)
    names = [
        {"card": cards[network]["srcDigitalCardId"]},
        {"card": number},
        {"card": number[-4:]},
        {"consumer": "ana@shop.test"},
        {"consumer": "12025550143"},
        {"dpa": initiator.dpa_id},
        {"dpa": initiator.sandbox["dpas"][0]["srciDpaId"]},
        {"client": initiator.client_id},
    ]
    others = [{"card": "4444"}, {"consumer": "ben@shop.test"}, {"dpa": "another-shop"}]
    for match in names + others:
        rule = await add(initiator, match=match | {"operation": "checkout"})
        answer = await initiator.checkout(
            network, idToken=token, srcDigitalCardId=cards[network]["srcDigitalCardId"]
        )
        assert answer.status == (403 if match in names else 200), (match, answer.body)
        await initiator.manage("DELETE", f"/faults/{rule['id']}")


@pytest.mark.parametrize("network", CARDS)
async def test_an_encrypted_number_is_matched_too(initiator: Initiator, network: str) -> None:
    await add(initiator, match={"operation": "enrollCard", "card": CARDS[network][-4:]})
    answer = await initiator.call(
        network,
        "cards",
        {"encryptedCard": await initiator.encrypted_card(network, CARDS[network])},
    )

    assert answer.body["reason"] == "ACCT_INACCESSIBLE"


async def test_a_call_that_names_only_its_session_is_matched_by_whom_the_session_knows(
    initiator: Initiator,
) -> None:
    cards = {card["network"]: card for card in await initiator.with_consumer()}
    token = await initiator.id_token("visa")
    card_id = cards["visa"]["srcDigitalCardId"]
    done = await initiator.checkout("visa", idToken=token, srcDigitalCardId=card_id)
    await add(initiator, match={"consumer": "ana@shop.test", "operation": "getPayload"})

    url = f"{initiator.sandbox['urls']['visa']['src']}/transaction/credentials"
    query = f"srcClientId={initiator.client_id}&srcCorrelationId={done.body['srcCorrelationId']}"
    answer = await initiator.send("GET", f"{url}?{query}")

    assert answer.body["reason"] == "ACCT_INACCESSIBLE"


async def test_the_nth_matching_call_is_hit_and_no_other(initiator: Initiator) -> None:
    rule = await add(initiator, match={"nth": [2, 4], "network": "visa"})
    assert await lookup(initiator, "amex")

    assert [await lookup(initiator) for _ in range(5)] == [True, False, True, False, True]
    assert await counts(initiator, rule["id"]) == (5, 2)


async def test_times_and_max_consecutive_bound_a_rule(initiator: Initiator) -> None:
    rule = await add(initiator, when={"times": 3, "maxConsecutive": 2})

    passed = [await lookup(initiator) for _ in range(6)]

    assert passed == [False, False, True, False, True, True]
    assert await counts(initiator, rule["id"]) == (6, 3)


async def test_a_rule_holds_in_its_own_simulated_time(new_sandbox: Any) -> None:
    initiator = await new_sandbox(clock=START)
    begin = datetime(2026, 11, 23, 9, 10, tzinfo=UTC)
    await add(
        initiator,
        when={
            "from": begin.isoformat(),
            "until": (begin + timedelta(minutes=10)).isoformat(),
        },
    )
    passed = []
    for _ in range(3):
        passed.append(await lookup(initiator))
        await initiator.manage("POST", "/clock/advance", {"by": "PT10M"})

    assert passed == [True, False, True]


async def test_of_two_rules_for_one_call_the_first_made_wins_until_it_is_used_up(
    initiator: Initiator,
) -> None:
    first = await add(initiator, {"error": {"reason": "PERMISSION_DENIED"}}, when={"times": 1})
    second = await add(initiator, LOCKED)

    reasons = []
    for _ in range(2):
        answer = await initiator.call("visa", "identities/lookup", EMAIL)
        reasons.append(answer.body["reason"])

    assert reasons == ["PERMISSION_DENIED", "ACCT_INACCESSIBLE"]
    assert await counts(initiator, first["id"]) == (2, 1)
    assert await counts(initiator, second["id"]) == (2, 1)


async def test_fifty_calls_at_once_never_exceed_times_or_skip_the_nth(
    initiator: Initiator,
) -> None:
    bounded = await add(initiator, when={"times": 7})
    passed = await at_once(initiator, 50)
    assert passed.count(False) == 7
    assert await counts(initiator, bounded["id"]) == (50, 7)

    await initiator.manage("DELETE", "/faults")
    numbered = await add(initiator, match={"nth": [5, 25, 50, 51]})
    passed = await at_once(initiator, 50)
    assert passed.count(False) == 3
    assert await counts(initiator, numbered["id"]) == (50, 3)


async def test_chance_is_about_as_often_for_a_rule_as_it_says(initiator: Initiator) -> None:
    rule = await add(initiator, when={"probability": 0.3})

    passed = [await lookup(initiator) for _ in range(200)]

    assert 35 <= passed.count(False) <= 85
    assert await counts(initiator, rule["id"]) == (200, passed.count(False))


async def test_the_same_seed_rolls_the_same_also_when_calls_run_at_once(new_sandbox: Any) -> None:
    people = [f"person{number}@shop.test" for number in range(8)]

    async def rolls(seed: str, *, at_once: bool) -> list[list[bool]]:
        initiator = await new_sandbox(seed=seed)
        await add(initiator, when={"probability": 0.5})

        async def of(email: str) -> list[bool]:
            identity = {"identityType": "EMAIL_ADDRESS", "identityValue": email}
            return [await lookup(initiator, consumerIdentity=identity) for _ in range(6)]

        if at_once:
            return list(await asyncio.gather(*(of(email) for email in people)))
        return [await of(email) for email in people]

    one = await rolls("7", at_once=False)

    assert await rolls("7", at_once=True) == one
    assert await rolls("7", at_once=False) == one
    assert await rolls("8", at_once=False) != one


async def test_what_a_refused_call_never_met_is_not_used_up(initiator: Initiator) -> None:
    cards = {card["network"]: card for card in await initiator.with_consumer()}
    rule = await add(
        initiator,
        {"tamper": {"artefact": "payload", "how": "badTag"}},
        when={"times": 1},
    )
    token = await initiator.id_token("visa")
    refused = await initiator.checkout("visa", idToken=token, srcDigitalCardId="no-such-card")
    assert refused.status == 400
    assert await counts(initiator, rule["id"]) == (1, 0)

    card_id = cards["visa"]["srcDigitalCardId"]
    done = await initiator.checkout("visa", idToken=token, srcDigitalCardId=card_id)
    assert done.status == 200
    assert await counts(initiator, rule["id"]) == (2, 1)


async def test_two_sandboxes_know_nothing_of_each_others_rules(new_sandbox: Any) -> None:
    one, two = await new_sandbox(seed="1"), await new_sandbox(seed="1")
    await add(one, id="same")

    assert not await lookup(one)
    assert await lookup(two)
    assert (await two.manage("GET", "/faults")).body == {"faults": []}


async def test_a_reset_takes_the_rules_away_and_a_fork_has_them(initiator: Initiator) -> None:
    rule = await add(initiator, when={"times": 2})
    assert not await lookup(initiator)
    forked = await initiator.manage("POST", "/fork", {"name": f"{initiator.name}-fork"})
    assert forked.status == 201, forked.body
    fork = Initiator(initiator.session, initiator.control, forked.body)
    assert (await initiator.manage("POST", "/reset")).status == 200

    assert (await initiator.manage("GET", "/faults")).body == {"faults": []}
    assert await lookup(initiator)
    assert await counts(fork, rule["id"]) == (1, 1)
    assert [await lookup(fork) for _ in range(2)] == [False, True]


async def test_a_rule_of_a_version_that_knew_more_harms_nobody(
    initiator: Initiator, server: RunningServer
) -> None:
    await add(initiator, id="of-tomorrow")
    connection = await asyncpg.connect(dsn=server.dsn)
    try:
        await connection.execute(
            """
            UPDATE fault_rule SET document = '{"effect": {"gravity": "none"}}'
             WHERE rule_id = 'of-tomorrow' AND sandbox_id =
                   (SELECT sandbox_id FROM sandbox WHERE name = $1)
            """,
            initiator.name,
        )
    finally:
        await connection.close()
    await add(initiator, {"latency": {"fixed": "PT0.001S"}})  # all are read anew

    assert await lookup(initiator)
