"""Everything with a date obeys the sandbox's clock: codes, tokens, sessions, locks, cards."""

from collections.abc import Awaitable, Callable

import pytest

from tests.http.initiator import Answer, Initiator, Json

FROZEN = {"mode": "frozen", "now": "2027-03-01T10:00:00Z"}


@pytest.fixture
async def frozen(new_sandbox: Callable[..., Awaitable[Initiator]]) -> Initiator:
    """An initiator in a sandbox whose time stands still, with one consumer."""
    initiator = await new_sandbox(clock=FROZEN)
    await initiator.with_consumer()
    return initiator


async def advance(initiator: Initiator, duration: str) -> None:
    answer = await initiator.manage("POST", "/clock/advance", {"by": duration})
    assert answer.status == 200, answer.body


async def complete(initiator: Initiator, network: str, validation: Json, code: str) -> Answer:
    return await initiator.call(
        network,
        "identities/validation/complete",
        {
            "idValidationSessionId": validation["idValidationSessionId"],
            "validationData": code,
            "complianceSettings": {
                "complianceResources": [{"complianceType": "REMEMBER_ME", "uri": ""}]
            },
        },
    )


def wrong(code: str) -> str:
    return "000000" if code != "000000" else "111111"


async def test_a_one_time_code_expires_after_five_minutes(frozen: Initiator) -> None:
    validation = await frozen.initiated("visa")
    code = await frozen.code()

    await advance(frozen, "PT5M")
    answer = await complete(frozen, "visa", validation, code)

    assert (answer.status, answer.body["reason"]) == (400, "CODE_EXPIRED")
    listed = (await frozen.manage("GET", "/otps?identity=ana@shop.test")).body["otps"]
    assert [one["state"] for one in listed] == ["expired"]


async def test_an_expired_validation_does_not_stand_in_the_way_of_a_new_one(
    frozen: Initiator,
) -> None:
    first = await frozen.initiated("amex")
    await advance(frozen, "PT6M")

    second = await frozen.initiated("amex")
    answer = await complete(frozen, "amex", second, await frozen.code())

    assert second["idValidationSessionId"] != first["idValidationSessionId"]
    assert answer.status == 200


async def test_a_fourth_resend_is_refused_until_the_code_expires(frozen: Initiator) -> None:
    identity = {"identityType": "EMAIL_ADDRESS", "identityValue": "ana@shop.test"}
    for _ in range(4):
        await frozen.initiated("discover")

    refused = await frozen.call(
        "discover", "identities/validation/initiate", {"consumerIdentity": identity}
    )
    await advance(frozen, "PT5M")
    again = await frozen.initiated("discover")

    assert (refused.status, refused.body["reason"]) == (400, "RETRIES_EXCEEDED")
    assert again["idValidationSessionId"]


async def test_an_id_token_expires_after_eight_minutes_on_every_network(
    frozen: Initiator,
) -> None:
    token = await frozen.id_token("visa")

    await advance(frozen, "PT7M59S")
    just = await frozen.call("mastercard", "profiles/prepare", {"idTokens": [token]})
    await advance(frozen, "PT1S")
    late = await frozen.call("mastercard", "profiles/prepare", {"idTokens": [token]})

    assert just.status == 200
    assert (late.status, late.body["reason"]) == (401, "AUTH_INVALID")


async def test_a_checkout_session_ends_after_thirty_minutes(frozen: Initiator) -> None:
    token = await frozen.id_token("amex")
    profile = await frozen.call("amex", "profiles/prepare", {"idTokens": [token]})
    card = profile.body["profiles"][0]["maskedCards"][0]["srcDigitalCardId"]
    session = {"srcCorrelationId": profile.body["srcCorrelationId"], "srcDigitalCardId": card}

    in_time = await frozen.checkout("amex", **session)
    await advance(frozen, "PT30M")
    late = await frozen.checkout("amex", **session)

    assert in_time.status == 200
    assert (late.status, late.body["reason"]) == (400, "INVALID_STATE")


