"""`src-system seed`: fill a sandbox with a world to play in."""

import signal
from types import FrameType
from typing import Any

import click
import msgspec

from src_system.app import bring_up_to_date, installation_of, open_vault, run
from src_system.cli.launch import Launched, LaunchSize, launch
from src_system.cli.options import (
    EXIT_INTERRUPTED,
    UsageFailed,
    read_config,
    setting_options_without,
)
from src_system.cli.running import database_of, one_line_errors
from src_system.clock import machine_now
from src_system.config import Config, ConfigError
from src_system.fixtures.key_pool import ClientKeyPool
from src_system.fixtures.launch.people import EMAIL_FORM, people_max
from src_system.fixtures.new_sandbox import ensure_default_sandbox
from src_system.fixtures.personas import seed_demo
from src_system.model.errors import NotFound
from src_system.model.identifiers import SandboxName

_DPAS_MAX = 100_000


@click.command()
@setting_options_without("profile")
@click.option(
    "--profile",
    "world",
    type=click.Choice(["demo", "launch"]),
    default="demo",
    show_default=True,
    help="what to fill it with: a few personas, or the whole launch",
)
@click.option(
    "--dpas",
    type=click.IntRange(0, _DPAS_MAX),
    default=10_000,
    show_default=True,
    help="shops of the launch",
)
@click.option(
    "--consumers",
    type=click.IntRange(0, people_max()),
    default=100_000,
    show_default=True,
    help="people of the launch, each with one to four cards; more than last time adds the rest",
)
@click.option("--sandbox", default="default", show_default=True, help="sandbox to fill")
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="form of the summary",
)
@click.pass_context
def seed(
    context: click.Context,
    /,
    *,
    world: str,
    dpas: int,
    consumers: int,
    sandbox: str,
    output_format: str,
    **flags: Any,
) -> None:
    """Seed a sandbox; doing it again changes nothing, and goes on where it was interrupted."""
    try:
        config = read_config(flags)
    except ConfigError as error:
        raise UsageFailed(str(error)) from error
    if config.ephemeral:
        raise UsageFailed("--ephemeral keeps nothing: seed --data-dir or --database-url")
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        with (
            one_line_errors(),
            database_of(config, lambda step: click.echo(f"{step} …", err=True)) as dsn,
        ):
            run(bring_up_to_date(dsn, may_migrate=config.database_url is None or config.migrate))
            if world == "demo":
                seeded = run(_seed_demo(config, dsn, sandbox))
                summary: dict[str, Any] = {"consumers": {"present": seeded}}
                text = f"seeded sandbox {sandbox}: {seeded} consumers"
            else:
                launched = launch(config, flags, dsn, sandbox, LaunchSize(dpas, consumers))
                summary, text = _summary(launched), _text(launched, sandbox)
    except NotFound as error:
        raise UsageFailed(f"--sandbox: there is no sandbox {sandbox}; make it first") from error
    except KeyboardInterrupt:
        click.echo("interrupted: the same command goes on where it was", err=True)
        context.exit(EXIT_INTERRUPTED)
    if output_format == "json":
        text = msgspec.json.encode({"profile": world, "sandbox": sandbox, **summary}).decode()
    click.echo(text)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


async def _seed_demo(config: Config, dsn: str, sandbox: str) -> int:
    async with installation_of(
        config, dsn, open_vault(config), public_url=config.public_url or f"http://{config.listen}"
    ) as installation:
        key_pool = ClientKeyPool(config.limits.client_key_pool)
        try:
            await ensure_default_sandbox(installation, key_pool, now=machine_now())
            answer = await seed_demo(installation, key_pool, SandboxName(sandbox))
        finally:
            await key_pool.close()
    return len(answer["consumers"])


def _summary(launched: Launched) -> dict[str, Any]:
    onboarded, enrolled = launched.onboarded, launched.enrolled
    return {
        "clients": {"added": onboarded.clients},
        "dpas": {"added": onboarded.dpas, "present": onboarded.dpas_present},
        "consumers": {"added": enrolled.people, "present": enrolled.present},
        "profiles": {"added": enrolled.profiles},
        "cards": {"added": enrolled.cards},
        "seconds": round(launched.seconds, 3),
        "consumersPerSecond": round(enrolled.people / max(launched.consumer_seconds, 1e-9), 1),
    }


def _text(launched: Launched, sandbox: str) -> str:
    onboarded, enrolled = launched.onboarded, launched.enrolled
    if launched.is_nothing:
        return (
            f"nothing to add: sandbox {sandbox} has its {onboarded.dpas_present:,} DPAs"
            f" and {enrolled.present:,} consumers"
        )
    rate = enrolled.people / max(launched.consumer_seconds, 1e-9)
    return (
        f"seeded sandbox {sandbox} in {launched.seconds:.1f} s:"
        f" {onboarded.clients:,} SRC initiators, {onboarded.dpas:,} DPAs,"
        f" {enrolled.people:,} consumers with {enrolled.profiles:,} profiles"
        f" and {enrolled.cards:,} cards ({rate:,.0f} consumers/s);"
        f" {enrolled.present + onboarded.dpas_present:,} were there already.\n"
        f"Person n has the e-mail address {EMAIL_FORM.format(number='n')}, n from 0;"
        " some gave only a mobile number"
    )
