"""Two sandboxes side by side, a year apart: every date in every answer is the sandbox's own."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from src_system.clock import parse_iso
from src_system.networks import PROFILES
from tests.conftest import RunningServer
from tests.http.dated.place import REMEMBER, Place, claims
from tests.http.initiator import CARDS, CONSENT, Initiator, Json
from tests.http.test_authentication import initiate
from tests.http.test_dcf import OPTIONS, signed

YEAR = timedelta(days=365)
NEAR = timedelta(minutes=2)
ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")


def dates(value: Any, path: str = "") -> Iterator[tuple[str, datetime]]:
    """Whatever in *value* is a date, and where it stands."""
    if isinstance(value, dict):
        for name, member in value.items():
            yield from dates(member, f"{path}.{name}")
    elif isinstance(value, list):
        for place, member in enumerate(value):
            yield from dates(member, f"{path}[{place}]")
    elif isinstance(value, str) and ISO.fullmatch(value):
        yield path, parse_iso(value)
    elif not isinstance(value, bool) and str(value).isdigit():
        number = int(value)
        for unit in (1, 1000):
            if 1.6e9 <= number / unit < 2.4e9:
                yield path, datetime.fromtimestamp(number / unit, UTC)


async def story(initiator: Initiator, server: RunningServer, network: str) -> Json:
    """What somebody is answered who enrols, comes back, pays, and asks for the payload again."""
    place = Place(initiator, server, datetime.now(UTC), {}, network)
    enrolled = await place.call(
        "cards",
        {
            "encryptedCard": await initiator.encrypted_card(network, CARDS[network]),
            "consumer": {
                "emailAddress": "ana@shop.test",
                "mobileNumber": {"countryCode": "1", "phoneNumber": "6505550143"},
                "firstName": "Ana",
                "lastName": "Lopez",
                "countryCode": "US",
            },
            "complianceSettings": CONSENT,
        },
    )
    assert enrolled.status == 200, enrolled.body
    card = enrolled.body["maskedCard"]["srcDigitalCardId"]
    place.cards = {network: card}
    done = await place.validate(complianceSettings=REMEMBER)
    token = done.body["idToken"]
    profile = await place.call("profiles/prepare", {"idTokens": [token]})
    known = await place.call(
        "identities/recognize", {"recognitionTokens": [done.body["recognitionToken"]]}
    )
    prepared = await place.call(
        "transaction/preparedata",
        {
            "srcDigitalCardId": card,
            "srciTransactionId": "tx-1",
            "idToken": token,
            "dpaTransactionOptions": OPTIONS,
            "checkoutResponseUri": "https://shop.test/back",
        },
    )
    member = "checkoutResponse" if network == "visa" else "checkoutRequestJws"
    paid = await place.pay(idToken=token)
    header, response = place.response(paid)
    authenticated = await initiate(
        initiator, network, paid.body["srcCorrelationId"], {"srcDigitalCardId": card}, "3DS"
    )
    control = [
        (await initiator.manage("GET", f"/{name}")).body
        for name in ("otps", "consumers", "cards", "clock", "clock/due")
    ]
    return {
        "enrolled": enrolled.body,
        "idTokens": [claims(one) for one in (token, enrolled.body["idToken"])],
        "recognitionToken": claims(done.body["recognitionToken"]),
        "recognised": [claims(one) for one in known.body["idTokens"]],
        "profile": profile.body,
        "prepared": signed(prepared.body[member])[0],
        "paid": [header, response, place.payload(paid)],
        "authenticated": authenticated.body,
        "control": control,
        "token": token,
    }


@pytest.mark.parametrize("network", PROFILES)
async def test_every_date_of_two_sandboxes_a_year_apart_is_a_year_apart(
    new_sandbox: Callable[..., Awaitable[Initiator]], server: RunningServer, network: str
) -> None:
    here = await new_sandbox(seed="twins", clock={"mode": "real"})
    there = await new_sandbox(
        seed="twins", clock={"mode": "offset", "offsetSeconds": YEAR.total_seconds()}
    )

    now, later = await asyncio.gather(story(here, server, network), story(there, server, network))
    crossed = [
        await initiator.call(network, "profiles/prepare", {"idTokens": [told["token"]]})
        for initiator, told in ((here, later), (there, now))
    ]

    before, after = dict(dates(now)), dict(dates(later))
    assert len(before) > 25
    assert before.keys() == after.keys()
    apart = {path: after[path] - date for path, date in before.items()}
    assert {path: gap for path, gap in apart.items() if abs(gap - YEAR) > NEAR} == {}
    assert {answer.body["reason"] for answer in crossed} == {"AUTH_INVALID"}
