"""A worker that remembers the sandbox refuses a checkout as one that has just read it does."""

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
