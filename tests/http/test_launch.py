"""A sandbox seeded with the launch: the same as by ordinary enrolment, and good for checkouts."""

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import asyncpg
import pytest

from src_system.clock import parse_iso
from src_system.crypto import jwe, jws
from src_system.crypto.rsa_keys import private_from_jwk
from src_system.derive import Derivation
from src_system.fixtures.launch.people import People, Person
from src_system.model.consumer import ConsumerStatus
from src_system.model.digital_card import DigitalCardStatus
from src_system.networks import PROFILES
from tests.conftest import RunningServer
from tests.http.initiator import Initiator

SEED, AT = "launch-test", "2026-11-23T09:00:00Z"
CLOCK = {"mode": "frozen", "at": AT}
CONSUMERS, DPAS = 300, 120
TABLES = {
    "consumer": "src_consumer_id",
    "consumer_identity": "identity_value",
    "shipping_address": "address_id",
    "digital_card": "src_digital_card_id",
}
OWN = "(SELECT sandbox_id FROM sandbox WHERE name = $1)"
COUNT = f"SELECT count(*) FROM consumer_identity WHERE sandbox_id = {OWN}"


def command(server: RunningServer, *arguments: str) -> list[str]:
    return [
        *(sys.executable, "-m", "src_system", "seed", "--profile=launch", "--format=json"),
        *(f"--database-url={server.dsn}", f"--data-dir={server.log.parent / 'data'}"),
        *arguments,
    ]


