"""Tampered artefacts: a client that checks everything minds exactly one thing, on every network."""

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest

from src_system.model.fault_effects import MEMBERS, POSSIBLE_TAMPERING, Artefact, Tampering
from src_system.networks import PROFILES
from tests.http.examiner import Examiner, claims_of, header_of, is_signed_by
from tests.http.initiator import CARDS, Initiator
from tests.http.test_fault_rules import START, add, counts

Json = dict[str, Any]
NOW = int(datetime.fromisoformat(START).timestamp())
REMEMBER = {"complianceResources": [{"complianceType": "REMEMBER_ME", "uri": ""}]}
MINDED = {
    Tampering.BAD_SIGNATURE: "signature",
    Tampering.ALG_NONE: "algorithm",
    Tampering.UNKNOWN_KID: "key",
    Tampering.EXPIRED: "expiry",
    Tampering.NOT_YET_VALID: "begin",
    Tampering.WRONG_AUDIENCE: "audience",
    Tampering.WRONG_KEY: "signature",
    Tampering.BAD_TAG: "tag",
    Tampering.DROP_MEMBER: "members",
    Tampering.SWAP_WITH_PREVIOUS: "transaction",
}
RESPONSE_MEMBERS = ("srcCorrelationId", "maskedCard", "maskedConsumer", "assuranceData")
ID_TOKEN_MEMBERS = ("iss", "sub", "aud", "amr", "auth_time", "iat", "exp", "jti")
RECOGNITION_MEMBERS = ("iss", "aud", "appInstanceId", "iat", "exp", "jti")
PAYLOAD_MEMBERS = ("dynamicData", "token")


def cases(artefact: Artefact) -> list[Any]:
    """Every network with everything that can be wrong with *artefact*."""
    return [
        pytest.param(network, how, id=f"{network}-{how}")
        for network in CARDS
        for how in Tampering
        if how in POSSIBLE_TAMPERING[artefact]
    ]


@pytest.fixture
async def shop(new_sandbox: Any) -> Initiator:
    """An initiator in a frozen sandbox, with Ana and her cards."""
    initiator: Initiator = await new_sandbox(clock=START)
    await initiator.with_consumer()
    return initiator


async def keys(initiator: Initiator, network: str) -> list[Json]:
    """The network's key set as anybody fetches it."""
    async with initiator.session.get(initiator.sandbox["urls"][network]["keys"]) as response:
        found: list[Json] = json.loads(await response.read())["keys"]
    return found


async def examiner(initiator: Initiator, network: str) -> Examiner:
    """One with the keys of network and client."""
    mine = initiator.sandbox["clients"][0]["jwks"]["keys"][0]
    return Examiner(await keys(initiator, network), mine, NOW)


async def card_of(initiator: Initiator, network: str) -> str:
    """Ana's card."""
    cards = (await initiator.manage("GET", f"/cards?network={network}")).body["cards"]
    return str(cards[0]["srcDigitalCardId"])


async def check_out(initiator: Initiator, network: str, transaction: str) -> str:
    """The checkoutResponse of one checkout."""
    answer = await initiator.checkout(
        network,
        idToken=await initiator.id_token(network),
        srcDigitalCardId=await card_of(initiator, network),
        srciTransactionId=transaction,
    )
    assert answer.status == 200, answer.body
    return str(answer.body[PROFILES[network].checkout_response_member])


def examine_payload(examining: Examiner, token: str, seen: set[str], network: str) -> None:
    """Mind what is wrong with an encryptedPayload; *seen* are cryptograms that came before."""
    payload = examining.jwe(token)
    if payload is None:
        return
    if not set(PAYLOAD_MEMBERS) <= set(payload):
        examining.minded.add("members")
        return
    given = payload["dynamicData"]
    entry = given[0] if PROFILES[network].dynamic_data_is_list else given
    expires = entry["dynamicDataExpiration"]
    if isinstance(expires, str):
        expires = datetime.fromisoformat(expires).astimezone(UTC).timestamp()
    if expires <= NOW:
        examining.minded.add("expiry")
    if entry["dynamicDataValue"] in seen:
        examining.minded.add("transaction")


