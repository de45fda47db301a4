"""`src-system fault`: what is to go wrong in a sandbox, for whom and how often."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import msgspec
from click.shell_completion import CompletionItem

from src_system.cli.control_access import Access, sandbox_options
from src_system.cli.effect_words import in_words
from src_system.cli.networks import complete_network
from src_system.cli.options import UsageFailed
from src_system.cli.printing import format_option, is_for_people, print_json, print_table
from src_system.client import Sandbox, SrcSystemError
from src_system.client.answers import FaultRule
from src_system.client.effects import read_effect

_COLUMNS = ("id", "effect", "for", "when", "matched", "applied", "name")


@click.group()
def fault() -> None:
    """List, add and remove the fault rules of a sandbox."""


def complete_rule(
    context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """The ids of the sandbox's rules; none where no server answers."""
    try:
        access = Access.for_completion(context)
        found = access.in_sandbox(lambda sandbox: sandbox.faults.list())
    except click.ClickException:
        return []
    return [CompletionItem(rule.id) for rule in found if rule.id.startswith(incomplete)]


@fault.command("list")
@sandbox_options
@format_option
def list_(*, access: Access, output_format: str) -> None:
    """List the rules in the order they were made, with how often each counted."""
    found = access.in_sandbox(lambda sandbox: sandbox.faults.list())
    if output_format == "json":
        print_json({"faults": found})
    else:
        print_table(_COLUMNS, [_row(rule) for rule in found])


@fault.command()
@click.argument("effect", required=False)
@click.option("--operation", multiple=True, metavar="OPERATION", help="only calls of it")
@click.option(
    "--network",
    multiple=True,
    metavar="NETWORK",
    shell_complete=complete_network,
    help="only on this network",
)
@click.option("--consumer", multiple=True, metavar="IDENTITY", help="only calls about this person")
@click.option("--dpa", multiple=True, metavar="DPA", help="only for this shop")
@click.option("--card", multiple=True, metavar="CARD", help="only with this card, id or number")
@click.option("--client", multiple=True, metavar="CLIENT", help="only from this srcClientId")
@click.option("--nth", multiple=True, type=int, metavar="N", help="only the n-th call of those")
@click.option("--probability", type=float, metavar="P", help="above 0, at most 1")
@click.option("--times", type=int, metavar="N", help="at most so often altogether")
@click.option("--max-consecutive", type=int, metavar="N", help="at most so many in a row")
@click.option("--from", "from_", metavar="INSTANT", help="by the sandbox's clock")
@click.option("--until", metavar="INSTANT", help="by the sandbox's clock")
@click.option("--name", metavar="TEXT", help="what the rule is for")
@click.option("--id", "rule_id", metavar="ID", help="its id [one that follows from the seed]")
@click.option("--file", metavar="FILE", help="JSON of a rule or a list of them; - is stdin")
@sandbox_options
@format_option
def add(
    effect: str | None,
    *,
    file: str | None,
    access: Access,
    output_format: str,
    **settings: Any,
) -> None:
    """Add a rule of EFFECT, or the rules of --file; in a pipe the ids are all that is printed.

    \b
    EFFECT is one of
      error=REASON[;status=N][;message=TEXT]
      http=STATUS[;retryAfter=SECONDS][;body=TEXT]
      latency=0.2s, latency=0.1s..1s or latency=0.1s;p95=1s
      transport=hang|reset|empty|truncate|malformed|drip[;phase=before|after]
      tamper=ARTEFACT:HOW, such as tamper=checkoutResponse:badSignature
      otp=lost|late|duplicate|otherChannel[;after=10m]
      state=card:STATUS or state=consumer:STATUS[;after=1m][;afterCalls=N]
      quota=LIMIT;per=1m
    """  # noqa: D301 - click reads the backspace as: leave these lines as they are
    rules = _rules(effect, file, settings)
    made = access.in_sandbox(lambda sandbox: _add(sandbox, rules))
    if output_format == "json":
        print_json({"faults": made})
    elif is_for_people():
        print_table(_COLUMNS[:4], [_row(rule)[:4] for rule in made])
    else:
        for rule in made:
            click.echo(rule.id)


@fault.command()
@click.argument("ids", nargs=-1, required=True, shell_complete=complete_rule)
@sandbox_options
def remove(ids: tuple[str, ...], *, access: Access) -> None:
    """Remove rules by their ids."""

    async def remove_all(sandbox: Sandbox) -> None:
        for rule_id in ids:
            await sandbox.faults.remove(rule_id)

    access.in_sandbox(remove_all)


@fault.command()
@sandbox_options
def clear(*, access: Access) -> None:
    """Remove all rules: nothing goes wrong any more on purpose."""
    access.in_sandbox(lambda sandbox: sandbox.faults.clear())


async def _add(sandbox: Sandbox, rules: list[dict[str, Any]]) -> Sequence[FaultRule]:
    """All or none; one alone is not sent as a list, lest its mistakes are told as those of [0]."""
    if len(rules) == 1:
        return [await sandbox.faults.add_document(rules[0])]
    return await sandbox.faults.add_all(rules)


def _rules(effect: str | None, file: str | None, settings: dict[str, Any]) -> list[dict[str, Any]]:
    if (effect is None) == (file is None):
        raise UsageFailed("give an effect, such as http=503, or a --file with rules")
    if effect is not None:
        return [_rule(effect, settings)]
    source = str(file)
    try:
        raw = sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
        found = msgspec.json.decode(raw, type=dict[str, Any] | list[dict[str, Any]])
    except OSError as error:
        raise UsageFailed(f"--file: {source}: {error.strerror}") from error
    except msgspec.MsgspecError as error:
        raise UsageFailed(f"--file: {source} holds no rules: {error}") from error
    return [found] if isinstance(found, dict) else found


def _rule(effect: str, settings: dict[str, Any]) -> dict[str, Any]:
    """The document of a rule; what was not given is not in it."""
    try:
        rule: dict[str, Any] = {"effect": read_effect(effect)}
    except SrcSystemError as error:
        raise UsageFailed(str(error)) from error
    names = {"max_consecutive": "maxConsecutive", "from_": "from"}
    for part, members in (
        ("match", ("operation", "network", "consumer", "dpa", "card", "client", "nth")),
        ("when", ("probability", "times", "max_consecutive", "from_", "until")),
    ):
        rule[part] = {
            names.get(name, name): list(value) if isinstance(value, tuple) else value
            for name in members
            if (value := settings[name]) not in (None, ())
        }
    for name, member in (("name", "name"), ("rule_id", "id")):
        if settings[name] is not None:
            rule[member] = settings[name]
    return rule


def _row(rule: FaultRule) -> tuple[object, ...]:
    return (
        rule.id,
        in_words(rule.effect),
        in_words(rule.match),
        in_words(rule.when),
        rule.matched,
        rule.applied,
        rule.name,
    )
