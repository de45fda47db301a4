"""Snapshots: a sandbox kept as it stands, and put back to it, whatever is under way meanwhile."""

import asyncio
from collections.abc import Awaitable, Callable

import asyncpg
import pytest

from tests.conftest import RunningServer, sandbox_id_of
from tests.faults.invariants import BROKEN
from tests.http.initiator import CARDS, CONSENT, Answer, Initiator, Json
from tests.http.life import AMOUNT, NETWORKS, Life, Person, flows
from tests.http.opened import everything_told
from tests.http.test_dpa_batches import item, register, status

FROZEN = {"mode": "frozen", "at": "2026-11-23T09:00:00Z"}
SNAPSHOTS_MAX = 20
NewSandbox = Callable[..., Awaitable[Initiator]]


async def snap(initiator: Initiator, name: str = "before") -> Json:
    """Take a snapshot."""
    answer = await initiator.manage("POST", "/snapshots", {"name": name})
    assert answer.status == 201, answer.body
    return answer.body


async def restore(initiator: Initiator, name: str = "before") -> Json:
    """Put the sandbox back; its document."""
    answer = await initiator.manage("POST", f"/snapshots/{name}/restore")
    assert answer.status == 200, answer.body
    return answer.body


async def people(initiator: Initiator) -> set[str]:
    """Everybody's address at Visa."""
    answer = await initiator.manage("GET", "/consumers?network=visa")
    return {one["emailAddress"] for one in answer.body["consumers"]}


async def test_a_sandbox_goes_back_and_then_the_same_happens_again(
    new_sandbox: NewSandbox,
) -> None:
    initiator = await new_sandbox(seed="snapshot", clock=FROZEN)
    await initiator.with_consumer()
    await snap(initiator)
    first, second = Life(initiator), Life(initiator)

    await first.play(flows())
    await initiator.manage("POST", "/clock/advance", {"by": "P1D"})
    await initiator.manage("PUT", f"/clients/{initiator.client_id}", {"name": "Renamed"})
    document = await restore(initiator)
    back = await people(initiator)
    await second.play(flows())

    assert document == initiator.sandbox
    assert back == {"ana@shop.test"}
    assert len(first.told) > 250
    assert everything_told(first) == everything_told(second)


async def test_it_can_be_put_back_again_and_again_and_to_any_of_several(
    initiator: Initiator,
) -> None:
    await snap(initiator, "empty")
    await initiator.with_consumer()
    await snap(initiator, "with-ana")
    seen = []

    for name in ("empty", "with-ana", "empty", "with-ana"):
        await restore(initiator, name)
        seen.append(len(await people(initiator)))
        await initiator.with_consumer("bea@shop.test", mobileNumber=None)

    assert seen == [0, 1, 0, 1]
    listed = (await initiator.manage("GET", "/snapshots")).body["snapshots"]
    assert [one["name"] for one in listed] == ["empty", "with-ana"]


async def test_what_was_issued_after_the_snapshot_is_good_no_more(initiator: Initiator) -> None:
    await initiator.with_consumer()
    before = await initiator.id_token("visa")
    await snap(initiator)
    after = await initiator.id_token("visa")
    # Restored twice: what was issued in between is good no more, either.
    await restore(initiator)
    between = await initiator.id_token("visa")
    await restore(initiator)
    now = await initiator.id_token("visa")

    statuses = [
        (await initiator.call("visa", "profiles/prepare", {"idTokens": [token]})).status
        for token in (before, after, between, now)
    ]

    assert statuses == [200, 401, 401, 200]


async def test_cursors_go_on_and_a_waiting_reader_misses_no_code(initiator: Initiator) -> None:
    await initiator.with_consumer()
    await snap(initiator)
    for _ in range(3):
        await initiator.initiated("visa")
    cursor = (await initiator.manage("GET", "/otps")).body["cursor"]
    await restore(initiator)

    none = (await initiator.manage("GET", f"/otps?after={cursor}")).body["otps"]
    await initiator.initiated("visa")
    one = (await initiator.manage("GET", f"/otps?after={cursor}&wait=5")).body["otps"]

    assert (len(none), len(one)) == (0, 1)


