"""`src-system run`: plays scenarios, against its own server or one that is there."""

import asyncio
import contextlib
import os
import tempfile
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from src_system.cli.options import (
    CONTROL_URL_VARIABLE,
    EXIT_INTERRUPTED,
    EnvironmentFailed,
    UsageFailed,
)
from src_system.cli.printing import print_table
from src_system.cli.scenario_files import FilesInvalid
from src_system.client import ControlPort, HttpTransport, SrcSystemError
from src_system.client.server import start_server
from src_system.config import process_environment
from src_system.derive import random_name, random_seed
from src_system.scenario import last_run
from src_system.scenario.playing import World
from src_system.scenario.problems import ScenarioInvalid
from src_system.scenario.receiving import NotificationServer
from src_system.scenario.reporting import REPORTS, write_reports
from src_system.scenario.results import ERROR, FAILED, RunResult
from src_system.scenario.running import Pace, new_run, run_cases, verdict_failed
from src_system.scenario.selection import (
    Selection,
    SelectionInvalid,
    find_files,
    parse_shard,
    read_cases,
    select,
)
from src_system.scenario.story import Case
from src_system.scenario.terminal import Terminal

EXIT_SCENARIO_FAILED = 1
EXIT_NOTHING = 5
EXIT_VERDICT_FAILED = 6
_JOBS_PER_CORE = 4


class NothingSelected(click.ClickException):
    """No scenario is left to be played (exit code 5)."""

    exit_code = EXIT_NOTHING


@dataclass(frozen=True, slots=True)
class Server:
    """Where the server is, from here."""

    control: str
    token: str | None = None
    protocol: str | None = None


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH…")
@click.option("--url", metavar="URL", help="the server's protocol port, where it is not as it says")
@click.option(
    "--control", metavar="URL", help="the server's control port; else an own one is started"
)
@click.option("--control-token", metavar="TOKEN", help="token of the control port")
@click.option("-j", "--jobs", default="auto", show_default=True, metavar="N", help="at a time")
@click.option("--tag", metavar="EXPR", help="only with these tags: checkout and not (slow or visa)")
@click.option("--filter", "text", metavar="TEXT", help="only with this text in path or title")
@click.option("--var", "variables", multiple=True, metavar="K=V", help="sets a variable")
@click.option("--seed", metavar="N", help="what all is derived from; else a new one")
@click.option("--retries", type=click.IntRange(0, 10), default=0, help="more attempts of a failure")
@click.option("--max-failures", type=click.IntRange(0), default=0, help="begin no more after these")
@click.option("--rerun-failed", is_flag=True, help="only what failed last time")
@click.option("--shard", metavar="N/M", help="only the Nth of M parts")
@click.option("--list", "lists", is_flag=True, help="tell what would be played, and end")
@click.option("--dry-run", is_flag=True, help="check the files and tell their steps, and end")
@click.option(
    "--report",
    "reports",
    multiple=True,
    metavar="KIND=FILE",
    help=f"{', '.join(REPORTS)}; - is stdout",
)
@click.option(
    "--fail-on",
    type=click.Choice(["failure", "warning", "never"]),
    default="failure",
    show_default=True,
    help="which verdicts on the client's calls end with exit code 6",
)
@click.option("--keep-sandbox", type=click.Choice(["never", "on-failure"]), default="never")
@click.option("--min-coverage", type=click.FloatRange(0, 100), metavar="PERCENT")
@click.pass_context
def run(context: click.Context, /, paths: tuple[str, ...], **flags: Any) -> None:
    """Play scenarios: exit code 0, 1 when one failed, 3 when a file is no scenario."""
    cases = _choose(paths, flags)
    if flags["lists"]:
        rows = [(one.id, one.title, " ".join(one.story.tags)) for one in cases]
        print_table(("scenario", "title", "tags"), rows)
        return
    if flags["dry_run"]:
        _tell_steps(cases)
        return
    reports = [_report(one) for one in flags["reports"]]
    try:
        result = asyncio.run(_run(cases, flags))
    except KeyboardInterrupt:
        raise click.exceptions.Exit(EXIT_INTERRUPTED) from None
    except SrcSystemError as error:
        raise EnvironmentFailed(str(error)) from error
    write_reports(result, reports)
    last_run.keep(result, Path.cwd())
    context.exit(_exit_code(result, flags))


def _exit_code(result: RunResult, flags: dict[str, Any]) -> int:
    if result.count(FAILED) or result.count(ERROR):
        return EXIT_SCENARIO_FAILED
    if flags["fail_on"] != "never" and verdict_failed(
        result, on_warning=flags["fail_on"] == "warning"
    ):
        return EXIT_VERDICT_FAILED
    return 0


