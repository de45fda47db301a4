"""Fault rules by the client, and what the client makes of each fault."""

import pytest

from src_system.client import (
    Initiator,
    Network,
    NotTrusted,
    Refused,
    Sandbox,
    SrcSystemError,
    TimedOut,
    UnexpectedAnswer,
    Unreachable,
)
from src_system.client.effects import read_effect
from tests.client.conftest import EMAIL, PANS

NETWORKS = tuple(PANS)
RESPONSE = "badSignature algNone unknownKid wrongKey expired notYetValid dropMember".split()
PAYLOAD = "badTag wrongKey unknownKid expired dropMember".split()


async def card_of(shop: Initiator, sandbox: Sandbox, network: str) -> str:
    """Ana's card, when she has signed in."""
    return (await shop.sign_in(EMAIL, sandbox.otps.code))[network].cards[0].src_digital_card_id


async def test_a_rule_is_added_counted_and_removed(sandbox: Sandbox, shop: Initiator) -> None:
    rule = await sandbox.faults.add(
        "error=UNABLE_TO_CONNECT;status=503",
        operation="identityLookup",
        network=["visa", "amex"],
        consumer=EMAIL,
        nth=2,
        times=1,
        name="the second call fails",
    )
    assert rule.match == {
        "operation": "identityLookup",
        "network": ["visa", "amex"],
        "consumer": EMAIL,
        "nth": 2,
    }
    await shop["mastercard"].identity_lookup(EMAIL)
    await shop["visa"].identity_lookup(EMAIL)
    with pytest.raises(Refused) as refused:
        await shop["visa"].identity_lookup(EMAIL)
    assert (refused.value.status, refused.value.reason) == (503, "UNABLE_TO_CONNECT")
    counted = await sandbox.faults.show(rule.id)
    assert (counted.matched, counted.applied) == (2, 1)
    assert await sandbox.faults.list() == [counted]
    await sandbox.faults.remove(rule.id)
    assert await sandbox.faults.list() == []


async def test_rules_come_in_lists_all_or_none(sandbox: Sandbox) -> None:
    good = {"effect": {"http": {"status": 503}}, "id": "mine"}
    made = await sandbox.faults.add_all([good, {"effect": {"transport": "reset"}}])
    assert [rule.effect for rule in made] == [good["effect"], {"transport": "reset"}]
    with pytest.raises(Refused, match=r"\[1\]\.id"):
        await sandbox.faults.add_all([{"effect": {"transport": "hang"}}, good])
    assert len(await sandbox.faults.list()) == 2
    await sandbox.faults.clear()
    assert await sandbox.faults.list() == []


async def test_a_misspelt_rule_is_refused_with_its_path(sandbox: Sandbox) -> None:
    with pytest.raises(Refused) as refused:
        await sandbox.faults.add({"transport": "reset"}, operation="identityLookups")
    assert refused.value.source == "match.operation"


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("how", RESPONSE)
async def test_a_tampered_response_is_not_trusted(
    sandbox: Sandbox, shop: Initiator, network: str, how: str
) -> None:
    card_id = await card_of(shop, sandbox, network)
    await sandbox.faults.add(f"tamper=checkoutResponse:{how}", times=1)

    with pytest.raises(NotTrusted):
        await shop[network].checkout(card_id, amount="5.00")
    assert (await shop[network].checkout(card_id, amount="5.00")).payload is not None


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("how", PAYLOAD)
async def test_a_tampered_payload_is_not_trusted(
    sandbox: Sandbox, shop: Initiator, network: str, how: str
) -> None:
    card_id = await card_of(shop, sandbox, network)
    await sandbox.faults.add(f"tamper=payload:{how}", times=1)

    with pytest.raises(NotTrusted):
        await shop[network].checkout(card_id, amount="5.00")
    assert (await shop[network].checkout(card_id, amount="5.00")).payload is not None


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("artefact", ["checkoutResponse", "payload"])
async def test_what_came_before_is_not_trusted_a_second_time(
    sandbox: Sandbox, shop: Initiator, network: str, artefact: str
) -> None:
    card_id = await card_of(shop, sandbox, network)
    await shop[network].checkout(card_id, amount="5.00")
    await sandbox.faults.add(f"tamper={artefact}:swapWithPrevious", operation="checkout")

    with pytest.raises(NotTrusted, match="earlier checkout"):
        await shop[network].checkout(card_id, amount="5.00")
    # Nor in another session of the client.
    await sandbox.faults.clear()
    await shop[network].checkout(card_id, amount="5.00")
    await sandbox.faults.add(f"tamper={artefact}:swapWithPrevious", operation="checkout")
    other = sandbox.initiator()
    await card_of(other, sandbox, network)
    with pytest.raises(NotTrusted, match=r"earlier checkout|another transaction"):
        await other[network].checkout(card_id, amount="5.00")