async def test_a_snapshots_own_work_waits_until_it_is_put_back(new_sandbox: NewSandbox) -> None:
    initiator = await new_sandbox(clock=FROZEN)
    accepted = await register(initiator, "visa", item())
    batch_id = accepted.body["batchId"]
    await snap(initiator)
    await initiator.manage("POST", "/clock/advance", {"by": "PT1H"})
    done = await status(initiator, "visa", batch_id)
    await asyncio.sleep(1.5)  # longer than a round of the workers

    await restore(initiator)
    waiting = await status(initiator, "visa", batch_id)
    await initiator.manage("POST", "/clock/advance", {"by": "PT1S"})
    again = await status(initiator, "visa", batch_id)

    assert [one.body["batchStatus"] for one in (done, waiting, again)] == [
        "COMPLETED_SUCCESSFULLY",
        "IN_PROGRESS",
        "COMPLETED_SUCCESSFULLY",
    ]


async def test_nobody_can_call_a_snapshot(initiator: Initiator, server: RunningServer) -> None:
    await snap(initiator)
    connection = await asyncpg.connect(server.dsn)
    own = await sandbox_id_of(connection, initiator.name)
    copy_id = await connection.fetchval("SELECT copy_id FROM snapshot WHERE sandbox_id = $1", own)
    await connection.close()

    answers = [
        await initiator.send("GET", url)
        for name in (copy_id, own)
        for url in (
            f"{server.protocol}/s/{name}/visa/keys",
            f"{initiator.control}/v1/sandboxes/{name}",
        )
    ]
    listed = await initiator.send("GET", f"{initiator.control}/v1/sandboxes?limit=1000")

    assert copy_id
    assert [answer.status for answer in answers] == [404] * 4
    assert [one["name"] for one in listed.body["sandboxes"]].count(initiator.name) == 1


async def test_calls_under_way_end_before_or_after_a_restore_and_never_in_its_middle(
    initiator: Initiator, server: RunningServer
) -> None:
    """Shoppers enrol, sign in and pay while the sandbox goes back twenty times."""
    cards = {one["network"]: one["srcDigitalCardId"] for one in await initiator.with_consumer()}
    await snap(initiator)
    answers: list[Answer] = []
    restored = 0

    async def restoring() -> None:
        nonlocal restored
        while restored < 20:
            await asyncio.sleep(0.05)
            await restore(initiator)
            restored += 1

    async def paying(number: int) -> None:
        while restored < 20:
            network = NETWORKS[len(answers) % 4]
            validation = await initiator.call(
                network,
                "identities/validation/initiate",
                {
                    "consumerIdentity": {
                        "identityType": "EMAIL_ADDRESS",
                        "identityValue": "ana@shop.test",
                    }
                },
            )
            paid = await initiator.checkout(
                network,
                srcDigitalCardId=cards[network],
                srciTransactionId=f"{number}-{len(answers)}",
            )
            answers.extend((validation, paid))

    async def enrolling(number: int) -> None:
        while restored < 20:
            network = NETWORKS[len(answers) % 4]
            answers.append(
                await initiator.checkout(
                    network,
                    encryptedCard=await initiator.encrypted_card(network, CARDS[network]),
                    consumer={
                        "emailAddress": f"n{number}-{len(answers)}@shop.test",
                        "mobileNumber": {
                            "countryCode": "1",
                            "phoneNumber": f"20255{number}{len(answers) % 10_000:04d}",
                        },
                    },
                    complianceSettings=CONSENT,
                    dpaTransactionOptions={"transactionAmount": AMOUNT},
                )
            )

    await asyncio.gather(
        restoring(), *(paying(one) for one in (1, 2)), *(enrolling(one) for one in (3, 4))
    )
    connection = await asyncpg.connect(server.dsn)
    sandbox_id = await sandbox_id_of(connection, initiator.name)
    broken = {
        name: rows
        for name, statement in BROKEN.items()
        if (rows := await connection.fetch(statement, sandbox_id))
    }
    strays = await connection.fetch(STRAYS, sandbox_id)
    await connection.close()

    assert len(answers) > 40
    assert {answer.status for answer in answers} <= {200, 400, 401, 403, 404, 409}
    assert broken == {}
    assert strays == []
    assert "unexpected" not in server.log.read_text()


