"""Faults that answer in place of the operation or make it wait, and the header that asks so."""

import json
import time
from typing import Any

import pytest

from src_system.networks import PROFILES
from tests.http.initiator import CARDS, Initiator
from tests.http.test_fault_rules import EMAIL, START, add, counts, lookup

Json = dict[str, Any]


async def ask(
    initiator: Initiator,
    simulate: str | None = None,
    *,
    network: str = "visa",
    body: Json = EMAIL,
    **headers: str,
) -> tuple[int, Json | str, dict[str, str]]:
    """Status, body and headers of an identityLookup, whatever comes."""
    if simulate is not None:
        headers["X-Src-Simulate"] = simulate
    url = f"{initiator.sandbox['urls'][network]['src']}/identities/lookup"
    full = {"srcClientId": initiator.client_id, **body}
    async with initiator.session.post(url, json=full, headers=headers) as response:
        text = await response.text()
        is_json = response.content_type == "application/json"
        return response.status, json.loads(text) if is_json else text, dict(response.headers)


@pytest.mark.parametrize("network", CARDS)
async def test_an_error_has_the_form_of_its_network(initiator: Initiator, network: str) -> None:
    message = "The account is asleep."
    await add(initiator, {"error": {"reason": "LOCKED", "status": 423, "message": message}})

    status, body, headers = await ask(initiator, network=network)

    assert status == 423
    assert isinstance(body, dict)
    assert body["status"] == ("423" if PROFILES[network].error_status_is_text else 423)
    assert (body["reason"], body["message"]) == ("LOCKED", message)
    assert body["srcCorrelationId"]
    assert headers["X-Src-Cx-Flow-Id"]


async def test_an_error_of_a_detail_stands_under_the_general_reason(initiator: Initiator) -> None:
    await add(initiator, {"error": {"reason": "ISSUER_DECLINED"}})

    status, body, _ = await ask(initiator)

    assert isinstance(body, dict)
    assert (status, body["reason"]) == (400, "INVALID_ARGUMENT")
    assert body["errorDetail"][0]["reason"] == "ISSUER_DECLINED"


@pytest.mark.parametrize(
    ("effect", "body", "kind"),
    [
        ({"status": 503, "retryAfter": 7}, "", None),
        ({"status": 502, "body": "bad gateway"}, "bad gateway", "text/plain; charset=utf-8"),
        (
            {"status": 429, "body": {"fault": "slow down"}},
            {"fault": "slow down"},
            "application/json",
        ),
    ],
)
async def test_an_http_answer_is_that_of_something_in_front(
    initiator: Initiator, effect: Json, body: Json | str, kind: str | None
) -> None:
    await add(initiator, {"http": effect})

    status, answered, headers = await ask(initiator)

    assert (status, answered) == (effect["status"], body)
    assert headers.get("Retry-After") == (
        str(effect["retryAfter"]) if "retryAfter" in effect else None
    )
    assert headers.get("Content-Type") == kind


async def test_a_page_of_a_registered_origin_may_read_what_went_wrong(
    initiator: Initiator,
) -> None:
    await add(initiator, {"http": {"status": 503}})

    _, _, headers = await ask(initiator, Origin="https://shop.test")

    assert headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    ("latency", "least", "most"),
    [
        ({"fixed": "PT0.3S"}, 0.3, 0.3),
        ({"uniform": ["PT0.2S", "PT0.4S"]}, 0.2, 0.4),
        ({"lognormal": {"median": "PT0.3S", "p95": "PT0.3S"}}, 0.3, 0.3),
    ],
)
async def test_a_call_waits_as_long_as_the_latency_says(
    initiator: Initiator, latency: Json, least: float, most: float
) -> None:
    await add(initiator, {"latency": latency})

    begun = time.monotonic()
    assert await lookup(initiator)

    # How much longer it takes than it has to is the machine's affair.
    assert least <= time.monotonic() - begun < most + 5


async def test_a_latency_and_an_error_come_together(initiator: Initiator) -> None:
    await add(initiator, {"latency": {"fixed": "PT0.2S"}})
    await add(initiator)

    begun = time.monotonic()
    assert not await lookup(initiator)

    assert time.monotonic() - begun >= 0.2


