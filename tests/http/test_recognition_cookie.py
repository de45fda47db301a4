"""Recognition by cookie: the browser is remembered by the network, whoever asks."""

import json
from collections.abc import Awaitable, Callable
from http.cookies import SimpleCookie

import pytest

from tests.http.initiator import CARDS, Answer, Initiator, Json

REMEMBER = {"complianceResources": [{"complianceType": "REMEMBER_ME", "uri": ""}]}
ORIGIN = "https://shop.test"


async def from_browser(
    initiator: Initiator, network: str, resource: str, body: Json, cookie: str = "", **headers: str
) -> Answer:
    full = {"srcClientId": initiator.client_id, "srcDpaId": initiator.dpa_id, **body}
    sent = {"Content-Type": "application/json", "Origin": ORIGIN, **headers}
    if cookie:
        sent["Cookie"] = cookie
    return await initiator.send(
        "POST",
        f"{initiator.sandbox['urls'][network]['src']}/{resource}",
        data=json.dumps(full).encode(),
        headers={name: value for name, value in sent.items() if value},
    )


async def remembered(initiator: Initiator, network: str) -> Answer:
    """A right code with the consent REMEMBER_ME, from a browser."""
    await initiator.with_consumer()
    validation = await initiator.initiated(network)
    return await from_browser(
        initiator,
        network,
        "identities/validation/complete",
        {
            "idValidationSessionId": validation["idValidationSessionId"],
            "validationData": await initiator.code(),
            "complianceSettings": REMEMBER,
        },
    )


def cookie_of(answer: Answer) -> SimpleCookie:
    return SimpleCookie(answer.headers["Set-Cookie"])


def sent_back(answer: Answer) -> str:
    return "; ".join(f"{name}={morsel.value}" for name, morsel in cookie_of(answer).items())


@pytest.mark.parametrize("network", tuple(CARDS))
async def test_a_remembered_browser_is_recognised_by_its_cookie_alone(
    initiator: Initiator, network: str
) -> None:
    answer = await remembered(initiator, network)
    morsel = cookie_of(answer)[f"src_recognition_{network}"]

    found = await from_browser(initiator, network, "identities/recognize", {}, sent_back(answer))
    stranger = await from_browser(initiator, network, "identities/recognize", {})

    assert found.body["recognized"] is True
    assert len(found.body["idTokens"]) == 1
    assert stranger.body["recognized"] is False
    assert (morsel["httponly"], morsel["secure"], morsel["samesite"]) == (True, True, "None")
    assert morsel["path"] == f"/s/{initiator.name}/{network}"
    assert int(morsel["max-age"]) == 180 * 24 * 3600


async def test_a_cookie_recognises_at_another_initiator_and_a_token_does_not(
    initiator: Initiator,
) -> None:
    answer = await remembered(initiator, "visa")
    made = await initiator.manage("POST", "/fixtures", {"clients": [{"name": "Another PSP"}]})
    other = {"srcClientId": made.body["clients"][0]["srcClientId"], "srcDpaId": None}

    by_cookie = await from_browser(
        initiator, "visa", "identities/recognize", other, sent_back(answer)
    )
    by_token = await from_browser(
        initiator,
        "visa",
        "identities/recognize",
        {**other, "recognitionTokens": [answer.body["recognitionToken"]]},
    )

    assert by_cookie.body["recognized"] is True
    assert by_token.body["recognized"] is False


async def test_unbinding_clears_the_cookie_and_what_it_stood_for(initiator: Initiator) -> None:
    answer = await remembered(initiator, "mastercard")
    cookie = sent_back(answer)

    unbound = await from_browser(initiator, "mastercard", "apps/unbind", {}, cookie)
    again = await from_browser(initiator, "mastercard", "apps/unbind", {}, cookie)
    after = await from_browser(initiator, "mastercard", "identities/recognize", {}, cookie)

    morsel = cookie_of(unbound)["src_recognition_mastercard"]
    assert (unbound.status, morsel.value, morsel["max-age"]) == (200, "", "0")
    assert again.status == 200
    assert after.body["recognized"] is False


async def test_a_server_that_calls_for_many_people_gets_no_cookie(initiator: Initiator) -> None:
    await initiator.with_consumer()
    validation = await initiator.initiated("visa")

    answer = await initiator.call(
        "visa",
        "identities/validation/complete",
        {
            "idValidationSessionId": validation["idValidationSessionId"],
            "validationData": await initiator.code(),
            "complianceSettings": REMEMBER,
        },
    )

    assert answer.body["recognitionToken"]
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("value", ["rubbish", "a.b.c", "x" * 5000])
async def test_a_cookie_of_somebody_elses_making_recognises_nobody(
    initiator: Initiator, value: str
) -> None:
    cookie = f"src_recognition_visa={value}"

    found = await from_browser(initiator, "visa", "identities/recognize", {}, cookie)
    unbound = await from_browser(initiator, "visa", "apps/unbind", {}, cookie)

    assert (found.status, found.body["recognized"]) == (200, False)
    assert unbound.status == 200


@pytest.mark.parametrize("network", tuple(CARDS))
async def test_a_browser_bound_anew_gets_a_token_that_was_not_taken_back(
    new_sandbox: Callable[..., Awaitable[Initiator]], network: str
) -> None:
    initiator = await new_sandbox(clock={"mode": "frozen", "at": "2026-03-01T10:00:00Z"})
    session = {"srcCorrelationId": "7c9e6679-7425-40de-944b-e07fc1f90ae7"}

    async def recognised() -> str:
        cookie = sent_back(await remembered(initiator, network))
        found = await from_browser(initiator, network, "identities/recognize", session, cookie)
        return str(found.body["idTokens"][0])

    first = await recognised()
    await initiator.call(network, "apps/unbind", {**session, "idTokens": [first]})
    second = await recognised()
    profile = await initiator.call(network, "profiles/prepare", {"idTokens": [second]})

    assert profile.status == 200, profile.body
    assert len(profile.body["profiles"]) == 1
