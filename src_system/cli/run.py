"""`src-system run`: plays scenarios, against its own server or one that is there."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from src_system.cli.options import EXIT_INTERRUPTED, EnvironmentFailed, UsageFailed
from src_system.cli.printing import print_table
from src_system.cli.scenario_files import FilesInvalid
from src_system.cli.scenario_server import server_of
from src_system.client import ControlPort, HttpTransport, SrcSystemError
from src_system.config import process_environment
from src_system.derive import random_name, random_seed
from src_system.scenario import last_run
from src_system.scenario.coverage import Coverage, coverage_of, protocol_of, read_document
from src_system.scenario.playing import World, new_jwks
from src_system.scenario.problems import ScenarioInvalid
from src_system.scenario.receiving import NotificationServer
from src_system.scenario.reporting import (
    GITHUB,
    REPORTS,
    STDOUT,
    Report,
    ReportRefused,
    check_reports,
    parse_report,
    takes_stdout,
    write_reports,
)
from src_system.scenario.results import ERROR, FAILED, CaseResult, RunResult
from src_system.scenario.running import Pace, new_run, run_cases
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
_CONDEMNING = {
    "failure": frozenset({"FAILED"}),
    "warning": frozenset({"FAILED", "WARNING"}),
    "never": frozenset(),
}
_EXIT_CODES = """\b
Exit codes:
  0    all passed                  4    the server cannot be reached, or did not start
  1    a scenario failed           5    nothing is selected
  2    used wrongly                6    passed, but the client's verdict failed
  3    a file is no scenario       130  interrupted; reports tell what was played
"""


class NothingSelected(click.ClickException):
    """No scenario is left to be played (exit code 5)."""

    exit_code = EXIT_NOTHING


@click.command(epilog=_EXIT_CODES)
@click.argument("paths", nargs=-1, required=True, metavar="PATH…")
@click.option("--tag", metavar="EXPR", help="only these: 'checkout and not (slow or visa)'")
@click.option("--filter", "text", metavar="TEXT", help="only with this text in path or title")
@click.option("--shard", metavar="N/M", help="only the Nth of M parts, as for one of M machines")
@click.option("--rerun-failed", is_flag=True, help="only what failed last time, here")
@click.option("--list", "lists", is_flag=True, help="tell what would be played, and end")
@click.option("--dry-run", is_flag=True, help="tell the steps that would be played, and end")
@click.option(
    "--control", metavar="URL", help="the server's control port; else one is started for the run"
)
@click.option("--control-token", metavar="TOKEN", help="what that control port asks for")
@click.option("--url", metavar="URL", help="its protocol port, where that is not as it says")
@click.option(
    "-j",
    "--jobs",
    default="auto",
    show_default=True,
    metavar="N",
    help=f"so many at a time; auto: {_JOBS_PER_CORE} for each core",
)
@click.option("--seed", metavar="TEXT", help="what all is derived from; else a new one, told")
@click.option("--var", "variables", multiple=True, metavar="NAME=VALUE", help="set a variable")
@click.option(
    "--retries",
    type=click.IntRange(0, 10),
    default=0,
    metavar="N",
    help="play what failed so often again; what passes then is flaky",
)
@click.option(
    "--max-failures",
    type=click.IntRange(0),
    default=0,
    metavar="N",
    help="begin no more after so many have failed",
)
@click.option(
    "--keep-sandbox",
    type=click.Choice(["never", "on-failure"]),
    default="never",
    help="leave the sandbox of what failed, to look into it",
)
@click.option(
    "--report",
    "reports",
    multiple=True,
    metavar="KIND=FILE",
    help=f"write a report: {', '.join(REPORTS)}; - is stdout",
)
@click.option("--coverage", is_flag=True, help="tell how much of the protocol port was exercised")
@click.option(
    "--min-coverage",
    type=click.FloatRange(0, 100),
    metavar="PERCENT",
    help="exit code 1 when it is less",
)
@click.option(
    "--fail-on",
    type=click.Choice(["failure", "warning", "never"]),
    default="failure",
    show_default=True,
    help="which verdicts on the client end with exit code 6",
)
@click.pass_context
def run(context: click.Context, /, paths: tuple[str, ...], **flags: Any) -> None:
    """Play scenarios, each in a sandbox of its own.

    PATH is a file, a folder, or one row of a file's data: story.yaml[2].
    """
    cases = _choose(paths, flags)
    if flags["lists"]:
        rows = [(one.id, one.title, " ".join(one.story.tags)) for one in cases]
        print_table(("scenario", "title", "tags"), rows)
        return
    if flags["dry_run"]:
        _tell_steps(cases)
        return
    try:
        reports = _reports(flags["reports"])
        check_reports(reports)
    except ReportRefused as refused:
        raise UsageFailed(str(refused)) from refused
    result = new_run(
        flags["seed"] or random_seed(), dict(_variable(one) for one in flags["variables"])
    )
    result.played_against = {
        f"--{name}": flags[name] for name in ("control", "url") if flags[name] is not None
    }
    result.cases = [CaseResult(one) for one in cases]
    terminal = Terminal(result, len(cases), sys.stderr if takes_stdout(reports) else None)
    wants_coverage = flags["coverage"] or flags["min_coverage"] is not None
    reads_interface = wants_coverage or any(one.kind == "html" for one in reports)
    try:
        asyncio.run(_run(result, terminal, flags, reads_interface=reads_interface))
    except (KeyboardInterrupt, asyncio.CancelledError):
        result.is_interrupted = True
    except SrcSystemError as error:
        raise EnvironmentFailed(str(error)) from error
    coverage = coverage_of(result) if wants_coverage else None
    notes = list(_verdicts(result))
    terminal.summary(notes if coverage is None else [*notes, coverage.summary()])
    _write(result, reports)
    last_run.keep(result, Path.cwd())
    if result.is_interrupted:
        context.exit(EXIT_INTERRUPTED)
    code = _exit_code(result)
    if coverage is not None and not _is_enough(coverage, flags["min_coverage"]):
        code = EXIT_SCENARIO_FAILED
    context.exit(code)


def _reports(given: Sequence[str]) -> list[Report]:
    """Those of the flags, and on GitHub's machines its annotations."""
    reports = [parse_report(one) for one in given]
    on_github = process_environment().get("GITHUB_ACTIONS") == "true"
    if on_github and not takes_stdout(reports) and not any(one.kind == GITHUB for one in reports):
        reports.append(Report(GITHUB, STDOUT))
    return reports


