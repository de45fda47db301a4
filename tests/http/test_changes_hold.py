"""A change on the control port holds for the very next checkout, whatever a worker remembers."""

from collections.abc import Awaitable, Callable

import pytest

from tests.http.initiator import CARDS, Answer, Initiator, Json

NETWORKS = tuple(CARDS)


async def ready(initiator: Initiator, network: str) -> Json:
    """Members of a checkout that succeeds, tried once so that the worker knows the sandbox."""
    cards = {card["network"]: card for card in await initiator.with_consumer()}
    token = await initiator.id_token(network)
    profile = await initiator.call(network, "profiles/prepare", {"idTokens": [token]})
    members = {
        "srcCorrelationId": profile.body["srcCorrelationId"],
        "srcDigitalCardId": cards[network]["srcDigitalCardId"],
        "idToken": token,
    }
    assert (await initiator.checkout(network, **members)).status == 200
    return members


async def change(initiator: Initiator, path: str, **members: object) -> None:
    answer = await initiator.manage("GET", path)
    changed = await initiator.manage("PUT", path, {**answer.body, **members})
    assert changed.status == 200, changed.body


@pytest.mark.parametrize("network", NETWORKS)
async def test_a_disabled_client_pays_no_more_and_an_enabled_one_does(
    initiator: Initiator, network: str
) -> None:
    members = await ready(initiator, network)
    path = f"/clients/{initiator.client_id}"

    await change(initiator, path, status="DISABLED")
    disabled = await initiator.checkout(network, **members)
    await change(initiator, path, status="ACTIVE")
    enabled = await initiator.checkout(network, **members)

    assert (disabled.status, enabled.status) == (403, 200)


async def test_a_disabled_merchant_pays_no_more(initiator: Initiator) -> None:
    members = await ready(initiator, "visa")

    await change(initiator, f"/dpas/{initiator.dpa_id}", status="DISABLED")
    answer = await initiator.checkout("visa", **members)

    assert (answer.status, answer.source) == (403, "srcDpaId")


async def test_a_client_that_was_unknown_a_moment_ago_is_known(initiator: Initiator) -> None:
    members = await ready(initiator, "visa")
    stranger = {"srcClientId": "11111111-1111-4111-8111-111111111111", "srcDpaId": "shop-2"}

    async def pay() -> Answer:
        return await initiator.checkout("visa", **{**members, **stranger})

    before = await pay()
    made = await initiator.manage(
        "POST",
        "/fixtures",
        {
            "clients": [{"srcClientId": stranger["srcClientId"], "name": "New"}],
            "dpas": [{"srcDpaId": "shop-2", "srcClientId": stranger["srcClientId"]}],
        },
    )
    after = await pay()

    assert made.status == 200, made.body
    assert "srcClientId" in str(before.body)
    # Known now: what is refused is another client's session.
    assert (after.status, after.source) == (403, "srcCorrelationId")


async def test_the_clock_is_that_of_the_call(
    new_sandbox: Callable[..., Awaitable[Initiator]],
) -> None:
    initiator = await new_sandbox(clock={"mode": "frozen", "at": "2026-03-01T10:00:00Z"})
    members = await ready(initiator, "amex")

    await initiator.manage("POST", "/clock/advance", {"by": "PT8M"})
    late = await initiator.checkout("amex", **members)

    assert (late.status, late.body["reason"]) == (401, "AUTH_INVALID")


async def test_a_sandbox_that_is_gone_answers_no_checkout(
    new_sandbox: Callable[..., Awaitable[Initiator]],
) -> None:
    initiator = await new_sandbox()
    members = await ready(initiator, "discover")

    await initiator.manage("DELETE", "")
    answer = await initiator.checkout("discover", **members)

    assert (answer.status, answer.source) == (404, "sandbox")


async def test_nothing_is_enrolled_on_what_no_longer_holds(initiator: Initiator) -> None:
    await ready(initiator, "mastercard")
    await change(initiator, f"/dpas/{initiator.dpa_id}", status="DISABLED")

    answer = await initiator.checkout(
        "mastercard",
        encryptedCard=await initiator.encrypted_card("mastercard", "5555555555554444"),
        consumer={"emailAddress": "late@shop.test"},
    )
    looked = await initiator.manage("GET", "/consumers?identity=late@shop.test")

    assert answer.status == 403
    assert looked.body["consumers"] == []
