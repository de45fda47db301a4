"""Shells complete commands, flags, networks and the names of the server's sandboxes."""

import os
import pty
import select
import shutil
import subprocess
import time
from typing import Self
from uuid import uuid4

import pytest

from src_system.cli.main import COMMANDS
from src_system.client import ControlPort
from tests.cli.conftest import SECONDS, Shell

# What bash does when Tab is pressed after these words.
_BASH = """
eval "$(src-system completion bash)"
function_of=$(complete -p src-system | sed 's/.*-F \\([^ ]*\\).*/\\1/')
COMP_WORDS=({words}) COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
$function_of src-system
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


def completed(shell: Shell, *words: str, **variables: str) -> list[str]:
    """What bash offers after `src-system` and these words, the last of which is unfinished."""
    quoted = " ".join(f"'{word}'" for word in ("src-system", *words))
    done = shell.bash(_BASH.format(words=quoted), **variables)
    assert done.stderr == ""
    return done.stdout.split()


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (("",), list(COMMANDS)),
        (("san",), ["sandbox"]),
        (("ex",), ["export"]),
        (("export", "--unt"), ["--until"]),
        (("clock", ""), ["advance", "due", "set", "show"]),
        (("clock", "set", "f"), ["frozen"]),
        (("otp", "wait", "--net"), ["--network"]),
        (("otp", "wait", "--network", "a"), ["amex"]),
        (("journal", ""), "clear decoded disclosures explain follow har list show".split()),
        (("journal", "list", "--cor"), ["--correlation"]),
        (("journal", "follow", "--network", "m"), ["mastercard"]),
        (("magic", "--kind", "o"), ["oneTimeCode"]),
        (("magic", "--switch", "of"), ["off"]),
        (("completion", "z"), ["zsh"]),
        (("ru",), ["run"]),
        (("run", "--re"), ["--rerun-failed", "--retries", "--report"]),
        (("run", "--keep-sandbox", "o"), ["on-failure"]),
        (("run", "--fail-on", "w"), ["warning"]),
    ],
)
def test_bash_completes_commands_flags_and_choices(
    shell: Shell, words: tuple[str, ...], offered: list[str]
) -> None:
    assert completed(shell, *words) == offered


async def test_bash_completes_names_of_sandboxes(shell: Shell, port: ControlPort) -> None:
    name = f"completed-{uuid4().hex[:8]}"
    async with port.new_sandbox(name):
        assert completed(shell, "sandbox", "show", name[:-2]) == [name]
        assert completed(shell, "sandbox", "delete", "default", name[:-2]) == [name]
        assert completed(shell, "export", name[:-2]) == [name]
        assert completed(shell, "clock", "show", "--sandbox", name[:-2]) == [name]
        elsewhere = ("clock", "show", "--control", "127.0.0.1:9", "--sandbox", name[:-2])
        assert completed(shell, *elsewhere) == []
        nowhere = {"SRC_SYSTEM_CONTROL_URL": "ftp://x"}
        assert completed(shell, "sandbox", "show", name[:-2], **nowhere) == []


@pytest.mark.skipif(shutil.which("zsh") is None, reason="there is no zsh on this machine")
async def test_zsh_completes_commands_and_names_of_sandboxes(
    shell: Shell, port: ControlPort
) -> None:
    name = f"completed-{uuid4().hex[:8]}"
    async with port.new_sandbox(name):
        with Zsh(shell) as zsh:
            assert "ready 0" in zsh.types(
                'autoload -Uz compinit; compinit -u -D; eval "$(src-system completion zsh)"'
                "; echo ready $?\n",
                until="ready 0",
            )
            zsh.types("src-system san\t", until="src-system sandbox ")
            zsh.types(f"\x15src-system sandbox show {name[:-2]}\t", until=f"show {name} ")


@pytest.mark.parametrize(
    ("name", "says"), [("bash", "complete -o nosort"), ("zsh", "#compdef src-system")]
)
def test_the_script_of_a_shell_is_printed(shell: Shell, name: str, says: str) -> None:
    script = shell.output("completion", name)

    assert says in script
    assert "_SRC_SYSTEM_COMPLETE" in script


class Zsh:
    """An interactive zsh on a terminal of its own."""

    def __init__(self, shell: Shell) -> None:
        self._terminal, slave = pty.openpty()
        self._process = subprocess.Popen(
            ["zsh", "-f", "-i"],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**shell.environment, "TERM": "dumb"},
            start_new_session=True,
        )
        os.close(slave)

    def types(self, text: str, *, until: str) -> str:
        """What the terminal shows of *text*, once it shows *until*."""
        os.write(self._terminal, text.encode())
        shown, deadline = "", time.monotonic() + SECONDS
        while until not in shown:
            assert time.monotonic() < deadline, shown
            readable, _, _ = select.select([self._terminal], [], [], 1)
            if readable:
                shown += os.read(self._terminal, 65_536).decode(errors="replace")
        return shown

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._terminal)
