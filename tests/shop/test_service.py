"""The shop's server by HTTP: who is let in, what is refused, and that nobody gets at others."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest
from aiohttp.test_utils import make_mocked_request

from src_system.client import ControlPort
from src_system.client.server import LaunchedServer, ssl_context_of, start_server
from src_system.shop.service import Shop
from tests.conftest import RunningServer

COOKIE = "src-system-shop"
Json = dict[str, Any]


@pytest.fixture
async def shopper(server: RunningServer) -> AsyncIterator[aiohttp.ClientSession]:
    """Somebody's calls; addresses are those behind `/demo/`."""
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(f"{server.protocol}/demo/", cookie_jar=jar) as session:
        yield session


async def answered(
    session: aiohttp.ClientSession, method: str, place: str, document: object = None, **more: Any
) -> tuple[int, Json]:
    """Status and JSON."""
    body: Json = {} if document is None else {"json": document}
    async with session.request(method, place, **body, **more) as response:
        return response.status, json.loads(await response.read())


async def test_a_visitor_is_given_a_sandbox_and_keeps_it(
    shopper: aiohttp.ClientSession, server: RunningServer, port: ControlPort
) -> None:
    async with shopper.post("visit", json={"market": "KW"}) as response:
        visit = await response.json()
        cookie = response.headers["Set-Cookie"]
    status, again = await answered(shopper, "POST", "visit", {"market": "BR"})

    assert status == 200
    assert again["sandbox"] == visit["sandbox"]
    assert visit["shopper"]["mobileNumber"]["countryCode"] == "965"
    assert again["shopper"]["countryCode"] == "BR"
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "Path=/demo/" in cookie
    assert "Secure" not in cookie
    sandbox = await port.sandbox(visit["sandbox"])
    assert sandbox.details.expires_at is not None
    people = await sandbox.consumers.list(network="visa")
    assert {one.country_code for one in people} == {"KW", "BR"}
    assert visit["console"] == f"{server.control}/sandboxes/{visit['sandbox']}/traffic"


@pytest.mark.parametrize("name", ["default", "shop-1", "shop-" + "0" * 20, "../default"])
async def test_a_cookie_that_was_made_up_opens_nothing(
    shopper: aiohttp.ClientSession, name: str
) -> None:
    status, told = await answered(shopper, "GET", "codes", cookies={COOKIE: name})

    assert (status, told) == (409, {"problem": "The visit is over: load the page again."})


async def test_a_visitor_begins_anew_in_the_same_sandbox(
    shopper: aiohttp.ClientSession, port: ControlPort
) -> None:
    _, visit = await answered(shopper, "POST", "visit", {})
    switches = {"switchDistrust": ["visa"], "switchDown": ["amex"]}
    assert await answered(shopper, "PUT", "switches", switches) == (200, switches)
    assert await answered(shopper, "POST", "reset", {}) == (200, {})
    sandbox = await port.sandbox(visit["sandbox"])
    people = await sandbox.consumers.list()
    _, again = await answered(shopper, "POST", "visit", {})

    assert people == []
    assert again["sandbox"] == visit["sandbox"]
    assert again["switches"] == {}
    assert len(await sandbox.consumers.list()) == 4


@pytest.mark.parametrize(
    ("method", "place", "document", "status", "problem"),
    [
        ("PUT", "switches", {"switchMagic": []}, 400, "There is no switch 'switchMagic'."),
        ("POST", "payments", {"network": "visa"}, 400, "missing required field"),
        ("POST", "visit", [], 400, "Expected `object`"),
        ("GET", "codes?wait=long", None, 400, "wait is a number of seconds."),
        ("GET", "elsewhere", None, 404, "There is no such address in the shop."),
        ("POST", "codes", {}, 404, "There is no such address in the shop."),
    ],
)
async def test_a_wrong_call_is_told_what_is_wrong(
    shopper: aiohttp.ClientSession,
    method: str,
    place: str,
    document: object,
    status: int,
    problem: str,
) -> None:
    await answered(shopper, "POST", "visit", {})

    found, told = await answered(shopper, method, place, document)

    assert found == status
    assert problem in told["problem"]


async def test_a_form_of_another_site_changes_nothing(shopper: aiohttp.ClientSession) -> None:
    async with shopper.post("visit", data={"market": "US"}) as response:
        assert response.status == 415
        assert "Set-Cookie" not in response.headers


