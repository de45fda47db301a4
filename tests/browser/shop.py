"""A merchant's page as an SRC initiator would write it, and what a test does on it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page

from tests.clients.exchange import call
from tests.conftest import RunningServer
from tests.payload_keys import JWKS

Json = dict[str, Any]

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
EMAIL = "ana@shop.test"
CARDS = {
    "visa": "4111111111111111",
    "mastercard": "5555555555554444",
    "amex": "378282246310005",
    "discover": "6011111111111117",
}
NEW_CARDS = {
    "visa": "4242424242424242",
    "mastercard": "5105105105105100",
    "amex": "371449635398431",
    "discover": "6445644564456445",
}
SCRIPTS = {
    "visa": "checkout-widget/resources/js/src-i-adapter/visa-sdk.js",
    "mastercard": "sdk/srcsdk.mastercard.js",
    "amex": "sdk/srcsdk.amex.js",
    "discover": "sdk/srcsdk.discover.js",
}
GLOBALS = {
    "visa": "new window.vAdapters.VisaSRCI()",
    "mastercard": "window.SRCSDK_MASTERCARD",
    "amex": "window.AmexSS.getInstance()",
    "discover": "window.DGNCheckout",
}
NETWORKS = tuple(SCRIPTS)
_TYPES = {".js": "text/javascript", ".css": "text/css"}
MOBILE = {"countryCode": "1", "phoneNumber": "2025550143"}
TRANSACTION = {
    "dpaLocale": "en_US",
    "transactionAmount": {"transactionAmount": "49.90", "transactionCurrencyCode": "USD"},
}
# What makes a bank ask for a code (dpaTransactionOptions).
CHALLENGE = {
    "threeDsPreference": "ONBEHALF",
    "threeDsInputData": {"forceChallenge": True},
    "acquirerMerchantId": "000012345678901",
    "acquirerBIN": "400000",
    "merchantCategoryCode": "5411",
    "merchantCountryCode": "US",
}
_TRANSACTION = "6f0b5a6e-1c5d-4f0f-9d2a-9a4f5f6f7a8b"
_PAGE = """<!doctype html><html lang="en"><head><title>A shop</title>
<link rel="icon" href="data:,">{scripts}</head>
<body><h1>A shop</h1><button id="go" type="button">Pay</button>
<iframe name="ctpIframe" title="ctp" width="480" height="380"></iframe></body></html>"""


class Merchant:
    """A web server of the shop's own, on the loopback interface as the simulator is.

    A browser lets no page from elsewhere call that interface unasked.
    """

    def __init__(self, port: int) -> None:
        self.port = port
        self.pages: dict[str, str] = {}
        self.packages: Path | None = None  # shown at /packages/

    def put(self, body: str, host: str = "shop.localhost") -> str:
        """Serve *body*; its address."""
        path = f"/cart/{len(self.pages)}"
        self.pages[path] = body
        return f"http://{host}:{self.port}{path}"

    def answer(self, path: str) -> tuple[bytes, str]:
        """What lies at *path*, and of which type it is; nothing where nothing does."""
        if self.packages is not None and path.startswith("/packages/"):
            found = self.packages / path.removeprefix("/packages/")
            if found.is_file() and found.suffix in _TYPES:
                return found.read_bytes(), _TYPES[found.suffix]
        return self.pages.get(path, "").encode(), "text/html"

    @classmethod
    @contextmanager
    def serving(cls) -> Iterator["Merchant"]:
        """A server while the block runs."""

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body, kind = merchant.answer(self.path)
                self.send_response(200 if body else 404)
                self.send_header("Content-Type", f"{kind}; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments: Any) -> None:
                """Nobody reads it."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        merchant = cls(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield merchant
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass(frozen=True)
class Stage:
    """A sandbox and how it is reached."""

    server: RunningServer
    document: Json

    @classmethod
    def create(cls, server: RunningServer, **settings: Any) -> "Stage":
        """A new sandbox in which Ana has a card at every network."""
        ana = {
            "emailAddress": EMAIL,
            "mobileNumber": MOBILE,
            "firstName": "Ana",
            "lastName": "Lopez",
            "countryCode": "US",
            "locale": "en_US",
            "cards": [
                {
                    "network": network,
                    "primaryAccountNumber": number,
                    "panExpirationMonth": "12",
                    "panExpirationYear": "2035",
                    "cardSecurityCode": "1234" if network == "amex" else "123",
                    "cardholderFullName": "Ana Lopez",
                }
                for network, number in CARDS.items()
            ],
        }
        asked = {"jwks": JWKS, "fixtures": {"consumers": [ana]}, **settings}
        made = call("POST", f"{server.control}/v1/sandboxes", asked).expect(201)
        return cls(server, made)

    @property
    def control(self) -> str:
        """Where the control port has the sandbox."""
        return f"{self.server.control}/v1/sandboxes/{self.document['name']}"

    def manage(self, method: str, path: str, document: Json | None = None) -> Any:
        """A call of the control port; its answer's document."""
        answer = call(method, f"{self.control}{path}", document)
        assert answer.status < 300, answer.body
        return answer.json() if answer.body else None

    def code(self, identity: str = EMAIL) -> str:
        """The newest one-time code of *identity*."""
        otps = self.manage("GET", f"/otps?identity={identity}&wait=5")["otps"]
        return str(otps[-1]["value"])

    def journal(self, operation: str) -> list[Json]:
        """The calls of *operation*, oldest first."""
        found: list[Json] = self.manage("GET", f"/journal?operation={operation}&min=1&wait=2")[
            "entries"
        ]
        return found

    def fault(self, operation: str, network: str, effect: Json) -> None:
        """Let *operation* go wrong at *network*."""
        rule = {"match": {"operation": operation, "network": network}, "effect": effect}
        self.manage("POST", "/faults", rule)

    def base(self, network: str, host: str | None = None) -> str:
        """The network's place, on an origin of its own unless *host* is another."""
        port = urlsplit(self.server.protocol).port
        host = host or f"{network}.localhost"
        return f"http://{host}:{port}/s/{self.document['name']}/{network}"


