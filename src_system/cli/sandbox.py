"""`src-system sandbox`: worlds of one's own on a running server."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import msgspec
from click.shell_completion import CompletionItem

from src_system.cli.control_access import (
    Access,
    complete_sandbox,
    control_options,
    sandbox_options,
)
from src_system.cli.durations import read_duration
from src_system.cli.options import SANDBOX_VARIABLE, UsageFailed
from src_system.cli.printing import (
    as_text,
    format_option,
    is_for_people,
    print_fields,
    print_json,
    print_table,
)
from src_system.client import Sandbox
from src_system.client.answers import SandboxDetails, Snapshot


@click.group()
def sandbox() -> None:
    """Make, show, copy, reset and remove sandboxes."""


_name = click.argument(
    "name",
    default="default",
    envvar=SANDBOX_VARIABLE,
    shell_complete=complete_sandbox,
    metavar="[NAME]",
)


@sandbox.command("list")
@control_options
@format_option
def list_(*, access: Access, output_format: str) -> None:
    """List all sandboxes."""
    found = access.run(lambda port: port.list_sandboxes())
    if output_format == "json":
        print_json({"sandboxes": found})
        return
    print_table(
        ("name", "seed", "clock", "now", "profile", "expires"),
        [
            (one.name, one.seed, one.clock.mode, one.clock.now, one.profile, one.expires_at)
            for one in found
        ],
    )


@sandbox.command()
@click.argument("name", required=False)
@click.option("--seed", metavar="SEED", help="what everything in it is derived from [a random one]")
@click.option("--clock", metavar="INSTANT", help="stop its clock there, 2026-11-23T09:00:00Z")
@click.option("--profile", type=click.Choice(["default", "strict", "lenient"]), help="strictness")
@click.option("--ttl", metavar="DURATION", help="remove it after so long, such as 2h")
@click.option("--fixtures", metavar="FILE", help="JSON of the people to put in it; - is stdin")
@click.option("--issuer", is_flag=True, help="with a participating issuer among the clients")
@control_options
@format_option
def create(
    name: str | None,
    *,
    seed: str | None,
    clock: str | None,
    profile: str | None,
    ttl: str | None,
    fixtures: str | None,
    issuer: bool,
    access: Access,
    output_format: str,
) -> None:
    """Make a sandbox; in a pipe its name is all that is printed."""
    document = None if fixtures is None else _read_fixtures(fixtures)
    lasting = None if ttl is None else read_duration(ttl, flag="--ttl")
    made = access.run(
        lambda port: port.create_sandbox(
            name,
            seed=seed,
            clock=clock,
            profile=profile,
            ttl=lasting,
            fixtures=document,
            issuer=issuer,
        )
    )
    _announce(made, output_format)


@sandbox.command()
@_name
@control_options
@format_option
def show(name: str, *, access: Access, output_format: str) -> None:
    """Show a sandbox: its clock, addresses, clients and DPAs."""
    found = access.run(lambda port: port.sandbox(name))
    _show(found.details, output_format)


@sandbox.command()
@click.argument("names", nargs=-1, required=True, shell_complete=complete_sandbox)
@control_options
def delete(names: tuple[str, ...], *, access: Access) -> None:
    """Remove sandboxes with all they hold."""
    for name in names:
        access.run(lambda port, name=name: port.delete_sandbox(name))  # type: ignore[misc]
        if is_for_people():
            click.echo(f"removed {name}")


@sandbox.command()
@_name
@click.option("--clock", is_flag=True, help="put its clock back as well")
@click.option("--keep-faults", is_flag=True, help="leave its fault rules")
@control_options
@format_option
def reset(name: str, *, clock: bool, keep_faults: bool, access: Access, output_format: str) -> None:
    """Remove a sandbox's consumers and all they did; clients, DPAs and seed stay."""
    there = replace(access, sandbox=name)
    document = there.in_sandbox(lambda found: found.reset(clock=clock, keep_faults=keep_faults))
    _show(document, output_format)


