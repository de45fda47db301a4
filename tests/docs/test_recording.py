"""The example in docs/recording.md is recorded, exported and played as it is printed."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Shell
from tests.conftest import RunningServer

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r'`src-system export pay-later --title "(.+)" -o story.yaml`')
SECONDS = 60


@pytest.fixture
def shell(tmp_path: Path, repository: Path, server: RunningServer) -> Shell:
    """A shell that talks to the session's server."""
    return Shell(tmp_path, repository, SRC_SYSTEM_CONTROL_URL=server.control)


def test_the_recorded_example_is_the_story_that_the_page_prints_and_passes(
    shell: Shell, server: RunningServer, repository: Path
) -> None:
    page = (repository / "docs" / "recording.md").read_text(encoding="utf-8")
    blocks = dict(BLOCK.findall(page))
    title = COMMAND.search(page)
    program = shell.home / "record.py"
    here = f'ControlPort("{server.control}")'
    program.write_text(blocks["python"].replace("ControlPort()", here))
    subprocess.run(
        [sys.executable, str(program)], check=True, timeout=SECONDS, env=shell.environment
    )
    try:
        assert title is not None
        shell.output("export", "pay-later", "--title", title[1], "-o", "story.yaml")
        story = (shell.home / "story.yaml").read_text(encoding="utf-8")
        played = shell.run("run", "story.yaml")
    finally:
        shell.run("sandbox", "delete", "pay-later")

    assert story == blocks["yaml"]
    assert played.returncode == 0, played.stdout + played.stderr
