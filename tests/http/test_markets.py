"""The fifteen markets over HTTP: refused or honoured at enrolment, profile and checkout."""

import json
from typing import Any

import pytest

from src_system.crypto import jwe, jws
from src_system.crypto.rsa_keys import private_from_jwk
from src_system.networks import PROFILES
from src_system.networks.markets import MARKETS
from tests.http.initiator import CARDS, CONSENT, Initiator

NETWORKS = list(CARDS)


async def _dpa(initiator: Initiator, *markets: str, **options: Any) -> str:
    """A DPA enabled for *markets*; its srcDpaId."""
    document = {
        "srcClientId": initiator.client_id,
        "dpaData": {"dpaName": "Shop of " + " ".join(markets)},
        "markets": list(markets),
        "dpaTransactionOptions": options,
    }
    answer = await initiator.manage("POST", "/dpas", document)
    assert answer.status == 201, answer.body
    return str(answer.body["srcDpaId"])


def _amount(value: Any, currency: str) -> dict[str, Any]:
    return {"transactionAmount": value, "transactionCurrencyCode": currency}


async def _paid(initiator: Initiator, network: str, **members: Any):
    [card] = [card for card in await initiator.with_consumer() if card["network"] == network]
    return await initiator.checkout(
        network,
        idToken=await initiator.id_token(network),
        srcDigitalCardId=card["srcDigitalCardId"],
        **members,
    )


def _opened(initiator: Initiator, network: str, body: dict[str, Any]) -> tuple[Any, Any]:
    """(checkoutResponse, payload)."""
    token = body[PROFILES[network].checkout_response_member]
    response = json.loads(jws.parse(token, max_length=100_000).payload)
    [key] = initiator.sandbox["clients"][0]["jwks"]["keys"]
    sealed = jwe.parse(response["encryptedPayload"], max_length=100_000)
    opened = jwe.open_jwe(
        sealed, private_from_jwk(key), enc_allowed=(PROFILES[network].content_encryption,)
    )
    return response, json.loads(opened)


@pytest.mark.parametrize("network", NETWORKS)
async def test_a_checkout_in_a_market_that_is_not_enabled_is_refused_by_name(initiator, network):
    dpa = await _dpa(initiator, "US", "CA")
    for member, value in (("merchantCountryCode", "AU"), ("dpaLocale", "en-AU")):
        answer = await _paid(
            initiator,
            network,
            srcDpaId=dpa,
            dpaTransactionOptions={"transactionAmount": _amount("1", "USD"), member: value},
        )
        assert (answer.status, answer.source) == (403, f"dpaTransactionOptions.{member}")
        assert answer.reasons == {"PERMISSION_DENIED", "NOT_SUPPORTED"}


async def test_enrolment_and_profile_are_refused_in_a_market_that_is_not_enabled(initiator):
    dpa = await _dpa(initiator, "US")
    options = {"dpaLocale": "ar_KW"}
    calls = {
        "profiles/prepare": {},
        "cards": {"encryptedCard": await initiator.encrypted_card("visa", CARDS["visa"])},
    }
    for resource, members in calls.items():
        body = {"srcDpaId": dpa, "dpaTransactionOptions": options, **members}
        answer = await initiator.call("visa", resource, body)
        assert (answer.status, answer.source) == (403, "dpaTransactionOptions.dpaLocale"), resource


async def test_a_refused_market_leaves_no_card_behind(initiator):
    dpa = await _dpa(initiator, "US")
    answer = await initiator.checkout(
        "visa",
        srcDpaId=dpa,
        encryptedCard=await initiator.encrypted_card("visa", CARDS["visa"]),
        consumer={"emailAddress": "new@shop.test"},
        complianceSettings=CONSENT,
        dpaTransactionOptions={"merchantCountryCode": "GB"},
    )
    assert answer.status == 403
    listed = await initiator.manage("GET", "/consumers?identity=new@shop.test")
    assert listed.body["consumers"] == []


async def test_the_registered_options_of_a_dpa_speak_when_the_call_says_nothing(initiator):
    dpa = await _dpa(initiator, "US", "CA", merchantCountryCode="GB")
    [card, *_] = await initiator.with_consumer()
    answer = await initiator.call(
        "visa",
        "transaction/credentials",
        {
            "srcDpaId": dpa,
            "idToken": await initiator.id_token("visa"),
            "srcDigitalCardId": card["srcDigitalCardId"],
        },
    )
    assert (answer.status, answer.source) == (403, "dpaTransactionOptions.merchantCountryCode")