# Checkouts, codes and tokens of people or cards that the sandbox does not hold.
STRAYS = """
SELECT 'checkout' AS what, c.checkout_id AS id FROM checkout AS c
 WHERE c.sandbox_id = $1 AND NOT EXISTS (
     SELECT 1 FROM digital_card AS d
      WHERE d.sandbox_id = c.sandbox_id AND d.src_digital_card_id = c.src_digital_card_id)
UNION ALL
SELECT 'session', s.src_correlation_id FROM checkout_session AS s
 WHERE s.sandbox_id = $1 AND s.src_consumer_id IS NOT NULL AND NOT EXISTS (
     SELECT 1 FROM consumer AS c
      WHERE c.sandbox_id = s.sandbox_id AND c.src_consumer_id = s.src_consumer_id)
"""


async def test_a_sandbox_has_so_many_snapshots_and_no_more(initiator: Initiator) -> None:
    for number in range(SNAPSHOTS_MAX):
        await snap(initiator, f"n{number}")
    refused = await initiator.manage("POST", "/snapshots", {"name": "one-more"})
    gone = await initiator.manage("DELETE", "/snapshots/n3")
    taken = await initiator.manage("POST", "/snapshots", {})

    assert (refused.status, "LIMIT_EXCEED" in refused.reasons) == (400, True)
    assert gone.status == 204
    assert taken.status == 201
    assert taken.body["name"].startswith("snapshot-")


async def test_several_taken_at_once_do_not_pass_the_limit_or_share_a_name(
    initiator: Initiator,
) -> None:
    same = await asyncio.gather(
        *(initiator.manage("POST", "/snapshots", {"name": "same"}) for _ in range(5))
    )
    many = await asyncio.gather(
        *(initiator.manage("POST", "/snapshots", {}) for _ in range(SNAPSHOTS_MAX + 5))
    )

    assert sorted(answer.status for answer in same) == [201, 409, 409, 409, 409]
    assert [answer.status for answer in many].count(201) == SNAPSHOTS_MAX - 1


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "source"),
    [
        ("POST", "/snapshots", {"name": "No Capitals"}, 400, "name"),
        ("POST", "/snapshots", {"name": "before"}, 409, "name"),
        ("POST", "/snapshots/never/restore", None, 404, "snapshot"),
        ("DELETE", "/snapshots/never", None, 404, "snapshot"),
    ],
)
async def test_what_cannot_be_done_with_a_snapshot_is_said(
    initiator: Initiator, method: str, path: str, body: Json | None, status: int, source: str
) -> None:
    await snap(initiator)

    answer = await initiator.manage(method, path, body)

    assert (answer.status, answer.source) == (status, source)


async def test_a_snapshot_tells_when_it_was_taken(new_sandbox: NewSandbox) -> None:
    initiator = await new_sandbox(clock=FROZEN)

    taken = await snap(initiator)

    assert taken["simulatedAt"] == "2026-11-23T09:00:00.000Z"
    assert taken["takenAt"] != taken["simulatedAt"]
    assert (await initiator.manage("GET", "/snapshots")).body == {"snapshots": [taken]}


async def test_a_fork_begins_without_snapshots(initiator: Initiator) -> None:
    await snap(initiator)

    answer = await initiator.manage("POST", "/fork", {})
    fork = Initiator(initiator.session, initiator.control, answer.body)

    assert (await fork.manage("GET", "/snapshots")).body == {"snapshots": []}


async def test_a_person_enrolled_again_after_a_restore_is_the_same_person(
    initiator: Initiator,
) -> None:
    await snap(initiator)
    ids = []

    for _ in range(2):
        ids.append(await Person(Life(initiator), "ana", "amex", 1).enrol())
        await restore(initiator)

    assert ids[0] == ids[1]
