"""The console's pages and forms as a browser without scripts gets them."""

import re
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import aiohttp
import asyncpg  # type: ignore[import-untyped, unused-ignore]
import pytest

from src_system.client.server import LaunchedServer, start_server
from src_system.control.console.fault_form import EFFECTS
from src_system.control.console.figures import operations_of, percentile
from src_system.control.console.forms import FORMS
from src_system.control.console.sequence import sequence
from src_system.store.embedded import EmbeddedPostgres
from src_system.web.languages import catalogue
from tests.conftest import RunningServer, sandbox_id_of
from tests.http.initiator import Initiator
from tests.journal.entries import journal, look_up

Json = dict[str, Any]


@pytest.fixture
async def http(server: RunningServer) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def initiator(server: RunningServer, http: aiohttp.ClientSession) -> Initiator:
    """An SRC initiator in a fresh sandbox with Ana in it."""
    expiry = {"panExpirationMonth": "12", "panExpirationYear": "2030"}
    card = {"network": "visa", "primaryAccountNumber": "4111111111111111", **expiry}
    ana = {"emailAddress": "ana@shop.test", "networks": ["visa", "amex"], "cards": [card]}
    body = {"seed": "42", "fixtures": {"consumers": [ana]}}
    async with http.post(f"{server.control}/v1/sandboxes", json=body) as response:
        return Initiator(http, server.control, await response.json())


async def shown(
    initiator: Initiator, path: str, status: int = 200, headers: dict[str, str] | None = None
) -> str:
    """A page of the sandbox, or of the port when *path* begins at its root."""
    place = path if path.startswith("/") else f"/sandboxes/{initiator.name}/{path}".rstrip("/")
    async with initiator.session.get(initiator.control + place, headers=headers) as response:
        text = await response.text()
        assert response.status == status, text
        assert response.content_type == "text/html"
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "form-action 'self'" in policy
        assert response.headers["Cache-Control"] == "no-store"
    return text


async def sent(initiator: Initiator, path: str, status: int = 303, **fields: str) -> str:
    """Where a form of the sandbox leads, or what its page says when it is refused."""
    place = path if path.startswith("/") else f"/sandboxes/{initiator.name}/{path}"
    headers = {"Origin": initiator.control}
    async with initiator.session.post(
        initiator.control + place, data=fields, headers=headers, allow_redirects=False
    ) as response:
        text = await response.text()
        assert response.status == status, text
        return response.headers.get("Location", text)


async def looked_up(initiator: Initiator, *numbers: int, network: str = "visa") -> None:
    for number in numbers:
        answer = await initiator.call(network, "identities/lookup", look_up(number))
        assert answer.status == 200
    await journal(initiator)


def places_of(page: str) -> list[int]:
    return [int(place) for place in re.findall(r'<tr data-place="([0-9]+)"', page)]


async def test_the_first_page_finds_a_sandbox_by_a_part_of_its_name(initiator: Initiator) -> None:
    part = initiator.name[1:]

    page = await shown(initiator, f"/?name={part}")
    none = await shown(initiator, "/?name=nobody-is-called-so")

    assert f'href="/sandboxes/{initiator.name}"' in page
    assert 'href="/sandboxes/default"' not in page
    assert "No sandbox has this in its name." in none


async def test_traffic_is_newest_first_filtered_and_paged_backwards(initiator: Initiator) -> None:
    await looked_up(initiator, *range(101))
    await initiator.call("amex", "identities/lookup", {})
    await journal(initiator, least=102)

    newest = await shown(initiator, "traffic")
    older = re.search(r'href="(/sandboxes/[^"]*before=[0-9]+)"', newest)
    assert older is not None
    earlier = await shown(initiator, older[1].replace("&amp;", "&"))
    refused = await shown(
        initiator, "traffic?operation=&network=amex&status=4xx&reason=CANNOT_BE_NULL"
    )
    other = await shown(initiator, "traffic?network=discover")

    assert places_of(newest) == list(range(102, 2, -1))
    assert places_of(earlier) == [2, 1]
    assert "data-stream" not in earlier
    assert places_of(refused) == [102]
    assert "network=amex" in refused.partition("data-stream=")[2][:200]
    assert places_of(other) == []


