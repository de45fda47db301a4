"""Tokens between networks: who trusts whom, and every token that must not be believed."""

import base64
import json
from collections.abc import Awaitable, Callable

import pytest

from src_system.networks import PROFILES
from tests.http.initiator import CARDS, Answer, Initiator, Json

NETWORKS = tuple(CARDS)


async def profile(initiator: Initiator, network: str, token: str) -> Answer:
    return await initiator.call(network, "profiles/prepare", {"idTokens": [token]})


def claims(token: str) -> Json:
    payload = token.split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))))


@pytest.mark.parametrize("issuing", NETWORKS)
async def test_a_network_takes_tokens_only_of_those_it_trusts(
    initiator: Initiator, issuing: str
) -> None:
    await initiator.with_consumer()
    token = await initiator.id_token(issuing)
    others = [network for network in NETWORKS if network != issuing]
    wary = others[0]

    before = [await profile(initiator, network, token) for network in NETWORKS]
    told = await initiator.manage("PUT", "/federation", {"trustedNetworks": {wary: others[1:]}})
    after = await profile(initiator, wary, token)
    elsewhere = [
        await profile(initiator, network, token) for network in NETWORKS if network != wary
    ]

    assert [answer.status for answer in before] == [200] * 4
    assert told.status == 200
    assert issuing not in told.body["trustedNetworks"][wary]
    assert wary in told.body["trustedNetworks"][wary]
    assert (after.status, after.body["reason"]) == (401, "AUTH_INVALID")
    assert [answer.status for answer in elsewhere] == [200] * 3


async def test_an_untrusted_network_cannot_pay_either(initiator: Initiator) -> None:
    cards = {card["network"]: card for card in await initiator.with_consumer()}
    token = await initiator.id_token("amex")
    await initiator.manage("PUT", "/federation", {"trustedNetworks": {"visa": ["mastercard"]}})

    answer = await initiator.checkout(
        "visa", srcDigitalCardId=cards["visa"]["srcDigitalCardId"], idToken=token
    )

    assert (answer.status, answer.body["reason"]) == (401, "AUTH_INVALID")


async def test_trust_in_a_network_that_does_not_exist_is_refused(initiator: Initiator) -> None:
    answer = await initiator.manage("PUT", "/federation", {"trustedNetworks": {"visa": ["jcb"]}})

    assert (answer.status, answer.source) == (400, "trustedNetworks.visa[0]")


@pytest.mark.parametrize("network", NETWORKS)
async def test_unbinding_takes_the_token_back_at_one_network_and_not_at_the_others(
    initiator: Initiator, network: str
) -> None:
    cards = {card["network"]: card for card in await initiator.with_consumer()}
    token = await initiator.id_token(network)
    other = next(one for one in NETWORKS if one != network)

    await initiator.call(network, "apps/unbind", {"idToken": token})
    here = await profile(initiator, network, token)
    paying = await initiator.checkout(
        network, srcDigitalCardId=cards[network]["srcDigitalCardId"], idToken=token
    )
    there = await profile(initiator, other, token)
    for one in NETWORKS:
        unbound = await initiator.call(one, "apps/unbind", {"idToken": token})
        assert unbound.status == 200
    everywhere = [await profile(initiator, one, token) for one in NETWORKS]
    fresh = await profile(initiator, network, await initiator.id_token(network))

    assert (here.status, here.body["reason"]) == (401, "AUTH_INVALID")
    assert (paying.status, paying.body["reason"]) == (401, "AUTH_INVALID")
    assert there.status == 200
    assert [answer.status for answer in everywhere] == [401] * 4
    assert fresh.status == 200


async def test_an_unbound_session_no_longer_knows_its_consumer(initiator: Initiator) -> None:
    await initiator.with_consumer()
    token = await initiator.id_token("visa")
    first = await profile(initiator, "visa", token)
    session = {"srcCorrelationId": first.body["srcCorrelationId"]}

    known = await initiator.call("visa", "profiles/prepare", session)
    await initiator.call("visa", "apps/unbind", session)
    forgotten = await initiator.call("visa", "profiles/prepare", session)

    assert len(known.body["profiles"]) == 1
    assert forgotten.body["profiles"] == []


