"""The console in a real browser: live, by keyboard, in two languages, wide and narrow, for all."""

import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.accessibility import violations
from tests.browser.shop import EMAIL, Stage
from tests.clients.exchange import call

# Each width, language and scheme once: a look is all pages, and takes its time.
LOOKS = [(1440, "en", "light"), (360, "ar", "dark")]
PLACES = ("", "/traffic", "/traffic/1", "/traffic/2", "/people", "/cards", "/codes", "/verdict")
Open = Callable[..., Page]
Json = dict[str, Any]


@pytest.fixture
def open_page(chromium: Browser, stage: Stage) -> Iterator[Open]:
    """Opens a page of the console; in the end none may have complained or asked elsewhere."""
    complaints: list[str] = []
    contexts = []

    def opened(path: str, width: int = 1440, language: str = "en", scheme: Any = "light") -> Page:
        context = chromium.new_context(
            viewport={"width": width, "height": 900}, locale=language, color_scheme=scheme
        )
        contexts.append(context)
        page = context.new_page()
        origin = stage.server.control
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "request",
            lambda asked: None if asked.url.startswith(origin) else complaints.append(asked.url),
        )
        page.goto(origin + path)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


def place_of(stage: Stage) -> str:
    return f"/sandboxes/{stage.document['name']}"


def initiated(stage: Stage, network: str = "visa") -> Json:
    """A validation that has begun."""
    identity = {"identityType": "EMAIL_ADDRESS", "identityValue": EMAIL}
    url = f"{stage.document['urls'][network]['src']}/identities/validation/initiate"
    client = stage.document["clients"][0]["srcClientId"]
    return call("POST", url, {"srcClientId": client, "consumerIdentity": identity}).expect(200)


def looked_up(stage: Stage, network: str = "visa", *, well: bool = True) -> Json:
    """A look-up, refused when it is not done well."""
    identity = {"identityType": "EMAIL_ADDRESS", "identityValue": EMAIL}
    body: Json = {"srcClientId": stage.document["clients"][0]["srcClientId"]}
    if well:
        body["consumerIdentity"] = identity
    url = f"{stage.document['urls'][network]['src']}/identities/lookup"
    return call("POST", url, body).expect(200 if well else 400)


@pytest.mark.parametrize(("width", "language", "scheme"), LOOKS)
def test_every_page_fits_and_is_for_everybody(
    stage: Stage, open_page: Open, axe: str, width: int, language: str, scheme: str
) -> None:
    initiated(stage)
    session = looked_up(stage, well=False)["srcCorrelationId"]
    stage.fault("checkout", "visa", {"http": {"status": 503}})
    stage.manage("POST", "/snapshots", {"name": "before"})
    stage.manage("PUT", "/clock", {"mode": "frozen", "at": "2026-11-23T09:00:00Z"})
    person = stage.manage("GET", "/consumers?network=visa")["consumers"][0]["srcConsumerId"]
    inside = (*PLACES, f"/sessions/{session}", f"/people/visa/{person.replace('/', '%2F')}")
    page = open_page("/", width, language, scheme)
    wrong: dict[str, Any] = {}
    for path in ("/", "/figures", "/sign-in", *(place_of(stage) + place for place in inside)):
        page.goto(stage.server.control + path)
        page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
        found = violations(page, axe)
        wide = page.evaluate("document.documentElement.scrollWidth")
        if found or wide > width:
            wrong[path] = (wide, found)

    assert wrong == {}
    assert page.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")


def test_a_call_appears_within_a_second_and_leads_to_what_was_in_it(
    stage: Stage, open_page: Open
) -> None:
    page = open_page(f"{place_of(stage)}/traffic")
    page.get_by_text("Live", exact=True).wait_for()
    took = []
    for number in range(1, 4):
        looked_up(stage)
        answered = time.monotonic()
        page.locator(f'tr[data-place="{number}"]').wait_for()
        took.append(time.monotonic() - answered)
    looked_up(stage, "amex", well=False)
    row = page.locator('tr[data-place="4"]')
    row.wait_for()

    assert min(took) < 1, took
    assert page.locator("#kept").inner_text() == "4"
    assert page.locator("tbody tr").first.get_attribute("data-place") == "4"
    assert "CANNOT_BE_NULL" in row.inner_text()
    row.get_by_role("link", name="identityLookup").click()
    assert page.get_by_role("heading", name="Why it was refused").is_visible()
    page.get_by_role("link", name="Earlier call").click()
    assert page.url.endswith("/traffic/3")


