"""`src-system clock`: a sandbox's time, shown, set and moved on."""

from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta
from typing import Any

import click

from src_system.cli.control_access import Access, sandbox_options
from src_system.cli.durations import read_duration
from src_system.cli.options import UsageFailed
from src_system.cli.printing import (
    as_text,
    format_option,
    is_for_people,
    print_fields,
    print_json,
    print_table,
)
from src_system.client import Sandbox
from src_system.client.answers import ClockReading, FiredWork
from src_system.clock import parse_iso


@click.group()
def clock() -> None:
    """Show, set and advance a sandbox's clock."""


@clock.command()
@sandbox_options
@format_option
def show(*, access: Access, output_format: str) -> None:
    """Show how the clock runs and what it says; in a pipe the instant alone."""
    _print(access.in_sandbox(lambda sandbox: sandbox.clock.show()), output_format)


# A duration may be negative, and begins like a flag then.
@clock.command("set", context_settings={"ignore_unknown_options": True})
@click.argument("mode", type=click.Choice(["real", "frozen", "offset"]))
@click.argument("moment", required=False)
@sandbox_options
@format_option
def set_(mode: str, moment: str | None, *, access: Access, output_format: str) -> None:
    """Set the clock: real, frozen [INSTANT], or offset INSTANT|DURATION.

    An instant is written 2026-11-23T09:00:00Z; a frozen clock without one stops where the machine's
    time is. An offset clock runs on from the instant, or ahead of the machine's time by a duration
    such as 30d, or behind it by one such as -5m.
    """

    def change(sandbox: Sandbox) -> Awaitable[ClockReading]:
        if mode == "real":
            return sandbox.clock.run()
        if mode == "frozen":
            return sandbox.clock.freeze(_instant(moment))
        at = _instant(moment, or_none=True)
        if at is not None:
            return sandbox.clock.run_from(at)
        return sandbox.clock.shift(_offset(str(moment)))

    if mode == "real" and moment is not None:
        raise UsageFailed("a real clock shows the machine's time and takes no moment")
    if mode == "offset" and moment is None:
        raise UsageFailed("an offset clock needs an instant to run from, or a duration to be ahead")
    _print(access.in_sandbox(change), output_format)


@clock.command()
@click.argument("by", metavar="DURATION")
@sandbox_options
@format_option
def advance(by: str, *, access: Access, output_format: str) -> None:
    """Move a frozen or offset clock on, by a duration such as 10m, 1h30m, 2d or PT10M.

    Prints the new time and what became due on the way.
    """
    length = read_duration(by, flag="DURATION")
    moved = access.in_sandbox(lambda sandbox: sandbox.clock.advance(length))
    if output_format == "json":
        print_json(moved)
        return
    click.echo(as_text(moved.now))
    _print_fired(moved.fired)
    further = sum(moved.counts.values()) - len(moved.fired)
    if further > 0 and is_for_people():
        click.echo(f"and {further} more")


@clock.command()
@click.option("--until", metavar="INSTANT", help="by the sandbox's clock [a day ahead]")
@sandbox_options
@format_option
def due(*, until: str | None, access: Access, output_format: str) -> None:
    """Show what would fire if the clock were advanced: what expires, ends or becomes due."""
    end = _instant(until)
    found = access.in_sandbox(lambda sandbox: sandbox.clock.due(until=end))
    if output_format == "json":
        print_json({"due": found})
    else:
        _print_fired(found)


def _print_fired(fired: list[FiredWork]) -> None:
    print_table(
        ("time", "event", "what", "network", "id"),
        [(one.due_at, one.event, one.kind, one.network, one.id) for one in fired],
    )


def _print(reading: ClockReading, output_format: str) -> None:
    if output_format == "json":
        print_json(reading)
    elif is_for_people():
        fields: list[tuple[str, Any]] = [("mode", reading.mode), ("now", reading.now)]
        if reading.offset_seconds is not None:
            fields.append(("offset", f"{reading.offset_seconds:g} s"))
        print_fields(fields)
    else:
        click.echo(as_text(reading.now))


def _offset(text: str) -> timedelta:
    """How far ahead of the machine's time, or behind it."""
    length = read_duration(text.removeprefix("-"), flag="MOMENT")
    return -length if text.startswith("-") else length


def _instant(text: str | None, *, or_none: bool = False) -> datetime | None:
    """The instant, or None for no text (or, if that will do, for text that is none)."""
    if text is None:
        return None
    try:
        return parse_iso(text).astimezone(UTC)
    except ValueError:
        if or_none:
            return None
        raise UsageFailed(f"{text!r} is no instant such as 2026-11-23T09:00:00Z") from None