async def test_a_call_is_shown_masked_and_unmasking_it_is_recorded(initiator: Initiator) -> None:
    number = "4111111111111111"
    await initiator.call("visa", "identities/lookup", {"consumerIdentity": {"x": number}})
    await journal(initiator)

    masked = await shown(initiator, "traffic/1")
    async with initiator.session.post(
        f"{initiator.control}/sandboxes/{initiator.name}/traffic/1",
        headers={"Origin": initiator.control},
    ) as response:
        unmasked = await response.text()
    disclosures = (await initiator.manage("GET", "/journal/disclosures")).body["disclosures"]

    assert number not in masked
    assert "Why it was refused" in masked
    assert number in unmasked
    assert [one["view"] for one in disclosures] == ["raw", "decoded"]
    assert "Shown without masks" in await shown(initiator, "")


async def test_a_session_is_drawn_and_told_as_a_list(initiator: Initiator) -> None:
    first = await initiator.call("visa", "identities/lookup", look_up(1))
    session = first.body["srcCorrelationId"]
    known = {**look_up(2), "srcCorrelationId": session}
    await initiator.call("visa", "identities/lookup", known)
    await initiator.call("visa", "cards", {"srcCorrelationId": session})
    await journal(initiator, f"correlation={session}", least=3)

    page = await shown(initiator, f"sessions/{quote(session)}")
    nobody = await shown(initiator, "sessions/nobody", 404)

    assert page.count("<polygon") == 6
    assert page.count('class="refused"') == 1
    assert len(re.findall(r"<li><time", page)) == 3
    assert "No call of this session" in nobody


async def test_people_and_cards_are_found_and_put_into_states(initiator: Initiator) -> None:
    page = await shown(initiator, "people?identity=ana@shop.test&network=visa")
    [person] = re.findall(r'href="(/sandboxes/[^"]+/people/visa/[^"]+)"', page)
    [lock] = re.findall(r'action="([^"]+/lock)"', await shown(initiator, person))
    locked = await sent(initiator, lock)
    card = (await initiator.manage("GET", "/cards")).body["cards"][0]["srcDigitalCardId"]
    suspended = await sent(initiator, f"cards/visa/{quote(card, safe='')}/suspend")
    found = await shown(initiator, f"cards?card={card}")

    assert "%2F" in person  # the seed gives an id with a slash
    assert unquote(locked) == unquote(f"{person}?done=changed")
    assert "LOCKED" in await shown(initiator, person)
    assert unquote(suspended) == unquote(f"{person}?done=changed")
    assert "SUSPENDED" in found
    assert "No cards." in await shown(initiator, "cards?card=nobody")


async def test_clock_magic_snapshots_and_forks_are_forms(initiator: Initiator) -> None:
    place = f"/sandboxes/{initiator.name}"
    at = "2026-11-23T09:00:00Z"
    assert await sent(initiator, "clock", mode="frozen", at=at) == f"{place}?done=clock#clock"
    assert await sent(initiator, "clock/advance", by="PT10M") == f"{place}?done=advanced#clock"
    assert "09:10:00" in await shown(initiator, "")
    await sent(initiator, "magic", enabled="false")
    assert (await initiator.manage("GET", "/magic")).body == {"enabled": False}
    await sent(initiator, "snapshots", name="first")
    await sent(initiator, "clock/advance", by="P1D")
    assert "tick the box" in await sent(initiator, "snapshots/first/restore", 400)
    await sent(initiator, "snapshots/first/restore", confirm="yes")
    assert (await initiator.manage("GET", "/clock")).body["now"].startswith("2026-11-23T09:10")
    fork = await sent(initiator, "fork", name=f"{initiator.name}-b")
    assert fork == f"/sandboxes/{initiator.name}-b?done=forked"
    assert await sent(initiator, f"/sandboxes/{initiator.name}-b/delete", confirm="yes") == (
        "/?done=deleted"
    )
    await sent(initiator, "reset", confirm="yes", clock="on")
    assert (await initiator.manage("GET", "/consumers")).body["consumers"] == []
    client = quote(initiator.client_id, safe="")
    await sent(initiator, f"clients/{client}/suspend")
    assert "DISABLED" in await shown(initiator, "")


