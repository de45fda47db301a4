"""`src-system serve`: play all four SRC Systems until told to stop."""

from typing import Any

import click
import structlog

from src_system.app import Server
from src_system.cli.options import UsageFailed, read_config, setting_options
from src_system.cli.running import announce, set_up_logging, start
from src_system.config import Config, ConfigError, print_config


@click.command()
@setting_options
@click.option("--print-config", "shows_config", is_flag=True, help="show every setting and end")
@click.pass_context
def serve(context: click.Context, /, *, shows_config: bool, **flags: Any) -> None:
    """Play Visa, Mastercard, American Express and Discover until told to stop."""
    try:
        config = read_config(flags)
    except ConfigError as error:
        raise UsageFailed(str(error)) from error
    if shows_config:
        click.echo(print_config(config))
        return
    refuse_unbuilt(config)
    set_up_logging(config)
    log = structlog.get_logger()

    async def when_ready(server: Server) -> None:
        announce(config, server)

    context.exit(start(config, when_ready, lambda step: log.info("starting", step=step)))


def refuse_unbuilt(config: Config) -> None:
    """Say plainly what this version cannot do yet, rather than pretend."""
    if config.workers > 1:
        raise UsageFailed("--workers: this version answers with one process; give --workers 1")
