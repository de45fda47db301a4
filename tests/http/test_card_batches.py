"""An issuer's cards: enrolled one by one and in batches, record by record (spec 4.14, 10g)."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from src_system.crypto import jwe
from src_system.crypto.rsa_keys import public_from_jwk
from src_system.model.pan import luhn_check_digit
from src_system.networks import PROFILES
from tests.http.initiator import CARDS, CONSENT, Answer, Initiator, Json

FROZEN = {"mode": "frozen", "at": "2026-11-23T09:00:00Z"}
OTHER_CARD = {
    "visa": "4012888888881881",
    "mastercard": "5555555555554444",
    "amex": "371449635398431",
    "discover": "6445644564456445",
}
# Well-formed, and nobody's test number.
UNPUBLISHED = "491600000000731" + luhn_check_digit("491600000000731")
NewSandbox = Callable[..., Awaitable[Initiator]]


def issuer_id(initiator: Initiator) -> str:
    """The sandbox's issuer."""
    kinds = {one["kind"]: one["srcClientId"] for one in initiator.sandbox["clients"]}
    return str(kinds["PARTICIPATING_ISSUER"])


async def issue(
    initiator: Initiator, method: str, network: str, path: str, body: Json | None = None
) -> Answer:
    """A call of the issuer, which names no DPA."""
    client_id = issuer_id(initiator)
    url = f"{initiator.sandbox['urls'][network]['src']}/{path}"
    if body is None:
        return await initiator.send(method, f"{url}?srcClientId={client_id}")
    return await initiator.send(
        method,
        url,
        data=json.dumps({"srcClientId": client_id, **body}).encode(),
        headers={"Content-Type": "application/json"},
    )


def consumer(email: str = "ana@shop.test", phone: str = "2025550143", **members: Any) -> Json:
    return {
        "emailAddress": email,
        "mobileNumber": {"countryCode": "1", "phoneNumber": phone},
        "firstName": "Ana",
        "lastName": "Lopez",
        "countryCode": "US",
        **members,
    }


async def sealed(initiator: Initiator, network: str, document: Json) -> str:
    key = await initiator.encryption_key(network)
    return jwe.seal(
        json.dumps(document).encode(),
        key=public_from_jwk(key),
        enc=PROFILES[network].content_encryption,
        header={"kid": key["kid"]},
    )


async def record(
    initiator: Initiator,
    network: str,
    number: str | None = None,
    *,
    who: str = "person-1",
    what: str = "card-1",
    **members: Any,
) -> Json:
    """A record with the holder inside the encrypted part."""
    holder = members.pop("holder", consumer())
    card = {
        "primaryAccountNumber": number or CARDS[network],
        "panExpirationMonth": "12",
        "panExpirationYear": "2030",
    }
    data = {"card": card, "consumer": holder, "complianceSettings": CONSENT}
    data |= members.pop("data", {})
    return {
        "externalConsumerId": who,
        "externalCredentialId": what,
        "enrollmentData": await sealed(initiator, network, data),
        **members,
    }


async def submitted(
    initiator: Initiator, network: str, *records: Json, name: str = "batch-1"
) -> Json:
    answer = await issue(
        initiator,
        "POST",
        network,
        "cards/batch",
        {"externalBatchId": name, "records": list(records)},
    )
    assert answer.status == 202, answer.body
    return answer.body


async def ended(initiator: Initiator, network: str, *records: Json, name: str = "batch-1") -> Json:
    """The batch after its time has come."""
    accepted = await submitted(initiator, network, *records, name=name)
    await initiator.manage("POST", "/clock/advance", {"by": "PT1S"})
    answer = await issue(initiator, "GET", network, f"cards/batch/{accepted['batchId']}")
    assert answer.status == 200, answer.body
    return answer.body


@pytest.fixture
async def bank(new_sandbox: NewSandbox) -> Initiator:
    """A sandbox with an issuer and a frozen clock."""
    return await new_sandbox(clock=FROZEN, issuer=True)


@pytest.mark.parametrize("network", tuple(CARDS))
async def test_an_issuer_enrols_a_card_and_makes_its_holders_profile(
    bank: Initiator, network: str
) -> None:
    assurance = {
        "verificationData": [
            {
                "verificationType": "CARDHOLDER",
                "verificationEntity": "03",
                "verificationMethod": "04",
                "verificationResults": "01",
                "verificationTimestamp": "1763888400",
            }
        ]
    }
    body = {
        "encryptedCard": await bank.encrypted_card(network, CARDS[network]),
        "consumer": consumer(),
        "cardSource": "ISSUER",
        "assuranceData": assurance,
    }
    without_consent = await issue(bank, "POST", network, "cards", body)
    enrolled = await issue(bank, "POST", network, "cards", {**body, "complianceSettings": CONSENT})
    second = {**body, "encryptedCard": await bank.encrypted_card(network, OTHER_CARD[network])}
    further = await issue(bank, "POST", network, "cards", second)
    duplicate = await issue(bank, "POST", network, "cards", second)
    token = await bank.id_token(network)
    profile = await bank.call(network, "profiles/prepare", {"idTokens": [token]})

    assert (without_consent.status, without_consent.body["reason"]) == (400, "COMPLIANCE_REQUIRED")
    assert enrolled.status == 200, enrolled.body
    assert enrolled.body["maskedCard"]["digitalCardData"]["status"] == "ACTIVE"
    assert enrolled.body["idToken"]
    assert (further.status, "idToken" in further.body) == (200, False)
    assert duplicate.status == (409 if network == "visa" else 200)
    assert len(profile.body["profiles"][0]["maskedCards"]) == 2