async def test_a_payment_that_cannot_be_believed_is_refused(
    shopper: aiohttp.ClientSession,
) -> None:
    await answered(shopper, "POST", "visit", {})
    made_up = {
        "network": "visa",
        "checkoutResponse": "e30.e30.e30",
        "srcCorrelationId": "1",
        "srciTransactionId": "2",
    }

    status, told = await answered(shopper, "POST", "payments", made_up)
    _, elsewhere = await answered(shopper, "POST", "payments", {**made_up, "network": "jcb"})

    assert status == 200
    assert "only RS256 is believed" in told["refused"]
    assert elsewhere == {"problem": "There is no such network."}


async def test_the_page_names_the_networks_in_its_policy_and_nobody_else(
    shopper: aiohttp.ClientSession, server: RunningServer
) -> None:
    port = urlsplit(server.protocol).port
    async with shopper.get("", headers={"Accept-Language": "ar-KW"}) as response:
        policy, body = response.headers["Content-Security-Policy"], await response.text()
    async with shopper.get("?market=kw", headers={"Accept-Language": "ar-KW"}) as response:
        arabic = await response.text()
    async with shopper.get("", headers={"Host": "demo.example;evil"}) as response:
        odd = response.headers["Content-Security-Policy"]
    async with shopper.get("", headers={"Host": "demo.example"}) as response:
        elsewhere = response.headers["Content-Security-Policy"]

    networks = " ".join(
        f"http://{name}.localhost:{port}" for name in ("visa", "mastercard", "amex", "discover")
    )
    assert f"script-src 'self' {networks};" in policy
    assert "unsafe-inline" not in policy
    assert '<html lang="en"' in body
    assert '<html lang="ar" dir="rtl">' in arabic
    assert "evil" not in odd
    assert "script-src 'self' ;" in elsewhere


@pytest.mark.parametrize("host", ["localhost:99999", "[:::::]", "a b"])
async def test_a_host_that_cannot_be_is_answered_as_the_public_one(
    shopper: aiohttp.ClientSession, server: RunningServer, host: str
) -> None:
    async with shopper.get("", headers={"Host": host}) as response:
        policy = response.headers["Content-Security-Policy"]

    assert response.status == 200
    assert f"http://visa.localhost:{urlsplit(server.protocol).port}" in policy


async def test_an_address_that_no_policy_can_name_leads_to_localhost(
    shopper: aiohttp.ClientSession,
) -> None:
    async with shopper.get(
        "?market=KW", headers={"Host": "[::1]:8080"}, allow_redirects=False
    ) as response:
        assert response.status == 307
        assert response.headers["Location"] == "http://localhost:8080/demo/?market=KW"


@pytest.mark.parametrize(
    ("public", "host"),
    [
        ("https://Shop.Example", "shop.example"),
        ("https://shop.example:443", "shop.example"),
        ("https://shop.example:8443", "SHOP.example:8443"),
    ],
)
async def test_a_proxy_with_tls_is_known_however_its_address_is_written(
    public: str, host: str
) -> None:
    async with ControlPort() as nobody:
        shop = Shop(nobody, public, None, 1)
        answer = await shop.answer(make_mocked_request("GET", "/demo/", headers={"Host": host}))

    assert answer is not None
    assert isinstance(answer.body, bytes)
    assert f"https://{host.lower()}".encode() in answer.body


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"market": "\xff"}', 400),
        (b'{"market": ' + b"[" * 20_000 + b"]" * 20_000 + b"}", 400),
        (b" " * 300_000, 413),
    ],
)
async def test_a_body_that_cannot_be_read_is_refused(
    shopper: aiohttp.ClientSession, body: bytes, status: int
) -> None:
    headers = {"Content-Type": "application/json"}
    async with shopper.post("visit", data=body, headers=headers) as response:
        assert response.status == status


async def test_a_page_of_a_visit_before_gets_nothing_of_the_new_one(
    shopper: aiohttp.ClientSession,
) -> None:
    _, before = await answered(shopper, "POST", "visit", {})
    shopper.cookie_jar.clear()
    _, visit = await answered(shopper, "POST", "visit", {})

    old, _ = await answered(shopper, "GET", "codes", headers={"Shop-Visit": before["sandbox"]})
    new, _ = await answered(shopper, "GET", "codes", headers={"Shop-Visit": visit["sandbox"]})

    assert (old, new) == (409, 200)