@pytest.mark.parametrize("kind", EFFECTS)
async def test_every_effect_of_the_list_becomes_a_rule(initiator: Initiator, kind: str) -> None:
    for value in EFFECTS[kind]:
        await sent(initiator, "faults", effect=f"{kind}:{value}", network="visa", times="2")

    rules = (await initiator.manage("GET", "/faults")).body["faults"]
    assert len(rules) == len(EFFECTS[kind])
    assert {rule["when"]["times"] for rule in rules} == {2}
    await sent(initiator, f"faults/{rules[0]['id']}/delete")
    await sent(initiator, "faults/delete")
    assert (await initiator.manage("GET", "/faults")).body["faults"] == []


async def test_a_rule_may_be_written_and_what_is_wrong_with_it_is_said(
    initiator: Initiator,
) -> None:
    await sent(initiator, "faults", rule='{"effect": {"http": {"status": 503}}, "match": {}}')

    assert "JSON object" in await sent(initiator, "faults", 400, rule="x")
    assert "Choose an effect" in await sent(initiator, "faults", 400, effect="http:999")
    assert "exactly one" in await sent(initiator, "faults", 400, rule='{"effect": {}}')
    assert "http status=503" in await shown(initiator, "")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://evil.test"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
async def test_a_form_of_another_site_does_nothing(
    initiator: Initiator, headers: dict[str, str]
) -> None:
    async with initiator.session.post(
        f"{initiator.control}/sandboxes/{initiator.name}/delete",
        data={"confirm": "yes"},
        headers=headers,
    ) as response:
        assert response.status == 403
    assert (await initiator.manage("GET", "")).status == 200


async def test_the_page_speaks_arabic_when_the_browser_does_or_when_it_is_chosen(
    initiator: Initiator,
) -> None:
    by_browser = await shown(
        initiator, "/", headers={"Accept-Language": "fr;q=0.9, ar-KW;q=0.8, en"}
    )
    english = await shown(initiator, "/", headers={"Accept-Language": "de"})
    await sent(initiator, "/language", language="ar", next="/figures")
    chosen = await shown(initiator, "/figures", headers={"Cookie": "src_system_language=ar"})

    assert '<html lang="ar" dir="rtl">' in by_browser
    assert '<html lang="en" dir="ltr">' in english
    assert '<html lang="ar" dir="rtl">' in chosen


@pytest.mark.parametrize("place", ["//evil.test", "/\\evil.test", "https://evil.test", ""])
async def test_a_form_leads_to_no_other_site(initiator: Initiator, place: str) -> None:
    if place:
        await sent(initiator, "/language", 400, language="en", next=place)
    else:
        assert await sent(initiator, "/language", language="en", next=place) == "/"


async def test_verdict_codes_and_figures_are_pages(initiator: Initiator) -> None:
    identity = {"identityType": "EMAIL_ADDRESS", "identityValue": "ana@shop.test"}
    await initiator.call("visa", "identities/validation/initiate", {"consumerIdentity": identity})
    await journal(initiator)

    codes = await shown(initiator, "codes")
    verdict = await shown(initiator, "verdict")
    figures = await shown(initiator, "/figures")

    assert await initiator.code() in codes
    assert "From 1 calls" in re.sub("<[^>]+>", "", verdict)
    assert "initiateIdentityValidation" in figures
    assert "There is no sandbox" in await shown(initiator, "/sandboxes/nobody", 404)
    assert "There is no such page" in await shown(initiator, "trafic", 404)