async def test_a_checkout_repeated_after_its_session_ended_opens_a_new_one(
    frozen: Initiator,
) -> None:
    token = await frozen.id_token("visa")
    profile = await frozen.call("visa", "profiles/prepare", {"idTokens": [token]})
    card = profile.body["profiles"][0]["maskedCards"][0]["srcDigitalCardId"]
    order = {"srcDigitalCardId": card, "srciTransactionId": "late-order"}

    first = await frozen.checkout("visa", idToken=token, **order)
    await advance(frozen, "PT31M")
    second = await frozen.checkout("visa", idToken=await frozen.id_token("visa"), **order)

    assert (first.status, second.status) == (200, 200), second.body
    assert first.body["srcCorrelationId"] != second.body["srcCorrelationId"]


async def test_three_exhausted_validations_lock_the_consumer_for_half_an_hour(
    frozen: Initiator,
) -> None:
    for _ in range(3):
        validation = await frozen.initiated("mastercard")
        code = await frozen.code()
        for _ in range(3):
            await complete(frozen, "mastercard", validation, wrong(code))
    identity = {"identityType": "EMAIL_ADDRESS", "identityValue": "ana@shop.test"}

    locked = await frozen.call("mastercard", "identities/lookup", {"consumerIdentity": identity})
    elsewhere = await frozen.call("visa", "identities/lookup", {"consumerIdentity": identity})
    await advance(frozen, "PT30M")
    opened = await frozen.call("mastercard", "identities/lookup", {"consumerIdentity": identity})

    assert (locked.status, locked.body["reason"]) == (403, "ACCT_INACCESSIBLE")
    assert elsewhere.status == 200
    assert opened.status == 200


async def test_a_device_is_forgotten_after_180_days(frozen: Initiator) -> None:
    validation = await frozen.initiated("visa")
    done = await complete(frozen, "visa", validation, await frozen.code())
    token = {"recognitionTokens": [done.body["recognitionToken"]]}

    await advance(frozen, "P179D")
    known = await frozen.call("visa", "identities/recognize", token)
    await advance(frozen, "P2D")
    forgotten = await frozen.call("visa", "identities/recognize", token)
    unbound = await frozen.call("visa", "apps/unbind", token)

    assert known.body["recognized"] is True
    assert forgotten.body["recognized"] is False
    assert unbound.status == 200


async def test_a_card_expires_at_the_end_of_its_month(frozen: Initiator) -> None:
    await frozen.manage("PUT", "/clock", {"mode": "frozen", "now": "2030-12-31T23:59:00Z"})
    token = await frozen.id_token("visa")
    before = await frozen.call("visa", "profiles/prepare", {"idTokens": [token]})
    card = before.body["profiles"][0]["maskedCards"][0]

    await advance(frozen, "PT1M")
    after = await frozen.call("visa", "profiles/prepare", {"idTokens": [token]})
    refused = await frozen.checkout(
        "visa", srcDigitalCardId=card["srcDigitalCardId"], idToken=token
    )

    shown = after.body["profiles"][0]["maskedCards"][0]["digitalCardData"]["status"]
    assert card["digitalCardData"]["status"] == "ACTIVE"
    assert shown == "EXPIRED"
    assert refused.status == 400


async def test_two_sandboxes_with_one_seed_and_clock_answer_alike(
    new_sandbox: Callable[..., Awaitable[Initiator]],
) -> None:
    answers = []
    for _ in range(2):
        initiator = await new_sandbox(seed="alike", clock=FROZEN)
        cards = await initiator.with_consumer()
        validation = await initiator.initiated("visa")
        lookup = await initiator.call(
            "discover",
            "identities/lookup",
            {
                "consumerIdentity": {
                    "identityType": "EMAIL_ADDRESS",
                    "identityValue": "ana@shop.test",
                }
            },
        )
        answers.append((cards, validation, await initiator.code(), lookup.body, initiator.dpa_id))

    assert answers[0] == answers[1]
