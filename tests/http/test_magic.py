"""Every magic value, sent to every network, brings about what the table says."""

import asyncio
import json
from collections.abc import Awaitable, Callable

import pytest

from src_system.crypto import jws
from src_system.model.magic import MagicValue
from src_system.model.magic_values import MAGIC_VALUES, UNREACHABLE
from src_system.model.pan import is_luhn_valid
from src_system.model.vocabulary import INIT_REASONS, REASONS
from src_system.networks import PROFILES
from src_system.networks.magic_numbers import written
from src_system.wire.simulated import status_of_reason
from tests.http.initiator import CARDS, CONSENT, Answer, Initiator, Json
from tests.http.magic_calls import SENDERS, Sender, of_security_code

NewSandbox = Callable[..., Awaitable[Initiator]]
BY_ID = {value.magic_id: value for value in MAGIC_VALUES}
TRANS_STATUS_AT_ECI = {"visa": "06", "mastercard": "01", "amex": "06", "discover": "06"}


@pytest.mark.parametrize("magic_id", BY_ID)
async def test_a_magic_value_does_what_the_table_says_on_every_network(
    new_sandbox: NewSandbox, magic_id: str
) -> None:
    initiator = await new_sandbox()
    value = BY_ID[magic_id]

    async def send(network: str, operation: str) -> None:
        sender = Sender(initiator, network, operation, value)
        answer = await SENDERS[value.trigger](sender)
        where = f"{operation} at {network}: {answer.status} {answer.body}"
        await check_answer(sender, answer, where)

    await asyncio.gather(
        *(send(network, operation) for network in CARDS for operation in sorted(value.operations))
    )


async def check_answer(sender: Sender, answer: Answer, where: str) -> None:
    """The answer is what *value* asks for."""
    value, effect = sender.value, sender.value.effect
    if value.reason is not None:
        assert value.reason in answer.reasons, where
        assert answer.status == status_of_reason(value.reason), where
    elif value.pending_events:
        check_pending(sender, answer, where)
    elif value.trans_status is not None:
        check_three_ds(sender, answer, where)
    else:
        assert answer.status == 200, where
    if "latency" in effect:
        assert sender.seconds > 5.5
    if "otp" in effect:
        await check_delivery(sender, where)
    if value.is_right is False:
        [code, *_] = await inbox(sender)
        assert (code["state"], code["triesLeft"]) == ("issued", 2), where


def check_pending(sender: Sender, answer: Answer, where: str) -> None:
    """The card was enrolled, and waits; the checkout that enrolled it waits as well."""
    if sender.operation == "enrollCard":
        shown = answer.body["maskedCard"]["digitalCardData"]
        events = list(sender.value.pending_events)
        assert (shown["status"], shown["pendingEvents"]) == ("PENDING", events), where
    elif PROFILES[sender.network].pending_card_is_refused:
        is_code = {"PENDING_SCA", "PENDING_CSC"} & set(sender.value.pending_events)
        wanted = "CVC_VERIFICATION_REQUIRED" if is_code else "INACTIVE_CARD"
        assert wanted in answer.reasons, where
    else:
        assert answer.body["dcfActionCode"] == "PENDING_AUTHENTICATION", where


def check_three_ds(sender: Sender, answer: Answer, where: str) -> None:
    """3-D Secure ends as asked for; a checkout that needs more waits for it."""
    status = sender.value.trans_status
    assert answer.status == 200, where
    if sender.operation == "checkout":
        if status == "A":
            token = answer.body[PROFILES[sender.network].checkout_response_member]
            document = json.loads(jws.parse(token, max_length=100_000).payload)
            assert document["assuranceData"]["eci"] == TRANS_STATUS_AT_ECI[sender.network], where
        else:
            assert answer.body["dcfActionCode"] == "PENDING_AUTHENTICATION", where
        return
    if status == "C":
        assert answer.body["authenticationStatus"] == "PENDING", where
        return
    [proven] = answer.body["assuranceData"]["verificationData"]
    assert answer.body["authenticationResult"] == "NOT_AUTHENTICATED", where
    assert proven["methodResults"]["transStatus"] == status, where