async def test_a_quota_lets_so_many_calls_through_in_each_period(new_sandbox: Any) -> None:
    initiator = await new_sandbox(clock=START)
    quota = await add(initiator, {"quota": {"limit": 2, "per": "PT1M"}})

    async def statuses(count: int) -> list[int]:
        return [(await ask(initiator))[0] for _ in range(count)]

    assert await statuses(4) == [200, 200, 429, 429]
    await initiator.manage("POST", "/clock/advance", {"by": "PT40S"})
    status, body, headers = await ask(initiator)
    assert (status, headers["Retry-After"]) == (429, "20")
    assert isinstance(body, dict)
    assert body["reason"] == "RESOURCE_EXHAUSTED"
    await initiator.manage("POST", "/clock/advance", {"by": "PT20S"})
    assert await statuses(3) == [200, 200, 429]
    assert await counts(initiator, quota["id"]) == (8, 4)


async def test_keys_can_fail_as_well(initiator: Initiator) -> None:
    await add(initiator, {"http": {"status": 503, "retryAfter": 1}}, match={"operation": "keys"})

    async with initiator.session.get(initiator.sandbox["urls"]["visa"]["keys"]) as response:
        assert (response.status, response.headers["Retry-After"]) == (503, "1")
    assert await lookup(initiator)


@pytest.mark.parametrize(
    ("simulate", "status"),
    [
        ("error=ACCT_INACCESSIBLE", 403),
        ("error=ACCT_INACCESSIBLE; status=423", 423),
        ("http=503; retryAfter=2", 503),
        ("latency=PT0.01S", 200),
        ("latency=PT0.01S..PT0.02S", 200),
        ("latency=PT0.01S;p95=PT0.02S", 200),
        ("latency=PT0.01S, http=502", 502),
        ("tamper=checkoutResponse:badSignature", 200),
        ("tamper=idToken:dropMember; member=sub", 200),
        ("transport=drip; over=PT0.1S", 200),
        ("state=consumer:LOCKED; after=PT10M", 200),
    ],
)
async def test_the_header_asks_for_faults_of_this_call_only(
    initiator: Initiator, simulate: str, status: int
) -> None:
    answered, _, headers = await ask(initiator, simulate)

    assert answered == status
    assert headers.get("Retry-After") == ("2" if "retryAfter" in simulate else None)
    assert (await ask(initiator))[0] == 200


@pytest.mark.parametrize(
    ("simulate", "said"),
    [
        ("", "An effect is one of"),
        ("explode=now", "An effect is one of"),
        ("error", "An effect is one of"),
        ("error=OUT_OF_MOOD", "no reason of the SRC vocabulary"),
        ("http=often", "A whole number is needed"),
        ("http=503; retryAfter", "A parameter is"),
        ("http=503; retryAfter=1; retryAfter=2", "A parameter is"),
        ("http=503; colour=red", "unknown field `colour`"),
        ("latency=soon", "not an ISO 8601 duration"),
        ("transport=smoke", "Allowed here: hang"),
        ("tamper=payload:badSignature", "A payload can have"),
        ("state=card:ACTIVE; after=calls", "not an ISO 8601 duration"),
        ("quota=3", "An effect is one of"),
        ("error=FRAUD, ", "An effect is one of"),
    ],
)
async def test_a_header_that_cannot_be_understood_is_a_400_that_names_it(
    initiator: Initiator, simulate: str, said: str
) -> None:
    status, body, _ = await ask(initiator, simulate, network="amex")

    assert isinstance(body, dict)
    assert status == 400
    detail = body["errordetail"][0]
    assert (detail["source"], detail["sourceType"]) == ("X-Src-Simulate", "HEADER")
    assert said in detail["message"]


async def test_a_strict_sandbox_does_not_read_the_header(new_sandbox: Any) -> None:
    strict = await new_sandbox(profile="strict")

    assert (await ask(strict, "http=503"))[0] == 200
    assert (await ask(strict, "nonsense"))[0] == 200


async def test_the_header_beats_a_rule_of_the_same_kind_and_the_rule_does_not_count(
    initiator: Initiator,
) -> None:
    rule = await add(initiator)

    assert (await ask(initiator, "http=502"))[0] == 502
    assert await counts(initiator, rule["id"]) == (0, 0)
    assert (await ask(initiator, "latency=PT0.01S"))[0] == 403
    assert await counts(initiator, rule["id"]) == (1, 1)


async def test_a_page_may_send_the_header(initiator: Initiator) -> None:
    url = f"{initiator.sandbox['urls']['visa']['src']}/identities/lookup"
    asking = {
        "Origin": "https://shop.test",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "x-src-simulate",
    }
    async with initiator.session.options(url, headers=asking) as response:
        allowed = response.headers["Access-Control-Allow-Headers"]

    assert "x-src-simulate" in allowed.split(", ")