@dataclass
class Shop:
    """The shop's page in a context of its own."""

    stage: Stage
    context: BrowserContext
    page: Page
    host: str | None = None
    complaints: list[str] = field(default_factory=list)

    @classmethod
    def open(
        cls,
        browser: Browser,
        merchant: Merchant,
        stage: Stage,
        *,
        networks: tuple[str, ...] = NETWORKS,
        host: str | None = None,
        shop_host: str = "shop.localhost",
        query: str = "",
        locale: str = "en_US",
        width: int = 1280,
        scripts: tuple[str, ...] | None = None,
        context: BrowserContext | None = None,
        **settings: Any,
    ) -> "Shop":
        """The page with the SDKs of *networks*, each initialised; *query* is of the scripts."""
        if context is None:
            context = browser.new_context(viewport={"width": width, "height": 800}, **settings)
        sources = (
            scripts
            if scripts is not None
            else tuple(
                f"{stage.base(network, host)}/{SCRIPTS[network]}{query}" for network in networks
            )
        )
        tags = "".join(f'<script src="{source}"></script>' for source in sources)
        address = merchant.put(_PAGE.format(scripts=tags), shop_host)
        context.set_default_timeout(10_000)
        page = context.new_page()
        shop = cls(stage, context, page, host)
        page.on("console", lambda message: shop.complaints.append(message.text))
        page.on("pageerror", lambda error: shop.complaints.append(str(error)))
        page.goto(address)
        shop.begin(networks, locale)
        return shop

    def begin(self, networks: tuple[str, ...], locale: str = "en_US") -> None:
        """Make the SDK objects and initialise them."""
        for network in networks:
            self.page.evaluate(f"window.{network} = {GLOBALS[network]}")
            assert self.call(network, "init", self.init_options(locale)) == {}

    def init_options(self, locale: str = "en_US") -> Json:
        """What every network's init is given."""
        return {
            "srcInitiatorId": self.stage.document["clients"][0]["srcClientId"],
            "srciDpaId": self.stage.document["dpas"][0]["srcDpaId"],
            "srciTransactionId": _TRANSACTION,
            "dpaData": {"dpaPresentationName": "Sunday Market"},
            "dpaTransactionOptions": {"dpaLocale": locale},
        }

    def call(self, network: str, method: str, *arguments: Any) -> Any:
        """What the method resolves to; a rejection as `{"rejected": …}`."""
        return self.page.evaluate(
            "([network, method, given]) => window[network][method](...given)"
            ".then((answer) => answer, (problem) => ({rejected: problem}))",
            [network, method, list(arguments)],
        )

    def sign_in(self, network: str = "visa", *, remember: bool = False) -> str:
        """Look Ana up at *network*, give the code, and have its idToken."""
        identity = {"identityType": "EMAIL_ADDRESS", "identityValue": EMAIL}
        asked = identity if network == "visa" else {"consumerIdentity": identity}
        assert self.call(network, "identityLookup", asked)["consumerPresent"] is True
        self.call(network, "initiateIdentityValidation")
        given: Json = {"validationData": self.stage.code()}
        if remember:
            resources = [{"complianceType": "REMEMBER_ME", "uri": ""}]
            given["complianceSettings"] = {"complianceResources": resources}
        answer = self.call(network, "completeIdentityValidation", given)
        return str(answer["idToken"])

    def card_at(self, network: str, id_token: str) -> str:
        """The srcDigitalCardId of Ana's first card there."""
        answer = self.call(network, "getSrcProfile", {"idTokens": [id_token]})
        return str(answer["profiles"][0]["maskedCards"][0]["srcDigitalCardId"])

    def seal(self, network: str, number: str, **members: str) -> str:
        """A card sealed by the browser, as a page of the initiator's would."""
        card = {
            "primaryAccountNumber": number,
            "panExpirationMonth": "12",
            "panExpirationYear": "2035",
            "cardSecurityCode": "1234" if network == "amex" else "123",
            "cardholderFullName": "Ana Lopez",
            **members,
        }
        base = self.stage.base(network, self.host)
        return str(
            self.page.evaluate(
                "async ([base, card, encryption]) => {"
                " const {seal, sealingKey} = await import(new URL('/assets/sdk/sealing.js', base));"
                " const keys = await (await fetch(`${base}/keys`)).json();"
                " return seal(card, sealingKey(keys), encryption); }",
                [base, card, "A128GCM" if network == "mastercard" else "A256GCM"],
            )
        )

    def chosen(self, network: str, **options: Any) -> Json:
        """A checkout of Ana's card there, with *options* for the transaction."""
        token = self.sign_in(network)
        return {
            "srcDigitalCardId": self.card_at(network, token),
            "dpaTransactionOptions": {**TRANSACTION, **options},
        }

    def open_dcf(self, network: str, options: Json) -> Page:
        """Begin a checkout in a popup; its page."""
        with self.page.expect_popup() as opening:
            self.click_and_call(network, "checkout", options)
        popup = opening.value
        popup.wait_for_selector("[data-ctp-dcf]")
        return popup

    def click_and_call(self, network: str, method: str, options: Json, extra: str = "") -> None:
        """Call the method within a click, *extra* script members added to its options."""
        self.page.evaluate(
            "([network, method, given, extra]) => { window.todo = () => {"
            " const more = new Function(`return {${extra}}`)();"
            " window.outcome = window[network][method]({...given, ...more})"
            ".then((answer) => answer, (problem) => ({rejected: problem})); };"
            " document.getElementById('go').onclick = () => window.todo(); }",
            [network, method, options, extra],
        )
        self.page.click("#go")

    def outcome(self) -> Any:
        """What the method called within the click came to."""
        return self.page.evaluate(
            "Promise.race([window.outcome, new Promise((resolve) =>"
            " setTimeout(() => resolve({never: true}), 15000))])"
        )


def control(name: str) -> str:
    """The selector of the DCF's control *name*."""
    return f'[data-ctp-dcf="{name}"]'
