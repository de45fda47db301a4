"""The HTML report in a browser: self-contained, silent, usable by keyboard, narrow and wide."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from src_system.scenario.report.html import html
from src_system.scenario.results import PASSED, Attempt, CaseResult, StepResult
from src_system.scenario.running import new_run
from src_system.scenario.selection import find_files, read_cases
from tests.clients.node_packages import install
from tests.conftest import RunningServer
from tests.scenario.conftest import STORIES

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


@pytest.fixture(scope="module")
def report(
    tmp_path_factory: pytest.TempPathFactory, server: RunningServer, repository: Path
) -> Path:
    """The report of a run in which one passed, one failed, one was refused, one was flaky.

    In a process of its own: the browser's driver has the loop of this one.
    """
    home = tmp_path_factory.mktemp("report")
    names = [f"{name}.yaml" for name in ("paying", "failing", "refused", "flaky")]
    for name in names:
        (home / name).write_text(STORIES[name].lstrip())
    flags = ["--retries=1", "--report=html=report.html", f"--control={server.control}"]
    subprocess.run(
        [sys.executable, "-m", "src_system", "run", *names, *flags],
        cwd=home,
        env={**os.environ, "PYTHONPATH": str(repository), "GITHUB_ACTIONS": ""},
        timeout=60,
        check=False,
    )
    return home / "report.html"


@pytest.fixture(scope="session")
def axe(pytestconfig: pytest.Config) -> str:
    """The rules of accessibility, as a script."""
    assert pytestconfig.cache is not None
    installed = install(pytestconfig.cache.mkdir("axe"), Path(__file__).parent / "node")
    return (installed.folder / "node_modules" / "axe-core" / "axe.min.js").read_text()


def opened(browser: Browser, file: Path, *, width: int = 1440, scheme: str = "light") -> Page:
    """The page; what it complains of or asks for is kept as `page.complaints`."""
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "request",
        lambda request: None if request.url == file.as_uri() else complaints.append(request.url),
    )
    page.goto(file.as_uri())
    page.complaints = complaints  # type: ignore[attr-defined]
    return page


def complaints_of(page: Page) -> list[str]:
    """What the page complained of, or asked for."""
    return page.complaints  # type: ignore[attr-defined]


def unfold(page: Page) -> None:
    """Open everything."""
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")


def shown(page: Page) -> list[str]:
    """The titles of the scenarios that are shown."""
    return page.locator("details.case:visible .head .title").all_inner_texts()


@pytest.mark.parametrize("width", [360, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_report_fits_its_width_with_everything_open_and_asks_for_nothing(
    browser: Browser, report: Path, width: int, scheme: str
) -> None:
    page = opened(browser, report, width=width, scheme=scheme)
    unfold(page)

    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert complaints_of(page) == []


@pytest.mark.parametrize("width", [360, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_report_breaks_no_rule_of_accessibility(
    browser: Browser, report: Path, axe: str, width: int, scheme: str
) -> None:
    page = opened(browser, report, width=width, scheme=scheme)
    unfold(page)
    page.evaluate(axe)  # not an element of the page: its policy would refuse it
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")

    assert [
        f"{one['id']}: {one['help']}: {node['html'][:200]}: {node['failureSummary']}"
        for one in found["violations"]
        for node in one["nodes"][:3]
    ] == []


def test_what_failed_comes_first_unfolded_with_its_place_and_what_the_server_says(
    browser: Browser, report: Path
) -> None:
    page = opened(browser, report)

    assert page.title() == "2 of 4 scenarios failed"
    assert shown(page)[-2:] == ["It works the second time", "Ana pays with the card on file"]
    refused = page.locator("details.case", has_text="A card of nobody pays")
    assert refused.get_attribute("open") is not None
    last = refused.locator(".attempt").last
    assert "refused.yaml:6:5" in last.locator(".failure").inner_text()
    assert "What would pass:" in last.locator(".says").inner_text()
    assert "src-system run refused.yaml --seed" in refused.locator(".again code").inner_text()


def test_scenarios_are_filtered_by_text_outcome_and_tag_with_the_keyboard(
    browser: Browser, report: Path
) -> None:
    page = opened(browser, report)

    page.keyboard.press("/")
    page.keyboard.type("identity_validation_required")
    assert shown(page) == ["A card of nobody pays"]
    assert page.locator("#shown").inner_text() == "1 shown"
    page.keyboard.press("Escape")
    assert len(shown(page)) == 4
    page.locator("#tag").select_option("checkout")
    assert shown(page) == ["A card of nobody pays", "Ana pays with the card on file"]
    page.locator("#tag").select_option("")
    button = page.get_by_role("button", name="2 failed")
    button.focus()
    page.keyboard.press("Enter")
    assert button.get_attribute("aria-pressed") == "false"
    assert shown(page) == ["It works the second time", "Ana pays with the card on file"]
    page.locator("h1").click()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    paying = page.locator("details.case", has_text="Ana pays")
    assert paying.get_attribute("open") is not None
    assert complaints_of(page) == []


def test_a_checkout_is_shown_opened_and_drawn(browser: Browser, report: Path) -> None:
    page = opened(browser, report)
    unfold(page)

    paying = page.locator("details.case", has_text="Ana pays")
    checkout = paying.locator("details.exchange", has_text="POST checkout")
    told = checkout.text_content() or ""
    assert "JWS at $.checkoutResponse" in told
    assert "JWE at $.checkoutResponse → $.encryptedPayload" in told
    assert "dynamicData" in told
    assert '"RSA-OAEP-256"' in told
    assert "opened before, in step 2" in told
    drawn = paying.get_by_role("img").first
    assert "exchanges between SRC initiator, visa" in str(drawn.get_attribute("aria-label"))
    names = paying.locator("svg .name").all_text_contents()
    assert names[0] == "SRC initiator"
    assert names[-1] == "control port"


def test_two_hundred_scenarios_stay_within_the_bound_and_say_what_is_cut(
    browser: Browser, report: Path, tmp_path: Path
) -> None:
    (paying,) = read_cases(find_files([report.with_name("paying.yaml")]))
    run = new_run("7", {})
    step = StepResult("a step", "call", paying.source.mark(("steps",)), PASSED)
    for number in range(200):
        attempt = Attempt(1, outcome=PASSED, steps=[step] * 10, seconds=number / 10)
        run.cases.append(CaseResult(paying, [attempt]))
    text = html(run, size_max=500_000)
    file = tmp_path / "many.html"
    file.write_text(text)

    page = opened(browser, file)

    assert len(text) < 2_000_000
    assert len(shown(page)) == 200
    note = page.locator("main > .note").inner_text()
    assert "are told without their exchanges" in note
    page.keyboard.press("/")
    page.keyboard.type("no such thing")
    assert page.locator("#none").is_visible()


def test_a_link_to_a_scenario_unfolds_it(browser: Browser, report: Path) -> None:
    page = opened(browser, report)
    page.goto(f"{report.as_uri()}#case-1")

    assert page.locator("#case-1").get_attribute("open") is not None
