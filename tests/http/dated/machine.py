"""Cases of what goes by the machine's time on purpose, wherever a sandbox's clock stands."""

import json
import time
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from src_system.clock import parse_iso
from src_system.crypto.certificate_authority import new_certificate_authority
from tests.http.dated.place import LIMITS, REMEMBER, Place, case, machine_now
from tests.http.receiver import receiving
from tests.http.test_card_notifications import act, listen
from tests.http.test_recognition_cookie import cookie_of, from_browser

NEAR = timedelta(minutes=5)


def is_now(instant: datetime) -> bool:
    """Whether it is about what the machine's clock shows."""
    return abs(instant - machine_now()) < NEAR


@case("sandbox")
async def a_sandbox_lives_in_real_time(place: Place) -> None:
    url = f"{place.server.control}/v1/sandboxes"
    body = {"clock": {"mode": "frozen", "at": place.start.isoformat()}, "ttl": "PT1H"}
    async with place.initiator.session.post(url, json=body) as answer:
        made = await answer.json()
    path = f"{url}/{made['name']}"
    async with place.initiator.session.post(f"{path}/clock/advance", json={"by": "P2D"}) as answer:
        advanced = await answer.json()
    async with place.initiator.session.get(path) as answer:
        still = answer.status
    async with place.initiator.session.delete(path):
        pass

    assert is_now(parse_iso(made["createdAt"]))
    assert is_now(parse_iso(made["expiresAt"]) - timedelta(hours=1))
    assert (advanced["fired"], still) == ([], 200)


@case("deliveryLease")
async def a_delivery_is_leased_in_real_time(place: Place) -> None:
    async with receiving() as receiver:
        await listen(place.initiator, receiver.url)
        await place.pay()
        await act(place.initiator, "visa", place.cards["visa"], "suspend")
        await receiver.next()
        await place.initiator.manage("GET", "/notifications?wait=5&state=DELIVERED")
        leased = "SELECT leased_until FROM card_notification WHERE sandbox_id = $1"
        assert is_now(await place.row(leased))


@case("networkKey")
async def keys_are_the_same_whatever_the_clock_shows(place: Place) -> None:
    before = await place.initiator.send("GET", place.initiator.sandbox["urls"]["visa"]["keys"])
    await place.advance(timedelta(days=30 * 365))
    after = await place.initiator.send("GET", place.initiator.sandbox["urls"]["visa"]["keys"])
    default = await place.initiator.send("GET", f"{place.server.protocol}/visa/keys")

    assert before.body == after.body == default.body
    active = "SELECT max(active_from) FROM network_key WHERE $1::text IS NOT NULL"
    assert await place.row(active) <= machine_now()


@case("certificate")
async def certificates_bear_the_machines_time(place: Place) -> None:
    authority = new_certificate_authority(now=machine_now())

    assert authority.not_after > machine_now() + timedelta(days=3600)
    assert await place.now() == place.start


@case("recognitionCookie")
async def a_cookie_lives_as_long_as_the_browser_counts(place: Place) -> None:
    validation = await place.initiator.initiated("visa")
    answer = await from_browser(
        place.initiator,
        "visa",
        "identities/validation/complete",
        {
            "idValidationSessionId": validation["idValidationSessionId"],
            "validationData": await place.initiator.code(),
            "complianceSettings": REMEMBER,
        },
    )
    morsel = cookie_of(answer)["src_recognition_visa"]

    assert int(morsel["max-age"]) == LIMITS.recognition_token_days * 86_400
    assert morsel["expires"] == ""


@case("wait")
async def whoever_waits_waits_in_real_time(place: Place) -> None:
    begun = time.monotonic()
    await place.initiator.manage("GET", "/otps?wait=0.3")

    assert 0.3 <= time.monotonic() - begun < 10
    assert await place.now() == place.start


@case("trace")
async def log_lines_and_the_date_header_bear_the_machines_time(place: Place) -> None:
    answer = await place.call("identities/lookup", {"consumerIdentity": {}})
    lines = [json.loads(line) for line in place.server.log.read_text().splitlines()]
    wanted = (place.initiator.name, answer.body["srcCorrelationId"])
    [line] = [one for one in lines if (one.get("sandbox"), one.get("src_correlation_id")) == wanted]

    assert is_now(parsedate_to_datetime(answer.headers["Date"]))
    assert is_now(parse_iso(line["timestamp"]))