async def test_files_of_pages_are_served_and_their_sources_are_not(initiator: Initiator) -> None:
    async with initiator.session.get(f"{initiator.control}/assets/console/console.css") as found:
        assert (found.status, found.content_type) == (200, "text/css")
    for name in ("base.html", "nobody.css", "..%2Fpages.py"):
        url = f"{initiator.control}/assets/console/{name}"
        async with initiator.session.get(url) as missing:
            assert missing.status == 404


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A server whose control port wants a token."""
    launched: LaunchedServer = start_server(
        tmp_path_factory.mktemp("guarded"), "--ephemeral", "--control-token=a-long-control-token"
    )
    yield launched
    launched.stop()


async def test_where_a_token_is_wanted_a_browser_signs_in(guarded: LaunchedServer) -> None:
    token, origin = "a-long-control-token", {"Origin": guarded.control}
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(guarded.control, cookie_jar=jar) as browser:
        async with browser.get("/figures?x=1", allow_redirects=False) as away:
            assert away.status == 303
            assert unquote(away.headers["Location"]) == "/sign-in?next=/figures?x=1"
        async with browser.get("/v1/sandboxes") as program:
            assert program.status == 401
        async with browser.get("/assets/console/console.css") as style:
            assert style.status == 200
        wrong = {"token": "wrong", "next": "/figures"}
        async with browser.post("/sign-in", data=wrong, headers=origin) as refused:
            assert refused.status == 403
            assert "That is not the token." in await refused.text()
        right = {"token": token, "next": "/figures"}
        async with browser.post(
            "/sign-in", data=right, headers=origin, allow_redirects=False
        ) as let_in:
            assert let_in.headers["Location"] == "/figures"
            cookie = let_in.headers["Set-Cookie"]
            assert "HttpOnly" in cookie
            assert "SameSite=Strict" in cookie
        async with browser.get("/v1/sandboxes") as page, browser.get("/") as first:
            assert (page.status, first.status) == (200, 200)
        async with browser.get("/", headers={"Authorization": "Bearer wrong"}) as no:
            assert no.status == 200
            assert no.url.path == "/sign-in"
        async with browser.post("/sign-out", headers=origin) as out:
            assert out.url.path == "/sign-in"
        async with browser.get("/v1/sandboxes") as over:
            assert over.status == 401


async def test_ten_thousand_calls_and_sandboxes_are_answered_in_bounded_time(
    postgres: EmbeddedPostgres, initiator: Initiator
) -> None:
    """A full journal is copied from a hundred calls; sandboxes are rows beside them."""
    await looked_up(initiator, *range(20))
    connection = await asyncpg.connect(postgres.dsn)
    try:
        sandbox_id = await sandbox_id_of(connection, initiator.name)
        await connection.execute(_MANY_CALLS, sandbox_id, 10_000)
        await connection.execute(_MANY_SANDBOXES, sandbox_id, 10_000, initiator.name)
        took = {}
        for path in (
            "traffic",
            "traffic?before=5000",
            "traffic?network=visa&status=200&before=2",
            "traffic?reason=CARD_NOT_FOUND",
            f"/?name={initiator.name}-many-77",
            f"/?after={initiator.name}-many-5",
        ):
            begun = time.monotonic()
            await shown(initiator, path)
            took[path] = time.monotonic() - begun
        page = await shown(initiator, f"/?name={initiator.name}-many")
    finally:
        await connection.execute(_FEWER_SANDBOXES, f"{initiator.name}-many-%")
        await connection.close()

    assert "10000 in all" in re.sub("<[^>]+>", "", page)
    assert max(took.values()) < 3, took


# Copies of the first page keep its seal, which is bound to the sandbox and not to the place.
_MANY_CALLS = """
WITH first AS (
    SELECT entry_count, holds, sealed FROM journal_page
     WHERE sandbox_id = $1 ORDER BY last_place LIMIT 1
), reach AS (
    SELECT last_place FROM journal WHERE sandbox_id = $1
), written AS (
    INSERT INTO journal_page (sandbox_id, last_place, entry_count, holds, sealed)
    SELECT $1, r.last_place + n * f.entry_count, f.entry_count, f.holds, f.sealed
      FROM first AS f, reach AS r, generate_series(1, $2::int / f.entry_count) AS n
    RETURNING last_place
)
UPDATE journal SET last_place = (SELECT max(last_place) FROM written),
       first_place = GREATEST(1, (SELECT max(last_place) FROM written) - $2 + 1)
 WHERE sandbox_id = $1