async def test_whoever_waits_for_many_codes_keeps_nobody_else_waiting(
    shopper: aiohttp.ClientSession,
) -> None:
    await answered(shopper, "POST", "visit", {})
    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        waiting = [group.create_task(answered(shopper, "GET", "codes?wait=4")) for _ in range(90)]
        await asyncio.wait(waiting, timeout=2)
        at_once = [one for one in waiting if one.done()]

    assert len(at_once) == 88


async def test_an_archive_holds_the_newest_calls_and_not_all(
    shopper: aiohttp.ClientSession, server: RunningServer, port: ControlPort
) -> None:
    _, visit = await answered(shopper, "POST", "visit", {})
    place = f"{server.protocol}/s/{visit['sandbox']}/visa/src/v1/identities/lookup"
    for number in range(210):
        await answered(shopper, "POST", place, {"number": number})
    await (await port.sandbox(visit["sandbox"])).journal.wait(210)

    status, archive = await answered(shopper, "GET", "journal.har")

    sent = [
        json.loads(entry["request"]["postData"]["text"])["number"]
        for entry in archive["log"]["entries"]
    ]
    assert status == 200
    assert sent == list(range(10, 210))


async def test_the_address_without_a_slash_leads_to_the_shop(server: RunningServer) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{server.protocol}/demo?market=KW", allow_redirects=False) as response,
    ):
        assert response.status == 308
        assert response.headers["Location"] == "/demo/?market=KW"


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LaunchedServer]:
    """A server with TLS, native authentication, a control token, and room for one visitor."""
    home = tmp_path_factory.mktemp("guarded")
    with start_server(
        home,
        "--ephemeral",
        "--tls=auto",
        "--auth=native",
        "--control-token=a-token-of-the-tests",
        "--shop-visitors-max=1",
    ) as server:
        yield server


async def test_the_shop_is_open_on_a_guarded_server_too(guarded: LaunchedServer) -> None:
    context = ssl_context_of(guarded.tls_ca)
    assert context is not None
    connector = aiohttp.TCPConnector(ssl=context)
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(
        f"{guarded.protocol}/demo/", connector=connector, cookie_jar=jar
    ) as session:
        async with session.post("visit", json={}) as response:
            visit = await response.json()
            assert "Secure" in response.headers["Set-Cookie"]
        made_up = {
            "network": "visa",
            "checkoutResponse": "eyJhbGciOiJSUzI1NiJ9.e30.e30",
            "srcCorrelationId": "1",
            "srciTransactionId": "2",
        }
        _, told = await answered(session, "POST", "payments", made_up)
        # The keys were fetched over TLS; none of them signed this.
        assert "cannot be believed" in told["refused"] or "no key" in told["refused"]
        lookup = {
            "srcClientId": visit["srcInitiatorId"],
            "consumerIdentity": {
                "identityType": "EMAIL_ADDRESS",
                "identityValue": visit["shopper"]["emailAddress"],
            },
        }
        place = f"/s/{visit['sandbox']}/visa/src/v1/identities/lookup"
        async with session.post(f"{guarded.protocol}{place}", json=lookup) as response:
            assert (await response.json())["consumerPresent"] is True
        session.cookie_jar.clear()
        full = await answered(session, "POST", "visit", {})
    assert full == (503, {"problem": "The shop is full. Come back in a while."})


async def test_no_more_come_in_together_than_one_by_one(tmp_path: Path) -> None:
    async def come(protocol: str) -> int:
        async with aiohttp.ClientSession(f"{protocol}/demo/") as session:
            return (await answered(session, "POST", "visit", {}))[0]

    with start_server(tmp_path, "--ephemeral", "--shop-visitors-max=2") as server:
        statuses = await asyncio.gather(*(come(server.protocol) for _ in range(8)))

    assert sorted(statuses) == [200, 200, *[503] * 6]


async def test_a_shop_that_is_switched_off_is_not_there(tmp_path: Path) -> None:
    with start_server(tmp_path, "--ephemeral", "--shop=off") as server:
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{server.protocol}/demo/") as response,
        ):
            assert response.status == 404