@pytest.mark.parametrize("network", tuple(CARDS))
async def test_a_batch_enrols_each_record_on_its_own(bank: Initiator, network: str) -> None:
    number, other = CARDS[network], OTHER_CARD[network]
    good = await record(bank, network)
    records = [
        good,
        await record(bank, network, other, what="card-2", data={"complianceSettings": {}}),
        await record(bank, network, UNPUBLISHED, who="p-2", what="c"),
        await record(bank, network, who="p-3", what="c", data={"complianceSettings": {}},
                     holder=consumer("new@shop.test")),
        {**good, "externalCredentialId": "card-9", "enrollmentData": good["enrollmentData"][:-9]},
        await record(bank, network, who="p-4", what="c", data={"card": None}),
    ]  # fmt: skip
    accepted = await submitted(bank, network, *records)
    path = f"cards/batch/{accepted['batchId']}"
    early = await issue(bank, "GET", network, path)
    nobody = await bank.call(network, "identities/lookup", _lookup())
    await bank.manage("POST", "/clock/advance", {"by": "PT1S"})
    late = await issue(bank, "GET", network, path)
    somebody = await bank.call(network, "identities/lookup", _lookup())

    assert {one["status"] for one in early.body["records"]} == {"PENDING"}
    assert early.body["batchStatus"] == "IN_PROGRESS"
    assert (nobody.body["consumerPresent"], somebody.body["consumerPresent"]) == (False, True)
    assert late.body["batchStatus"] == "COMPLETED_WITH_ERRORS"
    assert late.body["batchEndTime"] == "2026-11-23T09:00:01.000Z"
    results = late.body["records"]
    assert [one["status"] for one in results] == ["ENROLLED", "ENROLLED", *["FAILED"] * 4]
    assert [one.get("reason") for one in results[2:]] == [
        "PAN_INELIGIBLE",
        "CANNOT_BE_NULL",
        "CORRUPT_DATA",
        "CANNOT_BE_NULL",
    ]
    assert results[3]["error"]["reason"] == "COMPLIANCE_REQUIRED"
    assert [one["maskedCard"]["panLastFour"] for one in results[:2]] == [number[-4:], other[-4:]]
    assert {one["externalBatchId"] for one in results} == {"batch-1"}
    assert number not in json.dumps(late.body) and UNPUBLISHED not in json.dumps(late.body)


def _lookup(email: str = "ana@shop.test") -> Json:
    return {"consumerIdentity": {"identityType": "EMAIL_ADDRESS", "identityValue": email}}


@pytest.mark.parametrize("network", tuple(CARDS))
async def test_a_batch_sent_twice_is_one_and_a_credential_sent_twice_one_card(
    bank: Initiator, network: str
) -> None:
    first = await ended(bank, network, await record(bank, network))
    repeated = await submitted(bank, network, await record(bank, network))
    other = await issue(
        bank,
        "POST",
        network,
        "cards/batch",
        {"externalBatchId": "batch-1", "records": [await record(bank, network, who="p-7")]},
    )
    again = await ended(bank, network, await record(bank, network), name="batch-2")
    stranger = await ended(
        bank, network, await record(bank, network, what="card-2"), name="batch-3"
    )

    assert repeated["batchId"] == first["batchId"]
    assert (other.status, other.body["reason"]) == (409, "ALREADY_EXISTS")
    card_id = first["records"][0]["srcDigitalCardId"]
    assert again["records"][0]["srcDigitalCardId"] == card_id
    if network == "visa":
        assert stranger["records"][0]["reason"] == "ALREADY_EXISTS"
    else:
        assert stranger["records"][0]["srcDigitalCardId"] == card_id


async def test_an_external_consumer_keeps_the_profile_whatever_the_record_says(
    bank: Initiator,
) -> None:
    await ended(bank, "amex", await record(bank, "amex"))
    moved = await record(
        bank, "amex", OTHER_CARD["amex"], what="card-2", holder=consumer("moved@shop.test")
    )
    await ended(bank, "amex", moved, name="batch-2")

    found = await bank.call("amex", "identities/lookup", _lookup("moved@shop.test"))
    consumers = await bank.manage("GET", "/consumers?network=amex")

    assert found.body["consumerPresent"] is False
    assert len(consumers.body["consumers"]) == 1


