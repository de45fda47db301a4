"""`src-system magic`: the values that bring about refusals and step-ups, and their switch."""

from collections.abc import Sequence

import click
from click.shell_completion import CompletionItem

from src_system.cli.control_access import Access, sandbox_options
from src_system.cli.effect_words import in_words
from src_system.cli.networks import network_option
from src_system.cli.options import UsageFailed
from src_system.cli.printing import format_option, is_for_people, print_json, print_table
from src_system.client import Sandbox
from src_system.client.magic_answers import MagicTable, MagicValue

_COLUMNS = ("value", "network", "kind", "brings about", "what it stands for", "operations")


def complete_kind(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """The kinds that this version knows; a server may know others."""
    from src_system.model.magic import Trigger

    return [CompletionItem(kind) for kind in Trigger if kind.startswith(incomplete)]


@click.command()
@click.argument("words", nargs=-1, metavar="[WORD]...")
@click.option(
    "--kind", metavar="KIND", shell_complete=complete_kind, help="email, phone, amount, pan …"
)
@network_option
@click.option("--operation", metavar="OPERATION", help="only what means something in it")
@click.option(
    "--switch",
    type=click.Choice(["on", "off", "show"]),
    help="let them mean something in the sandbox, or nothing, or say which",
)
@sandbox_options
@format_option
def magic(
    words: tuple[str, ...],
    *,
    kind: str | None,
    network: str | None,
    operation: str | None,
    switch: str | None,
    access: Access,
    output_format: str,
) -> None:
    """List magic values in which every WORD is found: in the value, the reason, what it is for.

    A call that holds one is refused or stepped up without a fault rule.
    """
    if switch is not None:
        if words or kind or network or operation:
            raise UsageFailed("--switch is about all values, and takes no words or filters")
        _switch(access, switch, output_format)
        return
    table = access.run(lambda port: port.magic())
    _refuse_unknown("--kind", kind, [value.trigger for value in table.magic])
    _refuse_unknown("--network", network, [name for value in table.magic for name in value.values])
    chosen = MagicTable(
        magic=[
            value
            for value in table.magic
            if kind in {None, value.trigger}
            and (operation is None or operation in value.operations)
            and _has(words, _text(value, network))
        ],
        unreachable=[one for one in table.unreachable if _has(words, f"{one.reason} {one.why}")],
    )
    if output_format == "json":
        print_json(chosen)
    else:
        _print(chosen, network, with_reasons=not (kind or operation))


def _switch(access: Access, switch: str, output_format: str) -> None:
    async def turn(sandbox: Sandbox) -> bool:
        if switch != "show":
            await sandbox.set_magic(switch == "on")
        return await sandbox.has_magic()

    enabled = access.in_sandbox(turn)
    if output_format == "json":
        print_json({"enabled": enabled})
    else:
        click.echo("on" if enabled else "off")


def _refuse_unknown(flag: str, given: str | None, known: Sequence[str]) -> None:
    if given is not None and given not in known:
        raise UsageFailed(f"{flag}: there is no {given!r}: {', '.join(dict.fromkeys(known))}")


def _has(words: Sequence[str], text: str) -> bool:
    return all(word.lower() in text.lower() for word in words)


def _text(value: MagicValue, network: str | None) -> str:
    sent = value.values.values() if network is None else [value.values.get(network, "")]
    return " ".join([value.id, *sent, _effect(value), value.what])


def _effect(value: MagicValue) -> str:
    is_refusal = value.reason is not None and "error" in value.effect
    return str(value.reason) if is_refusal else in_words(value.effect)


def _print(table: MagicTable, network: str | None, *, with_reasons: bool) -> None:
    # On a terminal there is no room for up to six operations a row.
    shown = len(_COLUMNS) - 1 if is_for_people() else len(_COLUMNS)
    rows = [row[:shown] for value in table.magic for row in _rows(value, network)]
    print_table(_COLUMNS[:shown], rows)
    if with_reasons and is_for_people() and table.unreachable:
        click.echo()
        print_table(
            ("reason", "why no value brings it about"),
            [(one.reason, one.why) for one in table.unreachable],
        )


def _rows(value: MagicValue, network: str | None) -> list[tuple[object, ...]]:
    """A row for each way to write it, with the networks that have it so."""
    written: dict[str, list[str]] = {}
    for name, text in value.values.items():
        if network in {None, name}:
            written.setdefault(text, []).append(name)
    return [
        (
            text,
            "all" if len(names) == len(value.values) else names,
            value.trigger,
            _effect(value),
            value.what,
            value.operations,
        )
        for text, names in written.items()
    ]
