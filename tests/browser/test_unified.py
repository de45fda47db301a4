"""The two SDKs that drive all networks as one: VSDK and MastercardCheckoutServices."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.browser.shop import EMAIL, NEW_CARDS, Merchant, Shop, Stage, control

VISA = "checkout-widget/resources/js/integration/v2/sdk.js"
MASTERCARD = "srci/integration/2/lib.js"
IDENTITY = {"identityProvider": "SRC", "identityType": "EMAIL_ADDRESS", "identityValue": EMAIL}
TRANSACTION = {
    "transactionAmount": {"transactionAmount": "12.00", "transactionCurrencyCode": "USD"}
}


@pytest.fixture
def unified(
    chromium: Browser, ordinary: BrowserContext, merchant: Merchant, stage: Stage
) -> Callable[[str], Shop]:
    """Opens a shop that loads one of the two scripts, and nothing else."""

    def open_one(script: str) -> Shop:
        network = "visa" if script == VISA else "mastercard"
        dpa_id = stage.document["dpas"][0]["srcDpaId"]
        query = f"?dpaId={dpa_id}&srcDpaId={dpa_id}&locale=en_US&cardBrands=visa,mastercard,amex"
        source = f"{stage.base(network)}/{script}{query}"
        return Shop.open(
            chromium, merchant, stage, networks=(), scripts=(source,), context=ordinary
        )

    return open_one


def test_visas_unified_sdk_goes_from_look_up_to_success(
    unified: Callable[[str], Shop], stage: Stage
) -> None:
    shop = unified(VISA)
    assert shop.page.evaluate("typeof window.vAdapters.VisaSRCI") == "function"
    shop.call("VSDK", "initialize", {"dpaTransactionOptions": TRANSACTION})

    nobody = {**IDENTITY, "identityValue": "nobody@shop.test"}
    unknown = shop.call("VSDK", "getCards", {"consumerIdentity": nobody})
    pending = shop.call("VSDK", "getCards", {"consumerIdentity": IDENTITY})
    code = stage.code()
    wrong = shop.call("VSDK", "getCards", {"consumerIdentity": IDENTITY, "validationData": "1"})
    found = shop.call("VSDK", "getCards", {"consumerIdentity": IDENTITY, "validationData": code})
    cards = [card for one in found["profiles"] for card in one["maskedCards"]]
    amex = next(card for card in cards if card["paymentCardDescriptor"] == "amex")
    popup = shop.open_dcf("VSDK", {"srcDigitalCardId": amex["srcDigitalCardId"]})
    popup.check(control("remember"))
    popup.click(control("continue"))
    paid = shop.outcome()

    assert unknown["actionCode"] == "ADD_CARD"
    assert pending["actionCode"] == "PENDING_CONSUMER_IDV"
    assert pending["maskedValidationChannel"]
    assert wrong["error"]["reason"] == "VALIDATION_DATA_INVALID"
    assert (found["actionCode"], len(cards)) == ("SUCCESS", 3)
    assert (paid["actionCode"], paid["bindingStatus"]) == ("SUCCESS", "BIND")
    assert paid["checkoutResponse"].count(".") == 2

    shop.page.reload()
    shop.call("VSDK", "initialize", {"dpaTransactionOptions": TRANSACTION})
    assert shop.call("VSDK", "getCards")["actionCode"] == "SUCCESS"
    assert shop.call("VSDK", "unbindAppInstance") == {}
    assert shop.call("VSDK", "getCards")["actionCode"] == "ADD_CARD"


def test_visas_unified_sdk_survives_a_network_that_fails(
    unified: Callable[[str], Shop], stage: Stage
) -> None:
    shop = unified(VISA)
    stage.fault("keys", "visa", {"http": {"status": 503}})

    shop.call("VSDK", "initialize", {"dpaTransactionOptions": TRANSACTION})
    pending = shop.call("VSDK", "getCards", {"consumerIdentity": IDENTITY})

    assert pending["actionCode"] == "PENDING_CONSUMER_IDV"
    assert pending["network"] == "mastercard"


def test_mastercards_unified_sdk_pays_with_a_card_on_file_and_signs_out(
    unified: Callable[[str], Shop], stage: Stage
) -> None:
    shop = unified(MASTERCARD)
    shop.page.evaluate("window.mcs = new window.MastercardCheckoutServices()")
    options: dict[str, Any] = {
        "dpaData": {"dpaName": "Sunday Market"},
        "dpaTransactionOptions": {**TRANSACTION, "dpaLocale": "en_US", "confirmPayment": False},
        "cardBrands": ["mastercard", "visa"],
    }

    brands = shop.call("mcs", "init", options)
    before = shop.call("mcs", "getCards")
    there = shop.call("mcs", "idLookup", {"email": EMAIL})
    sent = shop.call("mcs", "initiateValidation", {"requestedValidationChannelId": "EMAIL"})
    cards = shop.call("mcs", "validate", {"value": stage.code()})
    refused = shop.call("mcs", "validate", "000000")
    chosen = {"srcDigitalCardId": cards[0]["srcDigitalCardId"], "rememberMe": True}
    with shop.page.expect_popup() as opening:
        shop.click_and_call("mcs", "checkoutWithCard", chosen)
    opening.value.click(control("continue"))
    paid = shop.outcome()
    out = shop.call("mcs", "signOut", {"recognitionToken": paid["recognitionToken"]})

    assert brands == {"availableCardBrands": ["mastercard", "visa"]}
    assert before == []
    assert there == {"consumerPresent": True}
    assert (sent["network"], len(sent["supportedValidationChannels"])) == ("mastercard", 2)
    assert len(cards) == 2
    assert refused["rejected"]["reason"]
    assert (paid["checkoutActionCode"], paid["network"]) == ("COMPLETE", "mastercard")
    assert paid["checkoutResponseData"]["srcCorrelationId"]
    assert paid["headers"]["x-src-cx-flow-id"]
    assert out == {"recognized": False, "cards": []}
    assert shop.call("mcs", "getCards") == []


def test_mastercards_unified_sdk_takes_a_new_card_of_any_brand(
    unified: Callable[[str], Shop],
) -> None:
    shop = unified(MASTERCARD)
    shop.page.evaluate("window.mcs = new window.Click2Pay({debug: true})")
    shop.call("mcs", "init", {"dpaTransactionOptions": TRANSACTION})

    sealed = shop.call(
        "mcs",
        "encryptCard",
        {
            "primaryAccountNumber": NEW_CARDS["amex"],
            "panExpirationMonth": "12",
            "panExpirationYear": "35",
            "cardSecurityCode": "1234",
        },
    )
    options = {
        **sealed,
        "consumer": {"emailAddress": "nia@shop.test", "fullName": "Nia New", "countryCode": "US"},
    }
    with shop.page.expect_popup() as opening:
        shop.click_and_call("mcs", "checkoutWithNewCard", options)
    opening.value.check(control("consent"))
    opening.value.click(control("continue"))
    paid = shop.outcome()

    assert sealed["cardBrand"] == "amex"
    assert (paid["checkoutActionCode"], paid["network"]) == ("COMPLETE", "amex")
