"""`src-system migrate`: bring a database up to date."""

from typing import Any

import click

from src_system.app import bring_up_to_date, run
from src_system.cli.options import UsageFailed, read_config, setting_options
from src_system.cli.running import database_of, one_line_errors
from src_system.config import ConfigError


@click.command()
@setting_options
def migrate(**flags: Any) -> None:
    """Bring the database of --database-url (or the embedded one) up to date."""
    try:
        config = read_config(flags)
    except ConfigError as error:
        raise UsageFailed(str(error)) from error
    with (
        one_line_errors(),
        database_of(config, lambda step: click.echo(f"{step} …", err=True)) as dsn,
    ):
        applied = run(bring_up_to_date(dsn, may_migrate=True))
    for name in applied:
        click.echo(f"applied {name}")
    if not applied:
        click.echo("nothing to do: the database is up to date")
