"""Forks: copies of a sandbox that go on exactly where it stands, and know nothing of each other."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable

import asyncpg
import pytest

from tests.conftest import RunningServer, sandbox_id_of
from tests.faults.invariants import BROKEN
from tests.http.initiator import CARDS, Answer, Initiator, Json
from tests.http.life import AMOUNT, CONFIRMED, FIRST, NETWORKS, REMEMBER, Life, Person, flows
from tests.http.opened import claims, everything_told, opened, payload_key
from tests.http.signers import Signer, register

FROZEN = {"mode": "frozen", "at": "2026-11-23T09:00:00Z"}
FORK_SECONDS = 0.5  # ten times what it may take, for the machine may be busy with other things
by_network = pytest.mark.parametrize("network", NETWORKS)
NewSandbox = Callable[..., Awaitable[Initiator]]


async def forked(initiator: Initiator, **members: object) -> Initiator:
    """A fork of the sandbox."""
    answer = await initiator.manage("POST", "/fork", dict(members))
    assert answer.status == 201, answer.body
    return Initiator(initiator.session, initiator.control, answer.body)


@pytest.fixture
async def lived(new_sandbox: NewSandbox) -> Initiator:
    """A sandbox in which much has happened."""
    initiator = await new_sandbox(seed="fork", clock=FROZEN)
    await Life(initiator).play(flows())
    return initiator


async def goes_on(person: Person) -> None:
    """What only somebody can do who was enrolled and validated before."""
    begun = {"consumerIdentity": person.identity}
    first = await person.ask("identities/validation/initiate", begun)
    proof = {
        "idValidationSessionId": first["idValidationSessionId"],
        "validationData": await person.code(),
        "complianceSettings": REMEMBER,
    }
    done = await person.ask("identities/validation/complete", proof)
    session, profile = await person.profile(done["idToken"])
    card_id = profile["maskedCards"][0]["srcDigitalCardId"]
    # The same transaction as before: one checkout, with its next cryptogram.
    again = f"tx-same-{person.network}"
    await person.pay(card_id, srcCorrelationId=session, srciTransactionId=again)
    await person.pay(card_id, srcCorrelationId=session, srciTransactionId="new")
    confirmed = {"srcCorrelationId": session, "confirmationData": CONFIRMED}
    await person.ask("confirmations", confirmed, status=204)


async def test_a_fork_answers_from_then_on_what_the_original_answers(lived: Initiator) -> None:
    fork = await forked(lived)
    lives = Life(lived), Life(fork)

    for life in lives:
        for number, network in enumerate(NETWORKS):
            # The name and number of somebody who was there before.
            await goes_on(Person(life, "returning", network, 100 + number))
        await life.play(flows({"afterwards": FIRST["proving"]}))
    answers = [everything_told(life) for life in lives]

    assert len(answers[0]) > 80
    assert answers[0] == answers[1]
    assert fork.sandbox["clients"] == lived.sandbox["clients"]
    assert fork.sandbox["dpas"] == lived.sandbox["dpas"]
    assert fork.sandbox["seed"] == lived.sandbox["seed"]
    assert fork.sandbox["clock"] == lived.sandbox["clock"]
    assert fork.name in fork.sandbox["urls"]["visa"]["src"]


async def test_the_clock_of_a_fork_is_where_the_original_stood_and_moves_alone(
    new_sandbox: NewSandbox,
) -> None:
    initiator = await new_sandbox(clock=FROZEN)
    await initiator.manage("POST", "/clock/advance", {"by": "P1D"})

    fork = await forked(initiator)
    await fork.manage("POST", "/clock/advance", {"by": "PT1H"})

    assert fork.sandbox["clock"]["now"] == "2026-11-24T09:00:00.000Z"
    assert (await fork.manage("GET", "/clock")).body["now"] == "2026-11-24T10:00:00.000Z"
    assert (await initiator.manage("GET", "/clock")).body["now"] == "2026-11-24T09:00:00.000Z"


async def test_what_happens_in_one_does_not_happen_in_the_other(initiator: Initiator) -> None:
    cards = await initiator.with_consumer()
    [card_id] = [one["srcDigitalCardId"] for one in cards if one["network"] == "visa"]
    path = f"/cards/visa/{card_id}"
    fork = await forked(initiator)

    await initiator.manage("POST", f"{path}/suspend")
    await fork.with_consumer("only-here@shop.test", mobileNumber=None)
    await fork.manage("DELETE", f"/clients/{fork.client_id}")
    statuses = [(await one.manage("GET", path)).body["status"] for one in (initiator, fork)]
    people = [
        len((await one.manage("GET", "/consumers?network=visa")).body["consumers"])
        for one in (initiator, fork)
    ]

    assert statuses == ["SUSPENDED", "ACTIVE"]
    assert people == [1, 2]
    assert (await initiator.manage("GET", f"/clients/{initiator.client_id}")).status == 200


Use = Callable[[Initiator, str, str], Awaitable[Answer]]


async def use_id_token(initiator: Initiator, network: str, token: str) -> Answer:
    return await initiator.call(network, "profiles/prepare", {"idTokens": [token]})


async def use_recognition_token(initiator: Initiator, network: str, token: str) -> Answer:
    return await initiator.call(network, "identities/recognize", {"recognitionTokens": [token]})


async def use_prepared(initiator: Initiator, network: str, token: str) -> Answer:
    return await initiator.call(network, "transaction/credentials", {"checkoutRequestJws": token})


async def issue(initiator: Initiator, network: str) -> tuple[str, str, str]:
    """An idToken, a recognition token and a prepared checkout."""
    validation = await initiator.initiated(network)
    done = await initiator.call(
        network,
        "identities/validation/complete",
        {
            "idValidationSessionId": validation["idValidationSessionId"],
            "validationData": await initiator.code(),
            "complianceSettings": REMEMBER,
        },
    )
    profile = await use_id_token(initiator, network, done.body["idToken"])
    prepared = await initiator.call(
        network,
        "transaction/preparedata",
        {
            "srcDigitalCardId": profile.body["profiles"][0]["maskedCards"][0]["srcDigitalCardId"],
            "idToken": done.body["idToken"],
            "checkoutResponseUri": "https://shop.test/back",
            "dpaTransactionOptions": {"transactionAmount": AMOUNT},
        },
    )
    assert prepared.status == 200, prepared.body
    request = prepared.body.get("checkoutResponse") or prepared.body["checkoutRequestJws"]
    return done.body["idToken"], done.body["recognitionToken"], request


USES: tuple[Use, ...] = (use_id_token, use_recognition_token, use_prepared)


def is_good(answer: Answer) -> bool:
    """Whether the token was taken."""
    return answer.status == 200 and answer.body.get("recognized") is not False


@by_network
async def test_what_the_original_issued_before_is_good_in_the_fork_and_nothing_else(
    initiator: Initiator, network: str
) -> None:
    await initiator.with_consumer()
    before = await issue(initiator, network)
    fork = await forked(initiator)
    grandchild = await forked(fork)
    # Within the same instant of a frozen clock, too: it is not the time that tells.
    after, of_fork = await issue(initiator, network), await issue(fork, network)

    def outcomes(tokens: tuple[str, ...], *places: Initiator) -> list[Awaitable[Answer]]:
        return [
            use(place, network, token)
            for place in places
            for use, token in zip(USES, tokens, strict=True)
        ]

    good = [
        *outcomes(before, initiator, fork, grandchild),
        *outcomes(after, initiator),
        *outcomes(of_fork, fork),
    ]
    bad = [*outcomes(after, fork, grandchild), *outcomes(of_fork, initiator, grandchild)]

    assert [is_good(await one) for one in good] == [True] * len(good)
    assert [is_good(await one) for one in bad] == [False] * len(bad)
    assert claims(before[0])["sandboxEra"] < claims(after[0])["sandboxEra"]


async def bearer(signer: Signer, token: str) -> Answer:
    """A look-up at Discover with that access token."""
    call = signer.lookup("discover")
    call.headers["Authorization"] = f"Bearer {token}"
    return await signer.send(call)


async def test_a_clients_secrets_and_access_tokens_go_with_it(initiator: Initiator) -> None:
    signer = await register(initiator)
    before = (await signer.token("discover")).body["access_token"]
    fork = await forked(initiator)
    forked_signer = Signer(fork, signer.authentication, signer.src_client_id)
    after = (await signer.token("discover")).body["access_token"]

    signed = [
        (await forked_signer.send(await forked_signer.signed(network))).status
        for network in NETWORKS
    ]

    assert signed == [200] * 4
    assert [(await bearer(one, before)).status for one in (signer, forked_signer)] == [200, 200]
    assert [(await bearer(one, after)).status for one in (signer, forked_signer)] == [200, 401]


@by_network
async def test_numbers_and_security_codes_sealed_before_open_in_the_fork(
    initiator: Initiator, network: str
) -> None:
    person = Person(Life(initiator), "ana", network, 1)
    card_id = await person.enrol()
    fork = await forked(initiator)
    key = payload_key(fork)
    there = Person(Life(fork), "ana", network, 1)
    session, _ = await there.profile((await there.sign_in())["idToken"])

    asked = await there.ask(
        "authentication/initiate",
        {
            "srcCorrelationId": session,
            "accountReference": {"srcDigitalCardId": card_id},
            "authenticationMethod": {"authenticationMethodType": "CARD_SECURITY_CODE"},
            "authenticationContext": {"dpaTransactionOptions": {"transactionAmount": AMOUNT}},
        },
    )
    proof = {
        "authenticationSessionId": asked["authenticationSessionId"],
        "methodAttributes": {"cardSecurityCode": there.security_code},
    }
    proven = await there.ask("authentication/complete", proof)
    number = {"paymentOptions": [{"dynamicDataType": "NONE"}]}
    paid = await there.pay(card_id, srcCorrelationId=session, options=number)
    tokenised = await there.pay(card_id, srcCorrelationId=session)

    def payload(answer: Json) -> Json:
        response = answer.get("checkoutResponse") or answer["checkoutResponseJWS"]
        found: Json = opened(response, key)["claims"]["encryptedPayload"]["content"]
        return found

    assert proven["authenticationResult"] == "AUTHENTICATED"
    assert payload(paid)["card"]["primaryAccountNumber"] == CARDS[network]
    assert payload(tokenised)["token"]["paymentToken"] != CARDS[network]


async def test_a_code_that_was_sent_before_is_good_in_the_fork_and_only_once_in_each(
    initiator: Initiator,
) -> None:
    await initiator.with_consumer()
    validation = await initiator.initiated("visa")
    code = await initiator.code()
    fork = await forked(initiator)
    proof = {
        "idValidationSessionId": validation["idValidationSessionId"],
        "validationData": code,
    }

    for place in (fork, initiator):
        once = await place.call("visa", "identities/validation/complete", proof)
        twice = await place.call("visa", "identities/validation/complete", proof)
        assert (once.status, twice.status) == (200, 400)


async def test_a_sandbox_can_be_forked_while_it_is_used_and_no_copy_is_torn(
    initiator: Initiator, server: RunningServer
) -> None:
    cards = {one["network"]: one["srcDigitalCardId"] for one in await initiator.with_consumer()}
    token = await initiator.id_token("visa")
    answers: list[Answer] = []
    forks: list[Initiator] = []

    async def shop(number: int) -> None:
        while len(forks) < 8:
            answers.append(
                await initiator.checkout(
                    "visa",
                    srcDigitalCardId=cards["visa"],
                    idToken=token,
                    srciTransactionId=f"{number}-{len(answers)}",
                )
            )

    async def enrol(number: int) -> None:
        count = 0
        while len(forks) < 8:
            count += 1
            person = Person(Life(initiator), f"p{number}-{count}", "visa", 500 + number)
            await person.enrol()

    async def fork() -> None:
        while len(forks) < 8:
            forks.append(await forked(initiator))

    await asyncio.gather(
        *(shop(one) for one in range(4)), *(enrol(one) for one in range(2)), fork()
    )
    connection = await asyncpg.connect(server.dsn)
    broken = {}
    for one in forks:
        sandbox_id = await sandbox_id_of(connection, one.name)
        for name, statement in BROKEN.items():
            if rows := await connection.fetch(statement, sandbox_id):
                broken[name] = rows
    await connection.close()
    last = await forks[-1].checkout("visa", srcDigitalCardId=cards["visa"], idToken=token)

    assert {answer.status for answer in answers} == {200}
    assert len(answers) > 8
    assert broken == {}
    assert last.status == 200


async def test_a_sandbox_of_a_hundred_objects_is_forked_in_no_time(
    new_sandbox: NewSandbox, server: RunningServer
) -> None:
    expiry = {"panExpirationMonth": "12", "panExpirationYear": "2030"}
    people = [
        {
            "emailAddress": f"p{number}@shop.test",
            "networks": list(CARDS),
            "cards": [
                {"network": network, "primaryAccountNumber": card, **expiry}
                for network, card in CARDS.items()
            ],
        }
        for number in range(13)
    ]
    initiator = await new_sandbox(fixtures={"consumers": people})
    objects = 0
    for kind in ("clients", "dpas", "consumers", "cards"):
        objects += len((await initiator.manage("GET", f"/{kind}?limit=1000")).body[kind])

    took = []
    for _ in range(9):
        begun = time.perf_counter()
        await forked(initiator)
        took.append(time.perf_counter() - begun)

    print(f"{objects} objects forked in {sorted(took)[4] * 1000:.1f} ms (median of nine)")
    assert objects > 100
    assert min(took) < FORK_SECONDS


async def test_a_fork_has_its_own_name_and_its_own_end(initiator: Initiator) -> None:
    fork = await forked(initiator, name=f"{initiator.name}-b", ttl="PT1H")
    nameless = await forked(initiator)

    assert fork.name == f"{initiator.name}-b"
    assert fork.sandbox["expiresAt"] is not None
    assert nameless.sandbox["expiresAt"] is None
    assert len({initiator.name, fork.name, nameless.name}) == 3


@pytest.mark.parametrize(
    ("body", "status", "source"),
    [
        ({"name": "No Capitals"}, 400, "name"),
        ({"name": "default"}, 409, "name"),
        ({"ttl": "soon"}, 400, "ttl"),
    ],
)
async def test_a_fork_that_cannot_be_made_says_why(
    initiator: Initiator, body: Json, status: int, source: str
) -> None:
    answer = await initiator.manage("POST", "/fork", body)

    assert (answer.status, answer.source) == (status, source)


async def test_what_is_not_there_cannot_be_forked(initiator: Initiator) -> None:
    answer = await initiator.send(
        "POST",
        f"{initiator.control}/v1/sandboxes/nowhere/fork",
        data=json.dumps({}).encode(),
        headers={"Content-Type": "application/json"},
    )

    assert answer.status == 404
