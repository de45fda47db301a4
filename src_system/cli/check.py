"""`src-system check`: are these files scenarios? Without a server."""

from pathlib import Path

import click

from src_system.cli.printing import format_option, is_for_people, print_json
from src_system.cli.scenario_files import EXIT_INVALID, show_problems
from src_system.scenario.problems import Problem, ScenarioInvalid
from src_system.scenario.selection import find_files, read_cases


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH…")
@format_option
@click.pass_context
def check(context: click.Context, paths: tuple[str, ...], *, output_format: str) -> None:
    """Check scenario files: words, variables, references. Exit code 3 when one is wrong."""
    problems: list[Problem] = []
    cases = 0
    files: list[Path] = []
    try:
        files = find_files([Path(path) for path in paths])
        cases = len(read_cases(files))
    except ScenarioInvalid as invalid:
        problems = invalid.problems
    if output_format == "json":
        print_json(
            {
                "files": len(files),
                "scenarios": cases,
                "problems": [
                    {
                        "file": str(one.where.file),
                        "line": one.where.line,
                        "column": one.where.column,
                        "message": one.message,
                        "suggestion": one.suggestion or None,
                    }
                    for one in problems
                ],
            }
        )
    elif problems:
        show_problems(problems)
    elif is_for_people():
        click.echo(f"{len(files)} files with {cases} scenarios are in order.")
    context.exit(EXIT_INVALID if problems else 0)
