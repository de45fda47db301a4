"""`src-system schema`: the JSON Schema of scenario files, for editors."""

import json

import click

from src_system.scenario.schema import json_schema


@click.command()
def schema() -> None:
    """Print the JSON Schema of a scenario file.

    An editor that reads it completes and checks scenarios: save it, and name it in the first line
    of each file, `# yaml-language-server: $schema=scenario.schema.json`.
    """
    click.echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))