def test_only_calls_that_fit_the_filter_appear(stage: Stage, open_page: Open) -> None:
    looked_up(stage)
    page = open_page(f"{place_of(stage)}/traffic")
    page.get_by_label("Network").select_option("amex")
    page.get_by_role("button", name="Filter").click()
    page.get_by_text("Live", exact=True).wait_for()
    assert page.get_by_text("No call yet.").is_visible()
    looked_up(stage)
    looked_up(stage, "amex")
    page.locator('tr[data-place="3"]').wait_for()

    assert page.locator("tbody tr").count() == 1
    page.get_by_role("link", name="Clear").click()
    assert page.locator("tbody tr").count() == 3


def test_a_paused_table_stands_still_and_then_catches_up(stage: Stage, open_page: Open) -> None:
    page = open_page(f"{place_of(stage)}/traffic")
    page.get_by_text("Live", exact=True).wait_for()
    page.get_by_role("button", name="Pause").click()
    watching = open_page(f"{place_of(stage)}/traffic")
    watching.get_by_text("Live", exact=True).wait_for()
    looked_up(stage)
    looked_up(stage)
    watching.locator('tr[data-place="2"]').wait_for()
    page.wait_for_timeout(500)
    standing = page.locator("tbody tr").count()
    page.get_by_role("button", name="Pause").click()
    page.locator('tr[data-place="2"]').wait_for()

    assert standing == 0
    assert page.locator("tbody tr").count() == 2


def test_a_code_appears_and_changes_when_a_newer_one_is_sent(stage: Stage, open_page: Open) -> None:
    page = open_page(f"{place_of(stage)}/codes")
    page.get_by_text("Live", exact=True).wait_for()
    initiated(stage)
    row = page.locator("tbody tr").first
    row.wait_for()
    first = row.locator("th").inner_text()
    assert first == stage.code()
    initiated(stage)
    page.locator("tbody tr").nth(1).wait_for()

    page.get_by_role("row", name=re.compile(f"{first}.*superseded")).wait_for()
    assert page.locator("tbody tr").first.locator("th").inner_text() == stage.code()


def test_calls_of_every_sandbox_appear_on_the_first_page(stage: Stage, open_page: Open) -> None:
    page = open_page("/")
    page.get_by_role("heading", name="Just now").wait_for()
    page.wait_for_timeout(700)  # the stream tells what comes after it was opened
    looked_up(stage)
    line = page.locator(".feed li", has_text=stage.document["name"]).first
    line.wait_for()
    line.get_by_role("link").click()

    assert page.url.endswith(f"{place_of(stage)}/traffic/1")


def test_a_tester_freezes_advances_breaks_and_mends_by_keyboard(
    stage: Stage, open_page: Open
) -> None:
    page = open_page(place_of(stage))
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    page.get_by_role("button", name="Freeze", exact=True).press("Enter")
    page.get_by_text("The clock was set.").wait_for()
    before = stage.manage("GET", "/clock")["now"]
    page.get_by_role("button", name="Advance by 1 hour").press("Enter")
    page.get_by_text("The clock was advanced.").wait_for()
    after = stage.manage("GET", "/clock")["now"]
    page.get_by_label("Effect").select_option("http:503")
    page.locator("#faults").get_by_label("Operation").select_option("identityLookup")
    page.get_by_role("button", name="Add").first.press("Enter")
    page.get_by_text("The fault is in force with the next call.").wait_for()
    rule = stage.manage("GET", "/faults")["faults"][0]
    page.get_by_role("button", name="Remove http status=503").press("Enter")
    page.get_by_text("The fault was removed.").wait_for()

    assert before[11:13] != after[11:13]
    assert rule["effect"] == {"http": {"status": 503}}
    assert rule["match"] == {"operation": "identityLookup"}
    assert stage.manage("GET", "/faults")["faults"] == []


