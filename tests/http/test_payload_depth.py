"""What checkout and getPayload tell: preferences, assurance, history, life of dynamic data."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from src_system.crypto import jwe, jws
from src_system.crypto.rsa_keys import private_from_jwk
from src_system.networks import PROFILES
from tests.http.initiator import CARDS, CONSENT, Answer, Initiator, Json

NOW = datetime(2027, 3, 1, 10, tzinfo=UTC)
FROZEN = {"mode": "frozen", "now": "2027-03-01T10:00:00Z"}
ADDRESS = {
    "name": "Ana Lopez",
    "line1": "1 Main Street",
    "city": "Foster City",
    "state": "CA",
    "countryCode": "US",
    "zip": "94404",
}
REMEMBER = {"complianceResources": [{"complianceType": "REMEMBER_ME", "uri": ""}]}
THREE_DS = {
    "verificationType": "CARDHOLDER",
    "verificationEntity": "1",
    "verificationMethod": "01",
    "verificationResults": "01",
    "verificationTimestamp": 1803895200,
    "methodResults": {"transStatus": "A"},
}


@pytest.fixture
async def frozen(new_sandbox) -> Initiator:
    """A sandbox that stands still on 1 March 2027, with one consumer."""
    initiator: Initiator = await new_sandbox(clock=FROZEN)
    await initiator.with_consumer(shippingAddresses=[ADDRESS])
    return initiator


async def _advance(initiator: Initiator, by: str) -> None:
    assert (await initiator.manage("POST", "/clock/advance", {"by": by})).status == 200


async def _pay(initiator: Initiator, network: str, **members: Any) -> Answer:
    listed = await initiator.manage("GET", f"/cards?network={network}")
    if "idToken" not in members:
        members["idToken"] = await initiator.id_token(network)
    return await initiator.checkout(
        network,
        **{
            "srcDigitalCardId": listed.body["cards"][0]["srcDigitalCardId"],
            "srciTransactionId": "t-1",
            **members,
        },
    )


def _response(network: str, paid: Answer) -> Any:
    assert paid.status == 200, paid.body
    token = paid.body[PROFILES[network].checkout_response_member]
    return json.loads(jws.parse(token, max_length=100_000).payload)


def _payload(initiator: Initiator, document: Json) -> Any:
    [key] = initiator.sandbox["clients"][0]["jwks"]["keys"]
    sealed = jwe.parse(document["encryptedPayload"], max_length=100_000)
    opened = jwe.open_jwe(sealed, private_from_jwk(key), enc_allowed=("A128GCM", "A256GCM"))
    return json.loads(opened)


async def _again(initiator: Initiator, network: str, paid: Answer) -> Any:
    """The document of getPayload, or of Mastercard's second POST."""
    correlation_id = paid.body["srcCorrelationId"]
    if not PROFILES[network].payload_by_get:
        listed = await initiator.manage("GET", f"/cards?network={network}")
        answer = await initiator.call(
            network,
            "transaction/credentials",
            {
                "srcCorrelationId": correlation_id,
                "srcDigitalCardId": listed.body["cards"][0]["srcDigitalCardId"],
            },
        )
        return _response(network, answer)
    answer = await initiator.send(
        "GET",
        f"{initiator.sandbox['urls'][network]['src']}/transaction/credentials"
        f"?srcClientId={initiator.client_id}&srcCorrelationId={correlation_id}",
    )
    assert answer.status == 200, answer.body
    return answer.body


@pytest.mark.parametrize("network", tuple(CARDS))
@pytest.mark.parametrize("indicator", ["FULL", "PAYMENT", "NON_PAYMENT", "SUMMARY"])
@pytest.mark.parametrize("preference", ["FULL", "ALL", "POSTAL_COUNTRY", "NONE"])
async def test_preferences_decide_how_much_of_an_address_each_payload_type_holds(
    frozen, network, indicator, preference
):
    paid = await _pay(
        frozen,
        network,
        payloadTypeIndicatorCheckout=indicator,
        dpaTransactionOptions={"dpaShippingPreference": preference},
    )
    response = _response(network, paid)
    whole = {"NONE": None, "POSTAL_COUNTRY": {"countryCode": "US", "zip": "94404"}}.get(
        preference, ADDRESS
    )

    shown = (response.get("shippingAddressZip"), response.get("shippingCountryCode"))
    assert shown == ((None, None) if whole is None else ("94404", "US"))
    if indicator == "SUMMARY":
        assert "encryptedPayload" not in response
        return
    payload = _payload(frozen, response)
    assert payload.get("shippingAddress") == (None if indicator == "PAYMENT" else whole)
    assert ("dynamicData" in payload) == (indicator != "NON_PAYMENT")