async def inbox(sender: Sender) -> list[Json]:
    """Every code sent for the person on this network."""
    query = f"/otps?undelivered=true&network={sender.network}"
    found: list[Json] = (await sender.initiator.manage("GET", query)).body["otps"]
    return [code for code in found if code["identity"] == bare(sender.identity["identityValue"])]


def bare(identity: str) -> str:
    """An identity as the inbox tells it."""
    return identity.removeprefix("+")


async def check_delivery(sender: Sender, where: str) -> None:
    """The code went the way that was asked for."""
    codes = await inbox(sender)
    wanted = sender.value.effect["otp"]["delivery"]
    assert {code["delivery"] for code in codes} == {wanted}, where


@pytest.mark.parametrize("network", CARDS)
async def test_a_magic_security_code_works_encrypted_as_well(
    new_sandbox: NewSandbox, network: str
) -> None:
    initiator = await new_sandbox()
    for word, reason in (("004", "AUTHENTICATE_FAILURE"), ("005", "RETRIES_EXCEEDED")):
        value = BY_ID[f"securityCode {word}"]
        sender = Sender(initiator, network, "completeAuthentication", value)

        answer = await of_security_code(sender, is_encrypted=True)

        assert answer.body["reason"] == reason


@pytest.mark.parametrize(
    "magic_id",
    [
        "email locked",
        "phone 15005550002",
        "amount 9100.91",
        "oneTimeCode 999999",
        "securityCode 001",
        "pan 0002",
        "card 1001",
    ],
)
async def test_a_sandbox_can_switch_them_off_and_on_again(
    new_sandbox: NewSandbox, magic_id: str
) -> None:
    initiator = await new_sandbox(magic=False)
    value = BY_ID[magic_id]
    operation = min(value.operations)

    async def reasons(network: str) -> set[str]:
        return (await SENDERS[value.trigger](Sender(initiator, network, operation, value))).reasons

    off = [value.reason in await reasons(network) for network in ("visa", "amex")]
    shown = (await initiator.manage("GET", "/magic")).body
    put = await initiator.manage("PUT", "/magic", {"enabled": True})
    on = [value.reason in await reasons(network) for network in ("mastercard", "discover")]

    assert (off, on) == ([False, False], [True, True])
    assert (shown, put.body) == ({"enabled": False}, {"enabled": True})


async def test_whatever_stands_before_the_last_plus_is_anything(initiator: Initiator) -> None:
    for address in (
        "a+b+acct-inaccessible@shop.test",
        "ANA+Acct-Inaccessible@X.Test",
        "+acct-inaccessible@x.test",
    ):
        identity = {"identityType": "EMAIL_ADDRESS", "identityValue": address}
        answer = await initiator.call("visa", "identities/lookup", {"consumerIdentity": identity})
        assert answer.body.get("reason") == "ACCT_INACCESSIBLE", address
    for address in ("locked@shop.test", "locked+ana@shop.test", "ana+lockedd@shop.test"):
        identity = {"identityType": "EMAIL_ADDRESS", "identityValue": address}
        answer = await initiator.call("visa", "identities/lookup", {"consumerIdentity": identity})
        assert answer.status == 200, address


@pytest.mark.parametrize("network", CARDS)
async def test_a_shop_that_is_nobodys_needs_no_magic(initiator: Initiator, network: str) -> None:
    identity = {"identityType": "EMAIL_ADDRESS", "identityValue": "ana@shop.test"}
    body = {"consumerIdentity": identity, "srcDpaId": "dpa_disabled"}

    answer = await initiator.call(network, "identities/lookup", body)

    assert (answer.status, answer.body["reason"]) == (403, "PERMISSION_DENIED")


@pytest.mark.parametrize("network", CARDS)
async def test_a_profile_is_inaccessible_to_a_sound_token_unless_magic_is_off(
    initiator: Initiator, network: str
) -> None:
    value = BY_ID["phone 15005550019"]
    sender = Sender(initiator, network, "getSrcProfile", value)
    answers = []
    for enabled in (True, False):
        await initiator.manage("PUT", "/magic", {"enabled": enabled})
        answers.append(await SENDERS[value.trigger](sender))

    assert [answer.status for answer in answers] == [403, 200]
    assert answers[0].body["reason"] == "ACCT_INACCESSIBLE"
    assert len(answers[1].body["profiles"]) == 1


