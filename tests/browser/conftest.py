"""One Chromium for the tests of a file, and a shop in a context of its own for each test."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

from tests.browser.shop import FLAGS, Merchant, Shop, Stage
from tests.clients.node_packages import install
from tests.conftest import RunningServer

_CHROMIUM = shutil.which("chromium")
# Two browsers and two servers share two cores in CI.
expect.set_options(timeout=10_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without a Chromium on the path these tests are skipped, and say so."""
    if _CHROMIUM is not None:
        return
    for item in items:
        if "/browser/" in str(item.path):
            item.add_marker(pytest.mark.skip(reason="needs chromium"))


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The browser; each test has its own profile within it.

    Not for the session: Playwright's loop would be in the way of asynchronous tests.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def axe(pytestconfig: pytest.Config, repository: Path) -> str:
    """The rules of accessibility, as a script."""
    assert pytestconfig.cache is not None
    installed = install(pytestconfig.cache.mkdir("axe"), repository / "tests/scenario/node")
    return (installed.folder / "node_modules" / "axe-core" / "axe.min.js").read_text()


@pytest.fixture(scope="session")
def merchant() -> Iterator[Merchant]:
    """The shop's own server."""
    with Merchant.serving() as serving:
        yield serving


@pytest.fixture
def stage(server: RunningServer) -> Stage:
    """A sandbox with Ana in it, and what a test wants to know of it."""
    return Stage.create(server)


@pytest.fixture
def ordinary(chromium: Browser, tmp_path: Path) -> Iterator[BrowserContext]:
    """A profile on disk, as people have it: pages of others may keep cookies and storage there.

    In the contexts of the other tests they may not, as in a private window.
    """
    preferences = tmp_path / "profile" / "Default" / "Preferences"
    preferences.parent.mkdir(parents=True)
    preferences.write_text('{"profile": {"cookie_controls_mode": 0}}')
    context = chromium.browser_type.launch_persistent_context(
        tmp_path / "profile", executable_path=_CHROMIUM, args=FLAGS
    )
    yield context
    context.close()


@pytest.fixture
def open_shop(chromium: Browser, merchant: Merchant, stage: Stage) -> Iterator[Callable[..., Shop]]:
    """Opens the stage's shop in a context of its own."""
    opened: list[Shop] = []

    def open_one(at: Stage = stage, **wishes: object) -> Shop:
        shop = Shop.open(chromium, merchant, at, **wishes)  # type: ignore[arg-type]
        opened.append(shop)
        return shop

    yield open_one
    for shop in opened:
        shop.context.close()
