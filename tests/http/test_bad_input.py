"""Wrong input is refused in the words of SRC, naming the member, and leaves nothing behind."""

import asyncio
import base64
import hashlib
import hmac
import json
from typing import Any

import pytest

from src_system.crypto import jwe
from src_system.crypto.rsa_keys import generate_private_key, public_from_jwk
from tests.http.initiator import CARDS, CONSENT, Answer, Initiator

NETWORKS = tuple(CARDS)
LOOKUP = "identities/lookup"
JSON_HEADERS = {"Content-Type": "application/json"}


async def post(initiator: Initiator, raw: bytes, headers: dict[str, str] | None = None) -> Answer:
    """Raw bytes to identityLookup at Visa."""
    url = f"{initiator.sandbox['urls']['visa']['src']}/{LOOKUP}"
    return await initiator.send("POST", url, data=raw, headers=headers or JSON_HEADERS)


@pytest.mark.parametrize(
    "raw",
    [b"", b"not json", b"[]", b'"text"', b"{", b'{"a": NaN}', b'{"a": "\xff\xfe"}', b"\x00{}"],
    ids=["empty", "text", "list", "string", "half", "nan", "invalid utf-8", "nul byte"],
)
async def test_a_body_that_is_no_json_object_is_an_invalid_argument(
    initiator: Initiator, raw: bytes
) -> None:
    answer = await post(initiator, raw)

    assert answer.status == 400
    assert answer.body["reason"] == "INVALID_ARGUMENT"
    assert answer.body["srcCorrelationId"]


async def test_a_body_nested_too_deeply_is_refused(initiator: Initiator) -> None:
    deep = b'{"a":' * 40 + b"1" + b"}" * 40

    answer = await post(initiator, deep)

    assert answer.status == 400
    assert "32 levels" in answer.body["message"]


async def test_a_body_nested_absurdly_is_refused_too(initiator: Initiator) -> None:
    answer = await post(initiator, b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}")

    assert answer.status == 400


async def test_a_body_over_the_limit_is_too_large(initiator: Initiator) -> None:
    answer = await post(initiator, b'{"a": "' + b"x" * 300_000 + b'"}')

    assert answer.status == 413
    assert "262144" in answer.body["message"]


async def test_a_nul_character_inside_text_is_refused_by_its_path(initiator: Initiator) -> None:
    body = {
        "srcClientId": initiator.client_id,
        "consumerIdentity": {"identityType": "EMAIL_ADDRESS", "identityValue": "a\x00@b.test"},
    }

    answer = await post(initiator, json.dumps(body).encode())

    assert answer.status == 400
    assert answer.source == "consumerIdentity.identityValue"


async def test_half_of_a_surrogate_pair_is_refused(initiator: Initiator) -> None:
    answer = await post(initiator, b'{"srcClientId": "x", "serviceId": "\\ud800"}')

    assert answer.status == 400


async def test_another_content_type_is_unsupported(initiator: Initiator) -> None:
    answer = await post(initiator, b"<xml/>", {"Content-Type": "text/xml"})

    assert answer.status == 415
    assert answer.source == "Content-Type"


@pytest.mark.parametrize(
    ("members", "source"),
    [
        ({"consumerIdentity": "text"}, "consumerIdentity"),
        ({"consumerIdentity": {"identityType": 7}}, "consumerIdentity.identityType"),
        ({"consumerIdentity": {"identityType": "EMAIL_ADDRESS"}}, "consumerIdentity.identityValue"),
        ({"srcDpaId": ["list"]}, "srcDpaId"),
        ({"srcCorrelationId": "not-a-uuid"}, "srcCorrelationId"),
    ],
)
async def test_a_member_of_a_wrong_type_or_form_is_named(
    initiator: Initiator, members: dict[str, Any], source: str
) -> None:
    identity = {"identityType": "EMAIL_ADDRESS", "identityValue": "a@b.test"}

    answer = await initiator.call("mastercard", LOOKUP, {"consumerIdentity": identity, **members})

    assert answer.status == 400
    assert source == answer.source


