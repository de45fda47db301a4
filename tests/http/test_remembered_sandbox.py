"""A worker that remembers the sandbox refuses a checkout as one that has just read it does."""

import json
from collections.abc import Awaitable, Callable

from tests.http.initiator import CONSENT, Answer, Initiator


async def test_a_refusal_after_an_enrolment_is_the_same_on_a_remembered_sandbox(
    new_sandbox: Callable[..., Awaitable[Initiator]],
) -> None:
    initiator = await new_sandbox(profile="strict")

    async def pay(email: str, number: str) -> Answer:
        return await initiator.checkout(
            "mastercard",
            encryptedCard=await initiator.encrypted_card("mastercard", number, cardSecurityCode=""),
            consumer={"emailAddress": email},
            complianceSettings=CONSENT,
        )

    first = await pay("ana@shop.test", "5120350100064537")
    second = await pay("bea@shop.test", "5555555555554444")

    assert (first.status, first.reasons) == (400, second.reasons)
    assert "CVC_VERIFICATION_REQUIRED" in second.reasons


async def test_a_body_over_the_limit_is_refused_as_such_on_a_remembered_sandbox(
    initiator: Initiator,
) -> None:
    url = f"{initiator.sandbox['urls']['visa']['src']}/transaction/credentials"
    await initiator.checkout("visa")
    tail = json.dumps({"srcClientId": initiator.client_id, "srcDpaId": initiator.dpa_id})

    for spaces in (257, 300, 400, 600):
        answer = await initiator.send(
            "POST",
            url,
            data=b" " * (spaces * 1024) + tail.encode(),
            headers={"Content-Type": "application/json"},
        )

        assert answer.status == 413, (spaces, answer.body)
