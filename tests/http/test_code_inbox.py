"""What the inbox tells of a code: every state, channel and purpose, from real calls."""

from collections.abc import Awaitable, Callable

import pytest

from tests.http.initiator import CARDS, Answer, Initiator, Json
from tests.http.test_authentication import complete, initiate
from tests.http.test_time import FROZEN, advance, wrong
from tests.http.test_time import complete as complete_validation

MAIL = {"identityType": "EMAIL_ADDRESS", "identityValue": "ana@shop.test"}


@pytest.fixture
async def frozen(new_sandbox: Callable[..., Awaitable[Initiator]]) -> Initiator:
    """An initiator in a sandbox whose time stands still, with one consumer."""
    initiator = await new_sandbox(clock=FROZEN)
    await initiator.with_consumer()
    return initiator


async def codes(initiator: Initiator, **query: str) -> list[Json]:
    """The inbox."""
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    answer = await initiator.manage("GET", f"/otps?{asked}")
    listed: list[Json] = answer.body["otps"]
    return listed


async def issued(initiator: Initiator, validation: Json) -> None:
    """Nothing more happens."""


async def superseded(initiator: Initiator, validation: Json) -> None:
    await initiator.initiated("visa")


async def consumed(initiator: Initiator, validation: Json) -> None:
    answer = await complete_validation(initiator, "visa", validation, await initiator.code())
    assert answer.status == 200


async def expired(initiator: Initiator, validation: Json) -> None:
    await advance(initiator, "PT5M")


async def locked(initiator: Initiator, validation: Json) -> None:
    code = await initiator.code()
    for _ in range(3):
        await complete_validation(initiator, "visa", validation, wrong(code))


@pytest.mark.parametrize(
    ("happens", "tries_left"),
    [(issued, 3), (superseded, 0), (consumed, 0), (expired, 0), (locked, 0)],
    ids=lambda value: getattr(value, "__name__", ""),
)
async def test_a_code_tells_what_became_of_it_and_how_many_tries_are_left(
    frozen: Initiator,
    happens: Callable[[Initiator, Json], Awaitable[None]],
    tries_left: int,
) -> None:
    validation = await frozen.initiated("visa")

    await happens(frozen, validation)

    first = (await codes(frozen))[0]
    assert (first["state"], first["triesLeft"]) == (happens.__name__, tries_left)
    assert first["delivery"] == "normal" and first["arrivesAt"] is None


async def test_a_wrong_try_leaves_one_fewer_also_for_the_code_sent_next(frozen: Initiator) -> None:
    validation = await frozen.initiated("amex")

    await complete_validation(frozen, "amex", validation, wrong(await frozen.code()))
    (before,) = await codes(frozen)
    await frozen.initiated("amex")
    *_, after = await codes(frozen)

    assert before["triesLeft"] == after["triesLeft"] == 2


@pytest.mark.parametrize("network", CARDS)
@pytest.mark.parametrize(
    ("channel", "destination"),
    [("EMAIL_ADDRESS", "ana@shop.test"), ("MOBILE_PHONE_NUMBER", "12025550143")],
)
async def test_a_code_is_found_by_its_channel_on_every_network(
    frozen: Initiator, network: str, channel: str, destination: str
) -> None:
    answer = await frozen.call(
        network,
        "identities/validation/initiate",
        {"consumerIdentity": MAIL, "requestedValidationChannelId": channel},
    )
    assert answer.status == 200, answer.body

    (code,) = await codes(frozen, channel=channel, network=network)

    assert (code["channel"], code["destination"]) == (channel, destination)
    assert (code["purpose"], code["authentication"]) == ("IDENTITY", None)
    others = {"EMAIL_ADDRESS", "MOBILE_PHONE_NUMBER"} - {channel}
    assert await codes(frozen, channel=others.pop()) == []


async def card_of(initiator: Initiator, network: str) -> tuple[str, str]:
    """The consumer's card, and a session in which she was validated."""
    token = await initiator.id_token(network)
    profile = await initiator.call(network, "profiles/prepare", {"idTokens": [token]})
    card = profile.body["profiles"][0]["maskedCards"][0]["srcDigitalCardId"]
    return str(card), str(profile.body["srcCorrelationId"])


@pytest.mark.parametrize("network", CARDS)
@pytest.mark.parametrize(
    ("method", "attributes", "channel"),
    [
        ("EMAIL_OTP", None, "EMAIL_ADDRESS"),
        ("SMS_OTP", None, "MOBILE_PHONE_NUMBER"),
        ("3DS", {"challengeIndicator": "04"}, "MOBILE_PHONE_NUMBER"),
    ],
)
async def test_a_code_of_an_authentication_says_what_it_is_for(
    frozen: Initiator, network: str, method: str, attributes: Json | None, channel: str
) -> None:
    card, session = await card_of(frozen, network)
    begun = await initiate(
        frozen,
        network,
        session,
        {"srcDigitalCardId": card},
        method,
        methodAttributes=attributes,
    )
    assert begun.status == 200, begun.body

    *_, code = await codes(frozen)
    done: Answer = await complete(frozen, network, begun, {"otpValue": code["value"]})
    *_, used = await codes(frozen)

    assert (code["purpose"], code["channel"], code["triesLeft"]) == ("AUTHENTICATION", channel, 3)
    assert code["authentication"] == {
        "authenticationMethodType": method,
        "authenticationReason": "TRANSACTION_AUTHENTICATION",
    }
    assert done.status == 200, done.body
    assert used["state"] == "consumed"
