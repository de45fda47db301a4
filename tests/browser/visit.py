"""A visitor of the demo shop: her page, her sandbox, and what she does there."""

import re
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, FrameLocator, Locator, Page, expect

from src_system.client.server import LaunchedServer
from tests.clients.exchange import call
from tests.conftest import RunningServer

Json = dict[str, Any]
OURS = (
    "localhost",
    "visa.localhost",
    "mastercard.localhost",
    "amex.localhost",
    "discover.localhost",
)


@dataclass
class Visit(AbstractContextManager["Visit"]):
    """The shop's page in a browser of her own. Complaints of the page are kept, and its requests
    to other hosts than the shop's and the networks'.
    """

    server: RunningServer | LaunchedServer
    context: BrowserContext
    page: Page
    complaints: list[str] = field(default_factory=list)
    sandbox: str = ""

    @classmethod
    def begin(
        cls,
        browser: Browser,
        server: RunningServer | LaunchedServer,
        query: str = "market=US&lang=en",
        *,
        width: int = 1280,
        scheme: Any = "light",
        context: BrowserContext | None = None,
    ) -> Self:
        """Open the page; it may still be looking for her cards."""
        context = context or browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme
        )
        context.set_default_timeout(10_000)
        page = context.new_page()
        visit = cls(server, context, page)
        page.on("console", lambda message: visit.complaints.append(message.text))
        page.on("pageerror", lambda error: visit.complaints.append(str(error)))
        page.on("request", lambda asked: visit.look_at(asked.url))
        visit.go(query)
        return visit

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.context.close()

    def go(self, query: str) -> None:
        """Load the page with *query*."""
        port = urlsplit(self.server.protocol).port
        with self.page.expect_response("**/demo/visit") as answered:
            self.page.goto(f"http://localhost:{port}/demo/?{query}")
        self.sandbox = answered.value.json()["sandbox"]

    def look_at(self, url: str) -> None:
        """Complain of a request that goes elsewhere."""
        if urlsplit(url).hostname not in OURS and not url.startswith("blob:"):
            self.complaints.append(url)

    def at(self, testid: str) -> Locator:
        """The page's element of that name."""
        return self.page.get_by_test_id(testid)

    @property
    def dcf(self) -> FrameLocator:
        """The network's page in its frame."""
        return self.page.frame_locator("iframe.dcf")

    def dcf_control(self, name: str) -> Locator:
        """A control of the network's page."""
        return self.dcf.locator(f'[data-ctp-dcf="{name}"]')

    def identify(self, email: str | None = None) -> None:
        """Say who she is: the market's person, or somebody else."""
        if email is not None:
            self.at("ctp-email").fill(email)
        self.at("look-up").click()

    def sign_in(self, *, remember: bool = False) -> None:
        """From the e-mail address to her cards."""
        self.identify()
        self.at("remember").set_checked(remember)
        self.at("use-code").click()
        self.at("pay").wait_for()

    def pay(self) -> None:
        """The chosen card, approved in the network's page."""
        self.at("pay").click()
        self.dcf_control("continue").click()

    def tab(self, name: str) -> Locator:
        """A sheet of the drawer, opened."""
        self.at(f"tab-{name}").click()
        return self.page.locator(f"#sheet-{name}")

    def code(self) -> str:
        """What the newest message says, once it is there."""
        expect(self.at("code")).to_be_visible()
        return re.sub(r"[^0-9]", "", self.at("code").inner_text())

    def forgive(self, problem: str) -> None:
        """Complaints that say *problem* were to be expected."""
        self.complaints[:] = [one for one in self.complaints if problem not in one]

    def let(self, name: str, place: str, status: int = 200) -> None:
        """Something goes wrong at *place* from now on."""
        self.tab("switches")
        with self.page.expect_response("**/demo/switches") as answered:
            self.at(name).select_option(place)
        assert answered.value.status == status

    def asked(self, method: str, path: str) -> Any:
        """A call of the control port about her sandbox; its answer's document."""
        url = f"{self.server.control}/v1/sandboxes/{self.sandbox}{path}"
        return call(method, url, None).json()

    def verdict(self) -> list[str]:
        """What the checks have against the shop's calls."""
        return [one["id"] for one in self.asked("POST", "/verdict")["findings"]]

    def operations(self, name: str) -> list[Json]:
        """The journal's entries of the operation *name*."""
        found: list[Json] = self.asked("GET", f"/journal?operation={name}")["entries"]
        return found
