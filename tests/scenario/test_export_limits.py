"""A story fails where the server answers otherwise, and says what of a recording it cannot say."""

from pathlib import Path

import pytest

from src_system.client import ControlPort, Sandbox
from tests.scenario.plays import play
from tests.scenario.recordings import ANA, SESSIONS, card, give_ana, person, refused, signed_in
from tests.scenario.replay import exported, recorded, until_written


@pytest.mark.parametrize(
    ("session", "was", "becomes", "says"),
    [
        ("faults", "fault: http=503;retryAfter=2", "fault: http=500", "Answered 500"),
        ("faults", "fault: transport=reset", "fault: latency=PT0.01S", "There is an answer"),
        ("faults", "tamper=payload:badTag", "latency=PT0.01S", "What came back is good"),
        ("returning", "seed: '42'", "seed: '43'", "payload token.paymentToken"),
        ("remembered", "advance: P1DT10M", "advance: P200D", "recognized: false instead of true"),
        ("wrong_codes", "'222222'", "'${code3}'", "Answered 200 instead of 400"),
        ("suspended_before", "status: SUSPENDED", "status: ACTIVE", 'Status: "ACTIVE"'),
        ("newcomer", "panExpirationMonth: '12'", "panExpirationMonth: '13'", "Answered 400"),
    ],
)
async def test_a_changed_answer_of_the_server_fails_the_story(
    port: ControlPort, tmp_path: Path, session: str, was: str, becomes: str, says: str
) -> None:
    async with recorded(port, SESSIONS[session]) as sandbox:
        text = (await exported(port, sandbox.name)).text
    assert was in text

    played = await play(port, tmp_path / "story.yaml", text.replace(was, becomes, 1))

    assert says.lower() in "\n".join(played.failures).lower()


async def test_cookies_and_foreign_addresses_are_told_where_they_were(
    port: ControlPort, tmp_path: Path
) -> None:
    async def session(sandbox: Sandbox) -> None:
        await give_ana(sandbox, "visa")
        visa = sandbox.initiator()["visa"]
        visa.headers["Cookie"] = "a=b"
        await visa.identity_lookup(ANA)
        visa.headers.clear()
        await visa.send("GET", "nowhere")
        await visa.identity_lookup(ANA)

    async with recorded(port, session) as sandbox:
        story = await exported(port, sandbox.name)

    cookies = "the cookies of identityLookup at visa (place 1) are left out: the journal does not"
    assert [note.split(" keep")[0] for note in story.notes[:1]] == [cookies]
    assert "/visa/src/v1/nowhere (unknown, 404, place 2) is no operation" in story.notes[1]
    comments = [one.strip() for one in story.text.splitlines() if one.strip().startswith("# ")]
    said = " ".join(one.removeprefix("# ") for one in comments[1:])
    assert all(note in said for note in story.notes)
    lines = story.text.splitlines()
    assert lines.index(next(one for one in lines if "cookies" in one)) < next(
        number for number, one in enumerate(lines) if one == "  - call: identityLookup"
    )
    assert (await play(port, tmp_path / "story.yaml", story.text)).failures == []


async def test_a_card_number_that_was_not_kept_leaves_its_call_out(
    port: ControlPort, tmp_path: Path
) -> None:
    async def session(sandbox: Sandbox) -> None:
        visa = sandbox.initiator()["visa"]
        real = {**card("visa"), "primaryAccountNumber": "4539578763621486"}
        await refused(visa.enroll_card(real, consumer=person()))
        await visa.identity_lookup("bo@shop.test")

    async with recorded(port, session) as sandbox:
        story = await exported(port, sandbox.name)

    assert "enrollCard at visa (place 2) is left out" in " ".join(story.notes)
    assert story.calls == 1
    assert "4539578763621486" not in story.text
    assert (await play(port, tmp_path / "story.yaml", story.text)).failures == []


