"""checkout in a popup and in a frame, with a card on file and with a new one."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.shop import EMAIL, MOBILE, NETWORKS, NEW_CARDS, Shop, Stage, control

Open = Callable[..., Shop]
FRAME = "windowRef: window.frames['ctpIframe']"
NOBODY = "new@shop.test"


def described(email: str) -> dict[str, Any]:
    """A consumer as an SRC initiator describes one."""
    return {
        "emailAddress": email,
        "mobileNumber": {**MOBILE, "phoneNumber": "2025550177"},
        "fullName": "Nia New",
        "firstName": "Nia",
        "lastName": "New",
        "countryCode": "US",
        "languageCode": "en",
    }


def response_of(shop: Shop, network: str, answer: dict[str, Any]) -> dict[str, Any]:
    """What the checkoutResponse says, in whichever form the network gives it."""
    if network == "mastercard":
        assert answer["checkoutResponseSignature"].count(".") == 2
        response: dict[str, Any] = answer["checkoutResponse"]
        return response
    return dict(
        shop.page.evaluate(
            "(jws) => JSON.parse(atob(jws.split('.')[1].replace(/-/g, '+').replace(/_/g, '/')))",
            answer["checkoutResponse"],
        )
    )


@pytest.mark.parametrize("network", NETWORKS)
def test_a_card_on_file_is_paid_with_in_a_popup(open_shop: Open, network: str) -> None:
    shop = open_shop(networks=(network,))
    options = shop.chosen(network)

    popup = shop.open_dcf(network, options)
    assert popup.locator(control("total")).inner_text() == "USD 49.90"
    popup.click(control("continue"))
    answer = shop.outcome()
    response = response_of(shop, network, answer)

    assert answer["dcfActionCode"] == "COMPLETE"
    assert answer["unbindAppInstance"] is False
    assert answer["idToken"].count(".") == 2
    assert response["srcCorrelationId"] == answer["srcCorrelationId"]
    assert response["maskedCard"]["srcDigitalCardId"] == options["srcDigitalCardId"]
    assert response["encryptedPayload"].count(".") == 4
    if not popup.is_closed():
        popup.wait_for_event("close")
    assert shop.complaints == []


@pytest.mark.parametrize("network", NETWORKS)
def test_a_card_on_file_is_paid_with_in_a_frame_of_380_pixels(
    open_shop: Open, network: str
) -> None:
    shop = open_shop(networks=(network,))
    options = shop.chosen(network)

    shop.click_and_call(network, "checkout", options, FRAME)
    frame = shop.page.frame_locator("iframe[name=ctpIframe]")
    expect(frame.locator(control("cancel"))).to_be_visible()
    height = frame.locator("html").evaluate("(html) => html.scrollHeight")
    frame.locator(control("continue")).click()
    answer = shop.outcome()

    assert height <= 380
    expect(frame.locator(control("done"))).to_have_text("You can go on in the shop.")
    assert answer["dcfActionCode"] == "COMPLETE"
    assert shop.page.locator("iframe[name=ctpIframe]").count() == 1  # the initiator's own
    assert shop.complaints == []


@pytest.mark.parametrize("network", NETWORKS)
def test_a_new_consumer_consents_and_pays_with_a_new_card(open_shop: Open, network: str) -> None:
    shop = open_shop(networks=(network,))
    popup = shop.open_dcf(
        network,
        {
            "encryptedCard": shop.seal(network, NEW_CARDS[network]),
            "consumer": described(NOBODY),
            "dpaTransactionOptions": {
                "transactionAmount": {
                    "transactionAmount": "5.00",
                    "transactionCurrencyCode": "USD",
                }
            },
        },
    )

    popup.click(control("continue"))
    expect(popup.locator(control("notice"))).to_have_text("Please accept the terms to go on.")
    popup.check(control("consent"))
    popup.click(control("continue"))
    answer = shop.outcome()

    assert answer["dcfActionCode"] == "COMPLETE"
    assert response_of(shop, network, answer)["isNewUser"] is True
    assert shop.complaints == []


def test_a_new_card_of_somebody_known_asks_for_her_code_first(
    open_shop: Open, stage: Stage
) -> None:
    shop = open_shop(networks=("amex",))
    popup = shop.open_dcf(
        "amex",
        {
            "encryptedCard": shop.seal("amex", NEW_CARDS["amex"]),
            "consumer": described(EMAIL),
            "dpaTransactionOptions": {
                "transactionAmount": {"transactionAmount": "5.00", "transactionCurrencyCode": "USD"}
            },
        },
    )
    popup.check(control("consent"))
    popup.click(control("continue"))
    popup.fill(control("code"), "000000")
    popup.click(control("continue"))
    expect(popup.locator(control("notice"))).to_have_text("That code is not right")
    arabic = stage.code().translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    popup.fill(control("code"), arabic)
    popup.click(control("continue"))
    answer = shop.outcome()

    assert answer["dcfActionCode"] == "COMPLETE", answer
    assert response_of(shop, "amex", answer)["isNewUser"] is False
    assert answer["idToken"].count(".") == 2


@pytest.mark.parametrize(
    ("name", "code", "unbinds"),
    [
        ("cancel", "CANCEL", False),
        ("change-card", "CHANGE_CARD", False),
        ("add-card", "ADD_CARD", False),
        ("not-you", "SWITCH_CONSUMER", True),
    ],
)
def test_whoever_leaves_the_dcf_says_how_and_pays_nothing(
    open_shop: Open, name: str, code: str, unbinds: bool
) -> None:
    shop = open_shop(networks=("mastercard",))
    popup = shop.open_dcf("mastercard", shop.chosen("mastercard"))

    popup.click(control(name))
    answer = shop.outcome()

    assert (answer["dcfActionCode"], answer["unbindAppInstance"]) == (code, unbinds)
    assert "checkoutResponse" not in answer
    assert ("idToken" in answer) is not unbinds


def test_a_closed_popup_is_cancel_and_the_next_try_goes_through(open_shop: Open) -> None:
    shop = open_shop(networks=("visa",))
    options = shop.chosen("visa")

    shop.open_dcf("visa", options).close()
    first = shop.outcome()
    shop.open_dcf("visa", options).click(control("continue"))
    second = shop.outcome()

    assert (first["dcfActionCode"], first["unbindAppInstance"]) == ("CANCEL", False)
    assert second["dcfActionCode"] == "COMPLETE"


def test_reloading_and_clicking_twice_pay_once(open_shop: Open, stage: Stage) -> None:
    shop = open_shop(networks=("discover",))
    popup = shop.open_dcf("discover", shop.chosen("discover"))

    popup.reload()
    popup.dblclick(control("continue"))
    answer = shop.outcome()

    assert answer["dcfActionCode"] == "COMPLETE"
    assert len(stage.journal("checkout")) == 1


def test_an_old_form_sent_again_shows_where_the_visit_stands(open_shop: Open, stage: Stage) -> None:
    shop = open_shop(networks=("visa",))
    popup = shop.open_dcf("visa", shop.chosen("visa", dpaShippingPreference="FULL"))
    address = popup.url.replace("visa.localhost", "127.0.0.1")  # for who is no browser
    sent: dict[str, str | float | bool] = {"turn": "0", "action": "continue"}

    first = shop.context.request.post(address, form=sent)
    again = shop.context.request.post(address, form=sent)

    for answer in (first, again):
        assert 'data-step="address"' in answer.text()


def test_two_clicks_on_the_shops_own_button_are_one_checkout(open_shop: Open, stage: Stage) -> None:
    shop = open_shop(networks=("visa",))
    options = shop.chosen("visa")

    popup = shop.open_dcf("visa", options)
    shop.page.evaluate("void (window.first = window.outcome)")
    shop.page.click("#go")
    popup.click(control("continue"))
    answers = shop.page.evaluate("Promise.all([window.first, window.outcome])")

    assert [one["dcfActionCode"] for one in answers] == ["COMPLETE", "COMPLETE"]
    assert len(stage.journal("prepareCheckout")) == 1


def test_a_blocked_popup_becomes_a_frame_over_the_page(open_shop: Open) -> None:
    shop = open_shop(networks=("visa",))
    options = shop.chosen("visa")
    shop.page.evaluate("window.open = () => null")

    shop.click_and_call("visa", "checkout", options)
    frame = shop.page.frame_locator("#vcop-dcf")
    frame.locator(control("continue")).click()
    answer = shop.outcome()

    assert answer["dcfActionCode"] == "COMPLETE"
    assert shop.page.locator("#vcop-dcf").count() == 0


def test_a_popup_that_the_shop_opened_stays_for_the_shop_to_close(open_shop: Open) -> None:
    shop = open_shop(networks=("amex",))
    options = shop.chosen("amex")

    with shop.page.expect_popup() as opening:
        shop.click_and_call(
            "amex",
            "checkout",
            options,
            "windowRef: window.open('', 'ours', 'width=480,height=600')",
        )
    popup = opening.value
    popup.click(control("continue"))
    answer = shop.outcome()

    assert answer["dcfActionCode"] == "COMPLETE"
    assert not popup.is_closed()
    expect(popup.locator(control("done"))).to_be_visible()


def test_full_consent_at_mastercard_needs_no_dcf(open_shop: Open) -> None:
    shop = open_shop(networks=("mastercard",))
    options = shop.chosen("mastercard")
    kinds = ("TERMS_AND_CONDITIONS", "PRIVACY_POLICY")
    options["complianceSettings"] = {
        "complianceResources": [{"complianceType": kind, "uri": ""} for kind in kinds]
    }

    shop.click_and_call("mastercard", "checkout", options)
    answer = shop.outcome()

    assert answer["dcfActionCode"] == "COMPLETE"
    assert len(shop.context.pages) == 1


def test_the_result_is_there_for_an_app_whose_web_view_hears_no_messages(
    open_shop: Open,
) -> None:
    shop = open_shop(networks=("visa",))
    options = shop.chosen("visa")
    shop.page.evaluate(
        "window.addEventListener('message', (event) => {"
        " if (event.data?.type?.startsWith('DCF')) event.stopImmediatePropagation(); }, true)"
    )

    popup = shop.open_dcf("visa", options)
    popup.click(control("continue"))
    answer = shop.outcome()

    assert answer["dcfActionCode"] == "COMPLETE"
