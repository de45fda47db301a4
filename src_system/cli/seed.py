"""`src-system seed`: fill the default sandbox with a world to play in."""

from typing import Any

import click

from src_system.app import bring_up_to_date, installation_of, open_vault, run
from src_system.cli.options import UsageFailed, read_config, setting_options
from src_system.cli.running import database_of, one_line_errors
from src_system.clock import machine_now
from src_system.config import Config, ConfigError
from src_system.fixtures.key_pool import ClientKeyPool
from src_system.fixtures.new_sandbox import ensure_default_sandbox
from src_system.fixtures.personas import seed_demo


@click.command()
@setting_options
@click.option("--sandbox", default="default", show_default=True, help="sandbox to fill")
def seed(*, sandbox: str, **flags: Any) -> None:
    """Seed a sandbox; doing it again changes nothing."""
    chosen = flags.pop("profile") or "demo"
    if chosen != "demo":
        raise UsageFailed(f"--profile: this version knows the seed profile demo, not {chosen!r}")
    try:
        config = read_config(flags)
    except ConfigError as error:
        raise UsageFailed(str(error)) from error
    with (
        one_line_errors(),
        database_of(config, lambda step: click.echo(f"{step} …", err=True)) as dsn,
    ):
        seeded = run(_seed(config, dsn, sandbox))
    click.echo(f"seeded sandbox {sandbox}: {seeded} consumers")


async def _seed(config: Config, dsn: str, sandbox: str) -> int:
    await bring_up_to_date(dsn, may_migrate=config.database_url is None or config.migrate)
    async with installation_of(
        config, dsn, open_vault(config), public_url=config.public_url or f"http://{config.listen}"
    ) as installation:
        key_pool = ClientKeyPool(config.limits.client_key_pool)
        try:
            await ensure_default_sandbox(installation, key_pool, now=machine_now())
            answer = await seed_demo(installation, key_pool, sandbox)
        finally:
            await key_pool.close()
    return len(answer["consumers"])