async def test_what_a_dpa_registers_is_read_and_a_bad_member_named(initiator):
    shop = {"srcClientId": initiator.client_id, "dpaData": {"dpaName": "Shop"}}
    for options, member in (
        ({"dpaLocale": "nonsense!"}, "dpaLocale"),
        ({"dpaBillingPreference": "SOME"}, "dpaBillingPreference"),
        ({"paymentOptions": 1}, "paymentOptions"),
        ({"transactionAmount": _amount("1.5", "JPY")}, "transactionAmount.transactionAmount"),
    ):
        answer = await initiator.manage("POST", "/dpas", {**shop, "dpaTransactionOptions": options})
        assert answer.status == 400
        assert str(answer.source).endswith(f"dpaTransactionOptions.{member}")


async def test_an_unknown_market_is_refused_unless_the_sandbox_is_lenient(initiator, new_sandbox):
    options = {"transactionAmount": _amount("1", "USD"), "merchantCountryCode": "FR"}
    refused = await _paid(initiator, "visa", dpaTransactionOptions=options)
    lenient = await new_sandbox(profile="lenient")
    allowed = await _paid(lenient, "visa", dpaTransactionOptions=options)

    assert (refused.status, refused.source) == (403, "dpaTransactionOptions.merchantCountryCode")
    assert allowed.status == 200, allowed.body


async def test_a_call_that_names_no_market_is_served_in_all_of_them(initiator):
    dpa = await _dpa(initiator, "KW", "QA")
    answer = await _paid(
        initiator,
        "visa",
        srcDpaId=dpa,
        dpaTransactionOptions={"transactionAmount": _amount("1.234", "KWD")},
    )
    assert answer.status == 200, answer.body


@pytest.mark.parametrize("market", MARKETS.values(), ids=list(MARKETS))
async def test_a_consumer_of_every_market_enrols_and_pays_in_its_own_way(initiator, market):
    dpa = await _dpa(initiator, market.country_code)
    free = market.mobile_digits - len(market.mobile_prefix)
    mobile = market.mobile_prefix + "3" * free
    amount = f"{1.234:.{market.minor_units}f}"
    answer = await initiator.checkout(
        "visa",
        srcDpaId=dpa,
        encryptedCard=await initiator.encrypted_card("visa", CARDS["visa"]),
        consumer={
            "emailAddress": "new@shop.test",
            "mobileNumber": {"countryCode": market.calling_code, "phoneNumber": mobile},
        },
        complianceSettings=CONSENT,
        dpaTransactionOptions={
            "transactionAmount": _amount(amount, market.currency_code),
            "dpaLocale": market.languages[0],
            "consumerPhoneNumberRequested": True,
        },
    )

    assert answer.status == 200, answer.body
    response, payload = _opened(initiator, "visa", answer.body)
    masked = response["maskedConsumer"]
    assert masked["languageCode"] == market.languages[0][:2].upper()
    assert masked["maskedMobileNumber"] == {
        "countryCode": market.calling_code,
        "phoneNumber": "*" * (len(mobile) - 4) + mobile[-4:],
    }
    assert payload["consumerMobileNumber"]["phoneNumber"] == mobile


@pytest.mark.parametrize(
    ("amount", "member"),
    [
        (_amount("1.005", "USD"), "transactionAmount"),
        (_amount(10.5, "JPY"), "transactionAmount"),
        (_amount("1.2345", "KWD"), "transactionAmount"),
        (_amount("1", "ZZZ"), "transactionCurrencyCode"),
        (
            {
                **_amount("1", "USD"),
                "additionalAmounts": [{"additionalAmountType": "GIFT", "additionalAmountValue": 1}],
            },
            "additionalAmounts[0].additionalAmountType",
        ),
    ],
)
async def test_an_amount_that_its_currency_does_not_have_is_refused(initiator, amount, member):
    answer = await _paid(
        initiator, "mastercard", dpaTransactionOptions={"transactionAmount": amount}
    )
    assert (answer.status, answer.source) == (
        400,
        f"dpaTransactionOptions.transactionAmount.{member}",
    )
    assert answer.reasons == {"INVALID_ARGUMENT", "INVALID_VALUE"}