@pytest.mark.parametrize(
    ("identity_type", "value", "reason"),
    [
        ("EMAIL_ADDRESS", "nobody", "CONSUMER_ID_FORMAT_INVALID"),
        ("MOBILE_PHONE_NUMBER", "call me", "CONSUMER_ID_FORMAT_INVALID"),
        ("LOYALTY_NUMBER", "12", "ID_FORMAT_UNSUPPORTED"),
        ("EMAIL_ADDRESS", "", "CONSUMER_ID_MISSING"),
    ],
)
async def test_an_unusable_identity_has_the_reason_of_the_specification(
    initiator: Initiator, identity_type: str, value: str, reason: str
) -> None:
    identity = {"identityType": identity_type, "identityValue": value}

    answer = await initiator.call("discover", LOOKUP, {"consumerIdentity": identity})

    assert (400, reason) == (answer.status, answer.body["reason"])


async def test_the_error_body_of_visa_differs_from_the_others_as_its_pages_say(
    initiator: Initiator,
) -> None:
    visa = await initiator.call("visa", LOOKUP, {})
    amex = await initiator.call("amex", LOOKUP, {})

    assert (visa.body["status"], visa.body["errorDetail"][0]["sourceType"]) == ("400", "FIELD")
    assert (amex.body["status"], amex.body["errordetail"][0]["sourceType"]) == (400, "BODY")


@pytest.mark.parametrize("path", ["/jcb/src/v1/cards", "/s/nowhere/visa/src/v1/cards", "/x"])
async def test_an_unknown_network_sandbox_or_path_is_not_found(
    initiator: Initiator, server: Any, path: str
) -> None:
    answer = await initiator.send("POST", server.protocol + path, data=b"{}")

    assert (answer.status, answer.body["reason"]) == (404, "NOT_FOUND")
    assert answer.body["srcCorrelationId"]


async def test_an_unknown_operation_is_not_found_and_a_wrong_method_not_allowed(
    initiator: Initiator,
) -> None:
    base = initiator.sandbox["urls"]["visa"]["src"]

    unknown = await initiator.send("POST", f"{base}/cards/x/y", data=b"{}")
    wrong_method = await initiator.send("PATCH", f"{base}/{LOOKUP}", data=b"{}")
    by_get = await initiator.send(
        "GET", f"{initiator.sandbox['urls']['mastercard']['src']}/transaction/credentials"
    )

    assert [unknown.status, wrong_method.status, by_get.status] == [404, 405, 405]


async def test_an_unknown_client_or_dpa_is_denied(initiator: Initiator) -> None:
    stranger = await initiator.call("visa", LOOKUP, {"srcClientId": "stranger"})
    dpa = await initiator.checkout("visa", srcDpaId="no-dpa", srcDigitalCardId="x")
    nobody = await post(initiator, b"{}")

    assert (stranger.status, stranger.source) == (403, "srcClientId")
    assert (dpa.status, dpa.source) == (403, "srcDpaId")
    assert (nobody.status, nobody.source) == (400, "srcClientId")


async def test_a_header_that_names_another_client_is_denied(initiator: Initiator) -> None:
    headers = {**JSON_HEADERS, "x-openapi-clientid": "another"}

    answer = await post(
        initiator, json.dumps({"srcClientId": initiator.client_id}).encode(), headers
    )

    assert (answer.status, answer.source) == (403, "x-openapi-clientid")


async def enrol(initiator: Initiator, encrypted_card: str, network: str = "visa") -> Answer:
    """An enrolment of a new consumer with this ciphertext."""
    consumer = {
        "emailAddress": "new@shop.test",
        "mobileNumber": {"countryCode": "1", "phoneNumber": "2025550199"},
    }
    return await initiator.call(
        network,
        "cards",
        {
            "encryptedCard": encrypted_card,
            "consumer": consumer,
            "complianceSettings": CONSENT,
        },
    )


async def is_known(initiator: Initiator, email: str, network: str = "visa") -> bool:
    """Whether a profile exists."""
    identity = {"identityType": "EMAIL_ADDRESS", "identityValue": email}
    answer = await initiator.call(network, LOOKUP, {"consumerIdentity": identity})
    return bool(answer.body["consumerPresent"])


