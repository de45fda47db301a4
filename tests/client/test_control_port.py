"""The control port by the client: sandboxes and all that they hold, as typed results."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest

from src_system import __version__
from src_system.client import ControlPort, Refused, Sandbox, SrcSystemError, TimedOut
from src_system.client.control_port import control_url
from tests.client.conftest import EMAIL, PANS
from tests.conftest import RunningServer


async def test_a_sandbox_lives_as_long_as_its_block(port: ControlPort) -> None:
    async with port.new_sandbox("lives-shortly", seed=7, clock="2026-11-23T09:00:00Z") as sandbox:
        found = await port.sandbox("lives-shortly")
        assert (found.seed, found.details.clock.mode) == ("7", "frozen")
        assert found.details.clock.now == datetime(2026, 11, 23, 9, tzinfo=UTC)
        assert found.urls["visa"].src == sandbox.urls["visa"].src
        assert "lives-shortly" in [one.name for one in await port.list_sandboxes()]
        assert "d" not in repr(sandbox.details.clients[0].jwks).split("(")[1]

    with pytest.raises(Refused) as refused:
        await port.sandbox("lives-shortly")
    assert (refused.value.status, refused.value.reason) == (404, "NOT_FOUND")


async def test_a_sandbox_that_is_gone_already_ends_its_block_in_peace(port: ControlPort) -> None:
    async with port.new_sandbox(ttl=timedelta(hours=1), profile="strict", issuer=True) as sandbox:
        kinds = {one.kind for one in await sandbox.clients.list()}
        assert kinds == {"SRC_INITIATOR", "PARTICIPATING_ISSUER"}
        assert sandbox.details.profile == "strict"
        assert sandbox.details.expires_at is not None
        await port.delete_sandbox(sandbox.name)

    with pytest.raises(Refused):
        await sandbox.delete()


async def test_a_refused_member_is_named(port: ControlPort) -> None:
    with pytest.raises(Refused, match=r"refused with 400 INVALID_ARGUMENT at clock\.at") as refused:
        await port.create_sandbox(clock="yesterday")

    assert refused.value.source == "clock.at"
    assert refused.value.src_correlation_id is None


async def test_the_installation_tells_its_version_and_its_test_numbers(port: ControlPort) -> None:
    assert await port.is_ready()
    assert (await port.version()).version == __version__
    pans = await port.test_pans()
    assert pans["visa"].test_pans[0].primary_account_number == PANS["visa"]
    assert pans["amex"].card_security_code_digits == 4


async def test_a_clock_is_frozen_moved_shifted_and_let_go(sandbox: Sandbox) -> None:
    at = datetime(2030, 1, 1, tzinfo=UTC)
    assert (await sandbox.clock.freeze(at)).now == at
    moved = await sandbox.clock.advance(timedelta(minutes=10, seconds=0.5))
    assert (moved.now, moved.fired) == (at + timedelta(minutes=10, seconds=0.5), [])
    assert (await sandbox.clock.advance("P1D")).now == moved.now + timedelta(days=1)
    ahead = await sandbox.clock.shift(timedelta(days=365))
    assert (ahead.mode, ahead.offset_seconds) == ("offset", 31_536_000)
    assert abs((await sandbox.clock.run_from(at)).now - at) < timedelta(seconds=5)
    assert (await sandbox.clock.run()).mode == "real"
    assert abs(await sandbox.clock.now() - datetime.now(UTC)) < timedelta(seconds=5)
    with pytest.raises(Refused, match=r"clock\.mode"):
        await sandbox.clock.advance("PT1M")


async def test_what_a_time_brings_is_known_before_and_told_after(sandbox: Sandbox) -> None:
    await sandbox.clock.freeze("2030-01-01T00:00:00Z")
    await sandbox.add_consumer(EMAIL, networks=["visa"])
    await sandbox.initiator()["visa"].initiate_identity_validation(EMAIL)
    until = datetime(2030, 1, 1, 0, 6, tzinfo=UTC)
    due = await sandbox.clock.due(until=until)
    advance = await sandbox.clock.advance("PT6M")

    assert [one.kind for one in due] == ["oneTimeCode"]
    assert advance.fired == due
    assert advance.counts == {"oneTimeCode": 1}
    assert await sandbox.clock.due(from_=until, until=until) == []


async def test_clients_and_shops_are_added_changed_and_switched_off(sandbox: Sandbox) -> None:
    client = await sandbox.clients.add(name="Own", authentication={"scheme": "oauth2"})
    assert client.authentication["oauth2"]["clientId"] == client.src_client_id
    assert (await sandbox.clients.change(client.src_client_id, business="psp")).business == "psp"
    assert (await sandbox.clients.suspend(client.src_client_id)).status == "DISABLED"
    assert (await sandbox.clients.resume(client.src_client_id)).status == "ACTIVE"
    expired = await sandbox.clients.expire(client.src_client_id)
    assert expired.payload_keys[0]["notAfter"] is not None
    shop = await sandbox.dpas.add(
        srcClientId=client.src_client_id, dpaData={"dpaName": "Shop"}, markets=["KW"]
    )
    assert (await sandbox.dpas.show(shop.src_dpa_id)).markets == ["KW"]
    assert (await sandbox.dpas.change(shop.src_dpa_id, markets=["US"])).markets == ["US"]
    assert (await sandbox.dpas.suspend(shop.src_dpa_id)).status == "DISABLED"
    assert (await sandbox.dpas.resume(shop.src_dpa_id)).status == "ACTIVE"
    await sandbox.dpas.remove(shop.src_dpa_id)
    await sandbox.clients.remove(client.src_client_id)
    assert len(await sandbox.dpas.list()) == len(await sandbox.clients.list()) == 1
    assert (await sandbox.refresh()).dpas == await sandbox.dpas.list()


async def test_people_and_cards_are_put_in_place_and_changed(sandbox: Sandbox) -> None:
    placed = await sandbox.add_consumer(EMAIL, cards=PANS, networks=["visa"], locale="en_US")
    (visa,) = await sandbox.consumers.list(network="visa", identity=EMAIL)
    assert visa.src_consumer_id == placed.profiles["visa"].src_consumer_id
    for state, status in (
        (await sandbox.consumers.lock("visa", visa.src_consumer_id), "LOCKED"),
        (await sandbox.consumers.unlock("visa", visa.src_consumer_id), "ACTIVE"),
        (await sandbox.consumers.suspend("visa", visa.src_consumer_id), "SUSPENDED"),
        (await sandbox.consumers.resume("visa", visa.src_consumer_id), "ACTIVE"),
    ):
        assert state.status == status
    until = datetime(2040, 1, 1, tzinfo=UTC)
    locked = await sandbox.consumers.lock("visa", visa.src_consumer_id, until=until)
    assert locked.locked_until == until
    changed = await sandbox.consumers.change("visa", visa.src_consumer_id, firstName="Ana")
    assert changed.first_name == "Ana"
    shown = await sandbox.consumers.show("visa", visa.src_consumer_id)
    (card,) = shown.cards
    assert card.src_digital_card_id == placed.card_on("visa")
    second = await sandbox.cards.add(
        network="visa",
        srcConsumerId=visa.src_consumer_id,
        primaryAccountNumber="4012888888881881",
        panExpirationMonth="01",
        panExpirationYear="2035",
    )
    assert (await sandbox.cards.suspend("visa", second.src_digital_card_id)).status == "SUSPENDED"
    assert (await sandbox.cards.resume("visa", second.src_digital_card_id)).status == "ACTIVE"
    renewed = await sandbox.cards.change(
        "visa", second.src_digital_card_id, panExpirationYear="2036"
    )
    assert renewed.pan_expiration_year == "2036"
    assert (await sandbox.cards.expire("visa", second.src_digital_card_id)).status == "EXPIRED"
    await sandbox.cards.remove("visa", second.src_digital_card_id)
    assert (await sandbox.cards.show("visa", second.src_digital_card_id)).status == "CANCELLED"
    assert len(await sandbox.cards.list()) == 5
    await sandbox.consumers.remove("visa", visa.src_consumer_id)
    assert await sandbox.consumers.list(network="visa") == []
    await sandbox.reset()
    assert await sandbox.consumers.list() == []
    with pytest.raises(LookupError, match="no card on visa"):
        (await sandbox.consumers.add(emailAddress=EMAIL, networks=["visa"])).card_on("visa")


async def test_a_list_of_any_length_comes_whole(sandbox: Sandbox) -> None:
    names = [f"shop-{number:04d}" for number in range(1_005)]
    await sandbox.fixtures(
        dpas=[{"srcDpaId": name, "dpaData": {"dpaName": name}} for name in names]
    )

    found = [one.src_dpa_id for one in await sandbox.dpas.list()]

    assert set(names) <= set(found)
    assert len(found) == len(set(found)) == len(names) + 1


async def test_each_code_is_read_once_and_only_while_it_is_good(sandbox: Sandbox) -> None:
    await sandbox.add_consumer(
        EMAIL,
        networks=["visa", "amex"],
        mobileNumber={"countryCode": "1", "phoneNumber": "2025550143"},
    )
    shop = sandbox.initiator()
    for _ in range(2):
        await shop["visa"].initiate_identity_validation(EMAIL)
    newest = await sandbox.otps.next(EMAIL, network="visa")
    states = [one.state for one in await sandbox.otps.list(EMAIL)]
    assert states == ["superseded", "issued"]
    assert newest == (await sandbox.otps.list())[-1]

    begun = time.monotonic()
    with pytest.raises(TimedOut, match=r"No one-time code for ana@shop\.test from visa came"):
        await sandbox.otps.next(EMAIL, network="visa", seconds=0.2)
    assert time.monotonic() - begun < 5

    waiting = asyncio.create_task(sandbox.otps.code(EMAIL, "amex"))
    await asyncio.sleep(0.1)
    await shop["amex"].initiate_identity_validation(EMAIL)
    assert len(await waiting) == 6
    await shop["visa"].initiate_identity_validation(EMAIL, channel="SMS")
    await sandbox.otps.skip(EMAIL)
    with pytest.raises(TimedOut):
        await sandbox.otps.next(EMAIL, seconds=0.1)
    (text,) = await sandbox.otps.list(channel="SMS")
    assert text.destination == "12025550143"


async def test_a_fork_goes_on_by_itself_with_ids_of_its_own(sandbox: Sandbox) -> None:
    await sandbox.add_consumer(EMAIL, cards=PANS)
    first = sandbox.initiator()
    fork = await sandbox.fork("forked-here", ttl=timedelta(hours=1))
    try:
        assert (fork.seed, fork.details.expires_at is not None) == (sandbox.seed, True)
        await sandbox.reset()
        assert len(await fork.consumers.list()) == 4
        transactions = [
            one.session.srci_transaction_id
            for one in (first, sandbox.initiator(), fork.initiator(), fork.initiator())
        ]
        assert len(set(transactions)) == 4
    finally:
        await fork.delete()


async def test_whoever_finds_a_sandbox_does_not_repeat_anothers_ids(
    port: ControlPort, sandbox: Sandbox
) -> None:
    found = [await port.sandbox(sandbox.name) for _ in range(2)]
    ids = {one.initiator().session.srci_transaction_id for one in (sandbox, *found)}

    assert len(ids) == 3


async def test_a_sandbox_is_put_back_to_a_snapshot(sandbox: Sandbox) -> None:
    await sandbox.clock.freeze("2030-01-01T00:00:00Z")
    taken = await sandbox.snapshots.take("before")
    await sandbox.add_consumer(EMAIL, cards=PANS)
    await sandbox.clock.advance("P1D")

    details = await sandbox.restore("before")

    assert taken.simulated_at == details.clock.now == datetime(2030, 1, 1, tzinfo=UTC)
    assert await sandbox.consumers.list() == []
    assert [one.name for one in await sandbox.snapshots.list()] == ["before"]
    await sandbox.snapshots.remove("before")
    assert await sandbox.snapshots.list() == []


async def test_a_reset_takes_the_clock_along_when_asked_to(port: ControlPort) -> None:
    async with port.new_sandbox(clock="2030-01-01T00:00:00Z") as sandbox:
        await sandbox.clock.advance("P1D")
        assert (await sandbox.reset()).clock.now == datetime(2030, 1, 2, tzinfo=UTC)
        assert (await sandbox.reset(clock=True)).clock.now == datetime(2030, 1, 1, tzinfo=UTC)


async def test_a_reset_leaves_fault_rules_when_asked_to(sandbox: Sandbox) -> None:
    rule = await sandbox.faults.add("http=503", operation="identityLookup")
    visa = sandbox.initiator()["visa"]
    with pytest.raises(Refused):
        await visa.identity_lookup(EMAIL)

    await sandbox.reset(keep_faults=True)
    (kept,) = await sandbox.faults.list()
    assert (kept.id, kept.effect, kept.applied) == (rule.id, rule.effect, 1)
    with pytest.raises(Refused):
        await sandbox.initiator()["visa"].identity_lookup(EMAIL)
    await sandbox.reset()

    assert await sandbox.faults.list() == []


async def test_notifications_are_listed_and_sent_again(sandbox: Sandbox) -> None:
    client = sandbox.details.clients[0].src_client_id
    await sandbox.clients.change(client, notificationUrl="http://127.0.0.1:9/nobody")
    await sandbox.clock.freeze()
    placed = await sandbox.add_consumer(EMAIL, cards={"visa": PANS["visa"]})
    shop = sandbox.initiator()
    await shop.sign_in(EMAIL, sandbox.otps.code)
    await shop["visa"].checkout(placed.card_on("visa"), amount="5.00")
    await sandbox.cards.suspend("visa", placed.card_on("visa"))

    page = await sandbox.notifications.page(client=client, network="visa", wait=10)
    assert page.notifications[0].src_digital_card_id == placed.card_on("visa")
    replayed = await sandbox.notifications.replay(page.notifications[0].id)
    assert replayed.state == "PENDING"
    listed = await sandbox.notifications.list()
    assert {one.id for one in listed} >= {replayed.id}


async def test_who_trusts_whom_can_be_changed(sandbox: Sandbox) -> None:
    changed = await sandbox.federate({"amex": ["visa"]})

    assert changed.trusted_networks["amex"] == ["visa", "amex"]
    assert (await sandbox.federation()).trusted_networks == changed.trusted_networks


async def test_a_protocol_port_is_reached_where_one_says_it_is(
    server: RunningServer, sandbox: Sandbox
) -> None:
    host = server.protocol.replace("127.0.0.1", "localhost")
    async with ControlPort(server.control, protocol=f"{host}/") as elsewhere:
        there = await elsewhere.sandbox(sandbox.name)
        assert there.urls["visa"].src == f"{host}/s/{sandbox.name}/visa/src/v1"
        assert not (await there.initiator().identity_lookup(EMAIL))["visa"].consumer_present


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("127.0.0.1:8081", "http://127.0.0.1:8081"),
        ("https://sim.test/control/", "https://sim.test/control"),
        ("0.0.0.0:8081", "http://127.0.0.1:8081"),
        ("http://[::]:8081", "http://[::1]:8081"),
        ("localhost", "http://localhost"),
    ],
)
def test_a_control_port_is_written_as_url_or_as_host_and_port(text: str, url: str) -> None:
    assert control_url(text) == url


@pytest.mark.parametrize("text", ["", "http://", "ftp://sim.test", "host:notaport"])
def test_what_is_no_address_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(SrcSystemError, match="The control port is a URL or host:port"):
        ControlPort(text)
