"""The flag that names a network."""

from collections.abc import Callable
from typing import Any

import click
from click.shell_completion import CompletionItem

Command = Callable[..., Any]


def complete_network(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """The networks that this version knows; a server may know others."""
    from src_system.networks import PROFILES

    return [CompletionItem(name) for name in PROFILES if name.startswith(incomplete)]


def network_option(command: Command) -> Command:
    """Give *command* `--network`."""
    return click.option(
        "--network", metavar="NETWORK", shell_complete=complete_network, help="only this network"
    )(command)