@pytest.mark.parametrize("how", ["unknownKid", "wrongKey", "dropMember"])
async def test_a_tampered_key_set_lets_nothing_be_trusted(
    sandbox: Sandbox, shop: Initiator, how: str
) -> None:
    card_id = await card_of(shop, sandbox, "visa")
    await sandbox.faults.add(f"tamper=keys:{how}", operation="keys")

    with pytest.raises(NotTrusted):
        await shop["visa"].checkout(card_id, amount="5.00")


@pytest.mark.parametrize("how", [*RESPONSE, "wrongAudience"])
async def test_a_tampered_id_token_is_not_verified(
    sandbox: Sandbox, shop: Initiator, how: str
) -> None:
    started = await shop["amex"].initiate_identity_validation(EMAIL)
    code = await sandbox.otps.code(EMAIL)
    await sandbox.faults.add(f"tamper=idToken:{how}")
    completed = await shop["amex"].complete_identity_validation(
        started.id_validation_session_id, code
    )

    with pytest.raises(NotTrusted):
        await shop["amex"].verify_id_token(completed.id_token)


@pytest.mark.parametrize("how", [*RESPONSE, "wrongAudience"])
async def test_a_tampered_recognition_token_is_not_verified(
    sandbox: Sandbox, shop: Initiator, how: str
) -> None:
    started = await shop["discover"].initiate_identity_validation(EMAIL)
    code = await sandbox.otps.code(EMAIL)
    await sandbox.faults.add(f"tamper=recognitionToken:{how}", times=1)
    completed = await shop["discover"].complete_identity_validation(
        started.id_validation_session_id, code, remember_me=True
    )

    with pytest.raises(NotTrusted):
        await shop["discover"].verify_recognition_token(str(completed.recognition_token))


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("how", [*PAYLOAD, "swapWithPrevious"])
async def test_a_tampered_payload_that_is_fetched_is_not_trusted(
    sandbox: Sandbox, shop: Initiator, network: str, how: str
) -> None:
    earlier = sandbox.initiator()
    card_id = await card_of(earlier, sandbox, network)
    await earlier[network].checkout(card_id, amount="5.00")
    await card_of(shop, sandbox, network)
    await shop[network].checkout(card_id, amount="5.00")
    await sandbox.faults.add(f"tamper=payload:{how}", times=1)

    with pytest.raises(NotTrusted):
        await shop[network].get_payload(card_id)
    assert (await shop[network].get_payload(card_id)).payload is not None


@pytest.mark.parametrize(
    ("effect", "failure"),
    [
        ("transport=reset", Unreachable),
        ("transport=empty", Unreachable),
        ("transport=truncate", Unreachable),
        ("transport=malformed;part=http", Unreachable),
        ("transport=malformed;part=chunk", Unreachable),
        ("transport=malformed;part=json", UnexpectedAnswer),
        ("http=503;retryAfter=7", Refused),
        ("http=200;body=<html>", UnexpectedAnswer),
    ],
)
async def test_a_failing_connection_is_told_as_what_it_is(
    sandbox: Sandbox, shop: Initiator, effect: str, failure: type[SrcSystemError]
) -> None:
    await sandbox.faults.add(effect, operation="identityLookup", network="visa")

    with pytest.raises(failure) as caught:
        await shop["visa"].identity_lookup(EMAIL)
    assert "\n" not in str(caught.value)
    if isinstance(caught.value, Refused):
        assert caught.value.headers["retry-after"] == "7"


