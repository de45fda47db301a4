"""The journal by the client: calls listed, waited for, opened, explained, exported, cleared."""

import asyncio
import time
from collections.abc import Sequence

import pytest

from src_system.client import Initiator, Refused, Sandbox, TimedOut
from src_system.client.journal_answers import JournalEntry
from tests.client.conftest import EMAIL, PANS


def places(entries: Sequence[JournalEntry]) -> list[int]:
    """Where they stand."""
    return [entry.place for entry in entries]


async def looked_up(sandbox: Sandbox, count: int, network: str = "visa") -> None:
    """So many calls that are in the journal."""
    shop = sandbox.initiator()
    for _ in range(count):
        await shop[network].identity_lookup(EMAIL)


async def refused_checkout(sandbox: Sandbox, shop: Initiator) -> Refused:
    """What a checkout with a suspended card is answered."""
    profiles = await shop.sign_in(EMAIL, sandbox.otps.code)
    card = profiles["visa"].cards[0].src_digital_card_id
    await sandbox.cards.suspend("visa", card)
    with pytest.raises(Refused) as caught:
        await shop["visa"].checkout(card, amount="5.00")
    return caught.value


async def test_calls_are_found_by_every_filter(sandbox: Sandbox) -> None:
    await looked_up(sandbox, 2)
    shop = sandbox.initiator()
    with pytest.raises(Refused) as refused:
        await shop["amex"].enroll_card("not encrypted")
    last = (await sandbox.journal.wait(3))[-1]
    all_calls = sandbox.journal.list
    client, session = shop["amex"].registration.src_client_id, refused.value.src_correlation_id

    assert places(await all_calls()) == [1, 2, 3]
    assert places(await all_calls(operation="identityLookup")) == [1, 2]
    assert places(await all_calls(network="amex")) == [3]
    assert places(await all_calls(status=200)) == [1, 2]
    assert places(await all_calls(status="4xx")) == [3]
    assert places(await all_calls(correlation=session)) == [3]
    assert places(await all_calls(client=client)) == [1, 2, 3]
    assert places(await all_calls(client="somebody else")) == []
    assert places(await all_calls(reason=last.reason, network="amex")) == [3]
    assert places(await all_calls(after=1)) == [2, 3]
    assert [entry.place async for entry in sandbox.journal.entries(after=2)] == [3]
    page = await sandbox.journal.page(limit=2)
    assert ([entry.place for entry in page.entries], page.cursor) == ([1, 2], "2")
    assert (page.first_place, page.dropped) == (1, 0)
    with pytest.raises(Refused) as wrong:
        await sandbox.journal.list(status="often")
    assert wrong.value.source == "status"


async def test_a_journal_of_any_length_comes_whole(sandbox: Sandbox) -> None:
    visa = sandbox.initiator()["visa"]
    for _ in range(21):
        await asyncio.gather(*(visa.get("nowhere") for _ in range(50)))

    waited = await sandbox.journal.wait(1_050, seconds=20)

    assert [entry.place for entry in waited] == list(range(1, 1_051))
    assert await sandbox.journal.list() == waited


async def test_each_call_is_given_once_to_whoever_waits(sandbox: Sandbox) -> None:
    await looked_up(sandbox, 2)
    assert [one.place for one in await sandbox.journal.wait(2)] == [1, 2]

    waiting = asyncio.create_task(sandbox.journal.wait(2, network="amex", seconds=10))
    await asyncio.sleep(0.1)
    await looked_up(sandbox, 2, "amex")
    assert [one.place for one in await waiting] == [3, 4]
    assert [one.place for one in await sandbox.journal.wait(2)] == [3, 4]
    assert [one.place for one in await sandbox.journal.wait(after=1)] == [2, 3, 4]


async def test_waiting_in_vain_is_told_and_takes_nothing_away(sandbox: Sandbox) -> None:
    begun = time.monotonic()
    with pytest.raises(TimedOut, match=r"^No call with operation checkout came in 0\.2 s\.$"):
        await sandbox.journal.wait(operation="checkout", seconds=0.2)
    assert 0.2 <= time.monotonic() - begun < 5

    await looked_up(sandbox, 1)
    with pytest.raises(TimedOut, match=r"^1 of 2 calls came in 1 s\.$"):
        await sandbox.journal.wait(2, seconds=1)
    assert len(await sandbox.journal.wait()) == 1
    await looked_up(sandbox, 1)
    await sandbox.journal.page(after=1, wait=10)
    await sandbox.journal.skip()
    with pytest.raises(TimedOut):
        await sandbox.journal.wait(seconds=0)


