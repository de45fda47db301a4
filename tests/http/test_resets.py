"""Resets: a sandbox as if nobody had ever enrolled, with its participants and settings."""

import asyncio
from collections.abc import Awaitable, Callable

from tests.http.initiator import Answer, Initiator, Json
from tests.http.life import FIRST, Life, flows
from tests.http.opened import everything_told

FROZEN = {"mode": "frozen", "at": "2026-11-23T09:00:00Z"}
NewSandbox = Callable[..., Awaitable[Initiator]]
SOME = {name: FIRST[name] for name in ("returning", "proving", "changing", "locked-out")}


async def reset(initiator: Initiator, **options: object) -> Json:
    """Reset the sandbox; its document."""
    answer = await initiator.manage("POST", "/reset", dict(options))
    assert answer.status == 200, answer.body
    return answer.body


async def test_people_and_all_they_did_go_and_participants_and_settings_stay(
    new_sandbox: NewSandbox,
) -> None:
    initiator = await new_sandbox(clock=FROZEN, issuer=True)
    await initiator.manage("PUT", "/federation", {"trustedNetworks": {"visa": ["visa"]}})
    trusted = (await initiator.manage("GET", "/federation")).body
    await Life(initiator).play(flows(SOME))

    document = await reset(initiator)

    assert document == initiator.sandbox
    assert (await initiator.manage("GET", "/federation")).body == trusted
    for path in ("/consumers", "/cards", "/otps", "/notifications"):
        body = (await initiator.manage("GET", path)).body
        assert next(value for value in body.values() if isinstance(value, list)) == [], path


async def test_after_a_reset_the_same_calls_give_what_a_fresh_sandbox_gives(
    new_sandbox: NewSandbox,
) -> None:
    initiator = await new_sandbox(seed="reset", clock=FROZEN)
    fresh = await new_sandbox(seed="reset", clock=FROZEN)
    before, after, afresh = Life(initiator), Life(initiator), Life(fresh)

    await before.play(flows())
    await reset(initiator)
    await after.play(flows())
    await afresh.play(flows())

    assert len(after.told) > 250
    assert everything_told(after) == everything_told(before)
    assert everything_told(after) == everything_told(afresh)


async def test_the_clock_goes_back_only_when_asked(new_sandbox: NewSandbox) -> None:
    initiator = await new_sandbox(clock=FROZEN)
    await initiator.manage("POST", "/clock/advance", {"by": "P1D"})

    kept = await reset(initiator)
    back = await reset(initiator, clock=True)
    await initiator.manage("PUT", "/clock", {"mode": "real"})
    still = await reset(initiator)
    frozen = await reset(initiator, clock=True)

    assert kept["clock"]["now"] == "2026-11-24T09:00:00.000Z"
    assert back["clock"] == {"mode": "frozen", "now": "2026-11-23T09:00:00.000Z"}
    assert still["clock"]["mode"] == "real"
    assert frozen["clock"] == back["clock"]


async def test_fault_rules_go_unless_they_are_to_be_kept(initiator: Initiator) -> None:
    rule = {
        "match": {"operation": "identityLookup"},
        "effect": {"error": {"reason": "ACCT_INACCESSIBLE"}},
    }
    identity = {"identityType": "EMAIL_ADDRESS", "identityValue": "ana@shop.test"}
    statuses = []
    assert (await initiator.manage("POST", "/faults", rule)).status == 201

    for options in ({"keepFaults": True}, {}):
        await reset(initiator, **options)
        answer = await initiator.call("visa", "identities/lookup", {"consumerIdentity": identity})
        statuses.append(answer.status)

    assert statuses == [403, 200]


async def test_a_cursor_from_before_a_reset_is_good_after_it(initiator: Initiator) -> None:
    await initiator.with_consumer()
    await initiator.initiated("visa")
    cursor = (await initiator.manage("GET", "/otps")).body["cursor"]

    await reset(initiator)
    empty = (await initiator.manage("GET", "/otps")).body
    await initiator.with_consumer()
    await initiator.initiated("visa")
    codes = (await initiator.manage("GET", f"/otps?after={cursor}")).body["otps"]

    assert empty["otps"] == []
    assert len(codes) == 1


async def test_a_token_taken_back_before_a_reset_says_nothing_about_those_after_it(
    new_sandbox: NewSandbox,
) -> None:
    """With a frozen clock the token of the same person has the very same id again."""
    initiator = await new_sandbox(clock=FROZEN)
    tokens = []
    for _ in range(2):
        await initiator.with_consumer()
        tokens.append(await initiator.id_token("visa"))
        profile = await initiator.call("visa", "profiles/prepare", {"idTokens": [tokens[-1]]})
        assert profile.status == 200, profile.body
        unbound = await initiator.call("visa", "apps/unbind", {"idToken": tokens[-1]})
        assert unbound.status == 200
        await reset(initiator)

    assert tokens[0] == tokens[1]


async def test_resets_while_people_enrol_leave_nobody_behind(initiator: Initiator) -> None:
    answers: list[Answer] = []
    resets = 0

    async def enrolling(number: int) -> None:
        while resets < 10:
            email = f"p{number}-{len(answers)}@shop.test"
            document = {"consumers": [{"emailAddress": email, "networks": ["visa"]}]}
            answers.append(await initiator.manage("POST", "/fixtures", document))

    async def resetting() -> None:
        nonlocal resets
        while resets < 10:
            await asyncio.sleep(0.05)
            await reset(initiator)
            resets += 1

    await asyncio.gather(resetting(), enrolling(1), enrolling(2))
    await reset(initiator)

    assert {answer.status for answer in answers} <= {200, 409}
    assert len(answers) > 10
    assert (await initiator.manage("GET", "/consumers")).body["consumers"] == []