async def test_a_fault_for_one_call_is_asked_for_by_header(
    sandbox: Sandbox, shop: Initiator
) -> None:
    shop["visa"].headers["X-Src-Simulate"] = "error=UNABLE_TO_CONNECT"
    answers = await shop.on_each(lambda one: one.identity_lookup(EMAIL))

    assert isinstance(answers["visa"], Refused)
    assert not isinstance(answers["amex"], SrcSystemError)


@pytest.mark.parametrize(
    ("text", "document"),
    [
        ("error=AUTH_INVALID", {"error": {"reason": "AUTH_INVALID"}}),
        (
            "error=X; status=418; message=No, thanks",
            {"error": {"reason": "X", "status": 418, "message": "No, thanks"}},
        ),
        ("http=429;retryAfter=5", {"http": {"status": 429, "retryAfter": 5}}),
        ("latency=PT0.2S", {"latency": {"fixed": "PT0.2S"}}),
        ("latency=PT0.1S..PT1S", {"latency": {"uniform": ["PT0.1S", "PT1S"]}}),
        (
            "latency=PT0.1S;p95=PT1S",
            {"latency": {"lognormal": {"median": "PT0.1S", "p95": "PT1S"}}},
        ),
        ("transport=drip;over=PT2S", {"transport": "drip", "over": "PT2S"}),
        ("tamper=payload:badTag", {"tamper": {"artefact": "payload", "how": "badTag"}}),
        ("otp=late;after=PT1M", {"otp": {"delivery": "late", "after": "PT1M"}}),
        ("state=card:SUSPENDED", {"state": {"card": "SUSPENDED"}}),
        (
            "state=consumer:LOCKED;afterCalls=3",
            {"state": {"consumer": "LOCKED", "after": {"calls": 3}}},
        ),
        ("quota=10;per=PT1M", {"quota": {"limit": 10, "per": "PT1M"}}),
    ],
)
def test_an_effect_is_written_in_short(text: str, document: dict[str, object]) -> None:
    assert read_effect(text) == document


@pytest.mark.parametrize(
    "text", ["", "http", "http=", "http=often", "magic=1", "error=X;status", "quota=-1;per=PT1M"]
)
def test_what_is_no_effect_is_said_to_be_none(text: str) -> None:
    with pytest.raises(SrcSystemError, match=r"effect|whole number"):
        read_effect(text)


async def test_a_careless_client_sees_the_tampered_answer_as_it_came(
    sandbox: Sandbox, shop: Initiator
) -> None:
    one: Network = shop["visa"]
    card_id = await card_of(shop, sandbox, "visa")
    await sandbox.faults.add("tamper=checkoutResponse:algNone")
    answer = await one.checkout_unopened({"srcDigitalCardId": card_id, "idToken": one.id_token})

    assert answer.checkout_response is not None
    assert answer.checkout_response.endswith(".")


async def test_a_lost_code_never_comes_and_a_late_one_when_its_time_does(
    sandbox: Sandbox, shop: Initiator
) -> None:
    await sandbox.clock.freeze()
    await sandbox.faults.add("otp=late;after=PT1M", times=1)
    await shop["visa"].initiate_identity_validation(EMAIL)
    with pytest.raises(TimedOut):
        await sandbox.otps.next(EMAIL, seconds=0.2)
    (waiting,) = await sandbox.otps.list(EMAIL, undelivered=True)
    assert (waiting.delivery, waiting.arrives_at is not None) == ("late", True)
    await sandbox.clock.advance("PT1M")
    assert (await sandbox.otps.next(EMAIL)).value == waiting.value
