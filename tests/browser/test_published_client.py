"""A PSP's published Click to Pay component, unmodified, on our two SDKs: `@adyen/adyen-web`.

It loads the networks' scripts by their own addresses; the browser is handed ours in their place.
"""

import json
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from src_system.web.scripts import classic_script
from tests.browser.packages import installed
from tests.browser.shop import CARDS, EMAIL, MOBILE, Merchant, Stage, control

VERA = "vera@shop.test"
_PAGE = """<!doctype html><html lang="en"><head><title>A shop</title><meta charset="utf-8">
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/packages/@adyen/adyen-web/dist/es/adyen.css">
<script>window.SRC_SYSTEM_BASE = %(bases)s;</script></head><body><div id="pay"></div>
<script type="module">
import {AdyenCheckout, ClickToPay} from '/packages/@adyen/adyen-web/dist/es/index.js';
const checkout = await AdyenCheckout({
  environment: 'test', clientKey: 'test_ABCDEFGHIJKLMNOPQRSTUVWXYZ012345', countryCode: 'US',
  locale: 'en-US', amount: {value: 4990, currency: 'USD'}, analytics: {enabled: false},
  paymentMethodsResponse: {paymentMethods: []},
  onSubmit: (state) => { window.submitted = state.data.paymentMethod; },
});
new ClickToPay(checkout, {
  configuration: %(configuration)s, shopperEmail: '%(email)s', merchantDisplayName: 'A shop',
}).mount('#pay');
</script></body></html>"""


@dataclass
class Counter:
    """A shop's page with the component in it."""

    stage: Stage
    page: Page

    @classmethod
    def open(
        cls, context: BrowserContext, merchant: Merchant, stage: Stage, email: str
    ) -> "Counter":
        """The page, told which client and DPA it is, and where the networks are."""
        client = stage.document["clients"][0]["srcClientId"]
        dpa = stage.document["dpas"][0]["srcDpaId"]
        configuration = {
            "visaSrcInitiatorId": client,
            "visaSrciDpaId": dpa,
            "mcSrcClientId": client,
            "mcDpaId": dpa,
        }
        bases = {name: stage.base(name) for name in ("visa", "mastercard")}
        text = _PAGE % {
            "bases": json.dumps(bases),
            "configuration": json.dumps(configuration),
            "email": email,
        }
        context.set_default_timeout(15_000)
        context.route("**/*.adyen.com/**", lambda route: route.abort())
        for name, file in (("mastercard", "srcsdk.mastercard.js"), ("visa", "visa-sdk.js")):
            context.route(f"https://**/{file}*", _hands_out(name))
        page = context.new_page()
        page.goto(merchant.put(text))
        return cls(stage, page)

    def sign_in(self, email: str, *, remember: bool = False) -> None:
        """Give the code that a network sent."""
        field = self.page.get_by_label("One time code")
        expect(field).to_be_visible(timeout=15_000)
        field.fill(self.stage.code(email))
        if remember:
            self.page.get_by_text("Skip verification next time").click()
        self.page.get_by_role("button", name="Continue").click()

    @property
    def pay(self) -> Any:
        """The button that pays with a card on file."""
        return self.page.get_by_role("button", name="Pay $49.90")

    def submitted(self) -> dict[str, Any]:
        """What the merchant's server would be sent."""
        self.page.wait_for_function("window.submitted")
        told: dict[str, Any] = self.page.evaluate("window.submitted")
        return told


def _hands_out(network: str) -> Any:
    body = classic_script(network).body.decode()

    def answer(route: Route) -> None:
        route.fulfill(status=200, content_type="text/javascript", body=body)

    return answer


@pytest.fixture
def shops(merchant: Merchant, pytestconfig: pytest.Config) -> Merchant:
    """The merchant's server with the package on its shelf."""
    assert pytestconfig.cache is not None
    merchant.packages = installed(pytestconfig.cache.mkdir("node"))
    return merchant


def test_a_mastercard_is_paid_with_in_the_components_own_frame(
    ordinary: BrowserContext, shops: Merchant, stage: Stage
) -> None:
    counter = Counter.open(ordinary, shops, stage, EMAIL)
    counter.sign_in(EMAIL)

    expect(counter.pay).to_contain_text(CARDS["mastercard"][-4:])
    counter.pay.click()
    counter.page.frame_locator("iframe[name=ctpIframe]").locator(control("continue")).click()
    sent = counter.submitted()

    assert (sent["type"], sent["srcScheme"]) == ("clicktopay", "mc")
    assert sent["srcDigitalCardId"]
    assert sent["srcCorrelationId"] == stage.journal("checkout")[0]["srcCorrelationId"]


def test_a_visa_card_is_paid_with_in_a_popup_and_remembered_until_the_sign_out(
    ordinary: BrowserContext, shops: Merchant, stage: Stage
) -> None:
    vera = {
        "emailAddress": VERA,
        "mobileNumber": {**MOBILE, "phoneNumber": "2025550188"},
        "firstName": "Vera",
        "cards": [
            {
                "network": "visa",
                "primaryAccountNumber": CARDS["visa"],
                "panExpirationMonth": "12",
                "panExpirationYear": "2035",
            }
        ],
    }
    stage.manage("POST", "/fixtures", {"consumers": [vera]})
    counter = Counter.open(ordinary, shops, stage, VERA)
    counter.sign_in(VERA, remember=True)

    with counter.page.expect_popup() as opening:
        counter.pay.click()
    popup = opening.value
    expect(popup.locator(control("remember"))).to_be_checked()
    popup.click(control("continue"))
    sent = counter.submitted()
    again = Counter.open(ordinary, shops, stage, VERA)
    expect(again.pay).to_be_visible(timeout=15_000)
    codes = len(stage.journal("initiateIdentityValidation"))
    again.page.get_by_role("button", name="Not your card").click()
    expect(again.pay).to_be_hidden(timeout=15_000)
    third = Counter.open(ordinary, shops, stage, VERA)

    assert sent["srcScheme"] == "visa"
    assert sent["srcCheckoutPayload"].count(".") == 2
    assert codes == 1
    expect(third.page.get_by_label("One time code")).to_be_visible(timeout=15_000)