@pytest.mark.parametrize(("days", "expected"), [(29, 200), (31, 401)])
async def test_a_person_validated_long_ago_is_taken_by_the_network_that_remembers_alone(
    new_sandbox: Callable[..., Awaitable[Initiator]], days: int, expected: int
) -> None:
    initiator = await new_sandbox(clock={"mode": "frozen", "at": "2026-03-01T10:00:00Z"})
    await initiator.with_consumer()
    validation = await initiator.initiated("visa")
    completed = await initiator.call(
        "visa",
        "identities/validation/complete",
        {
            "idValidationSessionId": validation["idValidationSessionId"],
            "validationData": await initiator.code(),
            "complianceSettings": {"complianceResources": [{"complianceType": "REMEMBER_ME"}]},
        },
    )

    await initiator.manage("POST", "/clock/advance", {"by": f"P{days}D"})
    recognised = await initiator.call(
        "visa",
        "identities/recognize",
        {"recognitionTokens": [completed.body["recognitionToken"]]},
    )
    token = recognised.body["idTokens"][0]

    assert claims(token)["auth_time"] == claims(completed.body["idToken"])["auth_time"]
    assert (await profile(initiator, "visa", token)).status == 200
    assert (await profile(initiator, "mastercard", token)).status == expected


async def test_a_token_is_good_for_eight_minutes_everywhere(
    new_sandbox: Callable[..., Awaitable[Initiator]],
) -> None:
    initiator = await new_sandbox(clock={"mode": "frozen", "at": "2026-03-01T10:00:00Z"})
    await initiator.with_consumer()
    token = await initiator.id_token("visa")

    await initiator.manage("POST", "/clock/advance", {"by": "PT479S"})
    before = [(await profile(initiator, network, token)).status for network in NETWORKS]
    await initiator.manage("POST", "/clock/advance", {"by": "PT1S"})
    after = [(await profile(initiator, network, token)).status for network in NETWORKS]

    assert (before, after) == ([200] * 4, [401] * 4)


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("part", [0, 1, 2])
async def test_a_token_changed_in_any_part_is_worth_nothing(
    initiator: Initiator, network: str, part: int
) -> None:
    await initiator.with_consumer()
    parts = (await initiator.id_token("visa")).split(".")
    middle = len(parts[part]) // 2
    changed = "A" if parts[part][middle] != "A" else "B"
    parts[part] = parts[part][:middle] + changed + parts[part][middle + 1 :]

    answer = await profile(initiator, network, ".".join(parts))

    assert (answer.status, answer.body["reason"]) == (401, "AUTH_INVALID")


async def test_every_token_names_all_networks_as_its_audience(initiator: Initiator) -> None:
    await initiator.with_consumer()

    token = claims(await initiator.id_token("discover"))

    assert {PROFILES[network].issuer for network in NETWORKS} <= set(token["aud"])


async def test_somebody_known_by_mail_here_and_by_phone_there_is_found_by_each_in_turn(
    initiator: Initiator,
) -> None:
    mobile = {"countryCode": "1", "phoneNumber": "2025550188"}
    card = {"panExpirationMonth": "12", "panExpirationYear": "2030"}
    await initiator.manage(
        "POST",
        "/fixtures",
        {
            "consumers": [
                {
                    "emailAddress": "split@shop.test",
                    "cards": [{"network": "visa", "primaryAccountNumber": CARDS["visa"], **card}],
                },
                {
                    "mobileNumber": mobile,
                    "cards": [
                        {
                            "network": "mastercard",
                            "primaryAccountNumber": CARDS["mastercard"],
                            **card,
                        }
                    ],
                },
            ]
        },
    )
    by_mail = await initiator.id_token("visa", "split@shop.test")
    identity = {"identityType": "MOBILE_PHONE_NUMBER", "identityValue": "12025550188"}
    running = await initiator.call(
        "mastercard", "identities/validation/initiate", {"consumerIdentity": identity}
    )
    completed = await initiator.call(
        "mastercard",
        "identities/validation/complete",
        {
            "idValidationSessionId": running.body["idValidationSessionId"],
            "validationData": await initiator.code("12025550188"),
        },
    )
    by_phone = completed.body["idToken"]

    mail_there = await profile(initiator, "mastercard", by_mail)
    phone_there = await profile(initiator, "mastercard", by_phone)
    both = await initiator.call("visa", "profiles/prepare", {"idTokens": [by_mail, by_phone]})

    assert (mail_there.status, mail_there.body["profiles"]) == (200, [])
    assert len(phone_there.body["profiles"]) == 1
    assert [len(one["maskedCards"]) for one in both.body["profiles"]] == [1]
