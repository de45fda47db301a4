"""`sandbox`, `clock` and `otp` from a shell: what they print where, and how they fail."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest

from src_system.client import ControlPort, Sandbox
from tests.cli.conftest import Shell
from tests.cli.test_completion import completed
from tests.conftest import RunningServer

ANA = "ana@shop.test"
PEOPLE = json.dumps({"consumers": [{"emailAddress": ANA, "networks": ["visa", "amex"]}]})


@pytest.fixture
async def sandbox(port: ControlPort) -> Sandbox:
    """A sandbox where Ana is known, with a clock that stands still."""
    name = f"shell-{uuid4().hex[:8]}"
    made = await port.create_sandbox(name, seed="42", clock="2026-11-23T09:00:00Z")
    await made.add_consumer(ANA, networks=["visa", "amex"])
    return made


def test_a_sandbox_is_made_shown_reset_and_removed(shell: Shell) -> None:
    name = f"made-{uuid4().hex[:8]}"
    made = shell.output(
        *("sandbox", "create", name, "--seed=7", "--clock=2026-11-23T09:00:00Z", "--ttl=2h"),
        *("--profile=strict", "--issuer", "--fixtures=-"),
        given=PEOPLE,
    )
    assert made == name
    shown = json.loads(shell.output("sandbox", "show", name, "--format=json"))
    assert (shown["seed"], shown["profile"], shown["clock"]["mode"]) == ("7", "strict", "frozen")
    assert {one["kind"] for one in shown["clients"]} == {"SRC_INITIATOR", "PARTICIPATING_ISSUER"}
    assert shown["expiresAt"] is not None
    assert f"name\t{name}" in shell.output("sandbox", "show", SRC_SYSTEM_SANDBOX=name)
    listed = shell.output("sandbox", "list").splitlines()
    assert f"{name}\t7\tfrozen\t2026-11-23T09:00:00Z\tstrict" in "\n".join(listed)
    names = [
        one["name"]
        for one in json.loads(shell.output("sandbox", "list", "--format=json"))["sandboxes"]
    ]
    assert name in names
    assert json.loads(shell.output("sandbox", "reset", name, "--format=json"))["name"] == name
    other = shell.output("sandbox", "create")
    assert shell.output("sandbox", "delete", name, other) == ""
    assert shell.run("sandbox", "show", name).returncode == 2


async def test_a_sandbox_is_copied_and_put_back(
    shell: Shell, port: ControlPort, sandbox: Sandbox
) -> None:
    where, fork = f"--sandbox={sandbox.name}", f"{sandbox.name}-fork"
    assert shell.output("sandbox", "fork", sandbox.name, fork, "--ttl=1h") == fork
    assert len(await (await port.sandbox(fork)).consumers.list()) == 2
    assert shell.output("sandbox", "fork", sandbox.name) not in {sandbox.name, fork}
    assert shell.output("sandbox", "snapshot", "take", "morning", where) == "morning"
    taken = json.loads(shell.output("sandbox", "snapshot", "take", "noon", where, "--format=json"))
    assert (taken["name"], taken["simulatedAt"]) == ("noon", "2026-11-23T09:00:00Z")
    shell.output("sandbox", "reset", sandbox.name)
    shell.output("clock", "advance", "1d", where)
    assert await sandbox.consumers.list() == []
    assert completed(shell, "sandbox", "snapshot", "restore", where, "mor") == ["morning"]
    back = json.loads(
        shell.output("sandbox", "snapshot", "restore", "morning", where, "--format=json")
    )
    assert back["clock"]["now"] == "2026-11-23T09:00:00Z"
    assert len(await sandbox.consumers.list()) == 2
    assert shell.output("sandbox", "snapshot", "remove", "morning", where) == ""
    assert shell.output("sandbox", "snapshot", "list", where).startswith("noon\t")
    listed = json.loads(shell.output("sandbox", "snapshot", "list", where, "--format=json"))
    assert [one["name"] for one in listed["snapshots"]] == ["noon"]
    shell.output("clock", "advance", "1d", where)
    again = json.loads(shell.output("sandbox", "reset", sandbox.name, "--clock", "--format=json"))
    assert again["clock"]["now"] == "2026-11-23T09:00:00Z"
    assert "noon" in shell.on_terminal(f"src-system sandbox snapshot list {where}")


async def test_fixtures_come_from_a_file(shell: Shell, port: ControlPort) -> None:
    (shell.home / "people.json").write_text(PEOPLE)
    name = shell.output("sandbox", "create", "--fixtures=people.json")

    made = await port.sandbox(name)
    assert [one.email_address for one in await made.consumers.list()] == [ANA, ANA]


def test_a_clock_is_set_and_moved_on(shell: Shell, sandbox: Sandbox) -> None:
    where = f"--sandbox={sandbox.name}"
    assert shell.output("clock", "show", where) == "2026-11-23T09:00:00Z"
    assert shell.output("clock", "advance", "1h30m", where) == "2026-11-23T10:30:00Z"
    assert shell.output("clock", "advance", "PT30M", where) == "2026-11-23T11:00:00Z"
    moved = json.loads(shell.output("clock", "advance", "2d", where, "--format=json"))
    assert (moved["now"], moved["fired"]) == ("2026-11-25T11:00:00Z", [])
    frozen = shell.output("clock", "set", "frozen", "2030-01-01T00:00:00+01:00", where)
    assert frozen == "2029-12-31T23:00:00Z"
    ahead = json.loads(shell.output("clock", "set", "offset", "30d", where, "--format=json"))
    assert (ahead["mode"], ahead["offsetSeconds"]) == ("offset", 30 * 86_400)
    behind = json.loads(shell.output("clock", "set", "offset", "-5m", where, "--format=json"))
    assert behind["offsetSeconds"] == -300
    running = json.loads(
        shell.output("clock", "set", "offset", "2031-01-01T00:00:00Z", where, "--format=json")
    )
    assert running["now"].startswith("2031-01-01T00:0")
    assert (
        json.loads(shell.output("clock", "set", "real", where, "--format=json"))["mode"] == "real"
    )


async def test_what_an_advance_would_let_happen_and_did_is_told(
    shell: Shell, sandbox: Sandbox
) -> None:
    where = f"--sandbox={sandbox.name}"
    await sandbox.initiator()["visa"].initiate_identity_validation(ANA)
    due = shell.output("clock", "due", "--until=2026-11-23T09:06:00Z", where)
    found = json.loads(shell.output("clock", "due", where, "--format=json"))["due"]
    now, *fired = shell.output("clock", "advance", "6m", where).splitlines()

    assert now == "2026-11-23T09:06:00Z"
    assert fired == due.splitlines()
    assert fired[0].startswith("2026-11-23T09:05:00Z\texpired\toneTimeCode\tvisa\t")
    assert {"kind": "oneTimeCode", "event": "expired"}.items() <= found[0].items()
    shown = shell.on_terminal(f"src-system clock advance 30m {where}", columns=140)
    assert shown.split()[1:6] == ["time", "event", "what", "network", "id"]


async def test_a_code_in_a_pipe_is_its_digits_alone(shell: Shell, sandbox: Sandbox) -> None:
    where = f"--sandbox={sandbox.name}"
    shop = sandbox.initiator()
    await shop["visa"].initiate_identity_validation(ANA)
    await shop["visa"].initiate_identity_validation(ANA)
    await shop["amex"].initiate_identity_validation(ANA)
    old, visa, amex = (code.value for code in await sandbox.otps.list())

    assert shell.output("otp", "wait", ANA, "--network=visa", where) == visa
    assert shell.output("otp", "wait", ANA, where) == amex
    assert shell.bash(f"echo code=$(src-system otp wait {ANA} {where})").stdout == f"code={amex}\n"
    listed = [line.split("\t") for line in shell.output("otp", "list", ANA, where).splitlines()]
    assert [line[:5] for line in listed] == [
        [old, "superseded", "normal", "visa", ANA],
        [visa, "issued", "normal", "visa", ANA],
        [amex, "issued", "normal", "amex", ANA],
    ]
    found = json.loads(shell.output("otp", "list", where, "--network=amex", "--format=json"))
    assert [one["value"] for one in found["otps"]] == [amex]
    code = json.loads(shell.output("otp", "wait", where, "--format=json"))
    assert (code["value"], code["identity"]) == (amex, ANA)


async def test_a_lost_code_is_listed_when_it_is_asked_for(shell: Shell, sandbox: Sandbox) -> None:
    where = f"--sandbox={sandbox.name}"
    await sandbox.faults.add("otp=lost")
    await sandbox.initiator()["visa"].initiate_identity_validation(ANA)

    assert shell.run("otp", "wait", "--seconds=0", where).returncode == 5
    assert shell.output("otp", "list", where) == ""
    assert shell.output("otp", "list", "--undelivered", where).split("\t")[1:3] == [
        "issued",
        "lost",
    ]


async def test_waiting_for_a_new_code_passes_over_the_old(shell: Shell, sandbox: Sandbox) -> None:
    await sandbox.initiator()["visa"].initiate_identity_validation(ANA)
    done = shell.run("otp", "wait", ANA, "--new", "--seconds=0.2", f"--sandbox={sandbox.name}")

    assert (done.returncode, done.stdout) == (5, "")
    assert done.stderr == "Error: No one-time code for ana@shop.test came in 0.2 s.\n"


def test_whoever_waits_is_told_so_on_a_terminal_and_may_stop(
    shell: Shell, sandbox: Sandbox
) -> None:
    script = f"src-system otp wait --seconds 2 --sandbox {sandbox.name}; echo code $?"
    shown = shell.on_terminal(script)
    assert "waiting for a code" in shown
    assert shown.rstrip().endswith("code 5")

    terminal, end = pty.openpty()
    # Tests that run in the background are told to ignore Ctrl-C, and so would be what they start.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(
        ["src-system", "otp", "wait", f"--sandbox={sandbox.name}"],
        env=shell.environment,
        stdout=subprocess.PIPE,
        stderr=end,
    )
    signal.signal(signal.SIGINT, before)
    os.close(end)
    told = b""
    while b"waiting" not in told:
        told += os.read(terminal, 1024)
    process.send_signal(signal.SIGINT)
    printed, _ = process.communicate(timeout=30)
    os.close(terminal)
    assert (process.returncode, printed) == (130, b"")


async def test_a_terminal_gets_tables_and_a_narrow_one_blocks(
    shell: Shell, sandbox: Sandbox
) -> None:
    await sandbox.initiator()["visa"].initiate_identity_validation(ANA)
    script = f"src-system otp list --sandbox {sandbox.name}"
    heading, rule, row = shell.on_terminal(script, columns=140).strip().split("\n")
    assert heading.split() == "code state delivery network identity channel expires".split()
    assert set(rule) == {"─"}
    assert row.split()[1:5] == ["issued", "normal", "visa", ANA]
    narrow = shell.on_terminal(script, columns=60).strip().split("\n")
    assert [line.split()[0] for line in narrow] == heading.split()
    assert max(len(line) for line in narrow) <= 60

    shown = shell.on_terminal(f"src-system sandbox show {sandbox.name}", columns=100)
    assert f"name        {sandbox.name}\nseed        42\n" in shown
    clock = shell.on_terminal(f"src-system clock show --sandbox {sandbox.name}")
    assert clock.split() == ["mode", "frozen", "now", "2026-11-23T09:00:00Z"]


def test_colours_are_for_terminals_that_want_them(shell: Shell) -> None:
    with_colours = shell.raw_on_terminal("src-system sandbox list", NO_COLOR="(unset)")
    without = shell.raw_on_terminal("src-system sandbox list")

    assert "\x1b[36m" in with_colours
    assert "\x1b[" not in without
    assert "\x1b[" not in shell.output("sandbox", "list")


async def test_names_from_the_server_cannot_steer_a_terminal(
    shell: Shell, sandbox: Sandbox
) -> None:
    await sandbox.dpas.change(
        sandbox.details.dpas[0].src_dpa_id, dpaData={"dpaName": "Shop\x1b[2J\u202egnp.exe"}
    )
    shown = shell.output("sandbox", "show", sandbox.name)

    assert "\x1b" not in shown and "\u202e" not in shown
    assert r"Shop\u001b[2J\u202egnp.exe" in shown


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("sandbox", "show", "there-is-none"), 2, "There is no sandbox of this name."),
        (("sandbox", "create", "No Capitals"), 2, "name: "),
        (("sandbox", "create", "--ttl=soon"), 2, "--ttl: 'soon' is no duration such as 10m"),
        (("sandbox", "create", "--fixtures=gone.json"), 2, "gone.json: No such file"),
        (("sandbox", "create", "--fixtures=-"), 2, "--fixtures: - is no JSON object"),
        (("sandbox", "delete", "default"), 2, "The default sandbox always exists"),
        (("clock", "advance", "10m"), 2, "A real clock cannot be advanced"),
        (("clock", "advance", "a while"), 2, "'a while' is no duration"),
        (("clock", "advance", ""), 2, "'' is no duration"),
        (("clock", "set", "frozen", "noon"), 2, "'noon' is no instant such as"),
        (("clock", "set", "offset"), 2, "an offset clock needs an instant"),
        (("clock", "set", "real", "now"), 2, "a real clock shows the machine's time"),
        (("clock", "set", "sideways"), 2, "'sideways' is not one of"),
        (("otp", "list", "--network=diners"), 2, "network: Allowed here: visa"),
        (("clock", "show", "--control=ftp://x"), 4, "The control port is a URL or host:port"),
        (("clock", "show", "--control=127.0.0.1:9"), 4, "does not answer (Connection refused)"),
        (("clock", "show", "--ready-file=gone"), 2, "--ready-file: gone: No such file"),
        (("clock", "show", "--ready-file=bin/src-system"), 2, "holds no ready line"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    shell: Shell, arguments: tuple[str, ...], code: int, said: str
) -> None:
    done = shell.run(*arguments, given="[]")

    assert done.returncode == code, done.stderr
    assert said in done.stderr
    assert done.stdout == ""
    others = [line for line in done.stderr.splitlines() if not line.startswith("Error: ")]
    assert all(line.startswith(("Usage: ", "Try ")) for line in others if line)
    assert len(re.findall("^Error: ", done.stderr, re.MULTILINE)) == 1
    assert "Traceback" not in done.stderr


def test_the_server_is_found_by_flag_ready_file_and_environment(
    shell: Shell, server: RunningServer, tmp_path: Path
) -> None:
    ready = tmp_path / "ready.json"
    ready.write_text(json.dumps({"control": server.control, "control_token": None}))
    nowhere, here = "127.0.0.1:9", server.control.removeprefix("http://")
    show = ("sandbox", "show", "--format=json")

    for arguments, variables in (
        ((f"--control={here}",), {"SRC_SYSTEM_CONTROL_URL": nowhere}),
        ((f"--ready-file={ready}",), {"SRC_SYSTEM_CONTROL_URL": nowhere}),
        ((), {"SRC_SYSTEM_CONTROL_URL": here, "SRC_SYSTEM_READY_FILE": "gone"}),
        ((), {"SRC_SYSTEM_CONTROL_URL": "", "SRC_SYSTEM_READY_FILE": str(ready)}),
        ((), {"SRC_SYSTEM_CONTROL_URL": "", "SRC_SYSTEM_CONTROL": here}),
    ):
        assert json.loads(shell.output(*show, *arguments, **variables))["name"] == "default"
        assert shell.run("ready", *arguments, **variables).returncode == 0
    assert shell.run(*show, f"--control={nowhere}").returncode == 4


def test_a_command_for_a_server_does_not_mind_the_variables_of_the_others(shell: Shell) -> None:
    done = shell.run("serve", "--print-config", SRC_SYSTEM_SANDBOX="mine")

    assert done.returncode == 0, done.stderr


def test_a_small_command_does_not_load_the_server(shell: Shell) -> None:
    script = (
        "import sys; from src_system.cli.main import main\n"
        "try: main(['clock', 'show'])\n"
        "except SystemExit: print('src_system.app' in sys.modules, 'asyncpg' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env=shell.environment,
    )
    assert done.stdout.endswith("False False\n")
