"""No card number, network token, cryptogram or one-time code is kept in clear or logged."""

import re
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field

import aiohttp
import asyncpg
import pytest

from tests.conftest import RunningServer
from tests.http.initiator import CARDS, Initiator
from tests.http.signers import NATIVE, register
from tests.http.test_main_line import Story, part, pay, sign_in

COLUMNS = """
SELECT c.relname AS "table", a.attname AS "column", a.atttypid::regtype::text AS type
  FROM pg_catalog.pg_attribute AS a
  JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
   AND a.attnum > 0 AND NOT a.attisdropped
"""


@dataclass
class Played:
    """What a consumer's stories on all networks have used that must stay secret, and where."""

    initiator: Initiator
    numbers: set[str] = field(default_factory=set)
    tokens: set[str] = field(default_factory=set)
    cryptograms: set[str] = field(default_factory=set)
    codes: set[str] = field(default_factory=set)
    correlation_ids: set[str] = field(default_factory=set)


@pytest.fixture(scope="module")
async def played(server: RunningServer, http: aiohttp.ClientSession) -> Played:
    """The main line once on every network, and a code that was tried wrongly."""
    async with http.post(f"{server.control}/v1/sandboxes", json={}) as response:
        played = Played(Initiator(http, server.control, await response.json()))
    for network, number in CARDS.items():
        story = Story(played.initiator, network)
        played.codes |= await sign_in(story)
        await pay(story)
        played.correlation_ids.add(story.correlation_id)
        await part(story)
        # A card that the fixtures keep, and numbers in refused enrolments.
        for refused in ("4539578763621486", "4111111111111112"):
            card = await played.initiator.encrypted_card(network, refused)
            answer = await played.initiator.call(network, "cards", {"encryptedCard": card})
            assert answer.status == 400
        played.numbers |= {number, "4539578763621486", "4111111111111112"}
        played.tokens |= story.numbers
        played.cryptograms |= story.cryptograms
    await played.initiator.with_consumer("kept@shop.test")
    assert len(played.tokens) == len(played.correlation_ids) == 4
    assert len(played.cryptograms) == 12
    assert len(played.codes) >= 7
    return played


async def contents(dsn: str) -> dict[str, str]:
    """Every column of every table as one text; bytes as hex and as the characters they may be."""
    connection = await asyncpg.connect(dsn=dsn)
    try:
        texts = {}
        for table, column, kind in await connection.fetch(COLUMNS):
            rows = await connection.fetch(f'SELECT "{column}"::text AS value FROM "{table}"')
            values = [row["value"] for row in rows if row["value"] is not None]
            if kind == "bytea":
                raw = [bytes.fromhex(value.removeprefix("\\x")) for value in values]
                values += [one.decode("latin-1") for one in raw]
            texts[f"{table}.{column} {kind}"] = "\n".join(values)
        return texts
    finally:
        await connection.close()


async def places(server: RunningServer, http: aiohttp.ClientSession) -> dict[str, str]:
    """Everything that the server wrote, logged or shows to operators, by where."""
    async with http.get(f"{server.control}/metrics") as response:
        metrics = await response.text()
    log = server.log.read_text(errors="replace")
    return {"log": log, "metrics": metrics, **await contents(server.dsn)}


def found(secrets: set[str], places: dict[str, str]) -> Iterator[tuple[str, str]]:
    """(place, secret) of every occurrence of a secret as it is."""
    for place, text in places.items():
        packed = text.replace(" ", "").replace("-", "")
        for secret in secrets:
            if secret in text or (secret.isdigit() and secret in packed):
                yield place, secret


def found_codes(codes: set[str], places: dict[str, str]) -> Iterator[tuple[str, str]]:
    """(place, code) of every occurrence of a code as a word of its own.

    Six digits also occur in ids, in instants and in durations, so that neither a letter, a digit
    nor a decimal point may touch them; and only places that hold text are looked at.
    """
    for place, text in places.items():
        if not place.endswith(("log", "metrics", " text", " jsonb", " text[]")):
            continue
        for code in codes:
            if re.search(rf"(?<![\w.+/-]){code}(?![\w+/-])", text):
                yield place, code


async def test_the_search_sees_what_is_there_to_be_seen(
    played: Played, server: RunningServer, http: aiohttp.ClientSession
) -> None:
    everywhere = await places(server, http)
    logged = {place for place, _ in found(played.correlation_ids, everywhere)}
    last_four = {"4242"} | {number[-4:] for number in CARDS.values()}

    assert {
        "log",
        "checkout_session.src_correlation_id text",
        "checkout.request jsonb",
    } & logged == {
        "log",
        "checkout_session.src_correlation_id text",
    }
    assert dict(found_codes(last_four, everywhere)).keys() >= {"digital_card.pan_last_four text"}
    assert "src_system" in everywhere["metrics"]
    planted = {"a.b text": "code=012345.", "a.c bytea": "012345", "log": "12.012345 a012345"}
    assert list(found_codes({"012345"}, planted)) == [("a.b text", "012345")]
    assert list(found({"4111111111111111"}, {"x": "4111 1111-1111 1111"})) == [
        ("x", "4111111111111111")
    ]


async def test_no_card_number_is_kept_logged_or_counted(
    played: Played, server: RunningServer, http: aiohttp.ClientSession
) -> None:
    assert list(found(played.numbers, await places(server, http))) == []


async def test_no_network_token_or_cryptogram_is_kept_logged_or_counted(
    played: Played, server: RunningServer, http: aiohttp.ClientSession
) -> None:
    assert list(found(played.tokens | played.cryptograms, await places(server, http))) == []


async def test_no_one_time_code_is_kept_logged_or_counted(
    played: Played, server: RunningServer, http: aiohttp.ClientSession
) -> None:
    assert list(found_codes(played.codes, await places(server, http))) == []


async def test_no_token_that_signs_a_person_in_is_kept_or_logged(
    new_sandbox: Callable[..., Awaitable[Initiator]],
    server: RunningServer,
    http: aiohttp.ClientSession,
) -> None:
    story = Story(await new_sandbox(), "visa")
    await sign_in(story)
    signatures = {token.rpartition(".")[2] for token in (story.id_token, story.recognition_token)}

    assert list(found(signatures, await places(server, http))) == []


async def test_no_secret_of_a_client_is_kept_in_clear_or_logged(
    new_sandbox: Callable[..., Awaitable[Initiator]],
    server: RunningServer,
    http: aiohttp.ClientSession,
) -> None:
    signer = await register(await new_sandbox())
    sections = signer.authentication
    access_token = await signer.access_token("discover")
    for network in NATIVE:
        assert (await signer.send(await signer.signed(network))).status == 200
        await signer.send(await signer.with_wrong_secrets().signed(network))
    secrets = {
        sections["xPayToken"]["sharedSecret"],
        sections["oauth2"]["clientSecret"],
        sections["oauth1"]["privateKey"].splitlines()[5],
        access_token.rpartition(".")[2],
    }
    everywhere = await places(server, http)

    assert list(found(secrets, everywhere)) == []
    assert sections["oauth1"]["consumerKey"] in everywhere["credential_name.name text"]