async def test_a_confirmations_amount_is_held_to_its_currency_too(initiator):
    paid = await _paid(initiator, "amex", srciTransactionId="t-1")
    data = {
        "checkoutEventType": "02",
        "checkoutEventStatus": "02",
        "confirmationTimestamp": "2026-11-23T09:00:00Z",
        "transactionAmount": _amount("1.005", "USD"),
    }
    answer = await initiator.call(
        "amex",
        "confirmations",
        {"srcCorrelationId": paid.body["srcCorrelationId"], "confirmationData": data},
    )
    assert (answer.status, answer.source) == (
        400,
        "confirmationData.transactionAmount.transactionAmount",
    )


@pytest.mark.parametrize(
    "spelling", ["447700900123", "+44 7700 900123", "0044 7700 900123", "+44 (0)7700 900-123"]
)
async def test_a_number_is_looked_up_in_every_spelling(initiator, spelling):
    await initiator.with_consumer(
        mobileNumber={"countryCode": "44", "phoneNumber": "07700 900123"}, countryCode="GB"
    )
    identity = {"identityType": "MOBILE_PHONE_NUMBER", "identityValue": spelling}
    answer = await initiator.call("amex", "identities/lookup", {"consumerIdentity": identity})
    assert (answer.status, answer.body["consumerPresent"]) == (200, True)


async def test_an_impossible_number_is_refused_at_enrolment_and_in_fixtures(initiator):
    mobile = {"countryCode": "1", "phoneNumber": "5550143"}
    enrolled = await initiator.call(
        "visa",
        "cards",
        {
            "encryptedCard": await initiator.encrypted_card("visa", CARDS["visa"]),
            "consumer": {"emailAddress": "new@shop.test", "mobileNumber": mobile},
            "complianceSettings": CONSENT,
        },
    )
    assert (enrolled.status, enrolled.source) == (400, "consumer.mobileNumber.phoneNumber")
    consumer = {"emailAddress": "new@shop.test", "mobileNumber": mobile, "networks": ["visa"]}
    kept = await initiator.manage("POST", "/fixtures", {"consumers": [consumer]})
    assert (kept.status, kept.source) == (400, "consumers[0].mobileNumber.phoneNumber")


async def test_a_brazilian_identifier_is_checked_masked_and_given_only_when_asked_for(initiator):
    body = {
        "encryptedCard": await initiator.encrypted_card("visa", CARDS["visa"]),
        "consumer": {
            "emailAddress": "joao@shop.test",
            "mobileNumber": {"countryCode": "55", "phoneNumber": "11999990000"},
            "countryCode": "BR",
            "nationalIdentifier": "111.444.777-36",
        },
        "complianceSettings": CONSENT,
    }
    refused = await initiator.checkout("visa", **body)
    assert (refused.status, refused.source) == (400, "consumer.nationalIdentifier")
    body["consumer"]["nationalIdentifier"] = "111.444.777-35"
    for asked in (True, False):
        options = {"consumerNationalIdentifierRequested": asked}
        answer = await initiator.checkout(
            "visa", srciTransactionId="t-1", dpaTransactionOptions=options, **body
        )
        assert answer.status == 200, answer.body
        response, payload = _opened(initiator, "visa", answer.body)
        assert response["maskedConsumer"]["maskedNationalIdentifier"] == "*****35"
        assert payload.get("consumerNationalIdentifier") == ("11144477735" if asked else None)


@pytest.mark.parametrize(
    ("address", "member"),
    [
        ({"line1": "1 Main", "city": "Foster City", "countryCode": "US", "zip": "94404"}, "state"),
        (
            {"line1": "1 Rd", "city": "London", "countryCode": "GB", "zip": "12345"},
            "zip",
        ),
        ({"line1": "1 Rd", "city": "Doha"}, "countryCode"),
        ({"line1": "1 Rd; x", "city": "Doha", "countryCode": "QA"}, "line1"),
        ({"line1": "1 Rd", "city": "Doha", "countryCode": "QA"}, "countryCode"),
    ],
)
async def test_a_shipping_address_that_cannot_be_shipped_to_is_refused(initiator, address, member):
    answer = await _paid(
        initiator,
        "visa",
        shippingAddress=address,
        dpaTransactionOptions={
            "dpaShippingPreference": "FULL",
            "dpaAcceptedShippingCountries": ["US", "GB"],
        },
    )
    assert (answer.status, answer.source) == (400, f"shippingAddress.{member}")