def test_the_clock_ticks_and_rules_count_while_the_page_is_looked_at(
    stage: Stage, open_page: Open
) -> None:
    stage.fault("identityLookup", "visa", {"latency": {"fixed": "PT0.01S"}})
    page = open_page(place_of(stage))
    shown = page.locator("#clock time")
    first = shown.inner_text()
    page.wait_for_function(
        "(old) => document.querySelector('#clock time').innerText !== old", arg=first
    )
    looked_up(stage)
    page.locator("#faults .applied", has_text="1").wait_for()
    stage.manage("PUT", "/clock", {"mode": "frozen", "at": "2031-01-01T00:00:00Z"})
    page.locator("#clock time", has_text="2031-01-01 00:00:00").wait_for()

    assert page.locator("#faults .matched").inner_text() == "1"


def test_nothing_is_removed_before_the_box_is_ticked(stage: Stage, open_page: Open) -> None:
    page = open_page(place_of(stage))
    page.get_by_role("button", name="Delete").click()
    assert page.url.endswith(place_of(stage))
    assert call("GET", stage.control).status == 200
    page.get_by_label(f"Yes, remove {stage.document['name']}").check()
    page.get_by_role("button", name="Delete").click()
    page.get_by_text("The sandbox was removed.").wait_for()

    assert call("GET", stage.control).status == 404


def test_a_tester_suspends_a_card_and_locks_its_holder(stage: Stage, open_page: Open) -> None:
    stage = Stage.create(stage.server, seed="42")
    page = open_page(f"{place_of(stage)}/people?identity={EMAIL}&network=visa")
    page.get_by_role("link", name=EMAIL).click()
    page.get_by_role("button", name="Suspend 1111").click()
    page.get_by_text("The change is in force.").wait_for()
    page.get_by_role("button", name="Lock", exact=True).click()
    page.get_by_role("button", name="Unlock").wait_for()

    assert stage.manage("GET", "/cards?network=visa")["cards"][0]["status"] == "SUSPENDED"
    assert stage.manage("GET", "/consumers?network=visa")["consumers"][0]["status"] == "LOCKED"


def test_what_is_unmasked_is_recorded(stage: Stage, open_page: Open) -> None:
    looked_up(stage)
    stage.journal("identityLookup")
    page = open_page(f"{place_of(stage)}/traffic/1")
    page.get_by_role("button", name="Show them").click()
    page.get_by_text("Nothing is masked here").wait_for()

    assert len(stage.manage("GET", "/journal/disclosures")["disclosures"]) == 2


def test_the_language_is_chosen_and_stays(stage: Stage, open_page: Open) -> None:
    page = open_page(f"{place_of(stage)}/traffic?network=visa")
    page.get_by_role("button", name="العربية").click()
    assert page.get_by_role("heading", name="الحركة").is_visible()
    assert page.url.endswith("/traffic?network=visa")
    page.goto(stage.server.control)
    assert page.get_by_role("heading", name="بيئات الاختبار").is_visible()
    page.get_by_role("button", name="English").click()

    assert page.get_by_role("heading", name="Sandboxes").is_visible()


def test_without_scripts_everything_but_the_live_rows_is_there(
    chromium: Browser, stage: Stage
) -> None:
    looked_up(stage)
    stage.journal("identityLookup")
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{stage.server.control}{place_of(stage)}/traffic")
    page.get_by_role("link", name="identityLookup").click()
    page.get_by_role("link", name="Sandbox", exact=True).click()
    page.get_by_role("button", name="Freeze", exact=True).click()

    assert page.get_by_text("The clock was set.").is_visible()
    assert not page.get_by_text("Live", exact=True).is_visible()
    context.close()
