"""Takes the screenshots of the docs: a server of its own, a story on it, pictures of its pages."""

import asyncio
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import aiohttp
from playwright.sync_api import ViewportSize, sync_playwright

from src_system.client.server import LaunchedServer, start_server
from tests.browser.shop import EMAIL, FLAGS
from tests.browser.visit import Visit
from tests.http.initiator import Initiator

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"
BYTES_MAX = 128 * 1024
_NAME = "spring-sale"
_SIZE: ViewportSize = {"width": 960, "height": 590}
_SHOP: ViewportSize = {"width": 1280, "height": 780}
_NARROW = 400
_PAINTED_MILLISECONDS = 500  # a frame of another origin is drawn a moment after its page is there
_SANDBOX: dict[str, Any] = {
    "name": _NAME,
    "seed": "42",
    "clock": {"mode": "frozen", "at": "2026-11-23T09:00:00Z"},
    "fixtures": {
        "consumers": [
            {
                "emailAddress": EMAIL,
                "networks": ["visa", "mastercard"],
                "cards": [
                    {
                        "network": "visa",
                        "primaryAccountNumber": "4111111111111111",
                        "panExpirationMonth": "12",
                        "panExpirationYear": "2030",
                    }
                ],
            }
        ]
    },
}
_AMOUNT = {"transactionAmount": {"transactionAmount": "12.34", "transactionCurrencyCode": "USD"}}


async def tell_story(server: LaunchedServer) -> str:
    """Ana is looked for everywhere, proves who she is, and pays; the session's id."""
    async with aiohttp.ClientSession() as session:
        url = f"{server.control}/v1/sandboxes"
        async with session.post(url, json=_SANDBOX) as response:
            initiator = Initiator(session, server.control, await response.json())
        await initiator.manage(
            "POST",
            "/faults",
            {"effect": {"error": {"reason": "UNAVAILABLE"}}, "match": {"network": "amex"}},
        )
        identity = {"identityType": "EMAIL_ADDRESS", "identityValue": EMAIL}
        person: dict[str, Any] = {"consumerIdentity": identity}
        await initiator.call("mastercard", "identities/lookup", person)
        begun = await initiator.call("visa", "identities/lookup", person)
        known = {"srcCorrelationId": begun.body["srcCorrelationId"]}
        for network in ("amex", "discover"):
            await initiator.call(network, "identities/lookup", {**person, **known})
        begun = await initiator.call("visa", "identities/validation/initiate", {**person, **known})
        proof = {"idValidationSessionId": begun.body["idValidationSessionId"], **known}
        complete = "identities/validation/complete"
        await initiator.call("visa", complete, {**proof, "validationData": "135790"})
        code = await initiator.code()
        proven = await initiator.call("visa", complete, {**proof, "validationData": code})
        assert proven.status == 200, proven.body
        token = proven.body["idToken"]
        profile = await initiator.call("visa", "profiles/prepare", {"idTokens": [token], **known})
        card = profile.body["profiles"][0]["maskedCards"][0]["srcDigitalCardId"]
        order = {"srciTransactionId": "order-1", "srcDigitalCardId": card, "idToken": token}
        paid = await initiator.call(
            "visa",
            "transaction/credentials",
            {**order, **known, "dpaTransactionOptions": _AMOUNT},
        )
        assert paid.status == 200, paid.body
        return str(known["srcCorrelationId"])


def take(server: LaunchedServer, session: str) -> dict[str, int]:
    """The pictures, and how many bytes each has."""
    place = f"{server.control}/sandboxes/{_NAME}"
    FOLDER.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        english = browser.new_page(viewport=_SIZE, color_scheme="light")
        english.goto(f"{place}/traffic")
        english.get_by_text("Live", exact=True).wait_for()
        english.screenshot(path=FOLDER / "console-traffic.png")
        arabic = browser.new_page(viewport=_SIZE, color_scheme="dark", locale="ar")
        arabic.goto(f"{place}/sessions/{session}")
        arabic.screenshot(path=FOLDER / "console-session.png")
        shop = Visit.begin(browser, server, width=_SHOP["width"])
        shop.page.set_viewport_size(_SHOP)
        shop.sign_in()
        shop.at("pay").click()
        shop.dcf_control("continue").wait_for()
        shop.page.wait_for_timeout(_PAINTED_MILLISECONDS)
        shop.page.screenshot(path=FOLDER / "shop.png")
        narrow = Visit.begin(browser, server, "market=KW&lang=ar", width=_NARROW, scheme="dark")
        narrow.sign_in()
        narrow.page.locator("#ctp").screenshot(path=FOLDER / "shop-arabic.png")
        browser.close()
    return {path.name: path.stat().st_size for path in sorted(FOLDER.glob("*.png"))}


def main() -> int:
    """Exit code 0 when every picture is small enough."""
    with tempfile.TemporaryDirectory() as home:
        server = start_server(Path(home), "--ephemeral")
        try:
            sizes = take(server, asyncio.run(tell_story(server)))
        finally:
            server.stop()
    for name, size in sizes.items():
        print(f"{name}: {size / 1024:.0f} KiB")
    return 0 if max(sizes.values()) <= BYTES_MAX else 1


if __name__ == "__main__":
    sys.exit(main())
