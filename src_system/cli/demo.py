"""`src-system demo`: serve, and tell one whole checkout story in the terminal."""

import shlex
import sys
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from src_system.app import Server
from src_system.cli.options import UsageFailed, read_config, setting_options
from src_system.cli.running import announce, set_up_logging, start
from src_system.cli.serve import refuse_unbuilt
from src_system.config import ConfigError
from src_system.demo.story import tell_story
from src_system.fixtures.personas import seed_demo

_STORY_FAILED = 1


@click.command()
@setting_options
@click.option("--once", is_flag=True, help="end after the story; non-zero when a step failed")
@click.pass_context
def demo(context: click.Context, /, *, once: bool, **flags: Any) -> None:
    """Serve a seeded sandbox and show one whole Click to Pay checkout on all four networks."""
    # Nobody needs to know the ports of a demo that ends by itself.
    free_ports = {"listen": "127.0.0.1:0", "control": "127.0.0.1:0"} if once else {}
    try:
        config = read_config(flags, **free_ports)
    except ConfigError as error:
        raise UsageFailed(str(error)) from error
    refuse_unbuilt(config)
    if config.auth != "open" or config.tls != "off":
        raise UsageFailed("--auth, --tls: the demo's own client neither signs nor speaks TLS")
    set_up_logging(config, quiet=True)
    console = Console(highlight=False)
    if config.control_token is not None:
        raise UsageFailed("--control-token: the demo talks to its own control port without one")

    async def when_ready(server: Server) -> int | None:
        await seed_demo(server.installation, server.key_pool)
        went_well = await tell_story(
            protocol=server.protocol,
            control=server.control,
            console=console,
            command=_own_command(),
            # The data directory keeps it; an ephemeral or one-time demo leaves nothing behind.
            keep_in=None if once or config.ephemeral else config.data_dir,
        )
        if once:
            return 0 if went_well else _STORY_FAILED
        if not went_well:
            return _STORY_FAILED
        announce(config, server)
        return None

    context.exit(start(config, when_ready, lambda step: console.print(f"[dim]{step} …[/dim]")))


def _own_command() -> str:
    """How to call this program as it was called: installed, or as a module of this Python."""
    if Path(sys.argv[0]).name == "src-system":
        return "src-system"
    return f"{shlex.quote(sys.executable)} -m src_system"
