"""`src-system`: the group of all commands, each read from its own file when it is called."""

import importlib

import click

# In the order of the help. A command's file bears its name.
COMMANDS = (
    "serve",
    "demo",
    "migrate",
    "seed",
    "run",
    "check",
    "schema",
    "export",
    "decode",
    "ready",
    "sandbox",
    "clock",
    "otp",
    "fault",
    "magic",
    "journal",
    "verdict",
    "completion",
    "version",
)


class LateCommands(click.Group):
    """Reads a command's file when it is asked for: a small command need not load the server."""

    def list_commands(self, _context: click.Context) -> list[str]:
        """The names of all commands."""
        return list(COMMANDS)

    def get_command(self, _context: click.Context, name: str) -> click.Command | None:
        """The command of that name."""
        if name not in COMMANDS:
            return None
        command: click.Command = getattr(importlib.import_module(f"src_system.cli.{name}"), name)
        return command


@click.group(
    cls=LateCommands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
def main() -> None:
    """Simulate the network side of Click to Pay: four SRC Systems, invented cards only."""
