"""`src-system version`: which version this is."""

import platform

import click
import msgspec

from src_system import __version__


@click.command()
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "json"]),
    default="text",
    help="How to print it.",
)
def version(output_format: str) -> None:
    """Print the version of src-system and of Python."""
    if output_format == "json":
        document = {"version": __version__, "python": platform.python_version()}
        click.echo(msgspec.json.encode(document).decode())
    else:
        click.echo(f"src-system {__version__} (Python {platform.python_version()})")
