"""What commands say of scenario files that cannot be played: a line each, and exit code 3."""

import sys
from collections.abc import Sequence
from typing import Any

import click

from src_system.scenario.problems import Problem

EXIT_INVALID = 3


class FilesInvalid(click.ClickException):
    """A scenario file that cannot be played (exit code 3)."""

    exit_code = EXIT_INVALID

    def show(self, file: Any = None) -> None:
        """Every problem on its own line, as editors and CI understand it."""
        click.echo(self.message, file=file or sys.stderr)


def show_problems(problems: Sequence[Problem]) -> None:
    """Each on a line of stderr."""
    for one in problems:
        click.echo(str(one), err=True)
