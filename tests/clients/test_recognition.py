"""Remember me: the recognition token and the browser's cookie, what they open, and their end."""

import pytest

from .browser import ORIGIN, Browser, register_origin
from .dialects import NETWORKS
from .exchange import call
from .shopper import EMAIL, PANS, by_email, fixture_consumer, remember_me
from .src_client import Initiator, Sandbox, Server

PREFLIGHT = {
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "content-type,x-src-cx-flow-id",
}


@pytest.mark.parametrize("network", NETWORKS)
def test_a_remembered_shopper_is_recognised_until_she_is_unbound(
    server: Server, network: str
) -> None:
    sandbox = Sandbox.create(server.control)
    sandbox.fixtures(fixture_consumer(network))
    signed_in = Initiator(sandbox, network).validate(by_email(), remember_me())
    recognition_token = signed_in["recognitionToken"]

    later = Initiator(sandbox, network)
    recognised = later.is_recognized(recognition_token).expect(200)
    assert recognised["recognized"] is True
    (id_token,) = recognised["idTokens"]
    later.check_id_token(id_token)
    profile, _ = later.profile_of(id_token)
    assert len(profile["maskedCards"]) == 1

    assert later.unbind_app_instance(recognition_token, id_token=id_token).expect(200)
    afterwards = Initiator(sandbox, network)
    forgotten = afterwards.is_recognized(recognition_token).expect(200)
    assert forgotten["recognized"] is False
    assert not forgotten.get("idTokens")
    assert afterwards.unbind_app_instance(recognition_token).expect(200), "not idempotent"


@pytest.mark.parametrize("network", NETWORKS)
def test_a_recognition_token_says_nothing_to_another_network(server: Server, network: str) -> None:
    sandbox = Sandbox.create(server.control)
    sandbox.fixtures(fixture_consumer(*NETWORKS))
    token = Initiator(sandbox, network).validate(by_email(), remember_me())["recognitionToken"]
    other = next(one for one in NETWORKS if one != network)
    assert Initiator(sandbox, other).is_recognized(token).expect(200)["recognized"] is False


def browser_of(server: Server, *networks: str) -> Browser:
    """A browser on the first of these networks; she has a card on each."""
    sandbox = Sandbox.create(server.control)
    sandbox.fixtures(fixture_consumer(*networks))
    return Browser(sandbox, networks[0])


@pytest.mark.parametrize("network", NETWORKS)
def test_a_remembered_browser_shows_her_cards_by_its_cookie_alone(
    server: Server, network: str
) -> None:
    first = browser_of(server, network)
    first.validate(by_email(), remember_me())
    [cookie] = first.cookies.values()
    later = first.again()
    recognised = later.is_recognized().expect(200)
    claims = later.check_id_token(recognised["idTokens"][0])
    profile, _ = later.profile_of(recognised["idTokens"][0])

    assert (cookie["httponly"], cookie["secure"], cookie["samesite"]) == (True, True, "None")
    assert int(cookie["max-age"]) > 24 * 3600
    assert EMAIL not in str(cookie)
    assert recognised["recognized"] is True
    assert claims["aud"]
    assert profile["maskedCards"][0]["panLastFour"] == PANS[network][-4:]


@pytest.mark.parametrize("network", NETWORKS)
def test_nobody_is_remembered_who_did_not_ask_or_does_not_call_from_a_browser(
    server: Server, network: str
) -> None:
    unasked = browser_of(server, network)
    unasked.validate(by_email())
    behind = Initiator(unasked.sandbox, network)
    behind.validate(by_email(), remember_me())

    assert not unasked.cookies
    assert unasked.again().is_recognized().expect(200)["recognized"] is False
    assert not [one for one in behind.heard if "set-cookie" in one.headers]


@pytest.mark.parametrize("network", NETWORKS)
def test_not_you_takes_the_cookie_away_and_an_old_copy_opens_nothing(
    server: Server, network: str
) -> None:
    browser = browser_of(server, network)
    browser.validate(by_email(), remember_me())
    copy = browser.again()
    copy.cookies = browser.cookies.copy()
    browser.unbind_app_instance().expect(200)

    assert not browser.cookies
    assert browser.again().is_recognized().expect(200)["recognized"] is False
    assert copy.is_recognized().expect(200)["recognized"] is False


@pytest.mark.parametrize("network", NETWORKS)
def test_a_forged_cookie_and_one_of_another_network_recognise_nobody(
    server: Server, network: str
) -> None:
    neighbour = next(one for one in NETWORKS if one != network)
    home = browser_of(server, neighbour, network)
    home.validate(by_email(), remember_me())
    [stolen] = (one.value for one in home.cookies.values())
    away = Browser(home.sandbox, network)
    place = away.base.removesuffix("/src/v1").split("/", 3)[3]
    for value in (stolen, "rubbish", "a.b.c"):
        away.cookies[f"src_recognition_{network}"] = value
        away.cookies[f"src_recognition_{network}"]["path"] = f"/{place}"
        found = away.is_recognized().expect(200)
        assert found["recognized"] is False
        assert not found.get("idTokens")


@pytest.mark.parametrize("network", NETWORKS)
def test_a_page_of_a_registered_origin_may_send_cookies_and_read_the_answer(
    server: Server, network: str
) -> None:
    browser = browser_of(server, network)
    register_origin(browser.sandbox, ORIGIN)
    url = f"{browser.base}/identities/recognize"
    preflight = call("OPTIONS", url, headers={**PREFLIGHT, "Origin": ORIGIN})
    foreign = call("OPTIONS", url, headers={**PREFLIGHT, "Origin": "https://evil.test"})
    answered = browser.is_recognized()

    assert preflight.status == 204
    assert (foreign.status, foreign.headers.get("access-control-allow-origin")) == (403, None)
    for answer in (preflight, answered):
        assert answer.headers["access-control-allow-origin"] == ORIGIN
        assert answer.headers["access-control-allow-credentials"] == "true"
        assert "Origin" in answer.headers["vary"]
    assert "x-src-cx-flow-id" in preflight.headers["access-control-allow-headers"].lower()
    assert "x-src-cx-flow-id" in answered.headers["access-control-expose-headers"].lower()
