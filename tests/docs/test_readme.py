"""README and docs say what the program does: settings, refusals, commands."""

import re
import subprocess
import sys
from pathlib import Path

from src_system.cli.main import COMMANDS
from src_system.config import SETTINGS
from src_system.wire.errors import STATUS

_ROW = re.compile(r"^\| (?:`(--[a-z-]+)`|–) \| `(SRC_SYSTEM_[A-Z_]+)` \|", re.MULTILINE)


def test_the_readme_lists_every_setting_that_is_no_limit(repository: Path) -> None:
    readme = (repository / "README.md").read_text()

    listed = {(flag or None, variable) for flag, variable in _ROW.findall(readme)}

    expected = {
        (setting.flag if setting.has_flag else None, setting.variable)
        for setting in SETTINGS
        if not setting.is_limit
    }
    assert listed == expected


def test_the_readme_names_only_commands_that_exist(repository: Path) -> None:
    readme = (repository / "README.md").read_text()

    named = set(re.findall(r"^src-system ([a-z]+)", readme, re.MULTILINE))

    assert named
    assert named <= set(COMMANDS)


def test_every_refusal_is_in_the_page_of_errors(repository: Path) -> None:
    page = (repository / "docs" / "errors.md").read_text()

    missing = [
        f"{kind.__name__}: {text}"
        for kind, status in STATUS.items()
        for text in (kind.reason, str(status))
        if text not in page
    ]

    assert missing == []


def test_the_two_commands_of_the_first_screen_are_targets_of_make(repository: Path) -> None:
    first_screen = "\n".join((repository / "README.md").read_text().splitlines()[:40])

    shown = subprocess.run(
        ["make", "help"], cwd=repository, capture_output=True, text=True, check=True
    ).stdout

    for target in re.findall(r"^make ([a-z]+)", first_screen, re.MULTILINE):
        assert f"make {target}" in shown
    assert sys.version_info >= (3, 11)