def _write(result: RunResult, reports: Sequence[Report]) -> None:
    summary = process_environment().get("GITHUB_STEP_SUMMARY")
    try:
        write_reports(result, reports, github_summary=Path(summary) if summary else None)
    except ReportRefused as refused:
        raise UsageFailed(str(refused)) from refused


def _is_enough(coverage: Coverage, least: float | None) -> bool:
    """Whether so much was exercised; else the largest gaps are told."""
    if least is None or coverage.percent >= least:
        return True
    click.echo(f"the coverage is {coverage.percent:.1f} %, less than {least:g} %:", err=True)
    for gap in coverage.gaps():
        click.echo(f"  {gap}", err=True)
    return False


def _verdicts(result: RunResult) -> Iterator[str]:
    """Why the verdict ends the run with an exit code of its own."""
    for one in _condemned(result):
        attempt = one.attempts[-1]
        yield f"{one.case.id}: the verdict is {attempt.verdict}"
        for found in attempt.findings:
            yield f"      {found.severity} {found.id}: {found.message} {found.mend}"


def _condemned(result: RunResult) -> list[CaseResult]:
    return [one for one in result.cases if one.is_condemned]


def _exit_code(result: RunResult) -> int:
    if result.count(FAILED) or result.count(ERROR):
        return EXIT_SCENARIO_FAILED
    if _condemned(result):
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
    unknown = rows - {one.id for one in cases}
    if unknown:
        raise NothingSelected(f"there is no {', '.join(sorted(unknown))}")
    if rows:
        found = [one for one in found if one.id in rows or not one.has_rows]
    if not found:
        raise NothingSelected(f"none of {len(cases)} scenarios is selected")
    return found


def _split_rows(paths: Sequence[str]) -> tuple[list[Path], set[str]]:
    """`story.yaml[2]` is the second row of a story."""
    rows = {path for path in paths if path.endswith("]") and not Path(path).exists()}
    return [Path(path.rpartition("[")[0] if path in rows else path) for path in paths], rows


def _tell_steps(cases: Sequence[Case]) -> None:
    for case in cases:
        click.echo(f"{case.id}  {case.title}")
        for placed in (*case.steps, *case.finally_):
            click.echo(f"  {placed.where.line:>4}  {placed.title}")


async def _run(
    result: RunResult, terminal: Terminal, flags: dict[str, Any], *, reads_interface: bool
) -> None:
    """Play the cases of *result*, which tells whatever was played."""
    _heed_termination()
    where = server_of(flags["control"], flags["control_token"], flags["url"])
    async with where as server, _transport() as transport, _notifications() as receiver:
        port = ControlPort(server.control, token=server.token, transport=transport)
        result.server, result.version = server.control, (await port.version()).version
        world = World(
            control_url=port.url,
            transport=transport,
            notifications=receiver,
            seed=result.seed,
            run_name=random_name(),
            jwks=await asyncio.to_thread(new_jwks),
            token=server.token,
            protocol=server.protocol,
            variables=result.variables,
            retries=flags["retries"],
            keeps_failed=flags["keep_sandbox"] == "on-failure",
            condemning=_CONDEMNING[flags["fail_on"]],
        )
        pace = Pace(jobs=_jobs(flags["jobs"]), max_failures=flags["max_failures"])
        with terminal:
            await run_cases(world, result, pace, terminal)
        protocol = server.protocol or protocol_of(result)
        if reads_interface and protocol is not None:
            result.interface = await read_document(transport, protocol)


def _heed_termination() -> None:
    """Let SIGTERM, with which CI ends jobs, do what Ctrl-C does."""
    task = asyncio.current_task()
    with contextlib.suppress(NotImplementedError):  # not every platform has it
        if task is not None:
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)


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
