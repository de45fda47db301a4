"""`src-system otp`: the one-time codes that a consumer would have been sent."""

import click

from src_system.cli.control_access import Access, NothingFound, sandbox_options
from src_system.cli.networks import network_option
from src_system.cli.printing import (
    format_option,
    is_for_people,
    print_json,
    print_table,
    waiting,
)
from src_system.client import Sandbox, TimedOut
from src_system.client.answers import OneTimeCode

_COLUMNS = ("code", "state", "delivery", "network", "identity", "channel", "expires")


@click.group()
def otp() -> None:
    """Read the one-time codes of a sandbox."""


@otp.command("list")
@click.argument("identity", required=False)
@network_option
@click.option("--channel", metavar="CHANNEL", help="EMAIL_ADDRESS or MOBILE_PHONE_NUMBER")
@click.option("--undelivered", is_flag=True, help="also what was lost or is still on its way")
@sandbox_options
@format_option
def list_(
    identity: str | None,
    *,
    network: str | None,
    channel: str | None,
    undelivered: bool,
    access: Access,
    output_format: str,
) -> None:
    """List codes with what became of them, oldest first; those of an identity when it is given."""
    found = access.in_sandbox(
        lambda sandbox: sandbox.otps.list(
            identity, network=network, channel=channel, undelivered=undelivered
        )
    )
    if output_format == "json":
        print_json({"otps": found})
    else:
        print_table(_COLUMNS, [_row(code) for code in found])


@otp.command()
@click.argument("identity", required=False)
@network_option
@click.option("--channel", metavar="CHANNEL", help="EMAIL_ADDRESS or MOBILE_PHONE_NUMBER")
@click.option(
    "--seconds",
    type=click.FloatRange(0, 3600),
    default=30.0,
    show_default=True,
    help="how long to wait (real time)",
)
@click.option("--new", "only_new", is_flag=True, help="only a code sent from now on")
@sandbox_options
@format_option
def wait(
    identity: str | None,
    *,
    network: str | None,
    channel: str | None,
    seconds: float,
    only_new: bool,
    access: Access,
    output_format: str,
) -> None:
    """Wait for a code that is good, and print it; in a pipe its digits alone.

    The newest good one is printed at once unless --new is given. Exit code 5 when none comes.
    """

    async def next_code(sandbox: Sandbox) -> OneTimeCode | TimedOut:
        if only_new:
            await sandbox.otps.skip(identity, network=network, channel=channel)
        try:
            return await sandbox.otps.next(
                identity, network=network, channel=channel, seconds=seconds
            )
        except TimedOut as nothing:
            return nothing

    with waiting("waiting for a code …"):
        code = access.in_sandbox(next_code)
    if isinstance(code, TimedOut):
        raise NothingFound(str(code))
    if output_format == "json":
        print_json(code)
    elif is_for_people():
        print_table(_COLUMNS, [_row(code)])
    else:
        click.echo(code.value)


def _row(code: OneTimeCode) -> tuple[object, ...]:
    return (
        code.value,
        code.state,
        code.delivery,
        code.network,
        code.identity,
        code.channel,
        code.expires_at,
    )