async def test_calls_are_followed_as_they_come(sandbox: Sandbox) -> None:
    await looked_up(sandbox, 3)
    await sandbox.journal.wait(3)
    come: list[int] = []

    async def read() -> None:
        async for entry in sandbox.journal.follow(operation="identityLookup"):
            come.append(entry.place)
            if len(come) == 2:
                return

    reading = asyncio.create_task(read())
    while not reading.done():  # it follows from its first answer on, which nobody can see
        await looked_up(sandbox, 1)
        await asyncio.sleep(0.05)
    await reading

    assert come == [come[0], come[0] + 1]
    assert come[0] > 3
    async for entry in sandbox.journal.follow(after=0):
        assert entry.place == 1
        break


async def test_a_call_is_shown_raw_and_decoded_and_masked_unless_asked(
    sandbox: Sandbox, shop: Initiator
) -> None:
    profiles = await shop.sign_in(EMAIL, sandbox.otps.code)
    await shop["visa"].checkout(profiles["visa"].cards[0].src_digital_card_id, amount="5.00")
    (paid,) = await sandbox.journal.wait(operation="checkout")

    raw = await sandbox.journal.entry(paid.place)
    assert raw.request.headers["Content-Type"] == "application/json"
    assert '"srcDigitalCardId"' in raw.request.body
    assert (raw.response.body_encoding, raw.masked, raw.seen) == (None, True, {})

    opened = await sandbox.journal.decoded(paid.place)
    response = opened.artefacts["response.checkoutResponse"]
    assert (response.kind, response.is_valid, response.problem) == ("JWS", True, None)
    assert opened.artefacts["request.idToken"].header["alg"] == "RS256"
    inner = "response.checkoutResponse.encryptedPayload"
    assert PANS["visa"][:6] not in str(opened.artefacts[inner].content)

    clear = await sandbox.journal.decoded(paid.place, unmasked=True)
    assert not clear.masked
    assert clear.artefacts[inner].content != opened.artefacts[inner].content
    await sandbox.journal.entry(paid.place, unmasked=True)
    assert [(one.view, one.first_place) for one in await sandbox.journal.disclosures()] == [
        ("decoded", paid.place),
        ("raw", paid.place),
    ]


async def test_a_refusal_is_explained_by_its_place_and_by_its_session(
    sandbox: Sandbox, shop: Initiator
) -> None:
    refused = await refused_checkout(sandbox, shop)

    found = await sandbox.journal.explain(correlation=refused.src_correlation_id)

    assert (found.operation, found.is_refused, found.status) == ("checkout", True, refused.status)
    assert found.reason in refused.reasons
    assert found.rule is not None and found.rule.text
    assert found.seen["cardStatus"] == "SUSPENDED"
    assert found.would_pass
    assert await sandbox.journal.explain(found.place) == found
    first = await sandbox.journal.explain(1)
    assert (first.is_refused, first.rule, first.would_pass) == (False, None, None)


async def test_an_explanation_is_of_one_call_that_is_there(sandbox: Sandbox) -> None:
    for nowhere in ({}, {"place": 1, "correlation": "x"}):
        with pytest.raises(TypeError, match="a place or a correlation"):
            await sandbox.journal.explain(**nowhere)  # type: ignore[arg-type]
    with pytest.raises(Refused) as no_place:
        await sandbox.journal.explain(7)
    with pytest.raises(Refused) as no_session:
        await sandbox.journal.explain(correlation="nobody")

    assert (no_place.value.status, no_place.value.source) == (404, "place")
    assert (no_session.value.status, no_session.value.source) == (404, "correlation")


async def test_the_archive_holds_the_last_call_and_obeys_the_filters(
    sandbox: Sandbox, shop: Initiator
) -> None:
    await refused_checkout(sandbox, shop)

    archive = (await sandbox.journal.har())["log"]
    chosen = (await sandbox.journal.har(operation="checkout", status="4xx"))["log"]["entries"]
    behind = (await sandbox.journal.har(after=archive["entries"][-2]["_place"]))["log"]["entries"]

    assert archive["version"] == "1.2"
    assert archive["entries"][-1]["_operation"] == "checkout"
    assert chosen == behind == archive["entries"][-1:]
    assert await sandbox.journal.disclosures() == []
    await sandbox.journal.har(unmasked=True)
    (told,) = await sandbox.journal.disclosures()
    assert (told.view, told.last_place) == ("har", archive["entries"][-1]["_place"])


async def test_a_cleared_journal_goes_on_where_it_was(sandbox: Sandbox) -> None:
    await looked_up(sandbox, 2)
    await sandbox.journal.wait(2)
    await sandbox.journal.clear()
    assert await sandbox.journal.list() == []
    await looked_up(sandbox, 1)

    assert [one.place for one in await sandbox.journal.wait()] == [3]
    await sandbox.reset()
    await looked_up(sandbox, 1)
    assert [one.place for one in await sandbox.journal.wait()] == [4]