async def examine_response(
    examining: Examiner, token: str, transaction: str, seen: set[str], network: str
) -> None:
    """Mind what is wrong with a checkoutResponse and the payload in it."""
    content = examining.jws(token, RESPONSE_MEMBERS)
    examining.issued(token)
    if content["srciTransactionId"] != transaction:
        examining.minded.add("transaction")
    elif "encryptedPayload" in content:
        examine_payload(examining, content["encryptedPayload"], seen, network)


def cryptogram(examining: Examiner, token: str, network: str) -> str:
    """The cryptogram in a sound checkoutResponse."""
    payload = examining.jwe(claims_of(token)["encryptedPayload"])
    assert payload is not None
    given = payload["dynamicData"]
    return str((given[0] if PROFILES[network].dynamic_data_is_list else given)["dynamicDataValue"])


@pytest.mark.parametrize("network", CARDS)
async def test_an_examiner_minds_nothing_where_nobody_tampers(
    shop: Initiator, network: str
) -> None:
    examining = await examiner(shop, network)
    token = await check_out(shop, network, "transaction-1")
    await examine_response(examining, token, "transaction-1", set(), network)

    assert examining.minded == set()


@pytest.mark.parametrize(("network", "how"), cases(Artefact.CHECKOUT_RESPONSE))
async def test_a_checkout_response_is_wrong_in_one_way(
    shop: Initiator, network: str, how: Tampering
) -> None:
    examining = await examiner(shop, network)
    seen = {cryptogram(examining, await check_out(shop, network, "transaction-1"), network)}
    rule = await add(shop, {"tamper": {"artefact": "checkoutResponse", "how": how}})

    token = await check_out(shop, network, "transaction-2")

    await examine_response(examining, token, "transaction-2", seen, network)
    assert examining.minded == {MINDED[how]}
    assert (await counts(shop, rule["id"]))[1] == 1
    if how in (Tampering.UNKNOWN_KID, Tampering.WRONG_KEY):
        others = [key for other in CARDS if other != network for key in await keys(shop, other)]
        assert is_signed_by(token, others)
    if how is Tampering.SWAP_WITH_PREVIOUS:
        assert claims_of(token)["srciTransactionId"] == "transaction-1"
        assert {cryptogram(examining, token, network)} == seen


@pytest.mark.parametrize(("network", "how"), cases(Artefact.PAYLOAD))
async def test_a_payload_is_wrong_in_one_way_inside_a_sound_response(
    shop: Initiator, network: str, how: Tampering
) -> None:
    examining = await examiner(shop, network)
    seen = {cryptogram(examining, await check_out(shop, network, "transaction-1"), network)}
    await add(shop, {"tamper": {"artefact": "payload", "how": how}})

    token = await check_out(shop, network, "transaction-2")

    await examine_response(examining, token, "transaction-2", seen, network)
    expected = "recipient" if how is Tampering.WRONG_KEY else MINDED[how]
    assert examining.minded == {expected}


@pytest.mark.parametrize(("network", "how"), cases(Artefact.ID_TOKEN))
async def test_an_id_token_is_wrong_in_one_way(
    shop: Initiator, network: str, how: Tampering
) -> None:
    examining = await examiner(shop, network)
    await add(shop, {"tamper": {"artefact": "idToken", "how": how}})

    token = await shop.id_token(network)

    claims = examining.jws(token, ID_TOKEN_MEMBERS)
    assert header_of(token)["typ"] == "JWT+ext.id_token"
    examining.times(claims)
    examining.audience(claims, PROFILES[network].issuer)
    assert examining.minded == {MINDED[how]}
    assert "exp" not in claims or claims["auth_time"] <= claims["iat"] < claims["exp"]


@pytest.mark.parametrize(("network", "how"), cases(Artefact.RECOGNITION_TOKEN))
async def test_a_recognition_token_is_wrong_in_one_way(
    shop: Initiator, network: str, how: Tampering
) -> None:
    examining = await examiner(shop, network)
    await add(shop, {"tamper": {"artefact": "recognitionToken", "how": how}})

    validation = await shop.initiated(network)
    answer = await shop.call(
        network,
        "identities/validation/complete",
        {
            "idValidationSessionId": validation["idValidationSessionId"],
            "validationData": await shop.code(),
            "complianceSettings": REMEMBER,
        },
    )

    token = answer.body["recognitionToken"]
    claims = examining.jws(token, RECOGNITION_MEMBERS)
    examining.times(claims)
    examining.audience(claims, PROFILES[network].issuer)
    assert examining.minded == {MINDED[how]}
    examining.minded.clear()
    sound = examining.jws(answer.body["idToken"], ID_TOKEN_MEMBERS)
    examining.times(sound)
    assert examining.minded == set()


