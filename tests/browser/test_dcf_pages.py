"""The DCF's pages themselves: languages, widths, accessibility, who may frame and open them."""

from collections.abc import Callable
from typing import Any, Literal
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import expect

from tests.browser.accessibility import flaws, unreached, violations
from tests.browser.dcf_steps import every_step
from tests.browser.shop import EMAIL, Shop, Stage, control
from tests.clients.exchange import call
from tests.conftest import RunningServer

Open = Callable[..., Shop]
Scheme = Literal["light", "dark"]
TOO_HIGH = "Math.max(0, document.documentElement.scrollHeight - window.innerHeight)"
LANGUAGES = [
    ("en_US", "en", "Review and pay"),
    ("ar_KW", "ar", "راجع وادفع"),
    ("pt-BR", "pt-BR", "Revise e pague"),
    ("es_MX", "es-MX", "Revisa y paga"),
    ("fr_CA", "fr-CA", "Vérifiez et payez"),
    ("zh_HK", "zh-HK", "核對並付款"),
    ("ms_MY", "ms", "Semak dan bayar"),
]
KUWAIT = {"transactionAmount": "12.5", "transactionCurrencyCode": "KWD"}


@pytest.mark.parametrize(("locale", "language", "title"), LANGUAGES)
def test_the_consumer_is_spoken_to_in_the_language_of_the_dpa(
    open_shop: Open, locale: str, language: str, title: str
) -> None:
    shop = open_shop(networks=("visa",), locale=locale)
    popup = shop.open_dcf("visa", shop.chosen("visa", dpaLocale=locale, transactionAmount=KUWAIT))

    html = popup.locator("html")
    is_arabic = locale.startswith("ar")
    assert popup.inner_text("h1") == title
    assert html.get_attribute("dir") == ("rtl" if is_arabic else "ltr")
    assert html.get_attribute("lang") == language
    total = popup.locator(f"{control('total')} bdi")
    assert total.get_attribute("dir") == "ltr"
    assert total.inner_text().replace("\u00a0", " ") in {"KWD 12.500", "KWD 12,500"}
    card, digits = popup.locator(control("card")), popup.locator(f"{control('card')} bdi")
    places = [one.evaluate("(it) => it.getBoundingClientRect().x") for one in (card, digits)]
    assert (places[0] == pytest.approx(places[1], abs=1)) == is_arabic  # the digits end the phrase
    assert flaws(popup) == []
    popup.set_viewport_size({"width": 480, "height": 380})
    assert popup.evaluate(TOO_HIGH) == 0
    assert shop.complaints == []


@pytest.mark.parametrize(
    ("locale", "narrow", "wide"), [("en_US", "light", "dark"), ("ar_KW", "dark", "light")]
)
def test_every_step_is_for_everybody(
    open_shop: Open, server: RunningServer, axe: str, locale: str, narrow: Scheme, wide: Scheme
) -> None:
    strict = Stage.create(server, profile="strict")  # asks for a security code as well
    shop = open_shop(at=strict, networks=("visa",), locale=locale)
    found: dict[tuple[str, str], Any] = {}
    languages = set()
    for step, page in every_step(shop, locale):
        languages.add(page.get_attribute("html", "lang"))
        for width, scheme in ((360, narrow), (1280, wide)):
            page.set_viewport_size({"width": width, "height": 680})
            page.emulate_media(color_scheme=scheme)
            found[step, f"{width} px"] = violations(page, axe)
        found[step, "keyboard"] = unreached(page)
        found[step, "narrow"] = flaws(page)
        page.set_viewport_size({"width": 480, "height": 380})
        if not step.startswith("address"):  # seven fields: they scroll
            found[step, "frame"] = page.evaluate(TOO_HIGH)

    assert {key: wrong for key, wrong in found.items() if wrong} == {}
    assert len({step for step, _ in found}) == 15
    assert languages == {locale[:2]}
    assert shop.complaints == []