@pytest.mark.parametrize("amount", ["9100.91", "9100.910", 9100.91])
async def test_an_amount_is_one_however_it_is_written(initiator: Initiator, amount: object) -> None:
    money = {"transactionAmount": amount, "transactionCurrencyCode": "USD"}

    answer = await initiator.checkout(
        "visa", dpaTransactionOptions={"transactionAmount": money}, srcDigitalCardId="any"
    )

    assert (answer.status, answer.body["reason"]) == (503, "UNAVAILABLE")


@pytest.mark.parametrize("network", CARDS)
async def test_other_numbers_of_invented_ranges_are_cards_like_any(
    initiator: Initiator, network: str
) -> None:
    profile = PROFILES[network]
    magic = BY_ID["pan 0002"]
    number = written(profile, magic)
    ordinary = profile.invented_pan_ranges[0].prefix
    free = "0" * (len(number) - len(ordinary) - len("0002") - 1)
    candidates = [f"{ordinary}{digit}{free}0002" for digit in "0123456789"]
    sender = Sender(initiator, network, "enrollCard", magic)

    answer = await sender.call(
        {
            "encryptedCard": await sender.encrypted(number=next(filter(is_luhn_valid, candidates))),
            "consumer": sender.person,
            "complianceSettings": CONSENT,
        }
    )

    assert answer.status == 200, answer.body


async def test_the_header_and_a_rule_beat_a_magic_value(initiator: Initiator) -> None:
    identity = {"identityType": "EMAIL_ADDRESS", "identityValue": "ana+locked@shop.test"}
    body = {"srcClientId": initiator.client_id, "consumerIdentity": identity}
    url = f"{initiator.sandbox['urls']['visa']['src']}/identities/lookup"

    async def reason(**headers: str) -> str:
        async with initiator.session.post(url, json=body, headers=headers) as response:
            return str((await response.json())["reason"])

    magic = await reason()
    rule = {"effect": {"error": {"reason": "FRAUD"}}}
    assert (await initiator.manage("POST", "/faults", rule)).status == 201

    assert magic == "LOCKED"
    assert await reason() == "FRAUD"
    assert await reason(**{"X-Src-Simulate": "error=ID_INVALID"}) == "ID_INVALID"


def test_every_reason_is_in_the_table_or_said_to_be_out_of_reach() -> None:
    caused = {value.reason for value in MAGIC_VALUES} - {None}

    assert caused | set(UNREACHABLE) == REASONS | INIT_REASONS
    assert caused & set(UNREACHABLE) == set()
    assert all(UNREACHABLE.values())


def test_no_value_stands_in_the_table_twice() -> None:
    ids = [value.magic_id for value in MAGIC_VALUES]

    assert len(ids) == len(set(ids)) > 100
    for profile in PROFILES.values():
        sent = [(one.trigger, written(profile, one)) for one in MAGIC_VALUES]
        assert len(sent) == len(set(sent))


@pytest.mark.parametrize("value", MAGIC_VALUES, ids=lambda value: value.magic_id)
def test_a_magic_card_number_is_one_that_its_network_accepts(value: MagicValue) -> None:
    for profile in PROFILES.values():
        word = written(profile, value)
        if value.trigger in ("pan", "card"):
            assert profile.test_pan(word) is not None
            assert word.endswith(value.word)
        assert word.strip() == word != ""


async def test_the_table_is_served_with_what_to_send_to_each_network(
    initiator: Initiator,
) -> None:
    answer = await initiator.send("GET", f"{initiator.control}/v1/magic")
    rows = {row["id"]: row for row in answer.body["magic"]}

    assert list(rows) == list(BY_ID)
    assert rows["pan 0002"]["values"]["visa"].startswith("49999910")
    assert rows["securityCode 001"]["values"]["amex"] == "0001"
    assert rows["email locked"]["values"]["visa"] == "anything+locked@shop.test"
    assert {one["reason"] for one in answer.body["unreachable"]} == set(UNREACHABLE)
