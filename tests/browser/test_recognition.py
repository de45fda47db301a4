"""A browser that is remembered: by cookie, by the frame's token, by the initiator's own."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext

from tests.browser.shop import NETWORKS, Shop, control

Open = Callable[..., Shop]


@pytest.mark.parametrize("network", NETWORKS)
def test_a_remembered_browser_is_recognised_on_the_next_page(
    open_shop: Open, ordinary: BrowserContext, network: str
) -> None:
    shop = open_shop(networks=(network,), context=ordinary)
    before = shop.call(network, "isRecognized")
    shop.sign_in(network, remember=True)

    shop.page.reload()
    shop.begin((network,))
    after = shop.call(network, "isRecognized")
    profile = shop.call(network, "getSrcProfile", {"idTokens": after["idTokens"]})

    assert before["recognized"] is False
    assert after["recognized"] is True
    assert len(profile["profiles"][0]["maskedCards"]) == 1
    assert shop.complaints == []


def test_a_frame_that_is_hidden_can_be_neither_seen_nor_reached(open_shop: Open) -> None:
    shop = open_shop(networks=("visa",))

    frame = shop.page.locator("#vcop-src-system-frame")

    assert frame.get_attribute("aria-hidden") == "true"
    assert frame.get_attribute("tabindex") == "-1"
    assert not frame.is_visible()


def test_unbinding_forgets_the_browser(open_shop: Open, ordinary: BrowserContext) -> None:
    shop = open_shop(networks=("mastercard",), context=ordinary)
    shop.sign_in("mastercard", remember=True)
    before = shop.call("mastercard", "isRecognized")

    unbound = shop.call("mastercard", "unbindAppInstance")
    again = shop.call("mastercard", "unbindAppInstance")
    shop.page.reload()
    shop.begin(("mastercard",))
    after = shop.call("mastercard", "isRecognized")

    assert before["recognized"] is True
    assert unbound["srcCorrelationId"]
    assert "rejected" not in again
    assert after["recognized"] is False


@pytest.mark.parametrize("form", ["text", "member", "list"])
def test_unbinding_takes_a_token_in_every_form(open_shop: Open, form: str) -> None:
    shop = open_shop(networks=("visa",))
    token = shop.sign_in("visa", remember=True)
    given: Any = {"text": token, "member": {"idToken": token}, "list": {"idToken": [token]}}[form]

    assert shop.call("visa", "unbindAppInstance", given)["srcCorrelationId"]
    refused = shop.call("visa", "getSrcProfile", {"idTokens": [token]})
    assert refused["rejected"]["error"]["reason"] == "AUTH_INVALID"


@pytest.mark.parametrize("network", NETWORKS)
def test_remembering_in_the_dcf_recognises_the_browser_and_gives_the_initiator_a_token(
    open_shop: Open, ordinary: BrowserContext, network: str
) -> None:
    shop = open_shop(networks=(network,), context=ordinary)
    popup = shop.open_dcf(network, shop.chosen(network))
    popup.check(control("remember"))
    popup.click(control("continue"))
    token = shop.outcome()["recognitionToken"]

    shop.page.reload()
    shop.begin((network,))

    assert token.count(".") == 2
    assert shop.call(network, "isRecognized")["recognized"] is True


@pytest.mark.parametrize("query", ["", "?cookies=blocked"])
def test_where_cookies_are_blocked_only_the_initiators_token_recognises(
    open_shop: Open, query: str
) -> None:
    shop = open_shop(networks=("mastercard",), query=query)
    identity = {"identityType": "EMAIL_ADDRESS", "identityValue": "ana@shop.test"}
    shop.call("mastercard", "identityLookup", {"consumerIdentity": identity})
    shop.call("mastercard", "initiateIdentityValidation")
    answer = shop.call(
        "mastercard",
        "completeIdentityValidation",
        {
            "validationData": shop.stage.code(),
            "complianceSettings": {
                "complianceResources": [{"complianceType": "REMEMBER_ME", "uri": ""}]
            },
        },
    )
    shop.page.reload()
    shop.begin(("mastercard",))

    without = shop.call("mastercard", "isRecognized")
    by_token = shop.call(
        "mastercard", "isRecognized", {"recognitionTokens": [answer["recognitionToken"]]}
    )

    assert without["recognized"] is False
    assert by_token["recognized"] is True


def test_without_its_cookie_the_frames_own_storage_recognises_at_this_shop(
    open_shop: Open, ordinary: BrowserContext
) -> None:
    shop = open_shop(networks=("visa",), context=ordinary)
    shop.sign_in("visa", remember=True)
    assert ordinary.cookies()

    ordinary.clear_cookies()
    shop.page.reload()
    shop.begin(("visa",))

    assert shop.call("visa", "isRecognized")["recognized"] is True


def test_a_cookie_recognises_at_another_shop_as_well(
    open_shop: Open, ordinary: BrowserContext
) -> None:
    first = open_shop(networks=("visa",), context=ordinary)
    first.sign_in("visa", remember=True)

    second = open_shop(networks=("visa",), context=ordinary, shop_host="elsewhere.localhost")

    assert second.call("visa", "isRecognized")["recognized"] is True


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_networks_that_share_a_host_recognise_apart(
    open_shop: Open, ordinary: BrowserContext, host: str
) -> None:
    shop = open_shop(networks=("visa", "amex"), context=ordinary, host=host)
    shop.sign_in("amex", remember=True)

    shop.page.reload()
    shop.begin(("visa", "amex"))

    assert shop.call("amex", "isRecognized")["recognized"] is True
    assert shop.call("visa", "isRecognized")["recognized"] is False
