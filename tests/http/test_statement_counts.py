"""A call in a sandbox without faults pays the statements that it needs, magic values on or off."""

from collections.abc import Awaitable, Callable

import pytest

from tests.http.initiator import CARDS, CONSENT, Initiator
from tests.http.test_fault_rules import add
from tests.journal.entries import journal

NewSandbox = Callable[..., Awaitable[Initiator]]
PURCHASES, CALLS = 4, 7
# At Visa, when the sandbox has been read before. More of them is a loss of speed that somebody
# should have wanted.
EXPECTED = {
    "enrollCard": 16,
    "identityLookup": 5,
    "initiateIdentityValidation": 11,
    "completeIdentityValidation": 10,
    "getSrcProfile": 9,
    "checkout": 2,
}


async def buy(initiator: Initiator, name: str) -> None:
    """Somebody enrols a card, comes back with a code, and pays."""
    email = f"{name}@shop.test"
    identity = {"identityType": "EMAIL_ADDRESS", "identityValue": email}
    enrolled = await initiator.call(
        "visa",
        "cards",
        {
            "encryptedCard": await initiator.encrypted_card("visa", CARDS["visa"]),
            "consumer": {
                "emailAddress": email,
                "mobileNumber": {"countryCode": "1", "phoneNumber": f"20255501{len(name):02}"},
            },
            "complianceSettings": CONSENT,
        },
    )
    await initiator.call("visa", "identities/lookup", {"consumerIdentity": identity})
    token = await initiator.id_token("visa", email)
    profile = await initiator.call("visa", "profiles/prepare", {"idTokens": [token]})
    paid = await initiator.checkout(
        "visa",
        idToken=token,
        srcDigitalCardId=enrolled.body["maskedCard"]["srcDigitalCardId"],
        srcCorrelationId=profile.body["srcCorrelationId"],
    )
    assert paid.status == 200, paid.body


async def counted(initiator: Initiator) -> dict[str, int]:
    """The fewest statements of each call of a purchase: without what only a first one needs."""
    for number in range(1, PURCHASES + 1):
        await buy(initiator, "a" * number)
    page = await journal(initiator, "network=visa", least=PURCHASES * CALLS)
    counts: dict[str, int] = {}
    for entry in page["entries"]:
        name, statements = entry["operation"], entry["statements"]
        if name != "keys":
            counts[name] = min(statements, counts.get(name, statements))
    return counts


@pytest.mark.parametrize("magic", [True, False], ids=["magic on", "magic off"])
async def test_a_call_pays_no_statement_more_than_it_needs(
    new_sandbox: NewSandbox, magic: bool
) -> None:
    assert await counted(await new_sandbox(magic=magic)) == EXPECTED


async def test_a_rule_for_other_calls_costs_nothing(initiator: Initiator) -> None:
    await add(initiator, match={"network": "amex"})

    assert await counted(initiator) == EXPECTED
