"""`src-system export`: what a sandbox recorded, as a scenario that `run` plays."""

import os
from dataclasses import replace
from pathlib import Path

import click

from src_system.cli.control_access import (
    Access,
    NothingFound,
    complete_sandbox,
    control_options,
)
from src_system.cli.options import UsageFailed
from src_system.cli.printing import waiting
from src_system.scenario.export.exporting import SCHEMA, Exported, export_story

_STDOUT = "-"
_READING_SECONDS = 600.0  # a full journal is opened entry by entry
_SUFFIXES = (".yaml", ".yml")


@click.command()
@click.argument("sandbox", shell_complete=complete_sandbox)
@click.option(
    "-o",
    "--output",
    default=_STDOUT,
    metavar="FILE",
    type=click.Path(dir_okay=False, allow_dash=True),
    help="the scenario file [- is stdout]",
)
@click.option("--client", metavar="CLIENT", help="only calls of this srcClientId")
@click.option(
    "--since",
    type=click.IntRange(0),
    default=0,
    metavar="PLACE",
    help="only what came behind this place of the journal",
)
@click.option("--until", type=click.IntRange(1), metavar="PLACE", help="the last place")
@click.option("--title", metavar="TEXT", help="what the scenario is called")
@click.option("--force", is_flag=True, help="replace a file that is there")
@control_options
def export(
    *,
    output: str,
    client: str | None,
    since: int,
    until: int | None,
    title: str | None,
    force: bool,
    access: Access,
) -> None:
    """Write what the journal of SANDBOX recorded as a scenario; exit code 5 when it is empty.

    It holds card numbers, codes and all else that has to be said again: reading them without masks
    is written down in the journal's disclosures. What a scenario cannot say is a comment in it,
    and a line on stderr.
    """
    file = None if output == _STDOUT else Path(output)
    if file is not None:
        _refuse(file, force=force)
    with waiting("reading the journal …"):
        exported = replace(access, timeout=_READING_SECONDS).run(
            lambda port: export_story(
                port,
                access.sandbox,
                client=client,
                since=since,
                until=until,
                title=title,
                schema=_schema_from(file),
            )
        )
    if exported is None:
        raise NothingFound(f"the journal of {access.sandbox} holds no call for a scenario")
    _write(exported, file)
    for note in exported.notes:
        click.echo(f"not in the scenario: {note}", err=True)


def _refuse(file: Path, *, force: bool) -> None:
    if file.suffix not in _SUFFIXES:
        raise UsageFailed(f"--output {file}: a scenario is a file {' or '.join(_SUFFIXES)}")
    if not file.parent.is_dir():
        raise UsageFailed(f"--output {file}: there is no folder {file.parent}")
    if file.exists() and not force:
        raise UsageFailed(f"--output {file}: it is there already; --force replaces it")


def _schema_from(file: Path | None) -> str:
    """Where an editor finds the format, as seen from the file."""
    if file is None:
        return SCHEMA
    folder = file.parent.resolve()
    for above in (folder, *folder.parents):
        for place in (above / SCHEMA, above / "scenarios" / SCHEMA):
            if place.is_file():
                return Path(os.path.relpath(place, folder)).as_posix()
    return SCHEMA


def _write(exported: Exported, file: Path | None) -> None:
    if file is None:
        click.echo(exported.text, nl=False)
        return
    try:
        file.write_text(exported.text, encoding="utf-8")
    except OSError as error:
        raise UsageFailed(f"--output {file}: {error.strerror}") from error
