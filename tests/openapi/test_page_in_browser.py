"""The page in a browser: narrow and wide, light and dark, by keyboard, console silent."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.conftest import RunningServer

_CHROMIUM = shutil.which("chromium")
_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
pytestmark = pytest.mark.skipif(_CHROMIUM is None, reason="needs chromium")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_CHROMIUM, args=_FLAGS)
        yield browser
        browser.close()


def opened(browser: Browser, url: str, *, width: int = 1440, scheme: str = "light") -> Page:
    """The page, its complaints and foreign requests kept as `page.complaints`."""
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page = context.new_page()
    complaints: list[str] = []
    origin = url.partition("/docs")[0]
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "request",
        lambda request: None if request.url.startswith(origin) else complaints.append(request.url),
    )
    page.goto(url)
    page.complaints = complaints  # type: ignore[attr-defined]
    return page


@pytest.mark.parametrize("port", ["protocol", "control"])
@pytest.mark.parametrize("width", [360, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_fits_its_width_with_everything_open(
    server: RunningServer, browser: Browser, port: str, width: int, scheme: str
) -> None:
    page = opened(browser, f"{getattr(server, port)}/docs", width=width, scheme=scheme)

    page.get_by_role("button", name="Open all").click()
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")

    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.complaints == []  # type: ignore[attr-defined]
    page.context.close()


def test_the_filter_is_reached_and_left_by_keyboard(
    server: RunningServer, browser: Browser
) -> None:
    page = opened(browser, f"{server.protocol}/docs")

    page.keyboard.press("/")
    page.keyboard.type("idValidationSessionId complete")

    shown = page.locator("details.operation:visible")
    assert shown.evaluate_all("found => found.map((one) => one.id)") == [
        "completeIdentityValidation"
    ]
    page.keyboard.press("Escape")
    assert shown.count() > 10
    page.keyboard.type("no such thing")
    assert page.get_by_text("Nothing matches.").is_visible()
    page.context.close()


def test_an_operation_opens_by_its_address_and_by_keyboard(
    server: RunningServer, browser: Browser
) -> None:
    page = opened(browser, f"{server.protocol}/docs#checkout")

    assert page.locator("#checkout[open]").count() == 1
    page.locator("#getCard > summary").focus()
    page.keyboard.press("Enter")
    assert page.locator("#getCard[open]").count() == 1
    page.context.close()


def test_choosing_a_network_changes_the_commands(server: RunningServer, browser: Browser) -> None:
    page = opened(browser, f"{server.protocol}/docs#enrollCard")
    command = page.locator("#enrollCard code.command")
    at_visa = command.text_content() or ""

    page.get_by_label("Network of the examples").select_option("mastercard")
    at_mastercard = command.text_content() or ""

    assert "/visa/src/v1/cards" in at_visa
    assert "/mastercard/src/v1/cards" in at_mastercard
    assert at_visa.partition("encryptedCard")[2][:80] != at_mastercard.partition("encryptedCard")[2]
    assert page.locator("#checkout .elsewhere .name").all_text_contents() == ["checkoutResponse"]
    page.context.close()


def test_the_page_can_be_read_without_its_script(server: RunningServer, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{server.control}/docs")

    page.locator("#postSandbox > summary").click()

    assert page.get_by_text("curl -sS -X POST").first.is_visible()
    assert not page.get_by_role("button", name="Copy").first.is_visible()
    context.close()
