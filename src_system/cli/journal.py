"""`src-system journal`: what was called and answered in a sandbox, and why it was refused."""

from collections import deque
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path
from typing import Any, Unpack

import click
import msgspec
from click.shell_completion import CompletionItem

from src_system.cli.control_access import Access, sandbox_options
from src_system.cli.journal_lines import (
    print_decoded,
    print_entries,
    print_entry,
    print_explanation,
    print_heading,
    print_raw,
)
from src_system.cli.networks import network_option
from src_system.cli.options import UsageFailed
from src_system.cli.printing import format_option, is_for_people, print_json, print_table
from src_system.client import Sandbox
from src_system.client.journal import JournalFilters
from src_system.client.journal_answers import JournalEntry

Command = Callable[..., Any]
_OFFERED_PLACES = 50


@click.group()
def journal() -> None:
    """Read, explain, export and follow the calls of a sandbox."""


def complete_place(
    context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """The newest places of the sandbox's journal; none where no server answers."""

    async def newest(sandbox: Sandbox) -> deque[JournalEntry]:
        found: deque[JournalEntry] = deque(maxlen=_OFFERED_PLACES)
        async for entry in sandbox.journal.entries():
            if str(entry.place).startswith(incomplete):
                found.append(entry)
        return found

    try:
        found = Access.for_completion(context).in_sandbox(newest)
    except click.ClickException:
        return []
    return [
        CompletionItem(str(one.place), help=f"{one.network} {one.operation} {one.status}")
        for one in reversed(found)
    ]


def _filter_options(command: Command) -> Command:
    """Give *command* the flags that choose calls; they arrive as members of JournalFilters."""
    for option in (
        click.option("--after", metavar="PLACE", help="only what came behind this place"),
        click.option("--reason", metavar="REASON", help="only this one, such as CARD_NOT_FOUND"),
        click.option("--client", metavar="CLIENT", help="only of this srcClientId"),
        click.option("--correlation", metavar="ID", help="only of this srcCorrelationId"),
        click.option("--status", metavar="STATUS", help="only with this one, or 4xx for all"),
        network_option,
        click.option("--operation", metavar="OPERATION", help="only calls of it"),
    ):
        command = option(command)
    return command


_place = click.argument("place", type=click.IntRange(min=1), shell_complete=complete_place)
_unmasked = click.option(
    "--unmasked", is_flag=True, help="show numbers and codes; who asked is written down"
)


@journal.command("list")
@_filter_options
@click.option("--last", type=click.IntRange(min=1), metavar="N", help="the newest N of them")
@sandbox_options
@format_option
def list_(
    *,
    after: str | None,
    last: int | None,
    access: Access,
    output_format: str,
    **filters: Unpack[JournalFilters],
) -> None:
    """List calls with their answers, oldest first."""
    found = access.in_sandbox(lambda sandbox: sandbox.journal.list(after=after, **filters))
    chosen = found if last is None else found[-last:]
    if output_format == "json":
        print_json({"entries": chosen})
    else:
        print_entries(chosen)


@journal.command()
@_place
@_unmasked
@sandbox_options
@format_option
def show(place: int, *, unmasked: bool, access: Access, output_format: str) -> None:
    """Show one call and its answer as they went over the wire."""
    found = access.in_sandbox(lambda sandbox: sandbox.journal.entry(place, unmasked=unmasked))
    if output_format == "json":
        print_json(found)
    else:
        print_raw(found)


@journal.command()
@_place
@_unmasked
@sandbox_options
@format_option
def decoded(place: int, *, unmasked: bool, access: Access, output_format: str) -> None:
    """Show one call with each JWS verified and each JWE opened."""
    found = access.in_sandbox(lambda sandbox: sandbox.journal.decoded(place, unmasked=unmasked))
    if output_format == "json":
        print_json(found)
    else:
        print_decoded(found)


@journal.command()
@click.argument("place", type=click.IntRange(min=1), required=False, shell_complete=complete_place)
@click.option("--correlation", metavar="ID", help="the newest refused call of this session")
@sandbox_options
@format_option
def explain(
    place: int | None, *, correlation: str | None, access: Access, output_format: str
) -> None:
    """Say why a call was refused: the rule, the state that was met, what would have passed.

    It is the call at PLACE, or the newest refused one of a session (--correlation).
    """
    if (place is None) == (correlation is None):
        raise UsageFailed("give the PLACE of a call, or a session by --correlation")
    found = access.in_sandbox(
        lambda sandbox: sandbox.journal.explain(place, correlation=correlation)
    )
    if output_format == "json":
        print_json(found)
    else:
        print_explanation(found)


@journal.command()
@_filter_options
@_unmasked
@click.option("-o", "--output", metavar="FILE", help="where to write it [stdout]")
@sandbox_options
def har(
    *,
    after: str | None,
    unmasked: bool,
    output: str | None,
    access: Access,
    **filters: Unpack[JournalFilters],
) -> None:
    """Export calls as an HTTP archive (HAR 1.2), with what was in them decoded."""
    archive = access.in_sandbox(
        lambda sandbox: sandbox.journal.har(after=after, unmasked=unmasked, **filters)
    )
    if output is None or output == "-":
        print_json(archive)
        return
    try:
        Path(output).write_bytes(msgspec.json.encode(archive) + b"\n")
    except OSError as error:
        raise UsageFailed(f"--output: {output}: {error.strerror}") from error
    if is_for_people():
        click.echo(f"{len(archive['log']['entries'])} calls written to {output}")


@journal.command()
@_filter_options
@click.option("--count", type=click.IntRange(min=1), metavar="N", help="end after N calls")
@sandbox_options
@format_option
def follow(
    *,
    after: str | None,
    count: int | None,
    access: Access,
    output_format: str,
    **filters: Unpack[JournalFilters],
) -> None:
    """Print calls as they come, from now on or behind --after, until Ctrl-C.

    With --format json each is a document on a line of its own.
    """

    async def print_each(sandbox: Sandbox) -> None:
        left = count
        async with aclosing(sandbox.journal.follow(after=after, **filters)) as calls:
            async for entry in calls:
                if output_format == "json":
                    print_json(entry)
                else:
                    print_entry(entry)
                left = None if left is None else left - 1
                if left == 0:
                    return

    if output_format == "text":
        print_heading()
    access.in_sandbox(print_each)


@journal.command()
@sandbox_options
def clear(*, access: Access) -> None:
    """Remove all calls; places go on where they were."""
    access.in_sandbox(lambda sandbox: sandbox.journal.clear())


@journal.command()
@sandbox_options
@format_option
def disclosures(*, access: Access, output_format: str) -> None:
    """List who read calls without masks, oldest first."""
    found = access.in_sandbox(lambda sandbox: sandbox.journal.disclosures())
    if output_format == "json":
        print_json({"disclosures": found})
        return
    print_table(
        ("number", "time", "from", "token", "view", "first", "last"),
        [
            (
                one.number,
                one.disclosed_at,
                one.remote_address,
                one.used_token,
                one.view,
                one.first_place,
                one.last_place,
            )
            for one in found
        ],
    )
