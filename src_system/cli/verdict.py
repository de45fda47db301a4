"""`src-system verdict`: what a sandbox's clients did that they had better not."""

import sys
from pathlib import Path
from typing import Any

import click
import msgspec

from src_system.cli.control_access import Access, sandbox_options
from src_system.cli.options import UsageFailed
from src_system.cli.printing import is_for_people, print_fields, print_json, print_table
from src_system.client.verdict_answers import Finding, Verdict

EXIT_FAILED = 6
_FAILING = {"failure": ("FAILED",), "warning": ("FAILED", "WARNING"), "never": ()}


@click.command()
@click.option("--client", metavar="CLIENT", help="only of this srcClientId")
@click.option("--since", metavar="PLACE", help="only what came behind this place of the journal")
@click.option("--waivers", metavar="FILE", help="JSON of waivers: id, reason, until; - is stdin")
@click.option(
    "--fail-on",
    type=click.Choice(list(_FAILING)),
    default="failure",
    show_default=True,
    help="which verdicts end with exit code 6",
)
@click.option("--checks", "lists_checks", is_flag=True, help="list the checks and end")
@sandbox_options
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "json", "sarif"]),
    default="text",
    show_default=True,
    help="text: lines for people, or tab-separated values in a pipe; json, sarif: one document",
)
@click.pass_context
def verdict(
    context: click.Context,
    *,
    client: str | None,
    since: str | None,
    waivers: str | None,
    fail_on: str,
    lists_checks: bool,
    access: Access,
    output_format: str,
) -> None:
    """Judge the calls of a sandbox's clients: exit code 0, or 6 when they failed."""
    if lists_checks:
        _list_checks(access, output_format)
        return
    accepted = _read_waivers(waivers)
    found = access.in_sandbox(
        lambda sandbox: sandbox.verdict(client=client, since=since, waivers=accepted)
    )
    if output_format == "sarif":
        log = access.in_sandbox(
            lambda sandbox: sandbox.verdict_as_sarif(client=client, since=since, waivers=accepted)
        )
        print_json(log)
    elif output_format == "json":
        print_json(found)
    else:
        _print(found)
    if found.verdict in _FAILING[fail_on]:
        context.exit(EXIT_FAILED)


def _list_checks(access: Access, output_format: str) -> None:
    checks = access.run(lambda port: port.verdict_checks())
    if output_format == "text":
        print_table(
            ("check", "severity", "title"), [(one.id, one.severity, one.title) for one in checks]
        )
    else:
        print_json({"checks": checks})


def _print(found: Verdict) -> None:
    if not is_for_people():
        print_table((), [_row(one) for one in found.findings])
        return
    print_fields(
        [
            ("verdict", found.verdict),
            (
                "checks",
                f"{len(found.checks.looked_at)} of {found.checks.total} had something to see",
            ),
            ("calls", _calls(found)),
        ]
    )
    for finding in found.findings:
        click.echo()
        print_fields(_fields(finding))


def _calls(found: Verdict) -> str:
    dropped = f", {found.journal.dropped} dropped" if found.journal.dropped else ""
    return f"{found.journal.entries} looked at{dropped}"


def _row(finding: Finding) -> tuple[object, ...]:
    return (
        "WAIVED" if finding.waived else finding.severity,
        finding.id,
        finding.networks,
        [one.place for one in finding.evidence],
        finding.message,
    )


def _fields(finding: Finding) -> list[tuple[str, object]]:
    calls = [f"{one.place} {one.network} {one.operation}" for one in finding.evidence]
    if finding.more_evidence:
        calls.append(f"and {finding.more_evidence} more")
    if finding.waived_evidence:
        calls.append(f"and {finding.waived_evidence} waived")
    fields: list[tuple[str, object]] = [
        (finding.severity, finding.title),
        ("check", finding.id),
        ("seen", finding.message),
        ("calls", calls),
        ("rule", finding.rule),
        ("mend", finding.mend),
    ]
    if finding.waived is not None:
        fields.append(("waived", f"{finding.waived.reason} (until {finding.waived.until})"))
    return fields


def _read_waivers(source: str | None) -> list[dict[str, Any]]:
    if source is None:
        return []
    try:
        raw = sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
        found = msgspec.json.decode(raw, type=dict[str, Any] | list[dict[str, Any]])
    except OSError as error:
        raise UsageFailed(f"--waivers: {source}: {error.strerror}") from error
    except msgspec.MsgspecError as error:
        raise UsageFailed(f"--waivers: {source} holds no waivers: {error}") from error
    waivers = found.get("waivers") if isinstance(found, dict) else found
    if not isinstance(waivers, list):
        raise UsageFailed(f"--waivers: {source} holds no list of waivers")
    return waivers