async def test_a_rule_that_was_removed_is_known_by_what_it_did(
    port: ControlPort, tmp_path: Path
) -> None:
    async def session(sandbox: Sandbox) -> None:
        await give_ana(sandbox, "visa")
        rule = await sandbox.faults.add("http=502", operation="identityLookup")
        visa = sandbox.initiator()["visa"]
        await refused(visa.identity_lookup(ANA))
        await sandbox.faults.remove(rule.id)
        await visa.identity_lookup(ANA)

    async with recorded(port, session) as sandbox:
        story = await exported(port, sandbox.name)

    assert "was removed" in story.notes[0]
    assert "fault: http=502" in story.text
    assert (await play(port, tmp_path / "story.yaml", story.text)).failures == []


async def test_rolls_of_the_dice_fall_again_as_they_fell(port: ControlPort, tmp_path: Path) -> None:
    async def session(sandbox: Sandbox) -> None:
        await sandbox.faults.add("error=UNAVAILABLE", operation="identityLookup", probability=0.5)
        one = sandbox.initiator()
        for _ in range(4):
            await one.on_each(lambda network: network.identity_lookup("a@shop.test"))

    async with recorded(port, session) as sandbox:
        story = await exported(port, sandbox.name)

    assert "UNAVAILABLE" in story.text and "consumerPresent: false" in story.text
    assert (await play(port, tmp_path / "story.yaml", story.text)).failures == []


async def test_a_number_that_is_not_published_is_said_to_be_unknown(port: ControlPort) -> None:
    pans = await port.test_pans()
    [invented, *_] = pans["visa"].invented_ranges

    async def session(sandbox: Sandbox) -> None:
        number = luhn(str(invented["prefix"]), int(invented["digits"]))
        await sandbox.add_consumer(ANA, cards={"visa": number})
        await sandbox.initiator()["visa"].identity_lookup(ANA)

    async with recorded(port, session) as sandbox:
        story = await exported(port, sandbox.name)

    assert "its number is none of the published ones" in story.notes[0]
    assert story.notes[0][:40] in story.text


def luhn(prefix: str, digits: int) -> str:
    """A number that begins so and has the right check digit."""
    body = prefix.ljust(digits - 1, "7")
    doubled = [int(one) * (2 - place % 2) for place, one in enumerate(reversed(body))]
    total = sum(one - 9 if one > 9 else one for one in doubled)
    return body + str(-total % 10)


async def test_tokens_in_headers_and_the_clients_own_ways_are_said(
    port: ControlPort, tmp_path: Path
) -> None:
    async def session(sandbox: Sandbox) -> None:
        shop, cards = await signed_in(sandbox, "visa")
        visa = shop["visa"]
        visa.headers["X-Request-Note"] = "hello"
        await visa.send(
            "POST",
            "profiles/prepare",
            {**visa.common_members(), "idTokens": [visa.id_token], "srcDpaId": None},
        )
        await visa.checkout(cards["visa"], amount="5.00", options={"merchantOrderId": "order-1"})
        await visa.confirmation(confirmationTimestamp="2020-01-01T00:00:00Z")

    async with recorded(port, session) as sandbox:
        story = await exported(port, sandbox.name)

    assert "x-request-note: hello" in story.text
    assert "dpaTransactionOptions: {merchantOrderId: order-1}" in story.text
    assert "confirmationData: {confirmationTimestamp: '2020-01-01T00:00:00Z'}" in story.text
    assert (await play(port, tmp_path / "story.yaml", story.text)).failures == []


async def test_a_sandbox_of_its_own_kind_is_one_in_the_story(
    port: ControlPort, tmp_path: Path
) -> None:
    async with port.new_sandbox(
        seed="a word", clock="2030-01-01T00:00:00Z", profile="strict", magic=False
    ) as sandbox:
        await give_ana(sandbox, "visa")
        await sandbox.initiator()["visa"].identity_lookup("x+unavailable@shop.test")
        await until_written(port, sandbox.name)
        story = await exported(port, sandbox.name)

    assert "  seed: a word\n  clock: '2030-01-01T00:00:00Z'\n  profile: strict\n" in story.text
    assert "  magic: false\n" in story.text
    assert "given:" not in story.text  # no call was about Ana
    assert (await play(port, tmp_path / "story.yaml", story.text)).failures == []
