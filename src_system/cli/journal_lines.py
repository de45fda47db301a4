"""Calls of the journal as they are printed: rows and fields, and messages for people."""

from collections.abc import Sequence
from typing import Any

import click
import msgspec

from src_system.cli.effect_words import in_words
from src_system.cli.printing import as_text, is_for_people, print_fields, print_table, visible
from src_system.client.errors import Json
from src_system.client.journal_answers import (
    DecodedEntry,
    Explanation,
    JournalEntry,
    Message,
    OpenedArtefact,
    RawEntry,
)

_COLUMNS = ("place", "time", "network", "operation", "status", "reason", "faults")
_WIDTHS = (6, 20, 10, 28, 6, 24)


def print_entries(entries: Sequence[JournalEntry]) -> None:
    """A table of calls; in a pipe with what a table has no room for."""
    if not is_for_people():
        print_table((), [_piped(entry) for entry in entries])
        return
    rows = [_row(entry) for entry in entries]
    # Faults take room, and most journals have none.
    shown = len(_COLUMNS) if any(entry.faults for entry in entries) else len(_COLUMNS) - 1
    print_table(_COLUMNS[:shown], [row[:shown] for row in rows])


def print_heading() -> None:
    """Over calls that are printed as they come: a table cannot know how wide they will be."""
    if is_for_people():
        click.echo(_line(_COLUMNS))


def print_entry(entry: JournalEntry) -> None:
    """One of those calls."""
    if is_for_people():
        click.echo(_line(_row(entry)))
    else:
        print_table((), [_piped(entry)])


def _line(row: Sequence[object]) -> str:
    *cells, last = map(as_text, row)
    padded = [cell.ljust(width) for cell, width in zip(cells, _WIDTHS, strict=True)]
    return "  ".join([*padded, "" if last == "-" else last]).rstrip()


def _row(entry: JournalEntry) -> tuple[object, ...]:
    return (
        entry.place,
        entry.at,
        entry.network,
        entry.operation,
        entry.status,
        entry.reason or None,
        [_fault(fault) for fault in entry.faults],
    )


def _piped(entry: JournalEntry) -> tuple[object, ...]:
    *columns, faults = _row(entry)
    return (
        *columns,
        entry.source,
        f"{entry.milliseconds:.1f}",
        entry.src_correlation_id,
        entry.src_client_id,
        faults,
    )


def _fault(fault: Json) -> str:
    return f"{fault.get('source')} {fault.get('id')}" if fault.get("id") else str(fault["source"])


def _fields(entry: JournalEntry) -> list[tuple[str, object]]:
    return [
        ("place", entry.place),
        ("time", entry.at),
        ("network", entry.network),
        ("operation", entry.operation),
        ("call", f"{entry.method} {entry.path}"),
        ("answer", _answer(entry)),
        ("milliseconds", f"{entry.milliseconds:.1f}"),
        ("client", entry.src_client_id),
        ("session", entry.src_correlation_id),
        *_faults(entry.faults),
    ]


def _answer(call: JournalEntry | Explanation) -> str:
    if call.status == 0:
        return "none was sent"
    at = f" at {call.source}" if call.source else ""
    return f"{call.status} {call.reason}{at}".rstrip()


def _faults(faults: Sequence[Json]) -> list[tuple[str, object]]:
    return [("fault", f"{_fault(fault)}: {in_words(fault.get('effect', {}))}") for fault in faults]


def _seen(seen: dict[str, Any]) -> list[tuple[str, object]]:
    return [("seen", f"{name} {as_text(value)}") for name, value in seen.items()]


def print_raw(entry: RawEntry) -> None:
    """Both messages as they went over the wire."""
    print_fields([*_fields(entry), *_seen(entry.seen)])
    for word, sign, message in (
        ("request", ">", entry.request),
        ("response", "<", entry.response),
    ):
        if is_for_people():
            click.echo()
            for line in _message(message):
                click.echo(f"{sign} {line}".rstrip())
        else:
            headers = [(f"{word} header", f"{n}: {v}") for n, v in message.headers.items()]
            print_fields([*headers, (f"{word} body", message.body)])


def _message(message: Message) -> list[str]:
    lines = [visible(f"{name}: {value}") for name, value in message.headers.items()]
    if message.body_encoding is not None:
        lines.append(f"({message.body_encoding})")
    return [*lines, "", *(visible(line) for line in message.body.splitlines())]


def print_decoded(entry: DecodedEntry) -> None:
    """Both bodies read, and what was signed or encrypted in them."""
    print_fields(_fields(entry))
    bodies: dict[str, Json] = {
        "query": dict(entry.query),
        "request": entry.request,
        "response": entry.response,
    }
    if not is_for_people():
        print_fields(list(bodies.items()))
        print_table((), [(path, *_opened(one)) for path, one in entry.artefacts.items()])
        return
    for name, body in bodies.items():
        if body:
            _print_document(name, body)
    for path, artefact in entry.artefacts.items():
        kind, is_valid, problem, _ = _opened(artefact)
        why = f" ({problem})" if problem else ""
        _print_document(f"{path}: {kind}, valid {as_text(is_valid)}{why}", artefact.content)


def _opened(artefact: OpenedArtefact) -> tuple[str, object, str | None, Json | None]:
    is_valid = "cannot be told" if artefact.is_valid is None else artefact.is_valid
    return artefact.kind, is_valid, artefact.problem, artefact.content


def _print_document(title: str, document: Json | None) -> None:
    click.echo(f"\n{visible(title)}")
    if document is not None:
        text = msgspec.json.format(msgspec.json.encode(document), indent=2).decode()
        for line in text.splitlines():
            click.echo(f"  {visible(line)}")


def print_explanation(found: Explanation) -> None:
    """Why a call was refused: rule, section, what was seen, what would have passed."""
    fields: list[tuple[str, object]] = [
        ("call", f"{found.place} {found.network} {found.operation}, {as_text(found.at)}"),
        ("answer", _answer(found)),
    ]
    if not found.is_refused and found.status:
        fields.append(("refused", False))
    if found.message:
        fields.append(("message", found.message))
    if found.rule is not None:
        spec = found.rule.spec
        section = "the simulator's own" if spec is None else f"spec {spec}"
        fields += [("rule", found.rule.text), ("section", section)]
    fields += _seen(found.seen)
    if found.would_pass:
        fields.append(("would pass", found.would_pass))
    print_fields([*fields, *_faults(found.faults)])