@pytest.mark.parametrize("network", tuple(CARDS))
async def test_the_same_is_told_by_the_checkout_and_by_the_later_payload(frozen, network):
    paid = await _pay(
        frozen,
        network,
        assuranceData={"verificationData": [THREE_DS]},
        shippingAddress={**ADDRESS, "zip": "94405"},
        dpaTransactionOptions={"dpaShippingPreference": "FULL"},
    )
    response, later = _response(network, paid), await _again(frozen, network, paid)

    for member in ("assuranceData", "eventHistory", "shippingAddressZip", "shippingCountryCode"):
        assert later[member] == response[member], member
    attempted = "01" if network == "mastercard" else "06"
    assert response["assuranceData"]["eci"] == attempted
    of_client, of_code = response["assuranceData"]["verificationData"]
    assert of_client == {
        **THREE_DS,
        "verificationEntity": "01",
        "verificationTimestamp": "1803895200",
    }
    assert (of_code["verificationType"], of_code["verificationMethod"]) == ("CONSUMER", "04")
    assert _payload(frozen, later)["shippingAddress"]["zip"] == "94405"


async def test_a_malformed_assurance_is_refused_wherever_it_is_sent(frozen):
    bad = {"verificationData": [{**THREE_DS, "verificationType": "PERSON"}]}
    data = {
        "checkoutEventType": "02",
        "checkoutEventStatus": "02",
        "confirmationTimestamp": "2027-03-01T10:00:00Z",
        "assuranceData": bad,
    }
    paid = await _pay(frozen, "amex")
    session = {"srcCorrelationId": paid.body["srcCorrelationId"]}
    card = await frozen.encrypted_card("amex", CARDS["amex"])
    path = "assuranceData.verificationData[0].verificationType"

    for answer, source in (
        (await _pay(frozen, "amex", assuranceData=bad), path),
        (await frozen.call("amex", "cards", {"encryptedCard": card, "assuranceData": bad}), path),
        (
            await frozen.call("amex", "confirmations", {**session, "confirmationData": data}),
            f"confirmationData.{path}",
        ),
    ):
        assert (answer.status, answer.source) == (400, source)


async def test_a_remembered_device_and_a_card_security_code_are_told_as_verified(new_sandbox):
    initiator = await new_sandbox(clock=FROZEN)
    paid = await initiator.checkout(
        "discover",
        encryptedCard=await initiator.encrypted_card("discover", CARDS["discover"]),
        consumer={"emailAddress": "new@shop.test"},
        complianceSettings={
            "complianceResources": [
                *CONSENT["complianceResources"],
                *REMEMBER["complianceResources"],
            ]
        },
    )
    kinds = [
        entry["verificationType"]
        for entry in _response("discover", paid)["assuranceData"]["verificationData"]
    ]
    assert kinds == ["CARD"]
    await _advance(initiator, "P1D")
    recognised = await initiator.call(
        "discover",
        "identities/recognize",
        {"recognitionTokens": [paid.body["recognitionToken"]]},
    )
    again = await _pay(
        initiator,
        "discover",
        idToken=recognised.body["idTokens"][0],
        srciTransactionId="t-2",
    )

    told = {
        entry["verificationType"]: (entry["verificationMethod"], entry["verificationTimestamp"])
        for entry in _response("discover", again)["assuranceData"]["verificationData"]
    }
    assert told == {
        "DEVICE": ("24", str(int(NOW.timestamp()))),  # since when the device is bound
        "CARD": ("02", str(int(NOW.timestamp()))),
    }