def test_an_address_that_is_refused_is_mended_and_not_typed_anew(open_shop: Open) -> None:
    shop = open_shop(networks=("visa",))
    popup = shop.open_dcf("visa", shop.chosen("visa", dpaShippingPreference="FULL"))
    popup.click(control("continue"))
    address = {"line1": '1 "<Pier>"', "city": "Ottawa", "state": "ON", "zip": "K1A 0B1"}
    for name, value in address.items():
        popup.fill(control(name), value)
    popup.select_option(control("countryCode"), "CA")
    popup.click(control("save-address"))

    notice = popup.locator(control("notice"))
    line = popup.locator(f"{control('line1')}:focus")
    expect(notice).to_contain_text("Please check: Street and number")
    expect(line).to_have_value(address["line1"])
    expect(line).to_have_accessible_description(notice.inner_text())
    expect(line).to_have_attribute("aria-invalid", "true")
    expect(popup.locator("[aria-invalid]")).to_have_count(1)
    expect(popup.locator(control("city"))).to_have_value("Ottawa")
    expect(popup.locator(control("countryCode"))).to_have_value("CA")
    popup.click(control("back"))
    popup.click(control("continue"))
    expect(popup.locator(control("line1"))).to_have_value("")
    expect(popup.locator("[aria-invalid]")).to_have_count(0)


def test_the_whole_visit_goes_by_keyboard(open_shop: Open) -> None:
    shop = open_shop(networks=("amex",))
    popup = shop.open_dcf("amex", shop.chosen("amex"))

    popup.locator("#title:focus").wait_for()
    popup.keyboard.press("Tab")
    popup.keyboard.press("Tab")
    assert popup.evaluate("document.activeElement.dataset.ctpDcf") == "continue"
    popup.keyboard.down("Enter")  # the popup may be gone before the key is up again

    assert shop.outcome()["dcfActionCode"] == "COMPLETE"


def opened_at(stage: Stage, origin: str | None, **members: Any) -> tuple[int, dict[str, Any]]:
    """A visit for an authentication, opened by a page of *origin*."""
    body = {
        "srcClientId": stage.document["clients"][0]["srcClientId"],
        "srcDpaId": stage.document["dpas"][0]["srcDpaId"],
        "accountReference": {
            "consumerIdentity": {"identityType": "EMAIL_ADDRESS", "identityValue": EMAIL}
        },
        **members,
    }
    headers = {} if origin is None else {"Origin": origin}
    answer = call("POST", f"{stage.base('visa', '127.0.0.1')}/dcf/visits", body, headers)
    return answer.status, answer.json()


def test_only_the_origin_that_opened_a_frame_may_show_it(stage: Stage) -> None:
    _, framed = opened_at(stage, "https://shop.test", display="IFRAME")
    _, popped = opened_at(stage, "https://shop.test", display="POPUP")

    policies = [
        call("GET", one["uri"]).headers["content-security-policy"] for one in (framed, popped)
    ]

    assert policies[0].endswith("frame-ancestors https://shop.test")
    assert policies[1].endswith("frame-ancestors 'none'")
    assert "unsafe-none" in call("GET", popped["uri"]).headers["cross-origin-opener-policy"]


def test_a_page_of_an_origin_that_the_dpa_does_not_know_opens_nothing(stage: Stage) -> None:
    [dpa] = stage.document["dpas"]
    stage.manage("PUT", f"/dpas/{dpa['srcDpaId']}", {**dpa, "origins": ["https://shop.test"]})

    known, _ = opened_at(stage, "https://shop.test")
    stranger, refusal = opened_at(stage, "https://thief.test")
    smuggler, _ = opened_at(stage, "https://shop.test; script-src *")

    assert known == 200
    assert (stranger, refusal["reason"]) == (403, "PERMISSION_DENIED")
    assert smuggler == 400


@pytest.mark.parametrize(
    ("members", "status"),
    [
        ({"display": "HOLOGRAM"}, 400),
        ({"checkoutRequestJws": "a.b.c"}, 400),
        ({"accountReference": None}, 400),
        ({"srcCorrelationId": "x"}, 400),
        ({"srcClientId": "nobody"}, 403),
    ],
)
def test_a_visit_that_makes_no_sense_is_refused(
    stage: Stage, members: dict[str, Any], status: int
) -> None:
    assert opened_at(stage, None, **members)[0] == status