async def test_linked_identities_say_how_the_holder_is_found(bank: Initiator) -> None:
    linked = {
        "emailAddress": "Linked@Shop.test",
        "mobileNumber": {"countryCode": "+44", "phoneNumber": "7700 900123"},
    }
    batch = await ended(
        bank,
        "visa",
        await record(bank, "visa", holder={"firstName": "Ana"}, linkedIdentities=linked),
    )
    found = await bank.manage("GET", "/consumers?identity=447700900123")

    assert batch["batchStatus"] == "COMPLETED_SUCCESSFULLY"
    assert [one["emailAddress"] for one in found.body["consumers"]] == ["linked@shop.test"]


@pytest.mark.parametrize(
    "holder",
    [
        consumer(firstName="A\x00na"),
        consumer("a\x00na@shop.test"),
        consumer(complianceSettings={"complianceResources": [{"complianceType": "\x00"}]}),
        consumer(countryCode="USA"),
        consumer(mobileNumber={"countryCode": "1"}),
    ],
)
async def test_a_holder_who_cannot_be_kept_fails_its_own_record_only(
    bank: Initiator, holder: Json
) -> None:
    data = {"complianceSettings": None} if "complianceSettings" in holder else {}
    batch = await ended(
        bank,
        "mastercard",
        await record(bank, "mastercard", holder=holder, data=data),
        await record(bank, "mastercard", who="person-2"),
    )

    assert [one["status"] for one in batch["records"]] == ["FAILED", "ENROLLED"]
    assert batch["records"][0]["reason"] == "INVALID_FORMAT"
    detail = batch["records"][0]["error"]["errordetail"][0]
    assert detail["source"].startswith("records[0].enrollmentData.consumer")


async def test_parallel_batches_for_one_person_make_one_profile(bank: Initiator) -> None:
    numbers = [CARDS["visa"], OTHER_CARD["visa"], "4242424242424242", "4111111145551142"]
    batches = [
        await submitted(
            bank,
            "visa",
            await record(bank, "visa", number, what=f"card-{n}"),
            name=f"batch-{n}",
        )
        for n, number in enumerate(numbers)
    ]
    await bank.manage("POST", "/clock/advance", {"by": "PT1S"})
    answers = await asyncio.gather(
        *(
            issue(bank, "GET", "visa", f"cards/batch/{batch['batchId']}")
            for batch in batches
            for _ in range(3)
        )
    )
    consumers = await bank.manage("GET", "/consumers?network=visa")
    cards = await bank.manage("GET", "/cards?network=visa")

    assert {answer.body.get("batchStatus") for answer in answers} == {"COMPLETED_SUCCESSFULLY"}
    assert len(consumers.body["consumers"]) == 1
    assert len(cards.body["cards"]) == 4


@pytest.mark.parametrize(
    ("changes", "reason", "source"),
    [
        ({"externalBatchId": None}, "INVALID_ARGUMENT", "externalBatchId"),
        ({"records": []}, "INVALID_ARGUMENT", "records"),
        ({"records": [{}] * 101}, "INVALID_ARGUMENT", "records[0].enrollmentData"),
        (
            {"records": [{"enrollmentData": "x", "externalConsumerId": "a"}]},
            "INVALID_ARGUMENT",
            "records[0].externalCredentialId",
        ),
        (
            {"records": [{"enrollmentData": "x", "linkedIdentities": {}}]},
            "INVALID_ARGUMENT",
            "records[0].linkedIdentities",
        ),
        (
            {"records": [{"enrollmentData": "x", "srcClientId": "another"}]},
            "PERMISSION_DENIED",
            "records[0].srcClientId",
        ),
    ],
)
async def test_a_batch_of_a_wrong_form_is_refused_at_once(
    bank: Initiator, changes: Json, reason: str, source: str
) -> None:
    refused = await issue(
        bank, "POST", "discover", "cards/batch", {"externalBatchId": "b", **changes}
    )

    assert (refused.status, refused.body["reason"]) in [(400, reason), (403, reason)]
    assert refused.source == source


async def test_a_batch_has_a_largest_number_of_records(bank: Initiator) -> None:
    records = [
        {"enrollmentData": "x", "externalConsumerId": str(n), "externalCredentialId": "c"}
        for n in range(101)
    ]
    refused = await issue(
        bank, "POST", "visa", "cards/batch", {"externalBatchId": "b", "records": records}
    )

    assert refused.status == 400
    assert "LIMIT_EXCEED" in refused.reasons


async def test_only_issuers_call_it_and_each_sees_its_own(bank: Initiator) -> None:
    accepted = await submitted(bank, "visa", await record(bank, "visa"))
    path = f"cards/batch/{accepted['batchId']}"
    by_initiator = [
        await bank.call("visa", "cards/batch", {"externalBatchId": "x"}),
        await bank.send(
            "GET", f"{bank.sandbox['urls']['visa']['src']}/{path}?srcClientId={bank.client_id}"
        ),
    ]
    other = await bank.manage(
        "POST", "/clients", {"name": "Other bank", "kind": "PARTICIPATING_ISSUER"}
    )
    foreign = await bank.send(
        "GET",
        f"{bank.sandbox['urls']['visa']['src']}/{path}?srcClientId={other.body['srcClientId']}",
    )

    assert {(one.status, one.body["reason"]) for one in by_initiator} == {
        (403, "PERMISSION_DENIED")
    }
    assert foreign.status == 404
