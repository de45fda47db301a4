"""What commands print: JSON, a table for people on a terminal, tab-separated values for a pipe."""

import contextlib
import re
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import click
import msgspec
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

Command = Callable[..., Any]
_STEERING = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]")
_WIDEST = 10_000
_PATIENCE_SECONDS = 1.0
_STYLES = {
    **dict.fromkeys(("ACTIVE", "issued", "consumed", "real", "PASSED"), "green"),
    **dict.fromkeys(("SUSPENDED", "superseded", "expired", "EXPIRED", "WARN", "WARNING"), "yellow"),
    **dict.fromkeys(("LOCKED", "locked", "CANCELLED", "DISABLED", "FAIL", "FAILED"), "red"),
}


def format_option(command: Command) -> Command:
    """Give *command* `--format`; it arrives as `output_format`."""
    return click.option(
        "--format",
        "output_format",
        type=click.Choice(["text", "json"]),
        default="text",
        show_default=True,
        help="text: a table, or tab-separated values in a pipe; json: one document",
    )(command)


def is_for_people() -> bool:
    """Whether stdout is a terminal."""
    return sys.stdout.isatty()


@contextlib.contextmanager
def waiting(what: str) -> Iterator[None]:
    """Say on a terminal that something is waited for, once it takes its time; nowhere else."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield
        return
    status = console.status(what)
    patience = threading.Timer(_PATIENCE_SECONDS, status.start)
    patience.start()
    try:
        yield
    finally:
        patience.cancel()
        patience.join()
        status.stop()


def print_json(document: object) -> None:
    """*document* as JSON on one line."""
    click.echo(msgspec.json.encode(document).decode())


def print_table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """On a terminal a table; in a pipe the values alone, tab-separated.

    Where a terminal is too narrow for the table, each row becomes a block of lines.
    """
    if not is_for_people():
        for row in rows:
            click.echo("\t".join(as_text(value) for value in row))
        return
    if not rows:
        return
    console = Console(highlight=False)
    table = Table(
        box=box.SIMPLE_HEAD,
        header_style="" if console.no_color else "bold",
        padding=(0, 2, 0, 0),
        show_edge=False,
        pad_edge=False,
    )
    for column in columns:
        table.add_column(Text(column), no_wrap=True)
    for first, *others in rows:
        table.add_row(Text(as_text(first), style="cyan"), *(_styled(other) for other in others))
    unbounded = console.options.update(width=_WIDEST)
    if console.measure(table, options=unbounded).maximum <= console.width:
        console.print(table)
        return
    for number, row in enumerate(rows):
        if number:
            console.print()
        print_fields(tuple(zip(columns, row, strict=True)))


def print_fields(fields: Sequence[tuple[str, object]]) -> None:
    """Names and values, one a line."""
    if not is_for_people():
        for name, value in fields:
            click.echo(f"{name}\t{as_text(value)}")
        return
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in fields:
        table.add_row(Text(name, style="cyan"), _styled(value))
    Console(highlight=False).print(table)


def as_text(value: object) -> str:
    """A value as it is read on one line: instants to the second, lists with commas."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    if isinstance(value, list | tuple):
        return ", ".join(as_text(one) for one in value) or "-"
    if isinstance(value, dict):
        return visible(msgspec.json.encode(value).decode())
    return visible(str(value))


def visible(text: str) -> str:
    """*text* with what steers a terminal, or the direction of reading, written out."""
    return _STEERING.sub(lambda found: f"\\u{ord(found.group()):04x}", text)


def _styled(value: object) -> Text:
    text = as_text(value)
    return Text(text, style=_STYLES.get(text, ""))
