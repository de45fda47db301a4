"""A walk through every step of the DCF's pages, in three visits to one network."""

from collections.abc import Iterator
from typing import Any

from playwright.sync_api import Page

from tests.browser.shop import CHALLENGE, EMAIL, NEW_CARDS, TRANSACTION, Shop, control

_PERSON = {"identityType": "EMAIL_ADDRESS", "identityValue": EMAIL}
# A window that the shop opened stays at the end of a visit, and shows that it is done.
_STAYS = "windowRef: window.open('', '_blank', 'width=480')"

Step = tuple[str, Page]


def every_step(shop: Shop, locale: str) -> Iterator[Step]:
    """Each step's name and the page that shows it; the sandbox of *shop* is a strict one."""
    yield from _new_card(shop, locale)
    yield from _known_card(shop, locale)
    yield from _authentication(shop, locale)


def _press(page: Page, button: str, leads_to: str) -> None:
    page.click(control(button))
    page.wait_for_selector(control(leads_to))


def _known_card(shop: Shop, locale: str) -> Iterator[Step]:
    wishes: dict[str, Any] = {**CHALLENGE, "dpaShippingPreference": "FULL", "dpaLocale": locale}
    page = _opened(shop, "checkout", shop.chosen("visa", **wishes))
    page.wait_for_selector(control("total"))
    yield "review", page
    _press(page, "continue", "line1")
    yield "address", page
    page.fill(control("line1"), "1 Pier")
    _press(page, "save-address", "notice")
    yield "address with an error", page
    for name, value in {
        "city": "Seattle",
        "state": "WA",
        "zip": "98101",
    }.items():
        page.fill(control(name), value)
    page.select_option(control("countryCode"), "US")
    _press(page, "save-address", "address")
    yield "review with an address", page
    page.press(control("address"), "Enter")  # is the leading button, and no other
    page.wait_for_selector(control("code"))
    yield "challenge", page
    page.fill(control("code"), "000000")
    _press(page, "continue", "notice")
    yield "challenge with an error", page
    _press(page, "resend", "notice")
    yield "challenge sent again", page
    page.fill(control("code"), shop.stage.code("12025550143"))
    _press(page, "continue", "done")
    yield "done", page


def _new_card(shop: Shop, locale: str) -> Iterator[Step]:
    """Of somebody unknown, without the security code that a strict sandbox wants."""
    consumer = {
        "emailAddress": f"nia.{locale}@shop.test",
        "mobileNumber": {"countryCode": "1", "phoneNumber": "2025550177"},
        "fullName": "Nia New",
        "firstName": "Nia",
        "lastName": "New",
        "countryCode": "US",
        "languageCode": "en",
    }
    options = {
        "encryptedCard": shop.seal("visa", NEW_CARDS["visa"], cardSecurityCode=""),
        "consumer": consumer,
        "dpaTransactionOptions": {**TRANSACTION, "dpaLocale": locale},
    }
    page = _opened(shop, "checkout", options)
    _press(page, "continue", "notice")
    yield "consent missing", page
    page.check(control("consent"))
    _press(page, "continue", "security-code")
    yield "security code", page
    page.fill(control("security-code"), "98")
    _press(page, "continue", "notice")
    yield "security code with an error", page
    page.click(control("cancel"))
    assert shop.outcome()["dcfActionCode"] == "CANCEL"


def _authentication(shop: Shop, locale: str) -> Iterator[Step]:
    options = {"accountReference": {"consumerIdentity": _PERSON}}
    page = _opened(shop, "authenticate", options)
    page.wait_for_selector(control("other-way"))
    yield "passkey", page
    _press(page, "other-way", "code")
    yield "code", page
    shop.stage.fault("completeAuthentication", "visa", {"error": {"reason": "ACCT_INACCESSIBLE"}})
    page.fill(control("code"), "123456")
    _press(page, "continue", "problem")
    yield "problem", page
    page.set_extra_http_headers({"Accept-Language": f"{locale.replace('_', '-')},en;q=0.8"})
    page.goto(f"{shop.stage.base('visa')}/dcf/")
    yield "gone", page


def _opened(shop: Shop, method: str, options: dict[str, Any]) -> Page:
    with shop.page.expect_popup() as opening:
        shop.click_and_call("visa", method, options, _STAYS)
    page = opening.value
    page.wait_for_selector("[data-ctp-dcf]")
    return page
