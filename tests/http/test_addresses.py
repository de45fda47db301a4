"""Sandboxes, hosts, origins, and what anybody may fetch."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.conftest import RunningServer
from tests.http.initiator import Initiator

LOOKUP = {"consumerIdentity": {"identityType": "EMAIL_ADDRESS", "identityValue": "a@b.test"}}


async def test_a_token_of_one_sandbox_is_worth_nothing_in_another(
    new_sandbox: Callable[..., Awaitable[Initiator]],
) -> None:
    one, other = await new_sandbox(seed="same"), await new_sandbox(seed="same")
    await one.with_consumer()
    cards = await other.with_consumer()
    token = await one.id_token("visa")

    profile = await other.call("visa", "profiles/prepare", {"idTokens": [token]})
    checkout = await other.checkout(
        "visa", srcDigitalCardId=cards[0]["srcDigitalCardId"], idToken=token
    )

    assert (profile.status, profile.body["reason"]) == (401, "AUTH_INVALID")
    assert (checkout.status, checkout.body["reason"]) == (401, "AUTH_INVALID")


async def test_a_change_on_the_control_port_holds_for_the_next_call(
    initiator: Initiator,
) -> None:
    before = await initiator.call("visa", "identities/lookup", LOOKUP)

    clients = (await initiator.manage("GET", "/clients")).body["clients"]
    client = next(one for one in clients if one["srcClientId"] == initiator.client_id)
    await initiator.manage(
        "PUT", f"/clients/{initiator.client_id}", {**client, "status": "DISABLED"}
    )
    after = await initiator.call("visa", "identities/lookup", LOOKUP)

    assert (before.status, after.status) == (200, 403)


@pytest.mark.parametrize("network", ["visa", "mastercard", "amex", "discover"])
async def test_the_host_names_the_network_as_well(
    initiator: Initiator, server: RunningServer, network: str
) -> None:
    answer = await initiator.send(
        "GET", f"{server.protocol}/keys", headers={"Host": f"{network}.localhost:8080"}
    )
    in_sandbox = await initiator.send(
        "GET",
        f"{server.protocol}/s/{initiator.name}/src/v1/keys",
        headers={"Host": f"{network}.localhost"},
    )
    by_path = await initiator.send("GET", f"{server.protocol}/{network}/keys")

    assert answer.body == by_path.body == in_sandbox.body
    assert len([key for key in answer.body["keys"] if key["use"] == "sig"]) == 2


async def test_keys_are_cacheable_and_read_only(
    initiator: Initiator, server: RunningServer
) -> None:
    read = await initiator.send("GET", f"{server.protocol}/amex/src/v1/keys")
    written = await initiator.send("POST", f"{server.protocol}/amex/keys", data=b"{}")
    art = await initiator.send("GET", f"{server.protocol}/amex/card-art.svg")

    assert read.headers["X-Src-Cx-Flow-Id"]
    assert read.headers["Cache-Control"] == "public, max-age=300"
    assert written.status == 405
    assert art.headers["Content-Type"].startswith("image/svg+xml")


async def with_origin(initiator: Initiator, origins: list[str]) -> None:
    """Register *origins* for the ready-made client and its DPA."""
    for kind, name in (("clients", initiator.client_id), ("dpas", initiator.dpa_id)):
        listed: list[dict[str, Any]] = (await initiator.manage("GET", f"/{kind}")).body[kind]
        document = next(one for one in listed if name in one.values())
        changed = await initiator.manage("PUT", f"/{kind}/{name}", {**document, "origins": origins})
        assert changed.status == 200, changed.body


async def test_only_registered_origins_may_call_from_a_page(initiator: Initiator) -> None:
    await with_origin(initiator, ["https://shop.test"])
    url = f"{initiator.sandbox['urls']['visa']['src']}/identities/lookup"

    known = await initiator.send("OPTIONS", url, headers={"Origin": "https://shop.test"})
    unknown = await initiator.send("OPTIONS", url, headers={"Origin": "https://evil.test"})

    assert known.status == 204
    assert known.headers["Access-Control-Allow-Origin"] == "https://shop.test"
    assert known.headers["Access-Control-Allow-Credentials"] == "true"
    assert known.headers["Vary"] == "Origin"
    assert unknown.status == 403
    assert "Access-Control-Allow-Origin" not in unknown.headers


async def test_an_origin_is_allowed_and_refused_from_the_next_call_on(
    initiator: Initiator,
) -> None:
    url = f"{initiator.sandbox['urls']['visa']['src']}/identities/lookup"
    statuses = []

    for origins in (["https://shop.test"], ["https://new.test"], ["https://shop.test"]):
        await with_origin(initiator, origins)
        for _ in range(2):
            answer = await initiator.send("OPTIONS", url, headers={"Origin": "https://new.test"})
            statuses.append(answer.status)

    assert statuses == [403, 403, 204, 204, 403, 403]


async def test_a_sandbox_may_allow_any_origin_but_then_without_credentials(
    initiator: Initiator,
) -> None:
    await with_origin(initiator, ["*"])
    url = f"{initiator.sandbox['urls']['visa']['src']}/identities/lookup"

    answer = await initiator.send("OPTIONS", url, headers={"Origin": "https://any.test"})

    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in answer.headers


async def test_a_refusal_can_be_read_by_the_page_that_caused_it(initiator: Initiator) -> None:
    await with_origin(initiator, ["https://shop.test"])
    url = f"{initiator.sandbox['urls']['visa']['src']}/identities/lookup"

    headers = {"Origin": "https://shop.test", "Content-Type": "application/json"}

    answer = await initiator.send("POST", url, data=b"{}", headers=headers)

    assert answer.status == 400
    assert answer.headers["Access-Control-Allow-Origin"] == "https://shop.test"


async def test_the_flow_id_comes_back_and_a_malformed_one_is_replaced(
    initiator: Initiator,
) -> None:
    url = f"{initiator.sandbox['urls']['visa']['src']}/identities/lookup"
    flow = "34f4a04b.3e1d21f5-4e3c-4d43-a2f6-38c8a8b3e6f5.1700000000"

    kept = await initiator.send("POST", url, data=b"{}", headers={"X-Src-Cx-Flow-Id": flow})
    replaced = await initiator.send("POST", url, data=b"{}", headers={"X-Src-Cx-Flow-Id": "x y"})

    assert kept.headers["X-Src-Cx-Flow-Id"] == flow
    assert replaced.headers["X-Src-Cx-Flow-Id"] not in ("", "x y")