@pytest.mark.parametrize("network", CARDS)
@pytest.mark.parametrize(
    "tampering",
    [
        {"how": "wrongAudience"},
        {"how": "dropMember", "member": "aud"},
        {"how": "dropMember", "member": "jti"},
    ],
    ids=str,
)
async def test_a_recognition_token_for_nobody_or_another_recognises_nobody(
    shop: Initiator, network: str, tampering: Json
) -> None:
    await add(shop, {"tamper": {"artefact": "recognitionToken", **tampering}})

    validation = await shop.initiated(network)
    answer = await shop.call(
        network,
        "identities/validation/complete",
        {
            "idValidationSessionId": validation["idValidationSessionId"],
            "validationData": await shop.code(),
            "complianceSettings": REMEMBER,
        },
    )
    tokens = {"recognitionTokens": [answer.body["recognitionToken"]]}

    assert (await shop.call(network, "identities/recognize", tokens)).body["recognized"] is False


@pytest.mark.parametrize("network", CARDS)
@pytest.mark.parametrize("member", ["sub", "jti", "aud"])
async def test_an_id_token_without_a_claim_opens_no_profile(
    shop: Initiator, network: str, member: str
) -> None:
    await add(shop, {"tamper": {"artefact": "idToken", "how": "dropMember", "member": member}})
    body = {"idTokens": [await shop.id_token(network)]}

    answer = await shop.call(network, "profiles/prepare", body)

    assert (answer.status, answer.body["reason"]) == (401, "AUTH_INVALID")


@pytest.mark.parametrize(
    ("network", "how", "minded"),
    [
        pytest.param(network, how, minded, id=f"{network}-{how}")
        for network in CARDS
        for how, minded in (
            (Tampering.UNKNOWN_KID, "key"),
            (Tampering.WRONG_KEY, "signature"),
            (Tampering.DROP_MEMBER, "key set"),
        )
    ],
)
async def test_of_a_key_set_only_the_signing_key_is_wrong(
    shop: Initiator, network: str, how: Tampering, minded: str
) -> None:
    token = await check_out(shop, network, "transaction-1")
    sound = await keys(shop, network)
    await add(shop, {"tamper": {"artefact": "keys", "how": how}}, match={"network": network})

    examining = await examiner(shop, network)

    await examine_response(examining, token, "transaction-1", set(), network)
    assert examining.minded == {minded}
    kid = header_of(token)["kid"]
    assert [key for key in examining.jwks if key["kid"] != kid] == [
        key for key in sound if key["kid"] != kid
    ]


@pytest.mark.parametrize("network", CARDS)
async def test_a_payload_that_is_fetched_is_tampered_with_as_well(
    shop: Initiator, network: str
) -> None:
    examining = await examiner(shop, network)
    sound = await check_out(shop, network, "transaction-1")
    correlation_id = claims_of(sound)["srcCorrelationId"]
    await add(shop, {"tamper": {"artefact": "payload", "how": "badTag"}})

    if PROFILES[network].payload_by_get:
        base = shop.sandbox["urls"][network]["src"]
        query = urlencode({"srcClientId": shop.client_id, "srcCorrelationId": correlation_id})
        answer = await shop.send("GET", f"{base}/transaction/credentials?{query}")
        content = answer.body
    else:
        answer = await shop.call(
            network,
            "transaction/credentials",
            {
                "srcCorrelationId": correlation_id,
                "srcDigitalCardId": await card_of(shop, network),
                "srciTransactionId": "transaction-1",
            },
        )
        content = examining.jws(
            answer.body[PROFILES[network].checkout_response_member], RESPONSE_MEMBERS
        )

    examine_payload(examining, content["encryptedPayload"], set(), network)
    assert examining.minded == {"tag"}


