"""Payload recipients: the client's key, another registered one, and every refusal (spec 8.1)."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from src_system.crypto import jwe, jws
from src_system.crypto.rsa_keys import (
    PrivateKey,
    fingerprint,
    generate_private_key,
    public_from_pem_certificate,
    public_jwk,
    self_signed_certificate,
)
from src_system.networks import PROFILES
from tests.http.initiator import CARDS, Answer, Initiator, Json
from tests.http.test_ownership import second_client

FROZEN = {"mode": "frozen", "now": "2027-03-01T10:00:00Z"}


@pytest.fixture(scope="module")
def key() -> PrivateKey:
    """A key that only the recipient has."""
    return generate_private_key()


@pytest.fixture
async def frozen(new_sandbox) -> Initiator:
    """A sandbox that stands still on 1 March 2027."""
    made: Initiator = await new_sandbox(clock=FROZEN)
    return made


def _jwks(key: PrivateKey, kid: str) -> Json:
    jwk = public_jwk(key.public_key(), kid=kid, use="enc", alg="RSA-OAEP-256", key_ops=("encrypt",))
    return {"keys": [jwk]}


def _certificate(key: PrivateKey) -> str:
    return self_signed_certificate(
        key,
        common_name="Shop",
        not_before=datetime(2027, 1, 1, tzinfo=UTC),
        not_after=datetime(2027, 3, 2, tzinfo=UTC),
    )


async def _register(initiator: Initiator, recipient_id: str, **keys: Any) -> None:
    client = {
        "srcClientId": initiator.client_id,
        "recipients": [{"recipientId": recipient_id, **keys}],
    }
    answer = await initiator.manage("POST", "/fixtures", {"clients": [client]})
    assert answer.status == 200, answer.body


async def _pay(initiator: Initiator, network: str = "visa", **members: Any) -> Answer:
    cards = await initiator.with_consumer()
    [card] = [card["srcDigitalCardId"] for card in cards if card["network"] == network]
    return await initiator.checkout(
        network,
        idToken=await initiator.id_token(network),
        srcDigitalCardId=card,
        srciTransactionId="t-1",
        **members,
    )


async def _fetch(initiator: Initiator, paid: Answer, **query: str) -> Answer:
    members = {
        "srcClientId": initiator.client_id,
        "srcCorrelationId": paid.body["srcCorrelationId"],
        **query,
    }
    text = "&".join(f"{name}={value}" for name, value in members.items())
    url = f"{initiator.sandbox['urls']['visa']['src']}/transaction/credentials?{text}"
    return await initiator.send("GET", url)


def _sealed(network: str, paid: Answer) -> str:
    token = paid.body[PROFILES[network].checkout_response_member]
    document = json.loads(jws.parse(token, max_length=100_000).payload)
    return str(document["encryptedPayload"])


def _opened(sealed: str, key: PrivateKey) -> tuple[str, Any]:
    """(kid, payload)."""
    unopened = jwe.parse(sealed, max_length=100_000)
    plaintext = jwe.open_jwe(unopened, key, enc_allowed=("A128GCM", "A256GCM"))
    return str(unopened.header["kid"]), json.loads(plaintext)


@pytest.mark.parametrize("network", tuple(CARDS))
async def test_a_dpa_with_keys_of_its_own_is_a_recipient(initiator, key, network):
    await _register(initiator, initiator.dpa_id, jwks=_jwks(key, "shop-1"))

    paid = await _pay(initiator, network, recipientIdCheckout=initiator.dpa_id)

    assert paid.status == 200, paid.body
    kid, payload = _opened(_sealed(network, paid), key)
    assert (kid, "token" in payload) == ("shop-1", True)


async def test_a_certificate_names_the_key_by_its_serial_number(frozen, key):
    pem = _certificate(key)
    await _register(frozen, frozen.dpa_id, certificate=pem)

    paid = await _pay(frozen, recipientIdCheckout=frozen.dpa_id)

    kid, _ = _opened(_sealed("visa", paid), key)
    assert kid == public_from_pem_certificate(pem).serial_number


async def test_a_key_is_chosen_by_its_fingerprint_or_its_kid(initiator, key):
    await _register(initiator, initiator.dpa_id, jwks=_jwks(key, "shop-1"))
    for name in (fingerprint(key.public_key()), "shop-1"):
        paid = await _pay(initiator, keyFingerprintId=name)
        assert _opened(_sealed("visa", paid), key)[0] == "shop-1"


async def test_an_expired_key_is_refused_with_its_own_reason(frozen, key):
    pem = _certificate(key)
    await _register(frozen, frozen.dpa_id, certificate=pem)
    await frozen.manage("POST", "/clock/advance", {"by": "P2D"})

    for members, source in (
        ({"recipientIdCheckout": frozen.dpa_id}, "recipientIdCheckout"),
        ({"keyFingerprintId": fingerprint(key.public_key())}, "keyFingerprintId"),
    ):
        refused = await _pay(frozen, **members)
        assert (refused.status, refused.source) == (403, source)
        assert refused.reasons == {"PERMISSION_DENIED", "EXPIRED"}


async def test_a_recipient_that_is_not_onboarded_or_another_clients_is_refused(initiator, key):
    other = await second_client(initiator)
    client = {
        "srcClientId": other["srcClientId"],
        "recipients": [{"recipientId": other["srcDpaId"], "jwks": _jwks(key, "other-1")}],
    }
    await initiator.manage("POST", "/fixtures", {"clients": [client]})

    for members, source in (
        ({"recipientIdCheckout": "nobody"}, "recipientIdCheckout"),
        ({"recipientIdCheckout": initiator.dpa_id}, "recipientIdCheckout"),
        ({"recipientIdCheckout": other["srcDpaId"]}, "recipientIdCheckout"),
        ({"keyFingerprintId": fingerprint(key.public_key())}, "keyFingerprintId"),
    ):
        refused = await _pay(initiator, **members)
        assert (refused.status, refused.source) == (403, source)
        assert refused.reasons == {"PERMISSION_DENIED", "NOT_FOUND"}


async def test_the_later_payload_goes_to_the_recipient_named_for_it(initiator, key):
    await _register(initiator, initiator.dpa_id, jwks=_jwks(key, "shop-1"))
    paid = await _pay(
        initiator, payloadTypeIndicatorCheckout="SUMMARY", recipientIdPayload=initiator.dpa_id
    )

    fetched = await _fetch(initiator, paid)

    assert _opened(fetched.body["encryptedPayload"], key)[0] == "shop-1"


async def test_a_registered_recipient_fetches_its_payload_itself_and_nobody_else_does(
    initiator, key
):
    psp, stranger = "psp", "stranger"
    for client_id in (psp, stranger):
        client = {"srcClientId": client_id, "name": client_id, "jwks": _jwks(key, "psp-1")}
        await initiator.manage("POST", "/fixtures", {"clients": [client]})
    members = {"payloadTypeIndicatorCheckout": "SUMMARY", "recipientIdPayload": psp}
    unregistered = await _pay(initiator, **members)
    await _register(initiator, psp, jwks=_jwks(key, "psp-1"))
    paid = await _pay(initiator, **members)

    assert (unregistered.status, unregistered.source) == (403, "recipientIdPayload")
    own = await _fetch(initiator, paid, srcClientId=psp)
    foreign = await _fetch(initiator, paid, srcClientId=stranger)
    elsewhere = await _fetch(initiator, paid, srcClientId=psp, recipientId=initiator.client_id)

    assert own.status == 200, own.body
    kid, payload = _opened(own.body["encryptedPayload"], key)
    assert (kid, "token" in payload) == ("psp-1", True)
    assert (foreign.status, foreign.source) == (403, "srcCorrelationId")
    assert (elsewhere.status, elsewhere.source) == (403, "recipientId")


async def test_a_recipient_of_the_checkout_alone_does_not_fetch(initiator, key):
    psp = await second_client(initiator)
    await _register(initiator, psp["srcClientId"], jwks=_jwks(key, "psp-1"))
    paid = await _pay(initiator, recipientIdCheckout=psp["srcClientId"])

    refused = await _fetch(initiator, paid, srcClientId=psp["srcClientId"])

    assert (refused.status, refused.source) == (403, "srcCorrelationId")


async def test_each_further_call_of_a_checkout_seals_to_the_recipient_named_at_first(
    initiator, key
):
    await _register(initiator, initiator.dpa_id, jwks=_jwks(key, "shop-1"))
    cards = await initiator.with_consumer()
    [card] = [card["srcDigitalCardId"] for card in cards if card["network"] == "mastercard"]
    first = await initiator.checkout(
        "mastercard",
        idToken=await initiator.id_token("mastercard"),
        srcDigitalCardId=card,
        payloadTypeIndicatorPayload="PAYMENT",
        recipientIdPayload=initiator.dpa_id,
    )
    again = {"srcCorrelationId": first.body["srcCorrelationId"], "srcDigitalCardId": card}

    further = [
        await initiator.call("mastercard", "transaction/credentials", again) for _ in range(2)
    ]

    kids = [_opened(_sealed("mastercard", answer), key)[0] for answer in further]
    assert kids == ["shop-1", "shop-1"]