async def test_a_jwe_that_cannot_be_opened_is_corrupt_data(initiator: Initiator) -> None:
    good = await initiator.encrypted_card("visa", CARDS["visa"])
    key = await initiator.encryption_key("visa")
    stranger = generate_private_key().public_key()
    card = json.dumps({"primaryAccountNumber": CARDS["visa"]}).encode()
    header = {"kid": key["kid"]}
    broken = [
        "not.a.jwe",
        good[:-4] + ("AAAA" if good[-4:] != "AAAA" else "BBBB"),
        jwe.seal(card, key=stranger, enc="A256GCM", header=header),
        jwe.seal(card, key=public_from_jwk(key), enc="A256GCM", header={"kid": "unknown"}),
        jwe.seal(b"no json", key=public_from_jwk(key), enc="A256GCM", header=header),
    ]

    answers = [await enrol(initiator, token) for token in broken]

    assert [400] * len(broken) == [answer.status for answer in answers]
    assert all("CORRUPT_DATA" in answer.reasons for answer in answers)
    assert not await is_known(initiator, "new@shop.test")


@pytest.mark.parametrize(
    ("members", "source"),
    [
        ({"primaryAccountNumber": "4111111111111112"}, "primaryAccountNumber"),
        ({"primaryAccountNumber": "41111"}, "primaryAccountNumber"),
        ({"panExpirationMonth": "13"}, "panExpirationMonth"),
        ({"panExpirationYear": "2020"}, "panExpirationYear"),
        ({"cardSecurityCode": "12"}, "cardSecurityCode"),
    ],
)
async def test_an_unusable_card_is_refused_by_its_member(
    initiator: Initiator, members: dict[str, str], source: str
) -> None:
    token = await initiator.encrypted_card("visa", CARDS["visa"], **members)

    answer = await enrol(initiator, token)

    assert (400, f"encryptedCard.{source}") == (answer.status, answer.source)


async def test_a_number_outside_the_test_ranges_is_ineligible_and_never_kept(
    initiator: Initiator,
) -> None:
    real_looking = "4539578763621486"

    answer = await enrol(initiator, await initiator.encrypted_card("visa", real_looking))

    assert answer.status == 400
    assert "PAN_INELIGIBLE" in answer.reasons
    assert "test numbers" in answer.body["message"]
    assert not await is_known(initiator, "new@shop.test")


async def test_a_new_profile_without_consent_is_refused(initiator: Initiator) -> None:
    token = await initiator.encrypted_card("amex", CARDS["amex"])

    answer = await initiator.call(
        "amex", "cards", {"encryptedCard": token, "consumer": {"emailAddress": "n@shop.test"}}
    )

    assert (answer.status, answer.body["reason"]) == (400, "COMPLIANCE_REQUIRED")
    assert not await is_known(initiator, "n@shop.test", "amex")


def forged(token: str, *, alg: str, key: bytes = b"") -> str:
    """*token* with another algorithm in its header, signed with HMAC or not at all."""
    header_part, payload, _ = token.split(".")
    header = json.loads(base64.urlsafe_b64decode(header_part + "=="))
    header["alg"] = alg
    raw = base64.urlsafe_b64encode(json.dumps(header).encode()).rstrip(b"=").decode()
    signing_input = f"{raw}.{payload}"
    signature = hmac.digest(key, signing_input.encode(), hashlib.sha256) if key else b""
    return f"{signing_input}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


@pytest.mark.parametrize("network", NETWORKS)
async def test_a_token_without_a_good_rs256_signature_is_invalid(
    initiator: Initiator, network: str
) -> None:
    await initiator.with_consumer()
    token = await initiator.id_token(network)
    keys = (await initiator.send("GET", initiator.sandbox["urls"][network]["keys"])).body["keys"]
    modulus = next(key["n"] for key in keys if key["use"] == "sig")
    tampered = token[:-6] + ("AAAAAA" if token[-6:] != "AAAAAA" else "BBBBBB")
    forgeries = [
        forged(token, alg="none"),
        forged(token, alg="HS256", key=modulus.encode()),
        tampered,
        "no token",
        "",
    ]

    answers = [
        await initiator.call(network, "profiles/prepare", {"idTokens": [one]}) for one in forgeries
    ]
    used = await initiator.checkout(
        network, srcDigitalCardId="x", idToken=forged(token, alg="none")
    )

    assert [(401, "AUTH_INVALID")] * len(forgeries) == [
        (answer.status, answer.body.get("reason")) for answer in answers
    ]
    assert (used.status, used.body["reason"]) == (401, "AUTH_INVALID")