async def test_ages_grow_with_the_sandboxs_clock(frozen):
    paid = await _pay(frozen, "visa")
    confirmed = await frozen.call(
        "visa",
        "confirmations",
        {
            "srcCorrelationId": paid.body["srcCorrelationId"],
            "confirmationData": {
                "checkoutEventType": "01",
                "checkoutEventStatus": "02",
                "confirmationStatus": "01",
                "confirmationTimestamp": "2027-03-01T10:00:00Z",
                "networkTransactionIdentifier": "UNAVLB",
            },
        },
    )
    assert confirmed.status == 204
    await _advance(frozen, "P40D")
    paid = await _pay(
        frozen,
        "visa",
        srciTransactionId="t-2",
        dpaTransactionOptions={"dpaShippingPreference": "POSTAL_COUNTRY"},
    )

    assert _response("visa", paid)["eventHistory"] == {
        "ageOfSrcPanEnrolmentSinceCreated": "40",
        "ageOfSrcRelationship": "40",
        "ageOfConsumerRelationship": "40",
        "srcAgeSinceLastSuccessfulTransaction": "40",
        "billingAndShippingRelationship": "02",
        "shippingAddressUsageNew": "2027-03-01",
        "ageOfShippingAddressUsage": "40",
    }


@pytest.mark.parametrize(
    ("network", "minutes"), [("visa", 50), ("mastercard", 15), ("amex", 50), ("discover", 50)]
)
@pytest.mark.parametrize("spelling", ["dpaDynamicDataTtlMinutes", "dpaDynamicDataTTLMinutes"])
async def test_dynamic_data_lives_as_long_as_asked_where_the_network_listens(
    frozen, network, minutes, spelling
):
    paid = await _pay(frozen, network, dpaTransactionOptions={"paymentOptions": [{spelling: 50}]})
    data = _payload(frozen, _response(network, paid))["dynamicData"]
    end = (data[0] if isinstance(data, list) else data)["dynamicDataExpiration"]

    until = NOW + timedelta(minutes=minutes)
    assert end in (int(until.timestamp()), until.strftime("%Y-%m-%dT%H:%M:%S.000Z"))


@pytest.mark.parametrize(
    ("number", "member"), [("5186001700008785", "card"), ("5120350100064537", "token")]
)
async def test_published_numbers_yield_the_number_or_its_token(initiator, number, member):
    paid = await initiator.checkout(
        "mastercard",
        encryptedCard=await initiator.encrypted_card("mastercard", number),
        consumer={"emailAddress": "new@shop.test"},
        complianceSettings=CONSENT,
    )
    payload = _payload(initiator, _response("mastercard", paid))

    assert {"card", "token"} & set(payload) == {member}
    if member == "card":
        assert payload["card"]["primaryAccountNumber"] == number


@pytest.mark.parametrize("network", tuple(CARDS))
async def test_a_cryptogram_of_3ds_is_refused_where_none_was_performed(frozen, network):
    kind = {"dynamicDataType": "CARDHOLDER_AUTHENTICATION_CRYPTOGRAM"}
    options = {"paymentOptions": [kind]}
    refused = await _pay(frozen, network, dpaTransactionOptions=options)
    summary = await _pay(
        frozen, network, dpaTransactionOptions=options, payloadTypeIndicatorCheckout="SUMMARY"
    )

    assert (refused.status, refused.source) == (400, "dpaTransactionOptions.paymentOptions")
    assert refused.reasons == {"INVALID_STATE"}
    assert summary.status == 200


async def test_an_authenticated_payload_needs_all_four_of_the_acquirers_data(frozen):
    acquirer = {
        "acquirerMerchantId": "SRC3DS",
        "acquirerBIN": "545301",
        "merchantCategoryCode": "5995",
        "merchantCountryCode": "US",
    }
    options: Json = {"authenticationPreferences": {"payloadRequested": "AUTHENTICATED"}}
    for member in acquirer:
        rest = {name: value for name, value in acquirer.items() if name != member}
        refused = await _pay(frozen, "visa", dpaTransactionOptions={**options, **rest})
        assert (refused.status, refused.source) == (400, f"dpaTransactionOptions.{member}")
        assert refused.reasons == {"INVALID_ARGUMENT", "CANNOT_BE_NULL"}
    old = {**acquirer, "acquirerBin": acquirer["acquirerBIN"]}
    del old["acquirerBIN"]
    for rest in (acquirer, old):
        paid = await _pay(frozen, "visa", dpaTransactionOptions={**options, **rest})
        assert paid.status == 200, paid.body