@sandbox.command()
@click.argument("name", shell_complete=complete_sandbox)
@click.argument("new_name", required=False)
@click.option("--ttl", metavar="DURATION", help="remove the copy after so long, such as 2h")
@control_options
@format_option
def fork(
    name: str, new_name: str | None, *, ttl: str | None, access: Access, output_format: str
) -> None:
    """Copy a sandbox with all it holds; in a pipe the copy's name is all that is printed."""
    lasting = None if ttl is None else read_duration(ttl, flag="--ttl")
    there = replace(access, sandbox=name)
    _announce(there.in_sandbox(lambda found: found.fork(new_name, ttl=lasting)), output_format)


@sandbox.group()
def snapshot() -> None:
    """Take snapshots of a sandbox, and put it back to them."""


def complete_snapshot(
    context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """The snapshots of the command's sandbox; none where no server answers."""
    try:
        access = Access.for_completion(context)
        found = access.in_sandbox(lambda sandbox: sandbox.snapshots.list())
    except click.ClickException:
        return []
    return [CompletionItem(one.name) for one in found if one.name.startswith(incomplete)]


@snapshot.command()
@click.argument("snapshot_name", required=False, metavar="[SNAPSHOT]")
@sandbox_options
@format_option
def take(snapshot_name: str | None, *, access: Access, output_format: str) -> None:
    """Keep the sandbox as it stands; in a pipe the snapshot's name is all that is printed."""
    taken = access.in_sandbox(lambda found: found.snapshots.take(snapshot_name))
    if output_format == "json":
        print_json(taken)
    elif is_for_people():
        _print_snapshots([taken])
    else:
        click.echo(taken.name)


@snapshot.command("list")
@sandbox_options
@format_option
def list_snapshots(*, access: Access, output_format: str) -> None:
    """List the snapshots, oldest first."""
    found = access.in_sandbox(lambda sandbox: sandbox.snapshots.list())
    if output_format == "json":
        print_json({"snapshots": found})
    else:
        _print_snapshots(found)


@snapshot.command()
@click.argument("snapshot_name", metavar="SNAPSHOT", shell_complete=complete_snapshot)
@sandbox_options
@format_option
def restore(snapshot_name: str, *, access: Access, output_format: str) -> None:
    """Put the sandbox back to what it was then."""
    _show(access.in_sandbox(lambda found: found.restore(snapshot_name)), output_format)


@snapshot.command()
@click.argument("snapshot_name", metavar="SNAPSHOT", shell_complete=complete_snapshot)
@sandbox_options
def remove(snapshot_name: str, *, access: Access) -> None:
    """Forget a snapshot."""
    access.in_sandbox(lambda found: found.snapshots.remove(snapshot_name))


def _print_snapshots(found: list[Snapshot]) -> None:
    print_table(
        ("snapshot", "taken", "by its clock"),
        [(one.name, one.taken_at, one.simulated_at) for one in found],
    )


def _announce(made: Sandbox, output_format: str) -> None:
    """A sandbox that was made: for people all of it, in a pipe its name."""
    if output_format == "text" and not is_for_people():
        click.echo(made.name)
    else:
        _show(made.details, output_format)


def _read_fixtures(source: str) -> dict[str, Any]:
    try:
        raw = sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
        return msgspec.json.decode(raw, type=dict[str, Any])
    except OSError as error:
        raise UsageFailed(f"--fixtures: {source}: {error.strerror}") from error
    except msgspec.MsgspecError as error:
        raise UsageFailed(f"--fixtures: {source} is no JSON object: {error}") from error


def _show(details: SandboxDetails, output_format: str) -> None:
    if output_format == "json":
        print_json(details)
        return
    clients = [f"{one.src_client_id} ({one.kind}, {_scheme(one)})" for one in details.clients]
    print_fields(
        [
            ("name", details.name),
            ("seed", details.seed),
            ("clock", f"{details.clock.mode}, {as_text(details.clock.now)}"),
            ("profile", details.profile),
            ("expires", details.expires_at),
            *((network, urls.src) for network, urls in details.urls.items()),
            *(("client", client) for client in clients),
            *(("dpa", f"{one.src_dpa_id} ({one.dpa_data.get('dpaName')})") for one in details.dpas),
        ]
    )


def _scheme(client: Any) -> str:
    return str(client.authentication.get("scheme", "open"))
