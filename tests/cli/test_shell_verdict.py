"""`src-system verdict`: told to people, scripts and code scanners, with an exit code."""

import json

import pytest

from src_system.client import ControlPort, Sandbox
from tests.cli.conftest import Shell

ANA = "ana@shop.test"


@pytest.fixture
async def sandbox(port: ControlPort) -> Sandbox:
    """A sandbox where a checkout was paid and not confirmed, then one believed that was forged."""
    sandbox = await port.create_sandbox(seed="42")
    placed = await sandbox.add_consumer(ANA, cards={"visa": "4111111111111111"})
    shop = sandbox.initiator(networks=["visa"])
    await shop.sign_in(ANA, sandbox.otps.code)
    await shop["visa"].checkout(placed.card_on("visa"), amount="5.00")
    return sandbox


async def believe_a_forgery(sandbox: Sandbox) -> None:
    """Go on with a response that was tampered with."""
    shop = sandbox.initiator(networks=["visa"])
    profiles = await shop.sign_in(ANA, sandbox.otps.code)
    await sandbox.faults.add("tamper=checkoutResponse:algNone")
    await shop["visa"].checkout_unopened(
        {
            "srcDigitalCardId": profiles["visa"].cards[0].src_digital_card_id,
            "idToken": shop["visa"].id_token,
        }
    )
    await shop["visa"].confirmation()


async def test_the_exit_code_is_that_of_the_verdict(shell: Shell, sandbox: Sandbox) -> None:
    where = f"--sandbox={sandbox.name}"
    warned = shell.run("verdict", where)
    assert warned.returncode == 0
    severity, check, network, place, message = warned.stdout.rstrip("\n").split("\t")
    assert (severity, check, network) == ("WARN", "src.confirmation.missing", "visa")
    assert place.isdigit() and "visa was told nothing" in message
    assert shell.run("verdict", where, "--fail-on=warning").returncode == 6
    assert shell.output("verdict", where, "--since", place) == ""

    await believe_a_forgery(sandbox)

    failed = shell.run("verdict", where, "--format=json")
    assert failed.returncode == 6
    assert json.loads(failed.stdout)["verdict"] == "FAILED"
    assert shell.run("verdict", where, "--fail-on=never").returncode == 0


def test_findings_are_told_with_how_to_mend_them(shell: Shell, sandbox: Sandbox) -> None:
    shown = shell.on_terminal(f"src-system verdict --sandbox {sandbox.name}; echo code $?")

    lines = dict(line.split(maxsplit=1) for line in shown.splitlines() if line and line[0] != " ")
    assert lines["verdict"] == "WARNING"
    assert lines["check"] == "src.confirmation.missing"
    assert lines["mend"].startswith("Send a confirmation after the authorisation")
    assert lines["code"] == "0"


def test_waivers_come_from_a_file(shell: Shell, sandbox: Sandbox) -> None:
    where = f"--sandbox={sandbox.name}"
    waiver = {"id": "src.confirmation.missing", "reason": "not here", "until": "2199-12-31"}
    (shell.home / "waivers.json").write_text(json.dumps({"waivers": [waiver]}))

    done = shell.run("verdict", where, "--waivers=waivers.json", "--fail-on=warning")
    assert done.returncode == 0
    assert done.stdout.startswith("WAIVED\tsrc.confirmation.missing\tvisa\t")
    listed = json.dumps([waiver])
    shown = shell.output("verdict", where, "--waivers=-", "--format=json", given=listed)
    assert json.loads(shown)["verdict"] == "PASSED"


@pytest.mark.parametrize("member", ["network", "operation"])
def test_a_waiver_for_what_is_not_there_is_refused_by_its_member(
    shell: Shell, sandbox: Sandbox, member: str
) -> None:
    waiver = {
        "id": "src.confirmation.missing",
        "reason": "not here",
        "until": "2199-12-31",
        "match": {member: "foo"},
    }
    (shell.home / "waivers.json").write_text(json.dumps([waiver]))

    done = shell.run("verdict", f"--sandbox={sandbox.name}", "--waivers=waivers.json")

    assert (done.returncode, done.stdout) == (2, "")
    assert f"waivers[0].match.{member}: Allowed here: " in done.stderr


def test_a_verdict_is_written_as_sarif(shell: Shell, sandbox: Sandbox) -> None:
    log = json.loads(shell.output("verdict", f"--sandbox={sandbox.name}", "--format=sarif"))

    assert log["runs"][0]["results"][0]["ruleId"] == "src.confirmation.missing"


def test_the_checks_are_listed(shell: Shell) -> None:
    listed = [line.split("\t") for line in shell.output("verdict", "--checks").splitlines()]
    as_json = json.loads(shell.output("verdict", "--checks", "--format=json"))["checks"]

    assert [line[0] for line in listed] == [one["id"] for one in as_json]
    assert len(listed) >= 30


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--waivers=gone.json",), "--waivers: gone.json: No such file"),
        (("--waivers=-",), "--waivers: - holds no list of waivers"),
        (("--since=yesterday",), "since: since is a place in the journal."),
        (("--sandbox=none",), "There is no sandbox of this name."),
    ],
)
def test_what_cannot_be_judged_is_said_in_one_line(
    shell: Shell, arguments: tuple[str, ...], said: str
) -> None:
    done = shell.run("verdict", *arguments, given="{}")

    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