@pytest.mark.parametrize("network", CARDS)
async def test_what_an_artefact_holds_is_known_as_what_can_be_dropped(
    shop: Initiator, network: str
) -> None:
    examining = await examiner(shop, network)
    response = claims_of(await check_out(shop, network, "transaction-1"))
    payload = examining.jwe(response["encryptedPayload"])
    [key, *_] = await keys(shop, network)

    assert payload is not None
    assert set(response) <= MEMBERS[Artefact.CHECKOUT_RESPONSE]
    assert set(payload) <= MEMBERS[Artefact.PAYLOAD]
    assert set(claims_of(await shop.id_token(network))) <= MEMBERS[Artefact.ID_TOKEN]
    assert set(key) <= MEMBERS[Artefact.KEYS]


async def test_the_member_to_drop_can_be_named(shop: Initiator) -> None:
    examining = await examiner(shop, "visa")
    effect = {"artefact": "checkoutResponse", "how": "dropMember", "member": "assuranceData"}
    await add(shop, {"tamper": effect})

    token = await check_out(shop, "visa", "transaction-1")

    assert set(RESPONSE_MEMBERS) - set(examining.jws(token, RESPONSE_MEMBERS)) == {"assuranceData"}
    assert examining.minded == {"members"}


async def test_without_an_earlier_checkout_nothing_is_swapped_and_nothing_counted(
    shop: Initiator,
) -> None:
    how = {"artefact": "checkoutResponse", "how": "swapWithPrevious"}
    rule = await add(shop, {"tamper": how})

    token = await check_out(shop, "visa", "transaction-1")

    assert claims_of(token)["srciTransactionId"] == "transaction-1"
    assert await counts(shop, rule["id"]) == (1, 0)


async def fetched(shop: Initiator, examining: Examiner, network: str, correlation_id: str) -> Json:
    """What is in the payload of the session's checkout, fetched as the network has it."""
    if PROFILES[network].payload_by_get:
        base = shop.sandbox["urls"][network]["src"]
        query = urlencode({"srcClientId": shop.client_id, "srcCorrelationId": correlation_id})
        content = (await shop.send("GET", f"{base}/transaction/credentials?{query}")).body
    else:
        named = {
            "srcCorrelationId": correlation_id,
            "srcDigitalCardId": await card_of(shop, network),
        }
        answer = await shop.call(network, "transaction/credentials", named)
        content = claims_of(answer.body[PROFILES[network].checkout_response_member])
    payload = examining.jwe(content["encryptedPayload"])
    assert payload is not None
    given = payload["dynamicData"]
    return dict(given[0] if PROFILES[network].dynamic_data_is_list else given)


@pytest.mark.parametrize("network", CARDS)
async def test_a_payload_that_is_fetched_is_swapped_with_that_of_an_earlier_checkout_alone(
    shop: Initiator, network: str
) -> None:
    examining = await examiner(shop, network)
    first, second = [await check_out(shop, network, f"transaction-{one}") for one in (1, 2)]
    rule = await add(shop, {"tamper": {"artefact": "payload", "how": "swapWithPrevious"}})

    swapped = await fetched(shop, examining, network, claims_of(second)["srcCorrelationId"])

    assert swapped["dynamicDataValue"] == cryptogram(examining, first, network)
    assert await counts(shop, rule["id"]) == (1, 1)


@pytest.mark.parametrize("network", CARDS)
async def test_the_payload_of_the_only_checkout_is_not_swapped_and_not_counted(
    shop: Initiator, network: str
) -> None:
    examining = await examiner(shop, network)
    only = await check_out(shop, network, "transaction-1")
    rule = await add(shop, {"tamper": {"artefact": "payload", "how": "swapWithPrevious"}})

    given = [
        await fetched(shop, examining, network, claims_of(only)["srcCorrelationId"])
        for _ in range(2)
    ]

    values = {one["dynamicDataValue"] for one in given}
    assert len(values | {cryptogram(examining, only, network)}) == 3
    assert await counts(shop, rule["id"]) == (2, 0)


async def test_the_simulator_itself_refuses_what_it_tampered_with(shop: Initiator) -> None:
    await add(shop, {"tamper": {"artefact": "idToken", "how": "badSignature"}})
    token = await shop.id_token("visa")
    await shop.manage("DELETE", "/faults")

    answer = await shop.checkout(
        "visa", idToken=token, srcDigitalCardId=await card_of(shop, "visa")
    )

    assert answer.body["reason"] == "AUTH_INVALID"