"""
_MANY_SANDBOXES = """
INSERT INTO sandbox (
    sandbox_id, name, seed, clock_mode, clock_at, clock_offset_seconds, first_clock_mode,
    first_clock_at, first_clock_offset_seconds, profile, version, one_time_code_count, created_at,
    expires_at, trusted_networks, sealed_for, has_magic
)
SELECT sandbox_id || n, $3 || '-many-' || n, seed, clock_mode, clock_at, clock_offset_seconds,
       first_clock_mode, first_clock_at, first_clock_offset_seconds, profile, 1, 0, created_at,
       expires_at, trusted_networks, sandbox_id || n, has_magic
  FROM sandbox, generate_series(1, $2::int) AS n
 WHERE sandbox_id = $1
"""
_FEWER_SANDBOXES = "DELETE FROM sandbox WHERE name LIKE $1"


@pytest.mark.parametrize(
    ("buckets", "share", "seconds"),
    [
        ({}, 0.5, None),
        ({0.1: 0, float("inf"): 0}, 0.5, None),
        ({0.1: 10, 0.2: 10, float("inf"): 10}, 0.5, 0.05),
        ({0.1: 0, 0.2: 10, float("inf"): 10}, 0.5, 0.15),
        ({0.1: 5, 0.2: 10, float("inf"): 10}, 0.99, 0.198),
        ({0.1: 5, 0.2: 5, float("inf"): 10}, 0.95, 0.2),
    ],
)
def test_a_percentile_lies_inside_its_bucket(
    buckets: dict[float, float], share: float, seconds: float | None
) -> None:
    assert percentile(buckets, share) == (None if seconds is None else pytest.approx(seconds))


def test_every_text_of_the_catalogue_is_used_and_every_text_used_is_there(
    repository: Path,
) -> None:
    templates = repository / "src_system" / "web" / "console"
    said = "".join(path.read_text() for path in templates.glob("*.html"))
    used = set(re.findall(r"""\bt\(\s*['"]([\w.]+)['"]\s*[,)]""", said))
    words = set(re.findall(r"""['"](\w+)['"]""", said))
    begun = (*re.findall(r"""\bt\(\s*['"]([\w.]+\.)['"] ~""", said), "done.")
    known = set(catalogue("en", "console"))

    assert used - known == set()
    assert {key for key in known - used - words if not key.startswith(begun)} == set()
    assert {f"done.{form.done}" for form in FORMS} == {
        key for key in known if key.startswith("done.")
    }


def test_operations_without_samples_have_no_figures() -> None:
    assert operations_of([]) == []


def test_a_diagram_has_a_column_per_network_and_a_row_per_call() -> None:
    call: Any = {"place": 7, "operation": "x" * 40, "status": 0, "reason": "", "network": "amex"}
    other: Any = {**call, "network": "visa", "status": 404}

    drawn = sequence([call, other])

    assert [party.name for party in drawn.parties] == ["visa", "amex"]
    assert [row.kind for row in drawn.rows] == ["broken", "refused"]
    assert drawn.rows[0].end > drawn.rows[1].end
    assert len(drawn.rows[0].label) == 30
    assert drawn.rows[0].answer == "no answer"