async def test_an_unknown_or_foreign_card_cannot_be_paid_with(initiator: Initiator) -> None:
    await initiator.with_consumer()
    others = await initiator.with_consumer(
        "bob@shop.test", mobileNumber={"countryCode": "1", "phoneNumber": "2025550155"}
    )
    token = await initiator.id_token("visa")
    bobs = next(card["srcDigitalCardId"] for card in others if card["network"] == "visa")

    unknown = await initiator.checkout("visa", srcDigitalCardId="unknown", idToken=token)
    foreign = await initiator.checkout("visa", srcDigitalCardId=bobs, idToken=token)
    without = await initiator.checkout("visa", srcDigitalCardId=bobs)
    missing = await initiator.checkout("visa", idToken=token)

    assert {"INVALID_ARGUMENT", "CARD_NOT_FOUND"} == unknown.reasons
    assert {"INVALID_ARGUMENT", "CARD_NOT_FOUND"} == foreign.reasons
    assert without.body["reason"] == "IDENTITY_VALIDATION_REQUIRED"
    assert missing.source == "srcDigitalCardId"


async def test_another_clients_correlation_id_is_denied(initiator: Initiator) -> None:
    second = await initiator.manage("POST", "/clients", {"name": "Second", "kind": "SRC_INITIATOR"})
    assert second.status in (200, 201), second.body
    identity = {"identityType": "EMAIL_ADDRESS", "identityValue": "a@b.test"}
    mine = await initiator.call("visa", LOOKUP, {"consumerIdentity": identity})

    stolen = await initiator.call(
        "visa",
        LOOKUP,
        {
            "srcClientId": second.body["srcClientId"],
            "srcDpaId": "",
            "srcCorrelationId": mine.body["srcCorrelationId"],
            "consumerIdentity": identity,
        },
    )

    assert (stolen.status, stolen.source) == (403, "srcCorrelationId")


async def test_three_wrong_codes_end_a_validation_and_the_right_one_comes_too_late(
    initiator: Initiator,
) -> None:
    await initiator.with_consumer()
    validation = await initiator.initiated("visa")
    right = await initiator.code()
    wrong = "000000" if right != "000000" else "111111"
    body = {"idValidationSessionId": validation["idValidationSessionId"]}

    answers = [
        await initiator.call(
            "visa", "identities/validation/complete", {**body, "validationData": code}
        )
        for code in (wrong, wrong, wrong, right)
    ]

    assert [answer.body["reason"] for answer in answers] == [
        "CODE_INVALID",
        "CODE_INVALID",
        "RETRIES_EXCEEDED",
        "RETRIES_EXCEEDED",
    ]


async def test_parallel_tries_at_a_code_are_counted_one_by_one(initiator: Initiator) -> None:
    await initiator.with_consumer()
    validation = await initiator.initiated("amex")
    right = await initiator.code()
    wrong = "000000" if right != "000000" else "111111"
    body = {
        "idValidationSessionId": validation["idValidationSessionId"],
        "validationData": wrong,
    }

    answers = await asyncio.gather(
        *(initiator.call("amex", "identities/validation/complete", body) for _ in range(8))
    )

    reasons = [answer.body["reason"] for answer in answers]
    assert reasons.count("CODE_INVALID") == 2
    assert reasons.count("RETRIES_EXCEEDED") == 6


