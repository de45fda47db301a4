"""`src-system` as an installed command, in a pipe and on a terminal, on the session's server."""

import os
import pty
import re
import select
import subprocess
import sys
import time
from pathlib import Path
from struct import pack

import pytest

from tests.conftest import RunningServer

SECONDS = 60
_STYLING = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


class Shell:
    """A folder with the command on its path, and variables that say which server."""

    def __init__(self, home: Path, repository: Path, **variables: str) -> None:
        self.home = home
        programs = home / "bin"
        programs.mkdir()
        program = programs / "src-system"
        # What pip writes for an entry of [project.scripts].
        program.write_text(
            f"#!{sys.executable}\nimport sys\n"
            "from src_system.cli.main import main\nsys.exit(main())\n"
        )
        program.chmod(0o755)
        self.environment = {
            **os.environ,
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(repository),
            "NO_COLOR": "1",
            **variables,
        }
        # Whoever runs the tests may have said how wide a terminal is; here each test does.
        for name in ("COLUMNS", "LINES"):
            self.environment.pop(name, None)

    def run(
        self, *arguments: str, given: str | None = None, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """`src-system` with these arguments, in a pipe; *given* is its input."""
        return subprocess.run(
            ["src-system", *arguments],
            cwd=self.home,
            input=given,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
            env={**self.environment, **variables},
        )

    def output(self, *arguments: str, given: str | None = None, **variables: str) -> str:
        """What it prints when all goes well, without the last line's end."""
        done = self.run(*arguments, given=given, **variables)
        assert done.returncode == 0, done.stderr
        return done.stdout.rstrip("\n")

    def bash(self, script: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """A script of bash."""
        return subprocess.run(
            ["bash", "--norc", "-c", script],
            cwd=self.home,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
            env={**self.environment, **variables},
        )

    def on_terminal(self, script: str, *, columns: int = 100, **variables: str) -> str:
        """What a terminal of so many columns shows of a script of bash, styling taken off."""
        return _STYLING.sub("", self.raw_on_terminal(script, columns=columns, **variables))

    def raw_on_terminal(self, script: str, *, columns: int = 100, **variables: str) -> str:
        """The same with its styling."""
        master, slave = pty.openpty()
        _set_size(slave, columns)
        environment = {**self.environment, "TERM": "xterm-256color", **variables}
        process = subprocess.Popen(
            ["bash", "--norc", "-c", script],
            cwd=self.home,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={name: value for name, value in environment.items() if value != "(unset)"},
            close_fds=True,
        )
        os.close(slave)
        shown, deadline = b"", time.monotonic() + SECONDS
        try:
            while time.monotonic() < deadline:
                readable, _, _ = select.select([master], [], [], 1)
                if readable:
                    try:
                        piece = os.read(master, 65_536)
                    except OSError:  # how Linux says that nobody writes there any more
                        break
                    if not piece:
                        break
                    shown += piece
        finally:
            os.close(master)
            process.wait(SECONDS)
        lines = shown.decode().replace("\r\n", "\n").split("\n")
        return "\n".join(line.rstrip() for line in lines)


def _set_size(terminal: int, columns: int) -> None:
    import fcntl
    import termios

    fcntl.ioctl(terminal, termios.TIOCSWINSZ, pack("HHHH", 40, columns, 0, 0))


@pytest.fixture
def shell(tmp_path: Path, repository: Path, server: RunningServer) -> Shell:
    """A shell that talks to the session's server."""
    return Shell(tmp_path, repository, SRC_SYSTEM_CONTROL_URL=server.control)
