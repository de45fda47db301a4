"""DPAs registered in batches: added, updated, deleted, and used in checkouts (spec 4.15)."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.http.initiator import CARDS, Answer, Initiator, Json

FROZEN = {"mode": "frozen", "at": "2026-11-23T09:00:00Z"}
NewSandbox = Callable[..., Awaitable[Initiator]]


def dpa(name: str = "shop-1", **members: Any) -> Json:
    """A DPA as an SRC initiator registers it."""
    return {
        "srcDpaId": name,
        "dpaData": {"dpaName": "Shop One", "dpaUri": "https://one.shop.test/till"},
        "merchantCategoryCodes": ["5411"],
        "threeDSDefaultdata": {"defaultAcquirerBin": "545301"},
        "acquirerData": [{"acquirerIca": "1234", "acquirerMerchantId": "m-1"}],
        **members,
    }


def item(action: str = "ADD", *dpas: Json, **members: Any) -> Json:
    return {"action": action, "programType": "SRC", "dpas": list(dpas) or [dpa()], **members}


async def register(initiator: Initiator, network: str, *items: Json, **members: Any) -> Answer:
    path = f"srci/{initiator.client_id}/dpas/batch"
    return await initiator.send(
        "POST",
        f"{initiator.sandbox['urls'][network]['src']}/{path}",
        data=json.dumps({"items": list(items), **members}).encode(),
        headers={"Content-Type": "application/json"},
    )


async def status(
    initiator: Initiator, network: str, batch_id: str, *, client_id: str | None = None
) -> Answer:
    path = f"srci/{client_id or initiator.client_id}/dpas/batch/status/{batch_id}"
    return await initiator.send("GET", f"{initiator.sandbox['urls'][network]['src']}/{path}")


async def advance(initiator: Initiator, by: str = "PT1S") -> Json:
    answer = await initiator.manage("POST", "/clock/advance", {"by": by})
    assert answer.status == 200, answer.body
    return answer.body


async def ended(initiator: Initiator, network: str, *items: Json) -> Json:
    """A batch that was registered and whose time has come."""
    accepted = await register(initiator, network, *items)
    assert accepted.status == 200, accepted.body
    await advance(initiator)
    return (await status(initiator, network, accepted.body["batchId"])).body


@pytest.mark.parametrize("network", tuple(CARDS))
async def test_a_batch_is_in_progress_until_its_time_and_then_its_dpas_pay(
    new_sandbox: NewSandbox, network: str
) -> None:
    initiator = await new_sandbox(clock=FROZEN)
    cards = await initiator.with_consumer()
    card = next(one for one in cards if one["network"] == network)

    accepted = await register(initiator, network, item(), requestId="r-1")
    early = await status(initiator, network, accepted.body["batchId"])
    unknown = await initiator.checkout(
        network, srcDpaId="shop-1", srcDigitalCardId=card["srcDigitalCardId"]
    )
    await advance(initiator)
    late = await status(initiator, network, accepted.body["batchId"])
    paid = await initiator.checkout(
        network,
        srcDpaId="shop-1",
        srcDigitalCardId=card["srcDigitalCardId"],
        idToken=await initiator.id_token(network),
    )

    assert accepted.status == 200, accepted.body
    assert (early.body["batchStatus"], early.body.get("items")) == ("IN_PROGRESS", None)
    assert unknown.status == 403
    assert late.body["batchStatus"] == "COMPLETED_SUCCESSFULLY"
    assert (late.body["requestId"], late.body["batchId"]) == ("r-1", accepted.body["batchId"])
    assert late.body["batchStartTime"] == "2026-11-23T09:00:00.000Z"
    assert late.body["batchEndTime"] == "2026-11-23T09:00:01.000Z"
    assert late.body["items"] == [
        {
            "action": "ADD",
            "status": "SUCCESSFUL",
            "dpaResults": [{"srcDpaId": "shop-1", "dpaName": "Shop One", "status": "SUCCESSFUL"}],
        }
    ]
    assert paid.status == 200, paid.body


async def test_what_was_registered_is_kept_with_the_dpa(new_sandbox: NewSandbox) -> None:
    initiator = await new_sandbox(clock=FROZEN)

    await ended(initiator, "mastercard", item(serviceId="s-1", trid="50100000001"))
    kept = await initiator.manage("GET", "/dpas/shop-1")

    assert kept.body["origins"] == ["https://one.shop.test"]
    assert kept.body["registration"] == {
        "programType": "SRC",
        "serviceId": "s-1",
        "trid": "50100000001",
        "merchantCategoryCodes": ["5411"],
        "threeDSDefaultdata": {"defaultAcquirerBin": "545301"},
        "acquirerData": [{"acquirerIca": "1234", "acquirerMerchantId": "m-1"}],
    }


async def test_an_update_changes_what_it_may_and_nothing_else(new_sandbox: NewSandbox) -> None:
    initiator = await new_sandbox(clock=FROZEN)
    await ended(initiator, "mastercard", item("ADD", dpa("a"), dpa("b")))
    renamed = {**dpa()["dpaData"], "dpaPresentationName": "One!", "dpaLogoUri": "https://l.test"}
    moved = {**dpa()["dpaData"], "dpaUri": "https://other.test"}

    batch = await ended(
        initiator,
        "mastercard",
        item(
            "UPDATE",
            dpa("a", dpaData=renamed, merchantCategoryCodes=["5812"]),
            dpa("b", dpaData=moved),
            programName="New name",
        ),
        item("UPDATE", dpa("b"), programType="AUTOFILL"),
        item("UPDATE", dpa("c")),
    )
    a = (await initiator.manage("GET", "/dpas/a")).body
    b = (await initiator.manage("GET", "/dpas/b")).body

    assert batch["batchStatus"] == "COMPLETED_WITH_ERRORS"
    assert (a["dpaData"], a["registration"]["programName"]) == (renamed, "New name")
    assert a["registration"]["merchantCategoryCodes"] == ["5812"]
    assert b["dpaData"] == dpa()["dpaData"]
    results = [result for one in batch["items"] for result in one["dpaResults"]]
    found = [(one["status"], one.get("error", {}).get("reason"), _source(one)) for one in results]
    assert found == [
        ("SUCCESSFUL", None, None),
        ("FAILED", "INVALID_VALUE", "items[0].dpas[1].dpaData.dpaUri"),
        ("FAILED", "INVALID_VALUE", "items[1].dpas[0].programType"),
        ("FAILED", "NOT_FOUND", "items[2].dpas[0].srcDpaId"),
    ]


def _source(result: Json) -> str | None:
    details = result.get("error", {}).get("errordetail", [{}])
    source: str | None = details[0].get("source")
    return source


async def test_a_deleted_dpa_pays_no_more_until_it_is_added_again(new_sandbox: NewSandbox) -> None:
    initiator = await new_sandbox(clock=FROZEN)
    await ended(initiator, "visa", item())
    known = await initiator.call("visa", "identities/lookup", _lookup())

    deleted = await ended(initiator, "visa", item("DELETE", {"srcDpaId": "shop-1"}))
    refused = await initiator.call("visa", "identities/lookup", _lookup())
    again = await ended(initiator, "visa", item("DELETE", {"srcDpaId": "shop-1"}))
    added = await ended(initiator, "visa", item())
    accepted = await initiator.call("visa", "identities/lookup", _lookup())

    assert (known.status, refused.status, accepted.status) == (200, 403, 200)
    assert deleted["batchStatus"] == added["batchStatus"] == "COMPLETED_SUCCESSFULLY"
    assert (again["batchStatus"], bool(again["errorMessage"])) == ("FAILED", True)


def _lookup() -> Json:
    identity = {"identityType": "EMAIL_ADDRESS", "identityValue": "nobody@shop.test"}
    return {"srcDpaId": "shop-1", "consumerIdentity": identity}


async def test_another_clients_dpa_is_neither_taken_nor_changed_nor_told_of(
    new_sandbox: NewSandbox,
) -> None:
    initiator = await new_sandbox(clock=FROZEN)
    await ended(initiator, "amex", item())
    second = await initiator.manage("POST", "/clients", {"name": "Second"})
    mine = dict(initiator.sandbox["clients"][0])
    initiator.sandbox["clients"][0]["srcClientId"] = second.body["srcClientId"]
    batch = await ended(initiator, "amex", item(), item("DELETE", {"srcDpaId": "shop-1"}))
    foreign = await status(initiator, "amex", batch["batchId"], client_id=mine["srcClientId"])
    kept = await initiator.manage("GET", "/dpas/shop-1")

    reasons = [one["dpaResults"][0]["error"]["reason"] for one in batch["items"]]
    assert reasons == ["INVALID_VALUE", "NOT_FOUND"]
    assert (kept.body["srcClientId"], kept.body["status"]) == (mine["srcClientId"], "ACTIVE")
    assert (foreign.status, foreign.body["error"]["reason"]) == (404, "NOT_FOUND")


@pytest.mark.parametrize(
    ("items", "reason", "source"),
    [
        ([], "INVALID_ARGUMENT", "items"),
        ([item("ADD"), item("UPDATE", dpa("b"))], "INVALID_VALUE", "items"),
        ([item("REPLACE")], "INVALID_VALUE", "items[0].action"),
        ([item(programType="BUTTON")], "INVALID_VALUE", "items[0].programType"),
        (
            [item("ADD", *(dpa(f"d-{n}") for n in range(81)))],
            "INVALID_VALUE",
            "items[0].dpas",
        ),
        ([item("ADD", {"srcDpaId": "x"})], "INVALID_ARGUMENT", "items[0].dpas[0].dpaData.dpaName"),
        (
            [item("ADD", dpa(merchantCategoryCodes=["12"]))],
            "INVALID_ARGUMENT",
            "items[0].dpas[0].merchantCategoryCodes[0]",
        ),
    ],
)
@pytest.mark.parametrize(
    ("network", "details", "code"),
    [("mastercard", "errordetail", 400), ("visa", "errorDetail", "400")],
)
async def test_a_batch_of_a_wrong_form_is_refused_at_once_in_a_wrapped_error(
    initiator: Initiator,
    items: list[Json],
    reason: str,
    source: str,
    network: str,
    details: str,
    code: object,
) -> None:
    refused = await register(initiator, network, *items)

    assert refused.status == 400
    assert set(refused.body) == {"error", "srcCorrelationId"}
    error = refused.body["error"]
    assert (error["status"], error["reason"]) == (code, reason)
    assert error[details][0]["source"] == source


async def test_a_request_id_finds_its_batch_again_and_serves_no_other(
    initiator: Initiator,
) -> None:
    first, again = await asyncio.gather(
        register(initiator, "discover", item(), requestId="r"),
        register(initiator, "discover", item(), requestId="r"),
    )
    other = await register(initiator, "discover", item("ADD", dpa("z")), requestId="r")
    without = [await register(initiator, "discover", item()) for _ in range(2)]

    assert first.body["batchId"] == again.body["batchId"]
    assert (other.status, other.body["error"]["reason"]) == (400, "INVALID_VALUE")
    assert without[0].body["batchId"] != without[1].body["batchId"]


async def test_ten_who_look_at_once_see_one_processing(new_sandbox: NewSandbox) -> None:
    initiator = await new_sandbox(clock=FROZEN)
    accepted = [await register(initiator, "visa", item()) for _ in range(3)]
    await advance(initiator)

    answers = await asyncio.gather(
        *(status(initiator, "visa", accepted[n % 3].body["batchId"]) for n in range(9))
    )

    states = {
        answer.body["batchId"]: answer.body["batchStatus"]
        for answer in answers
        if answer.status == 200
    }
    assert [answer.status for answer in answers] == [200] * 9
    assert sorted(states.values()) == ["COMPLETED_SUCCESSFULLY", "FAILED", "FAILED"]


async def test_only_the_client_of_the_path_may_register_its_dpas(initiator: Initiator) -> None:
    url = f"{initiator.sandbox['urls']['visa']['src']}/srci/{initiator.client_id}/dpas/batch"
    issuer = await initiator.manage(
        "POST", "/clients", {"name": "Issuer", "kind": "PARTICIPATING_ISSUER"}
    )
    body = {"items": [item()], "srcClientId": issuer.body["srcClientId"]}
    headers = {"Content-Type": "application/json"}

    stranger = await initiator.send("POST", url, data=json.dumps(body).encode(), headers=headers)
    nobody = await initiator.send(
        "POST", url.replace(initiator.client_id, "nobody"), data=b"{}", headers=headers
    )
    wrong_kind = await initiator.send(
        "POST",
        url.replace(initiator.client_id, issuer.body["srcClientId"]),
        data=json.dumps(body).encode(),
        headers=headers,
    )

    for refused in (stranger, nobody, wrong_kind):
        assert (refused.status, refused.body["error"]["reason"]) == (401, "DECLINED")