async def test_a_code_is_good_for_one_of_many_parallel_calls(initiator: Initiator) -> None:
    await initiator.with_consumer()
    validation = await initiator.initiated("discover")
    body = {
        "idValidationSessionId": validation["idValidationSessionId"],
        "validationData": await initiator.code(),
    }

    answers = await asyncio.gather(
        *(initiator.call("discover", "identities/validation/complete", body) for _ in range(6))
    )

    assert sorted(answer.status for answer in answers) == [200, 400, 400, 400, 400, 400]


async def test_parallel_enrolments_make_one_consumer_and_one_card(initiator: Initiator) -> None:
    tokens = [await initiator.encrypted_card("amex", CARDS["amex"]) for _ in range(6)]

    answers = await asyncio.gather(*(enrol(initiator, token, "amex") for token in tokens))

    assert {200} == {answer.status for answer in answers}, [a.body for a in answers]
    ids = {answer.body["maskedCard"]["srcDigitalCardId"] for answer in answers}
    owners = {answer.body["maskedConsumer"]["srcConsumerId"] for answer in answers}
    assert (len(ids), len(owners)) == (1, 1)


async def test_parallel_checkouts_of_one_transaction_have_a_cryptogram_each(
    initiator: Initiator,
) -> None:
    cards = await initiator.with_consumer()
    card = next(card["srcDigitalCardId"] for card in cards if card["network"] == "visa")
    token = await initiator.id_token("visa")
    profile = await initiator.call("visa", "profiles/prepare", {"idTokens": [token]})

    answers = await asyncio.gather(
        *(
            initiator.checkout(
                "visa",
                srcDigitalCardId=card,
                idToken=token,
                srciTransactionId="one-transaction",
                srcCorrelationId=profile.body["srcCorrelationId"],
            )
            for _ in range(6)
        )
    )

    assert {200} == {answer.status for answer in answers}, [a.body for a in answers]
    assert len({answer.body["checkoutResponse"] for answer in answers}) == 6


async def test_an_expired_client_key_is_denied_by_name(initiator: Initiator) -> None:
    cards = await initiator.with_consumer()
    card = next(card["srcDigitalCardId"] for card in cards if card["network"] == "mastercard")
    token = await initiator.id_token("mastercard")
    clients = (await initiator.manage("GET", "/clients")).body["clients"]
    client = next(one for one in clients if one["srcClientId"] == initiator.client_id)
    changed = await initiator.manage(
        "PUT",
        f"/clients/{initiator.client_id}",
        {**client, "keysNotAfter": "2020-01-01T00:00:00Z"},
    )
    assert changed.status == 200, changed.body

    answer = await initiator.checkout("mastercard", srcDigitalCardId=card, idToken=token)

    assert (answer.status, answer.body["reason"]) == (403, "PERMISSION_DENIED")
    assert "EXPIRED" in answer.reasons


async def test_no_refusal_shows_anything_of_the_inside(initiator: Initiator) -> None:
    answers = [
        await post(initiator, b"{"),
        await initiator.call("visa", "cards", {"encryptedCard": "x.y.z.a.b"}),
        await initiator.checkout("visa", srcDigitalCardId="'; DROP TABLE client; --"),
    ]

    for answer in answers:
        text = json.dumps(answer.body)
        assert not any(
            word in text for word in ("Traceback", ".py", "asyncpg", "SELECT", "src_system")
        )


async def test_an_address_with_a_newline_has_the_error_body_too(initiator: Initiator) -> None:
    base = initiator.sandbox["urls"]["visa"]["src"]

    answer = await initiator.send(
        "GET", f"{base}/cards/one%0Atwo?srcClientId={initiator.client_id}"
    )

    assert (answer.status, answer.body["reason"]) == (400, "INVALID_ARGUMENT")


async def test_a_refused_method_says_which_ones_there_are(initiator: Initiator) -> None:
    resource = f"transaction/credentials?srcClientId={initiator.client_id}"

    allowed = {}
    for network in ("visa", "mastercard"):
        base = initiator.sandbox["urls"][network]["src"]
        answer = await initiator.send("DELETE", f"{base}/{resource}")
        assert answer.status == 405
        allowed[network] = answer.headers["Allow"]

    assert allowed == {"visa": "GET, POST", "mastercard": "POST"}