async def seed(server: RunningServer, *arguments: str) -> dict[str, Any]:
    """The summary of a run that went well."""
    done = await asyncio.to_thread(
        subprocess.run, command(server, *arguments), capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document


@pytest.fixture
async def database(server: RunningServer) -> AsyncIterator[asyncpg.Connection]:
    """A connection to the server's own database."""
    connection = await asyncpg.connect(server.dsn)
    yield connection
    await connection.close()


@pytest.fixture
async def launched(new_sandbox, server):
    """A sandbox of the launch, small."""
    initiator = await new_sandbox(seed=SEED, clock=CLOCK)
    summary = await seed(
        server, f"--sandbox={initiator.name}", f"--consumers={CONSUMERS}", f"--dpas={DPAS}"
    )
    assert summary["consumers"] == {"added": CONSUMERS, "present": 0}
    assert summary["dpas"] == {"added": DPAS, "present": 0}
    assert summary["clients"] == {"added": 42}
    return initiator


@pytest.fixture(scope="session")
def people() -> list[Person]:
    """Who must be there."""
    everybody = People(Derivation(SEED), parse_iso(AT))
    return [everybody.person(number) for number in range(CONSUMERS)]


def document_of(person: Person) -> dict[str, Any]:
    """The person as a fixtures document."""
    new = person.new
    return {
        "emailAddress": new.email_address,
        "mobileNumber": new.mobile_number
        and {
            "countryCode": new.mobile_number.country_code,
            "phoneNumber": new.mobile_number.phone_number,
        },
        "firstName": new.first_name,
        "lastName": new.last_name,
        "fullName": new.full_name,
        "countryCode": new.country_code,
        "locale": new.locale,
        "status": person.status,
        "shippingAddresses": [camel(one) for one in person.shipping_addresses],
        "cards": [
            {
                "network": card.network,
                "primaryAccountNumber": card.pan.digits,
                "panExpirationMonth": card.expiry.month,
                "panExpirationYear": card.expiry.year,
                "cardholderFullName": new.full_name,
                "status": card.status,
                "pendingEvents": list(card.pending_events),
                "billingAddress": camel(person.home_address),
            }
            for card in person.cards
        ],
    }


def camel(address: Any) -> dict[str, Any]:
    members = {name: getattr(address, name) for name in address.__slots__}
    return {"countryCode": members.pop("country_code"), **members}


async def rows(database: asyncpg.Connection, table: str, sandbox: str) -> list[dict[str, Any]]:
    """The sandbox's rows but for its name, and for ciphertext, which never repeats."""
    order = TABLES[table]
    found = await database.fetch(
        f"SELECT * FROM {table} WHERE sandbox_id = {OWN} ORDER BY network, {order}", sandbox
    )
    return [
        {name: value for name, value in row.items() if name not in {"sandbox_id", "pan_sealed"}}
        for row in found
    ]


async def test_a_seeded_sandbox_is_row_for_row_what_ordinary_enrolment_makes(
    launched, new_sandbox, database, people
):
    ordinary = await new_sandbox(seed=SEED, clock=CLOCK)
    for first in range(0, CONSUMERS, 50):
        some = [document_of(person) for person in people[first : first + 50]]
        answer = await ordinary.manage("POST", "/fixtures", {"consumers": some})
        assert answer.status == 200, answer.body

    for table in TABLES:
        seeded = await rows(database, table, launched.name)
        assert len(seeded) > CONSUMERS / 2
        assert seeded == await rows(database, table, ordinary.name)


async def test_a_second_run_adds_nothing_and_a_larger_one_adds_the_rest(launched, server, database):
    before = await database.fetchval(COUNT, launched.name)
    same = (f"--sandbox={launched.name}", f"--dpas={DPAS}")

    again = await seed(server, *same, f"--consumers={CONSUMERS}")
    after_again = await database.fetchval(COUNT, launched.name)
    more = await seed(server, *same, f"--consumers={CONSUMERS + 40}")

    assert again["consumers"] == {"added": 0, "present": CONSUMERS}
    assert (again["dpas"], again["clients"]) == ({"added": 0, "present": DPAS}, {"added": 0})
    assert after_again == before
    assert more["consumers"] == {"added": 40, "present": CONSUMERS}
    assert await database.fetchval(COUNT, launched.name) > before


async def test_whoever_was_taken_away_comes_back_and_nobody_twice(launched, server, database):
    before = await database.fetchval(COUNT, launched.name)
    await database.execute(
        f"DELETE FROM consumer WHERE sandbox_id = {OWN} AND email_address = $2",
        launched.name,
        "shopper-0@launch.test",
    )

    summary = await seed(
        server, f"--sandbox={launched.name}", f"--consumers={CONSUMERS}", f"--dpas={DPAS}"
    )

    assert summary["consumers"] == {"added": 1, "present": CONSUMERS - 1}
    assert await database.fetchval(COUNT, launched.name) == before


async def test_an_interrupted_run_leaves_whole_chunks_and_the_next_one_completes_it(
    new_sandbox, server, database
):
    initiator = await new_sandbox(seed=SEED)
    arguments = (f"--sandbox={initiator.name}", "--consumers=9000", "--dpas=0")
    distinct = COUNT.replace("*", "DISTINCT identity_value")
    everybody = People(Derivation(SEED), parse_iso(AT))

    def identities(first: int, last: int) -> int:
        return sum(len(everybody.person(one).new.identities) for one in range(first, last))

    chunks = {identities(first, first + 1000) for first in range(0, 9000, 1000)}
    process = await asyncio.create_subprocess_exec(
        *command(server, *arguments),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        # Tests that run in the background of a shell have inherited that Ctrl-C is ignored.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )
    while not await database.fetchval(COUNT, initiator.name):
        await asyncio.sleep(0.02)
        assert process.returncode is None
    process.send_signal(signal.SIGINT)
    _, problem = await process.communicate()
    left = await database.fetchval(distinct, initiator.name)

    summary = await seed(server, *arguments)

    assert process.returncode == 130, problem
    assert b"goes on where it was" in problem
    assert 0 < left < identities(0, 9000)
    assert left >= min(chunks)
    assert summary["consumers"]["present"] % 1000 == 0
    assert summary["consumers"]["added"] == 9000 - summary["consumers"]["present"]
    assert await database.fetchval(distinct, initiator.name) == identities(0, 9000)


def usable(people: list[Person], network: str) -> Person:
    """Somebody whose profile and first card of the network are in order."""
    return next(
        person
        for person in people
        if person.status is ConsumerStatus.ACTIVE
        and person.new.email_address
        and any(card.network == network for card in person.cards)
        and all(
            card.status is DigitalCardStatus.ACTIVE and not card.expiry.is_past(parse_iso(AT))
            for card in person.cards
            if card.network == network
        )
    )


async def shop_that_decrypts_itself(launched: Initiator) -> tuple[dict[str, Any], dict[str, Any]]:
    """A DPA with a payload key under its own id, and that key."""
    clients = (await launched.manage("GET", "/clients?limit=100")).body["clients"]
    held = {
        recipient["recipientId"]: recipient["jwks"]["keys"][0]
        for client in clients
        for recipient in client["recipients"]
    }
    dpas = (await launched.manage("GET", "/dpas?limit=1000")).body["dpas"]
    dpa = next(dpa for dpa in dpas if dpa["srcDpaId"] in held)
    return dpa, held[dpa["srcDpaId"]]


async def test_a_seeded_consumer_is_found_validated_and_checks_out(launched, people):
    # One launch for all: making it takes longest.
    paid = [await found_validated_and_checked_out(launched, people, name) for name in PROFILES]

    assert paid == [200] * len(PROFILES)


async def found_validated_and_checked_out(launched, people, network):
    """What a shop of the launch does with a consumer of it; the status of the checkout."""
    person = usable(people, network)
    dpa, key = await shop_that_decrypts_itself(launched)
    caller = {"srcClientId": dpa["srcClientId"], "srcDpaId": dpa["srcDpaId"]}
    email = str(person.new.email_address)
    found = await launched.call(
        network,
        "identities/lookup",
        {
            **caller,
            "consumerIdentity": {"identityType": "EMAIL_ADDRESS", "identityValue": email},
        },
    )
    id_token = await launched.id_token(network, email)
    profile = await launched.call(network, "profiles/prepare", {**caller, "idTokens": [id_token]})
    cards = profile.body["profiles"][0]["maskedCards"]
    numbers = {card.pan.digits for card in person.cards if card.network == network}
    paid = await launched.checkout(
        network,
        **caller,
        idToken=id_token,
        srcDigitalCardId=cards[0]["srcDigitalCardId"],
        recipientIdCheckout=dpa["srcDpaId"],
        payloadTypeIndicatorCheckout="FULL",
    )

    assert found.body["consumerPresent"] is True
    assert {card["panLastFour"] for card in cards} == {number[-4:] for number in numbers}
    assert paid.status == 200, paid.body
    member = PROFILES[network].checkout_response_member
    response = json.loads(jws.parse(paid.body[member], max_length=65_536).payload)
    unopened = jwe.parse(response["encryptedPayload"], max_length=65_536)
    payload = json.loads(
        jwe.open_jwe(
            unopened,
            private_from_jwk(key),
            enc_allowed={PROFILES[network].content_encryption},
        )
    )
    assert payload["token"]["paymentToken"] not in numbers
    return paid.status


async def test_the_ready_made_client_and_shop_come_first_among_ten_thousand(launched):
    answer = await launched.manage("GET", "")

    assert answer.body["dpas"][0]["srciDpaId"] == "default-shop"
    assert answer.body["clients"][0]["srcClientId"] == answer.body["dpas"][0]["srcClientId"]
    assert len(answer.body["dpas"]) == 100


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--ephemeral"], "keeps nothing"),
        (["--consumers=99000000"], "--consumers"),
        (["--dpas=-1"], "--dpas"),
    ],
)
def test_what_cannot_be_seeded_is_refused_in_a_line(arguments, says):
    done = subprocess.run(
        [sys.executable, "-m", "src_system", "seed", "--profile=launch", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr


async def test_a_sandbox_that_is_not_there_is_refused(server):
    done = await asyncio.to_thread(
        subprocess.run,
        command(server, "--sandbox=nowhere", "--dpas=0", "--consumers=1"),
        capture_output=True,
        text=True,
    )

    assert done.returncode == 2
    assert "there is no sandbox nowhere" in done.stderr
