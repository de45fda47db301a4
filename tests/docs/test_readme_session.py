"""The shell session in the README works as printed, and its test is one that has run."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Shell
from tests.conftest import RunningServer

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_MARK = "@@@"


@pytest.fixture
def shell(tmp_path: Path, repository: Path, server: RunningServer) -> Shell:
    """A shell that talks to the session's server."""
    return Shell(tmp_path, repository, SRC_SYSTEM_CONTROL_URL=server.control)


def blocks(page: Path, language: str) -> list[str]:
    """The code of that language on the page."""
    found = _BLOCK.findall(page.read_text(encoding="utf-8"))
    return [code for name, code in found if name == language]


def steps(session: str) -> Iterator[tuple[str, list[str]]]:
    """Commands, which begin with a dollar sign and go on indented, and what each prints."""
    command: list[str] = []
    printed: list[str] = []
    for line in [*session.splitlines(), "$ "]:
        if line.startswith("$ "):
            if command:
                yield "\n".join(command), printed
            command, printed = [line[2:]], []
        elif line.startswith("    ") and not printed:
            command.append(line)
        else:
            printed.append(line)


def test_the_session_of_the_readme_works_as_printed(
    shell: Shell, server: RunningServer, repository: Path
) -> None:
    (session,) = blocks(repository / "README.md", "console")
    expected = list(steps(session))
    host = server.protocol.removeprefix("http://")
    commands = [command.replace("localhost:8080", host) for command, _ in expected]
    script = f"\necho '{_MARK}'\n".join(commands)

    shown = shell.on_terminal(script, columns=100)

    outputs = [part.strip("\n").split("\n") for part in shown.split(_MARK)]
    assert len(expected) >= 6
    assert [[line for line in lines if line] for lines in outputs] == [
        printed for _, printed in expected
    ]


def test_the_readme_shows_the_test_that_the_clients_page_has_run(repository: Path) -> None:
    (shown,) = blocks(repository / "README.md", "python")

    assert shown in blocks(repository / "docs" / "python-client.md", "python")
