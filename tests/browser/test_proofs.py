"""What a DCF asks for before it pays: codes, challenge, passkey, address; and authenticate."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.shop import (
    CHALLENGE,
    EMAIL,
    NETWORKS,
    NEW_CARDS,
    TRANSACTION,
    Shop,
    Stage,
    control,
)
from tests.conftest import RunningServer

Open = Callable[..., Shop]
PERSON = {"consumerIdentity": {"identityType": "EMAIL_ADDRESS", "identityValue": EMAIL}}
FRAME = "windowRef: window.frames['ctpIframe']"


@pytest.mark.parametrize("network", NETWORKS)
def test_a_challenge_of_3d_secure_is_answered_in_the_dcf(
    open_shop: Open, stage: Stage, network: str
) -> None:
    shop = open_shop(networks=(network,))
    popup = shop.open_dcf(network, shop.chosen(network, **CHALLENGE))

    popup.click(control("continue"))
    expect(popup.locator("h1")).to_have_text("Your bank asks: is it you?")
    popup.fill(control("code"), "000000")
    popup.click(control("continue"))
    expect(popup.locator(control("notice"))).to_have_text("That code is not right")
    popup.click(control("resend"))
    expect(popup.locator(control("notice"))).to_have_text("A new code is on its way.")
    popup.fill(control("code"), stage.code("12025550143"))
    popup.click(control("continue"))
    answer = shop.outcome()

    assert answer["dcfActionCode"] == "COMPLETE", answer


def test_visa_hands_the_challenge_back_to_an_initiator_that_orchestrates(
    open_shop: Open, stage: Stage
) -> None:
    shop = open_shop(networks=("visa",))
    custom = {"customInputData": {"checkoutOrchestrator": "merchant"}}
    options = shop.chosen("visa", **CHALLENGE, **custom)

    shop.open_dcf("visa", options).click(control("continue"))
    first = shop.outcome()
    method = {
        "authenticationMethodType": "3DS",
        "authenticationSubject": "CARDHOLDER",
        "methodAttributes": {"challengeIndicator": "04"},
    }
    begun = shop.call(
        "visa",
        "authenticate",
        {
            "accountReference": {"srcDigitalCardId": options["srcDigitalCardId"]},
            "authenticationMethod": method,
            "authenticationContext": {"dpaTransactionOptions": options["dpaTransactionOptions"]},
        },
    )
    done = shop.call(
        "visa",
        "authenticate",
        {"authenticationMethod": {"methodAttributes": {"otpValue": stage.code("12025550143")}}},
    )
    shop.open_dcf("visa", options).click(control("continue"))
    second = shop.outcome()

    assert first["dcfActionCode"] == "PENDING_AUTHENTICATION"
    assert begun["authenticationStatus"] == "PENDING"
    assert done["authenticationResult"] == "AUTHENTICATED"
    assert second["dcfActionCode"] == "COMPLETE"


@pytest.mark.parametrize("network", ["mastercard", "discover"])
def test_a_pending_card_is_settled_by_its_security_code_which_leaves_the_page_sealed(
    open_shop: Open, server: RunningServer, network: str
) -> None:
    shop = open_shop(networks=(network,), at=Stage.create(server, profile="strict"))
    token = shop.sign_in(network)
    card = shop.seal(network, NEW_CARDS[network], cardSecurityCode="")
    kept = shop.call(network, "enrollCard", {"encryptedCard": card, "idToken": token})
    assert kept["maskedCard"]["digitalCardData"]["status"] == "PENDING"
    sent: list[str] = []
    shop.context.on("request", lambda request: sent.append(request.post_data or ""))

    popup = shop.open_dcf(network, {"srcDigitalCardId": kept["maskedCard"]["srcDigitalCardId"]})
    popup.click(control("continue"))
    popup.fill(control("security-code"), "98")
    popup.click(control("continue"))
    expect(popup.locator(control("notice"))).to_have_text("That security code is not right")
    # As typed before the page's script was there to hear of it.
    popup.locator(control("security-code")).evaluate("(field) => { field.value = '١٢٣'; }")
    popup.click(control("continue"))
    answer = shop.outcome()

    assert answer["dcfActionCode"] == "COMPLETE", answer
    forms = [one for one in sent if "encryptedCard=ey" in one]
    assert len(forms) == 2
    assert not any("ecurityCode" in one for one in forms)


def test_an_address_is_given_chosen_and_delivered_to(open_shop: Open, stage: Stage) -> None:
    shop = open_shop(networks=("visa",))
    wants = {"dpaShippingPreference": "FULL", "dpaAcceptedShippingCountries": ["US", "CA"]}
    popup = shop.open_dcf("visa", shop.chosen("visa", **wants))

    popup.click(control("continue"))
    assert popup.locator(f"{control('countryCode')} option").count() == 2
    popup.fill(control("line1"), "1 Pier")
    popup.select_option(control("countryCode"), "US")
    popup.click(control("save-address"))
    expect(popup.locator(control("notice"))).to_be_visible()
    popup.fill(control("line1"), "1 Pier")
    popup.fill(control("city"), "Seattle")
    popup.fill(control("state"), "WA")
    popup.fill(control("zip"), "98101")
    popup.select_option(control("countryCode"), "US")
    popup.click(control("save-address"))
    expect(popup.locator(control("address"))).to_have_count(1)
    popup.click(control("continue"))
    answer = shop.outcome()
    response = shop.page.evaluate(
        "(jws) => JSON.parse(atob(jws.split('.')[1].replace(/-/g, '+').replace(/_/g, '/')))",
        answer["checkoutResponse"],
    )

    assert answer["dcfActionCode"] == "COMPLETE"
    assert (response["shippingAddressZip"], response["shippingCountryCode"]) == ("98101", "US")


def test_mastercards_managed_authentication_is_a_passkey_in_the_initiators_frame(
    open_shop: Open,
) -> None:
    shop = open_shop(networks=("mastercard",))

    shop.click_and_call(
        "mastercard",
        "authenticate",
        {"accountReference": PERSON, "requestRecognitionToken": True},
        FRAME,
    )
    frame = shop.page.frame_locator("iframe[name=ctpIframe]")
    frame.locator(control("continue")).click()
    answer = shop.outcome()

    assert len(answer["cards"]) == 1
    assert answer["recognitionToken"].count(".") == 2
    assert answer["authenticationResult"] == "AUTHENTICATED"


@pytest.mark.parametrize("network", NETWORKS)
def test_a_code_takes_the_place_of_a_passkey(open_shop: Open, stage: Stage, network: str) -> None:
    shop = open_shop(networks=(network,))

    shop.click_and_call(network, "authenticate", {"accountReference": PERSON}, FRAME)
    frame = shop.page.frame_locator("iframe[name=ctpIframe]")
    frame.locator(control("other-way")).click()
    expect(frame.locator(control("code"))).to_be_visible()
    frame.locator(control("code")).fill(stage.code())
    frame.locator(control("continue")).click()
    answer = shop.outcome()

    assert answer["authenticationStatus"] == "COMPLETE", answer
    assert answer["idToken"].count(".") == 2


def test_whoever_is_not_that_person_says_so_and_is_nobody(open_shop: Open) -> None:
    shop = open_shop(networks=("mastercard",))

    shop.click_and_call("mastercard", "authenticate", {"accountReference": PERSON}, FRAME)
    shop.page.frame_locator("iframe[name=ctpIframe]").locator(control("not-you")).click()
    answer: Any = shop.outcome()

    assert "Not you clicked" in answer["rejected"]["message"]


def test_in_a_strict_sandbox_a_new_card_without_its_code_is_asked_for_it(
    open_shop: Open, server: RunningServer
) -> None:
    shop = open_shop(networks=("amex",), at=Stage.create(server, profile="strict"))
    token = shop.sign_in("amex")
    popup = shop.open_dcf(
        "amex",
        {
            "encryptedCard": shop.seal("amex", NEW_CARDS["amex"], cardSecurityCode=""),
            "idToken": token,
            "dpaTransactionOptions": {"dpaLocale": "en_US"},
        },
    )

    popup.click(control("continue"))
    popup.fill(control("security-code"), "1234")
    popup.click(control("continue"))
    answer = shop.outcome()

    assert answer["dcfActionCode"] == "COMPLETE", answer


@pytest.mark.parametrize(
    ("at", "number", "asks", "code"),
    [
        ("discover", "6011991010000044", "code", "COMPLETE"),  # waits for a validation
        # These wait for the security code, and that for a billing address.
        ("discover", "6011991010000077", "security-code", "COMPLETE"),
        ("visa", "4999991060000077", "security-code", "COMPLETE"),
        ("discover", "6011991010000051", None, "PENDING_AUTHENTICATION"),
    ],
)
def test_a_new_card_that_waits_is_settled_where_a_page_can_or_handed_back(
    open_shop: Open, stage: Stage, at: str, number: str, asks: str | None, code: str
) -> None:
    shop = open_shop(networks=(at,))
    token = shop.sign_in(at)
    options = {
        "encryptedCard": shop.seal(at, number),
        "idToken": token,
        "dpaTransactionOptions": TRANSACTION,
    }

    popup = shop.open_dcf(at, options)
    popup.click(control("continue"))
    if asks is not None:
        expect(popup.locator(control(asks))).to_be_visible()
        popup.fill(control(asks), stage.code() if asks == "code" else "123")
        popup.click(control("continue"))
    answer = shop.outcome()

    assert answer["dcfActionCode"] == code, answer