def test_a_visit_of_nobody_is_a_page_that_says_so(stage: Stage) -> None:
    base = stage.base("discover", "127.0.0.1")

    for query in ("", "?tx=", "?tx=00000000-0000-4000-8000-000000000000", "?tx=%00"):
        answer = call("GET", f"{base}/dcf/{query}")
        assert answer.status == 404
        assert b'data-ctp-dcf="gone"' in answer.body
    arabic = call("GET", f"{base}/dcf/", headers={"Accept-Language": "ar,en;q=0.8"})
    assert b'lang="ar" dir="rtl"' in arabic.body
    assert call("GET", f"{base}/dcf/visits/00000000-0000-4000-8000-000000000000").status == 404
    assert call("GET", f"{base}/dcf/other").status == 404
    assert call("DELETE", f"{base}/dcf/").status == 405


@pytest.mark.parametrize(
    "form",
    [
        "",
        "turn=0",
        "turn=99999999999999999999&action=continue",
        "turn=-1&action=cancel",
        "turn=0&action=%00",
        "turn=0&action=continue&code=%00%ff%fe",
        "&".join(f"field{number}=x" for number in range(100)),
    ],
)
def test_a_form_that_no_page_would_send_changes_nothing_for_the_worse(
    stage: Stage, form: str
) -> None:
    _, visit = opened_at(
        stage, None, authenticationMethod={"authenticationMethodType": "EMAIL_OTP"}
    )
    asked = Request(
        visit["uri"],
        data=form.encode(),
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )

    with urlopen(asked, timeout=10) as answer:  # of the page that it leads to
        shown = answer.read().decode()

    assert answer.status == 200
    assert 'data-step="otp"' in shown


def test_a_visit_ends_with_its_time(server: Any) -> None:
    stage = Stage.create(server, clock={"mode": "frozen", "at": "2026-03-01T10:00:00Z"})
    _, visit = opened_at(stage, "https://shop.test")
    state = f"{stage.base('visa', '127.0.0.1')}/dcf/visits/{visit['tx']}"
    before = call("GET", state).json()

    stage.manage("POST", "/clock/advance", {"by": "PT15M"})

    assert before == {"state": "OPEN"}
    assert call("GET", state).json() == {"state": "EXPIRED"}


def test_a_result_that_the_dcf_did_not_tell_is_not_believed(open_shop: Open) -> None:
    shop = open_shop(networks=("visa",))
    popup = shop.open_dcf("visa", shop.chosen("visa"))
    transaction = popup.url.partition("tx=")[2]

    shop.page.evaluate(
        "(tx) => { window.heard = new Promise((resolve) => window.addEventListener('message',"
        " (event) => { if (event.data?.forged) resolve(event.origin); }));"
        " window.postMessage({v: 1, ns: 'src-sim', net: 'visa', tx, seq: 9, forged: true,"
        " type: 'DCF_RESULT', data: {dcfActionCode: 'COMPLETE', checkoutResponse: 'x'}}, '*'); }",
        transaction,
    )
    assert shop.page.evaluate("window.heard")
    popup.click(control("continue"))

    assert shop.outcome()["checkoutResponse"] != "x"


def test_what_is_typed_into_a_page_is_in_no_journal(open_shop: Open, stage: Stage) -> None:
    shop = open_shop(networks=("visa",))
    person = {"identityType": "EMAIL_ADDRESS", "identityValue": EMAIL}
    options = {"accountReference": {"consumerIdentity": person}}
    with shop.page.expect_popup() as opening:
        shop.click_and_call(
            "visa", "authenticate", options, "windowRef: window.open('', 'ours', 'width=480')"
        )
    popup = opening.value
    popup.click(control("other-way"))
    popup.fill(control("code"), "718293")
    popup.click(control("continue"))
    popup.wait_for_selector(control("notice"))

    entries = stage.journal("dcf") + stage.journal("completeAuthentication")
    shown = [stage.manage("GET", f"/journal/{one['place']}") for one in entries]

    assert {one["operation"] for one in entries} == {"dcf", "completeAuthentication"}
    assert "718293" not in str(shown)
