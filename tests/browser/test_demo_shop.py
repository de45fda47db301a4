"""The demo shop as a visitor meets it: in two languages, with any card, and when things fail."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.accessibility import violations
from tests.browser.shop import NETWORKS
from tests.browser.visit import Visit
from tests.clients.exchange import call
from tests.conftest import RunningServer
from tests.fetching import fetch

Open = Callable[..., Visit]
PAID_SECONDS = 0.3
OPEN_ALL = "for (const one of document.querySelectorAll('details')) one.open = true"
_ARABIC_INDIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")


@pytest.fixture
def visiting(chromium: Browser, server: RunningServer) -> Iterator[Open]:
    """Begins visits; in the end no page may have complained, or asked another host."""
    visits: list[Visit] = []

    def begin(query: str = "market=US&lang=en", **wishes: Any) -> Visit:
        visits.append(Visit.begin(chromium, server, query, **wishes))
        return visits[-1]

    yield begin
    for visit in visits:
        visit.context.close()
    assert [one for visit in visits for one in visit.complaints] == []


@pytest.mark.parametrize(
    ("market", "language", "thanks", "total"),
    [
        ("US", "en", "Thank you. Your order is on its way.", "USD 43.00"),
        ("KW", "ar", "شكرًا لك. طلبك في الطريق إليك.", "KWD 13.000"),
    ],
)
def test_a_card_on_file_is_paid_with_and_the_shops_server_trusts_what_came(
    visiting: Open, market: str, language: str, thanks: str, total: str
) -> None:
    visit = visiting(f"market={market}&lang={language}")
    visit.sign_in()
    assert total in visit.at("pay").inner_text().replace("\u2066", "").replace("\u2069", "")

    visit.pay()
    visit.at("paid").wait_for()

    assert visit.page.locator("#ctp-screen h3").inner_text() == thanks
    assert visit.page.locator("#ctp-meter").get_attribute("data-fields") == "1"
    assert '"dynamicDataValue": "' in visit.tab("payment").locator("pre").first.inner_text()
    assert [one["status"] for one in visit.operations("checkout")] == [200]
    assert [one["status"] for one in visit.operations("confirmation")] == [204]
    assert visit.verdict() == []


def test_a_new_card_in_arabic_makes_a_profile_that_is_found_again(visiting: Open) -> None:
    visit = visiting("market=SA&lang=ar")
    visit.identify("new@shop.test")
    visit.at("pay-new").click()
    assert visit.page.locator(".wrong:visible").count() == 8
    visit.at("fill-in").click()
    visit.at("ctp-securityCode").fill("٣٢١")
    visit.at("pay-new").click()
    expect(visit.page.locator("#consent-error")).to_be_visible()
    visit.at("consent").check()
    visit.at("remember").check()
    visit.at("pay-new").click()
    visit.dcf_control("continue").click()
    visit.at("paid").wait_for()

    visit.at("buy-again").click()
    visit.at("pay").wait_for()
    assert visit.at("card").count() == 1
    assert visit.at("card").get_attribute("data-network") == "visa"

    visit.at("not-you").click()
    visit.identify("new@shop.test")
    visit.at("ctp-code").fill(visit.code().translate(_ARABIC_INDIC))
    visit.at("give-code").click()
    visit.pay()
    visit.at("paid").wait_for()

    assert visit.verdict() == []
    consumers = visit.asked("GET", "/consumers?identity=new@shop.test")["consumers"]
    assert [one["network"] for one in consumers] == ["visa"]
    assert consumers[0]["mobileNumber"]["countryCode"] == "966"


def test_a_known_person_adds_a_card_at_another_network(visiting: Open) -> None:
    visit = visiting("market=GB&lang=en")
    visit.sign_in()
    visit.at("add-card").click()
    visit.at("ctp-number").fill("6445 6445 6445 6445")
    visit.at("ctp-expiry").fill("1/31")
    visit.at("ctp-securityCode").fill("12")
    visit.at("ctp-name").fill("Gareth Hill")
    visit.at("pay-new").click()
    expect(visit.page.locator("#ctp-securityCode-error")).to_have_text(
        "The security code has 3 digits"
    )
    visit.at("ctp-securityCode").fill("123")
    visit.at("pay-new").click()
    visit.dcf_control("continue").click()
    visit.at("paid").wait_for()

    assert "Discover" in visit.at("paid").inner_text()
    assert len(visit.asked("GET", "/cards?network=discover")["cards"]) == 2


def test_what_is_done_in_the_networks_page_leads_back_to_the_right_screen(visiting: Open) -> None:
    visit = visiting()
    visit.sign_in()
    expect(visit.page.locator(".card-choice.unusable")).to_contain_text("Expired")

    visit.at("pay").click()
    visit.dcf_control("cancel").click()
    expect(visit.at("note")).to_have_text("You came back without paying.")
    visit.at("pay").click()
    visit.dcf_control("change-card").click()
    expect(visit.at("card")).to_have_count(5)
    visit.at("pay").click()
    visit.dcf_control("add-card").click()
    visit.at("pay-new").wait_for()
    visit.page.get_by_text("Back to my cards").click()
    visit.at("pay").click()
    visit.dcf_control("not-you").click()
    visit.at("look-up").wait_for()

    assert len(visit.operations("unbindAppInstance")) == 4


def test_a_window_of_the_networks_own_that_is_closed_is_no_purchase(visiting: Open) -> None:
    visit = visiting("market=US&lang=en&switch=switchPopup")
    visit.sign_in()

    with visit.page.expect_popup() as opened:
        visit.at("pay").click()
    opened.value.locator('[data-ctp-dcf="continue"]').wait_for()
    opened.value.close()
    expect(visit.at("note")).to_have_text("You came back without paying.")
    with visit.page.expect_popup() as opened:
        visit.at("pay").click()
    opened.value.click('[data-ctp-dcf="continue"]')
    visit.at("paid").wait_for()

    assert opened.value.is_closed()


def test_the_banks_challenge_is_answered_with_the_code_on_the_telephone(visiting: Open) -> None:
    visit = visiting()
    visit.tab("switches")
    visit.at("switchChallenge").check()
    visit.sign_in()
    visit.pay()
    visit.dcf_control("code").fill(visit.code())
    visit.dcf_control("continue").click()
    visit.at("paid").wait_for()

    assert len(visit.tab("messages").locator("li").all()) == 2


@pytest.mark.parametrize("network", NETWORKS)
def test_one_sdk_that_is_not_there_leaves_the_others(visiting: Open, network: str) -> None:
    visit = visiting()
    visit.page.route(re.compile(rf"/{network}/(sdk|checkout-widget)/"), lambda route: route.abort())
    visit.page.reload()
    visit.sign_in()
    expect(visit.page.locator(".note")).to_contain_text("does not answer; the others do.")
    visit.pay()
    visit.at("paid").wait_for()

    cells = {
        name: visit.tab("networks").get_by_test_id(f"stepReady-{name}").inner_text()
        for name in NETWORKS
    }
    assert [name for name, text in cells.items() if text != "yes"] == [network]
    visit.forgive("ERR_FAILED")


def test_a_shopper_whose_browser_blocks_cookies_is_recognised_by_tokens(visiting: Open) -> None:
    visit = visiting("market=US&lang=en&switch=switchCookies")
    visit.sign_in(remember=True)
    visit.page.reload()
    visit.at("pay").wait_for()

    recognised = {
        name: visit.tab("networks").get_by_test_id(f"stepRecognised-{name}").inner_text()
        for name in NETWORKS
    }
    assert list(recognised.values()).count("yes") == 1
    assert visit.at("card").count() == 5


def test_what_goes_wrong_is_said_and_can_be_gone_around(visiting: Open) -> None:
    visit = visiting()
    visit.let("switchLocked", "everywhere")
    visit.identify()
    expect(visit.at("note")).to_have_text("This account is locked for now")
    visit.let("switchLocked", "")
    visit.let("switchLostCode", "everywhere")
    visit.at("try-again").click()
    visit.identify()
    visit.at("give-code").wait_for()
    visit.let("switchLostCode", "")
    expect(visit.at("code")).to_be_hidden()
    visit.page.get_by_text("Send a new code").click()
    visit.page.get_by_text("A new code is on its way.").wait_for()
    visit.at("ctp-code").fill("000000")
    visit.at("give-code").click()
    expect(visit.page.locator("#ctp-code-error")).to_have_text("That code is not right")
    visit.let("switchDistrust", "discover")
    visit.let("switchRisk", "visa")
    visit.at("use-code").click()
    visit.at("pay").wait_for()
    # Discover believes nobody but itself, unless it was the one that validated her.
    issuer = next(
        name
        for name in NETWORKS
        if visit.tab("networks").get_by_test_id(f"stepIssued-{name}").inner_text() == "yes"
    )
    took = visit.page.get_by_test_id("stepAccepted-discover").inner_text()
    assert issuer == "visa"
    assert took == "AUTH_INVALID"
    expect(visit.page.locator(".note")).to_have_text(
        "Discover takes no other network's word for who you are."
    )
    visit.page.locator("[data-testid=card][data-network=visa]").first.check()
    visit.pay()
    visit.dcf_control("close").click()
    expect(visit.at("note")).to_have_text("Choose another card")
    visit.forgive("the server responded with a status of 40")


def test_an_answer_with_a_wrong_signature_is_not_paid(visiting: Open) -> None:
    visit = visiting()
    visit.let("switchTampered", "everywhere")
    visit.sign_in()
    visit.pay()

    expect(visit.at("refused")).to_contain_text("signature")
    assert visit.operations("confirmation") == []


def test_a_scene_is_a_link_and_holds_until_another_one(visiting: Open) -> None:
    visit = visiting()
    visit.tab("switches")
    visit.at("sceneOutage").click()
    visit.page.wait_for_url("**scene=sceneOutage")
    visit.at("look-up").wait_for()
    visit.sign_in()
    networks = visit.tab("networks")
    assert networks.get_by_test_id("stepReady-visa").inner_text() == "SERVICE_ERROR"
    assert networks.get_by_test_id("stepReady-amex").inner_text() == "yes"
    slow = visit.tab("calls").locator("[data-method=identityLookup][data-network=amex] .took")
    assert int(slow.inner_text().removesuffix(" ms")) >= 3000
    assert {one.get_attribute("data-network") for one in visit.at("card").all()} == {
        "mastercard",
        "amex",
        "discover",
    }
    visit.forgive("blocked by CORS policy")  # a load balancer's 503 knows no such header
    visit.forgive("ERR_FAILED")

    visit.go("market=US&lang=en&scene=sceneCalm")
    visit.sign_in()

    assert visit.at("card").count() == 5
    assert visit.asked("GET", "/faults")["faults"] == []


def test_the_same_purchase_typed_is_counted_beside_it(visiting: Open) -> None:
    visit = visiting()
    visit.page.get_by_label("One more: Four tea glasses").click()
    visit.at("typed-pay").click()
    assert visit.page.locator("#typed .wrong:visible").count() == 9
    visit.at("typed-fill").click()
    visit.at("typed-number").fill("4111 1111 1111 1112")
    visit.at("typed-pay").click()
    expect(visit.page.locator("#typed-number-error")).to_have_text("Check the card number")
    visit.at("typed-number").fill("4539 1488 0343 6467")
    visit.at("typed-pay").click()
    expect(visit.page.locator("#typed-number-error")).to_have_text(
        "Only test numbers are taken here, such as 4242 4242 4242 4242"
    )
    visit.at("typed-number").fill("4111 1111 1111 1111")
    visit.at("typed-pay").click()
    visit.at("typed-paid").wait_for()
    visit.sign_in()
    visit.pay()
    visit.at("paid").wait_for()

    assert visit.page.locator("#typed-meter").get_attribute("data-fields") == "9"
    expect(visit.page.locator("#verdict")).to_contain_text("Click to Pay – fields: 1,")
    expect(visit.page.locator("#verdict")).to_contain_text("fields: 9, filled in by the button")
    response = visit.operations("checkout")[0]["srcCorrelationId"]
    assert response
    assert "64.00" in visit.page.locator("#total").inner_text()


def test_the_drawer_shows_calls_tokens_and_saves_them(visiting: Open, tmp_path: Path) -> None:
    visit = visiting()
    visit.sign_in()
    calls = visit.tab("calls")
    lookup = calls.locator("[data-method=identityLookup][data-network=mastercard]")
    lookup.locator("summary").click()
    expect(lookup).to_contain_text('"consumerPresent": true')
    tokens = visit.tab("tokens")
    tokens.locator("summary").first.click()
    assert '"aud"' in tokens.inner_text()
    visit.tab("export")
    saved = {}
    for testid in ("export-calls", "export-archive"):
        with visit.page.expect_download() as download:
            visit.at(testid).click()
        download.value.save_as(tmp_path / testid)
        saved[testid] = json.loads((tmp_path / testid).read_text())

    assert [one["method"] for one in saved["export-calls"]].count("init") == 4
    assert saved["export-archive"]["log"]["version"] == "1.2"
    address = visit.at("console").get_attribute("href")
    assert address == f"{visit.server.control}/sandboxes/{visit.sandbox}/traffic"


def test_one_click_begins_everything_anew(visiting: Open) -> None:
    visit = visiting("market=AE&lang=en")
    visit.sign_in(remember=True)
    visit.let("switchDistrust", "visa")
    with visit.page.expect_response("**/demo/visit") as answered:
        visit.at("reset").click()
    visit.at("look-up").wait_for()

    # A console that is open on the sandbox goes on.
    assert answered.value.json()["sandbox"] == visit.sandbox
    assert answered.value.json()["switches"] == {}
    assert visit.operations("getSrcProfile") == []
    assert "market=AE" in visit.page.url


def test_a_visit_whose_time_is_over_is_said_to_be(visiting: Open) -> None:
    visit = visiting()
    visit.sign_in()
    call("DELETE", f"{visit.server.control}/v1/sandboxes/{visit.sandbox}", None).expect(204)
    visit.let("switchRisk", "visa", 409)
    switch = visit.page.locator(".switch").filter(has=visit.at("switchRisk"))
    expect(switch.get_by_role("alert")).to_have_text("Your visit is over. Start again.")
    expect(visit.at("switchRisk")).to_have_value("")
    visit.at("pay").click()
    expect(visit.at("note")).to_have_text("Your visit is over. Start again.")
    visit.page.locator("#ctp-screen").get_by_text("Start again", exact=True).click()
    visit.at("look-up").wait_for()
    visit.sign_in()

    visit.forgive("the server responded with a status of 40")
    visit.forgive("blocked by CORS policy")  # a sandbox that is gone allows nobody
    visit.forgive("ERR_FAILED")


def test_a_next_person_is_not_led_to_the_cards_of_the_one_before(visiting: Open) -> None:
    visit = visiting()
    visit.sign_in()
    visit.at("not-you").click()
    visit.identify("somebody@shop.test")
    visit.at("pay-new").wait_for()

    expect(visit.page.get_by_text("Use another e-mail")).to_be_visible()
    expect(visit.page.get_by_text("Back to my cards")).to_have_count(0)


def test_a_card_that_was_typed_is_still_there_for_who_comes_back(visiting: Open) -> None:
    visit = visiting()
    visit.identify("new@shop.test")
    visit.at("fill-in").click()
    visit.at("consent").check()
    visit.at("pay-new").click()
    visit.dcf_control("cancel").click()
    expect(visit.at("note")).to_have_text("You came back without paying.")

    expect(visit.at("ctp-number")).to_have_value("4242 4242 4242 4242")
    expect(visit.at("consent")).not_to_be_checked()


def test_a_network_that_is_away_at_the_next_purchase_is_done_without(visiting: Open) -> None:
    visit = visiting()
    visit.sign_in()
    visit.pay()
    visit.at("paid").wait_for()
    visit.let("switchDown", "visa")
    visit.at("buy-again").click()
    visit.at("pay").or_(visit.at("look-up")).wait_for()
    networks = visit.tab("networks")

    expect(networks.get_by_test_id("stepReady-visa")).to_have_text("SERVICE_ERROR")
    assert visit.page.locator("[data-testid^=stepIssued]").all_inner_texts() == ["–"] * 4

    visit.forgive("blocked by CORS policy")  # a load balancer's 503 knows no such header
    visit.forgive("ERR_FAILED")


def test_while_a_code_is_sent_again_she_cannot_go_elsewhere_and_her_choice_stays(
    visiting: Open,
) -> None:
    visit = visiting()
    visit.let("switchSlow", "everywhere")
    visit.identify()
    visit.at("remember").check()
    visit.page.get_by_text("Send a new code").click()
    assert visit.page.get_by_text("Use another e-mail").count() == 0
    visit.page.get_by_text("A new code is on its way.").wait_for()
    expect(visit.at("remember")).to_be_checked()
    visit.at("ctp-code").fill("000000")
    visit.at("give-code").click()
    expect(visit.page.locator("#ctp-code-error")).to_have_text("That code is not right")
    expect(visit.at("remember")).to_be_checked()

    visit.forgive("the server responded with a status of 40")


def test_what_a_link_switches_on_can_be_switched_off(visiting: Open) -> None:
    visit = visiting("market=US&lang=en&switch=switchCookies&switch=switchRisk&network=nobody")
    visit.at("look-up").wait_for()
    visit.tab("switches")
    expect(visit.at("switchRisk")).to_have_value("everywhere")
    with visit.page.expect_navigation():
        visit.at("switchCookies").uncheck()
    visit.at("look-up").wait_for()
    visit.tab("switches")

    expect(visit.at("switchCookies")).not_to_be_checked()
    expect(visit.at("switchRisk")).to_have_value("everywhere")


def test_two_switches_turned_one_after_the_other_are_both_on(visiting: Open) -> None:
    visit = visiting()
    visit.at("look-up").wait_for()
    sent: list[Any] = []
    visit.page.on("request", lambda asked: sent.append(asked.post_data_json))
    with visit.page.expect_response(lambda one: "Tampered" in (one.request.post_data or "")):
        visit.page.evaluate("""() => {
            for (const [id, network] of [['switchRisk', 'visa'], ['switchTampered', 'amex']]) {
                const select = document.getElementById(`switch-${id}`);
                select.value = network;
                select.dispatchEvent(new Event('change'));
            }
        }""")

    on = {one["name"] for one in visit.asked("GET", "/faults")["faults"]}
    assert on == {"switchRisk", "switchTampered"}
    assert sent == [
        {"switchRisk": ["visa"]},
        {"switchRisk": ["visa"], "switchTampered": ["amex"]},
    ]


def test_without_a_connection_the_drawer_says_so_and_shows_what_holds(visiting: Open) -> None:
    visit = visiting()
    visit.at("look-up").wait_for()
    visit.context.set_offline(True)
    visit.tab("switches")
    visit.at("switchRisk").select_option("visa")
    switch = visit.page.locator(".switch").filter(has=visit.at("switchRisk"))
    expect(switch.get_by_role("alert")).to_have_text("Click to Pay is not available now")
    expect(visit.at("switchRisk")).to_have_value("")
    export = visit.tab("export")
    visit.at("export-archive").click()
    expect(export.get_by_role("alert")).to_have_text("Click to Pay is not available now")

    visit.forgive("ERR_INTERNET_DISCONNECTED")


def test_nothing_is_typed_for_nothing(visiting: Open) -> None:
    visit = visiting()
    for good in ("Mint tea, 100 g", "Teapot"):
        visit.page.get_by_label(f"One less: {good}").click()
    visit.at("typed-fill").click()
    visit.at("typed-pay").click()

    expect(visit.page.locator("#typed .problem")).to_have_text(
        "Put something into your cart first."
    )
    expect(visit.at("typed-paid")).to_have_count(0)
    visit.page.get_by_label("One more: Teapot").click()
    expect(visit.page.locator("#typed .problem")).to_be_hidden()


def test_a_consent_is_asked_for_when_it_is_missing_and_no_longer(visiting: Open) -> None:
    visit = visiting()
    visit.identify("new@shop.test")
    consent = visit.at("consent")
    expect(consent).to_have_accessible_description("")
    visit.at("fill-in").click()
    visit.at("pay-new").click()
    expect(consent).to_have_accessible_description("Please accept the terms to go on.")
    expect(consent).to_have_attribute("aria-invalid", "true")
    consent.check()

    expect(consent).to_have_accessible_description("")
    expect(visit.page.locator("#consent-error")).to_be_hidden()


def test_english_in_an_arabic_page_is_marked_and_arabic_is_not(visiting: Open) -> None:
    visit = visiting("market=KW&lang=ar")
    visit.let("switchTampered", "everywhere")
    visit.sign_in()
    visit.pay()
    refused = visit.at("refused")
    expect(refused).to_have_attribute("lang", "en")
    expect(refused).to_have_attribute("dir", "ltr")

    assert visit.tab("tokens").locator("summary [lang=en]").count() == 0


def test_going_back_shows_the_market_that_is_shown(visiting: Open) -> None:
    visit = visiting("market=BR&lang=en")
    visit.at("look-up").wait_for()
    with visit.page.expect_navigation():
        visit.page.locator("#market").select_option("HK")
    visit.at("look-up").wait_for()
    visit.page.go_back()
    visit.at("look-up").wait_for()

    assert visit.page.locator("#total").inner_text().startswith("BRL")
    expect(visit.page.locator("#market")).to_have_value("BR")
    # A browser that kept the page as it was says so; this one, driven, keeps none.
    visit.page.evaluate("""() => {
        document.getElementById('market').value = 'HK';
        window.dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}));
    }""")
    expect(visit.page.locator("#market")).to_have_value("BR")


def test_market_and_language_are_switched_on_the_page(visiting: Open) -> None:
    visit = visiting("market=BR")
    expect(visit.page.locator("html")).to_have_attribute("lang", "pt-BR")
    with visit.page.expect_navigation():
        visit.page.locator("#lang").select_option("zh-HK")
    with visit.page.expect_navigation():
        visit.page.locator("#market").select_option("HK")
    visit.at("look-up").wait_for()

    expect(visit.page.locator("html")).to_have_attribute("lang", "zh-HK")
    assert visit.page.locator("#total").inner_text() == "HKD 344.00"


def test_by_keyboard_alone(visiting: Open) -> None:
    visit = visiting()
    page = visit.page
    visit.at("look-up").wait_for()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # past the header
    page.keyboard.press("Tab")
    expect(visit.at("ctp-email")).to_be_focused()
    page.keyboard.press("Enter")
    expect(visit.at("ctp-code")).to_be_focused()
    page.keyboard.type(visit.code())
    page.keyboard.press("Enter")
    visit.at("pay").wait_for()
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    assert _focused(page, "data-testid") == "card"
    page.keyboard.press("Enter")
    expect(visit.dcf_control("continue")).to_be_visible()
    for _ in range(6):
        page.keyboard.press("Tab")
        if visit.dcf_control("continue").evaluate("(one) => one === document.activeElement"):
            break
    page.keyboard.press("Enter")
    visit.at("paid").wait_for()


def _focused(page: Page, name: str) -> Any:
    return page.evaluate(f"document.activeElement.getAttribute('{name}')")


@pytest.mark.parametrize(
    ("width", "language", "scheme"), [(1440, "en", "light"), (360, "ar", "dark")]
)
def test_every_screen_fits_and_is_for_everybody(
    visiting: Open, axe: str, width: int, language: str, scheme: str
) -> None:
    visit = visiting(f"market=KW&lang={language}", width=width, scheme=scheme)
    wrong: dict[str, Any] = {}

    def look(screen: str) -> None:
        found = violations(visit.page, axe)
        wide = visit.page.evaluate("document.documentElement.scrollWidth")
        if found or wide > width:
            wrong[screen] = (wide, found)

    visit.at("look-up").wait_for()
    look("who")
    visit.identify()
    visit.at("use-code").wait_for()
    look("code")
    visit.at("use-code").click()
    visit.at("pay").wait_for()
    look("cards")
    visit.at("add-card").click()
    visit.at("pay-new").click()
    look("new card")
    visit.page.locator("#ctp-screen .button.plain").last.click()
    visit.pay()
    visit.at("paid").wait_for()
    visit.page.locator("#typed-pay, [data-testid=typed-fill]").first.click()
    visit.at("typed-pay").click()
    for tab in ("calls", "networks", "messages", "tokens", "payment", "switches", "export"):
        visit.tab(tab)
        visit.page.evaluate(OPEN_ALL)
        look(tab)

    assert wrong == {}


def test_from_the_click_to_the_thank_you_the_server_takes_little_time(visiting: Open) -> None:
    visit = visiting()
    visit.sign_in()
    taken = []
    for _ in range(3):
        before = served(visit)
        visit.pay()
        visit.at("paid").wait_for()
        taken.append(served(visit) - before)
        visit.at("buy-again").click()  # remembered: to her cards at once

    assert 0 < min(taken) < PAID_SECONDS


def served(visit: Visit) -> float:
    """Seconds that the server has spent on requests; not on the shop's, which wait for codes and
    whose own calls are among the others.
    """
    _, _, body = fetch(f"{visit.server.control}/metrics")
    return sum(
        float(line.rpartition(" ")[2])
        for line in body.decode().splitlines()
        if line.startswith("src_system_request_seconds_sum") and 'operation="shop"' not in line
    )