def _choose(paths: Sequence[str], flags: dict[str, Any]) -> list[Case]:
    """The cases to be played."""
    files, rows = _split_rows(paths)
    try:
        cases = read_cases(find_files(files))
        only = None
        if flags["rerun_failed"]:
            before = last_run.read(Path.cwd())
            only = frozenset() if before is None else frozenset(before.failed)
        wanted = Selection(
            tags=flags["tag"],
            text=flags["text"],
            shard=None if flags["shard"] is None else parse_shard(flags["shard"]),
            only=only,
        )
        found = select(cases, wanted)
    except ScenarioInvalid as invalid:
        raise FilesInvalid(str(invalid)) from invalid
    except SelectionInvalid as invalid:
        raise UsageFailed(str(invalid)) from invalid
    if rows:
        found = [one for one in found if one.id in rows or not one.has_rows]
    if not found:
        raise NothingSelected(f"none of {len(cases)} scenarios is selected")
    return found


def _split_rows(paths: Sequence[str]) -> tuple[list[Path], set[str]]:
    """`story.yaml[2]` is the second row of a story."""
    rows = {path for path in paths if path.endswith("]") and not Path(path).exists()}
    return [Path(path.rpartition("[")[0] if path in rows else path) for path in paths], rows


def _report(text: str) -> tuple[str, str]:
    kind, equals, file = text.partition("=")
    if kind not in REPORTS or not equals or not file:
        raise UsageFailed(f"--report {text}: write KIND=FILE, KIND one of {', '.join(REPORTS)}")
    return kind, file


def _tell_steps(cases: Sequence[Case]) -> None:
    for case in cases:
        click.echo(f"{case.id}  {case.title}")
        for placed in (*case.steps, *case.finally_):
            click.echo(f"  {placed.where.line:>4}  {placed.title}")


async def _run(cases: Sequence[Case], flags: dict[str, Any]) -> RunResult:
    variables = dict(_variable(one) for one in flags["variables"])
    seed = flags["seed"] or random_seed()
    async with _server(flags) as server, _transport() as transport, _notifications() as receiver:
        port = ControlPort(server.control, token=server.token, transport=transport)
        version = (await port.version()).version
        world = World(
            control_url=port.url,
            transport=transport,
            notifications=receiver,
            seed=seed,
            run_name=random_name(),
            token=server.token,
            protocol=server.protocol,
            variables=variables,
            retries=flags["retries"],
            keeps_failed=flags["keep_sandbox"] == "on-failure",
        )
        pace = Pace(jobs=_jobs(flags["jobs"]), max_failures=flags["max_failures"])
        result = new_run(seed, server.control, version, variables)
        with Terminal(len(cases), seed) as terminal:
            await run_cases(world, cases, pace, terminal, result)
        terminal.summary(result)
        return result


def _variable(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise UsageFailed(f"--var {text}: write NAME=VALUE")
    return name, value


def _jobs(text: str) -> int:
    if text == "auto":
        return _JOBS_PER_CORE * (os.cpu_count() or 1)
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 256):
        raise UsageFailed(f"--jobs {text}: auto, or a number from 1 to 256")
    return int(text)


@contextlib.asynccontextmanager
async def _server(flags: dict[str, Any]) -> AsyncIterator[Server]:
    """The server of the flags or the environment; else one of our own for as long as it takes."""
    environment = process_environment()
    control = flags["control"] or environment.get(CONTROL_URL_VARIABLE)
    if control is not None:
        token = flags["control_token"] or environment.get("SRC_SYSTEM_CONTROL_TOKEN") or None
        yield Server(control, token, flags["url"])
        return
    if flags["url"] is not None:
        raise UsageFailed("--url needs --control: sandboxes are made at the control port")
    with tempfile.TemporaryDirectory(prefix="src-system-run-") as home:
        own = await asyncio.to_thread(start_server, Path(home), "--ephemeral")
        try:
            yield Server(own.control, own.control_token)
        finally:
            await asyncio.to_thread(own.stop)


@contextlib.asynccontextmanager
async def _transport() -> AsyncIterator[HttpTransport]:
    transport = HttpTransport()
    try:
        yield transport
    finally:
        await transport.close()


@contextlib.asynccontextmanager
async def _notifications() -> AsyncIterator[NotificationServer]:
    server = NotificationServer()
    try:
        yield server
    finally:
        await server.close()