async def test_a_shipping_address_is_put_into_its_normal_form(initiator):
    answer = await _paid(
        initiator,
        "visa",
        shippingAddress={
            "line1": "1 Wellington Street",
            "city": "Ottawa",
            "state": "ca-on",
            "countryCode": "ca",
            "zip": "k1p 1j1",
        },
        dpaTransactionOptions={"dpaShippingPreference": "FULL"},
    )
    response, payload = _opened(initiator, "visa", answer.body)
    assert payload["shippingAddress"]["state"] == "ON"
    assert (response["shippingAddressZip"], response["shippingCountryCode"]) == ("K1P 1J1", "CA")


async def test_the_oldest_accepted_address_is_taken_and_none_accepted_is_refused(initiator):
    addresses = [
        {"line1": "1 Rd", "city": "Doha", "countryCode": "QA"},
        {"line1": "2 Rd", "city": "Dublin", "countryCode": "IE"},
    ]
    cards = await initiator.with_consumer(shippingAddresses=addresses)
    members = {
        "idToken": await initiator.id_token("visa"),
        "srcDigitalCardId": cards[0]["srcDigitalCardId"],
    }
    options = {"dpaShippingPreference": "POSTAL_COUNTRY"}
    for accepted, status in ((["IE"], 200), (["US"], 400)):
        answer = await initiator.checkout(
            "visa",
            dpaTransactionOptions={**options, "dpaAcceptedShippingCountries": accepted},
            **members,
        )
        assert answer.status == status, answer.body
    assert answer.source == "dpaTransactionOptions.dpaAcceptedShippingCountries"


async def test_a_card_billed_in_a_country_that_is_not_accepted_is_refused(initiator):
    card = {
        "network": "discover",
        "primaryAccountNumber": CARDS["discover"],
        "panExpirationMonth": "12",
        "panExpirationYear": "2030",
        "billingAddress": {"countryCode": "GB", "zip": "SW1A 1AA"},
    }
    cards = await initiator.with_consumer(cards=[card])
    for accepted, status in ((["GB"], 200), ([], 200), (["US"], 400)):
        answer = await initiator.checkout(
            "discover",
            idToken=await initiator.id_token("discover"),
            srcDigitalCardId=cards[0]["srcDigitalCardId"],
            dpaTransactionOptions={"dpaAcceptedBillingCountries": accepted},
        )
        assert answer.status == status, answer.body
    assert answer.source == "dpaTransactionOptions.dpaAcceptedBillingCountries"


async def test_a_card_sent_with_a_wrong_billing_address_is_refused(initiator):
    body = {
        "encryptedCard": await initiator.encrypted_card(
            "visa", CARDS["visa"], billingAddress={"countryCode": "US", "zip": "1"}
        ),
        "consumer": {"emailAddress": "new@shop.test"},
        "complianceSettings": CONSENT,
    }
    answer = await initiator.call("visa", "cards", body)
    assert (answer.status, answer.source) == (400, "encryptedCard.billingAddress.zip")


async def test_a_prepared_checkout_is_refused_in_a_market_that_is_not_enabled(initiator):
    answer = await initiator.call(
        "visa",
        "transaction/preparedata",
        {
            "srcDpaId": await _dpa(initiator, "US"),
            "checkoutResponseUri": "https://shop.test/done",
            "dpaTransactionOptions": {"merchantCountryCode": "NZ"},
        },
    )
    assert (answer.status, answer.source) == (403, "dpaTransactionOptions.merchantCountryCode")


async def test_a_tester_may_change_a_person_within_the_market_only(initiator):
    await initiator.with_consumer(countryCode="BR")
    listed = await initiator.manage("GET", "/consumers?identity=ana@shop.test")
    consumer = next(one for one in listed.body["consumers"] if one["network"] == "amex")
    path = f"/consumers/amex/{consumer['srcConsumerId']}"

    refused = await initiator.manage("PUT", path, {"nationalIdentifier": "11144477736"})
    changed = await initiator.manage(
        "PUT", path, {"nationalIdentifier": "111.444.777-35", "locale": "pt-BR"}
    )

    assert (consumer["locale"], refused.status, refused.source) == (
        "pt_BR",
        400,
        "nationalIdentifier",
    )
    assert (changed.body["nationalIdentifier"], changed.body["locale"]) == ("11144477735", "pt_BR")
