"""`src-system export`: files, flags, exit codes, and what is written down of the reading."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from src_system.client import ControlPort, Sandbox
from tests.cli.conftest import Shell
from tests.scenario.recordings import ANA, SESSIONS, give_ana
from tests.scenario.replay import recorded

FIRST_LINE = "# yaml-language-server: $schema="


@pytest.fixture
async def sandbox(port: ControlPort) -> AsyncIterator[Sandbox]:
    """A sandbox in which a card was enrolled."""
    async with recorded(port, SESSIONS["newcomer"]) as made:
        yield made


async def test_a_story_is_written_and_played(shell: Shell, sandbox: Sandbox) -> None:
    done = shell.run("export", sandbox.name, "-o", "story.yaml", "--title", "Bo enrols: a card")
    played = shell.run("run", "story.yaml")

    story = (shell.home / "story.yaml").read_text(encoding="utf-8")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert "\nscenario: 'Bo enrols: a card'\n" in story
    assert played.returncode == 0, played.stdout + played.stderr


async def test_without_a_file_the_story_is_printed(shell: Shell, sandbox: Sandbox) -> None:
    printed = shell.run("export", sandbox.name).stdout
    again = shell.run("export", sandbox.name, "-o", "-").stdout

    assert printed == again
    assert printed.startswith(FIRST_LINE)
    assert f"scenario: What the sandbox {sandbox.name} recorded\n" in printed


async def test_a_file_is_only_replaced_by_force(shell: Shell, sandbox: Sandbox) -> None:
    file = shell.home / "story.yaml"
    file.write_text("mine")

    refused = shell.run("export", sandbox.name, "-o", "story.yaml")
    kept = file.read_text()
    forced = shell.run("export", sandbox.name, "-o", "story.yaml", "--force")

    assert (refused.returncode, kept) == (2, "mine")
    assert "--force" in refused.stderr
    assert forced.returncode == 0
    assert file.read_text(encoding="utf-8").startswith(FIRST_LINE)


async def test_an_editor_is_told_where_the_schema_is(shell: Shell, sandbox: Sandbox) -> None:
    stories = shell.home / "scenarios" / "recorded"
    stories.mkdir(parents=True)
    (shell.home / "scenarios" / "scenario.schema.json").write_text("{}")

    shell.output("export", sandbox.name, "-o", "scenarios/recorded/story.yaml")
    shell.output("export", sandbox.name, "-o", "story.yaml")

    assert first_line(stories / "story.yaml") == f"{FIRST_LINE}../scenario.schema.json"
    assert first_line(shell.home / "story.yaml") == f"{FIRST_LINE}scenarios/scenario.schema.json"


def first_line(file: Path) -> str:
    return file.read_text(encoding="utf-8").partition("\n")[0]


async def test_what_cannot_be_said_is_a_line_on_stderr(shell: Shell, port: ControlPort) -> None:
    async def session(sandbox: Sandbox) -> None:
        await give_ana(sandbox, "visa")
        visa = sandbox.initiator()["visa"]
        await visa.send("GET", "nowhere")
        await visa.identity_lookup(ANA)

    async with recorded(port, session) as made:
        done = shell.run("export", made.name)

    assert done.returncode == 0
    assert done.stderr.startswith("not in the scenario: GET /s/")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("export", "no-such-sandbox"), 2, "no sandbox"),
        (("export", "default", "-o", "story.txt"), 2, ".yaml"),
        (("export", "default", "-o", "nowhere/story.yaml"), 2, "there is no folder nowhere"),
        (("export", "default", "--since", "first"), 2, "not a valid integer"),
        (("export", "default", "--control", "127.0.0.1:9"), 4, "127.0.0.1:9"),
        (("export", "default", "--since", "999999"), 5, "holds no call"),
    ],
)
def test_what_goes_wrong_is_one_line_and_an_exit_code(
    shell: Shell, arguments: tuple[str, ...], code: int, says: str
) -> None:
    done = shell.run(*arguments)

    assert done.returncode == code
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


async def test_the_reading_without_masks_is_written_down(
    shell: Shell, port: ControlPort, sandbox: Sandbox
) -> None:
    shell.output("export", sandbox.name)

    place = f"/v1/sandboxes/{sandbox.name}/journal/disclosures"
    [disclosure] = (await port.send("GET", place)).expect(200)["disclosures"]
    assert (disclosure["view"], disclosure["firstPlace"]) == ("har", 1)
