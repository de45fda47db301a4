"""How entries are kept: a page of records, sealed; and an entry put together again."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from src_system.crypto.vault import Vault
from src_system.journal.redaction import HeaderPairs
from src_system.model.journal import JournalEntry
from src_system.store.journal_entries import JournalSearch, KeptPage


class Record(msgspec.Struct, frozen=True, array_like=True):
    """A call as it is kept. New members go to the end, with a default."""

    operation: str
    network: str
    status: int
    reason: str
    src_client_id: str | None
    src_correlation_id: str | None
    method: str
    path: bytes  # as it came, which need not be text
    source: str | None
    at: datetime
    recorded_at: datetime
    milliseconds: float
    statements: int
    request_headers: HeaderPairs
    request_body: bytes
    response_headers: Sequence[tuple[str, str]]
    response_body: bytes
    faults: Sequence[Mapping[str, Any]] = ()
    seen: Mapping[str, Any] = {}
    refusal: str = ""

    def __repr__(self) -> str:
        return f"Record({self.operation} at {self.network}, {self.status})"  # never what was sent


# Whatever else a header's name or a fault holds is kept as its text.
_encode = msgspec.msgpack.Encoder(enc_hook=str).encode
_decode = msgspec.msgpack.Decoder(list[Record]).decode


def seal_records(vault: Vault, sandbox_id: str, records: Sequence[Record]) -> bytes:
    """*records* as a page holds them: codes and cards that clients send are in them."""
    try:
        clear = _encode(records)
    except UnicodeEncodeError:  # half of a surrogate pair came over the wire, or from it
        clear = _encode([_spelled_out(one) for one in records])
    return vault.seal(clear, context=_context(sandbox_id))


def _spelled_out(record: Record) -> Record:
    return msgspec.structs.replace(
        record,
        source=None if record.source is None else ascii(record.source),
        response_headers=[(name, ascii(value)) for name, value in record.response_headers],
        faults=[{"unreadable": ascii(fault)} for fault in record.faults],
        seen={"unreadable": ascii(record.seen)} if record.seen else {},
    )


def held_by(records: Sequence[Record]) -> set[str]:
    """The texts by which a search finds one of *records*."""
    held = set()
    for one in records:
        held.add(one.operation)
        held.add(one.network)
        held.add(one.reason)
        held.add(one.src_client_id or "")
        held.add(one.src_correlation_id or "")
        held.add(str(one.status))
        held.add(f"{one.status // 100}xx")
    return held


def open_page(vault: Vault, sandbox_id: str, page: KeptPage) -> Iterator[tuple[int, Record]]:
    """The records of a page with their places."""
    records = _decode(vault.open(page.sealed, context=_context(sandbox_id)))
    return enumerate(records, page.first_place)


def is_found(record: Record, search: JournalSearch) -> bool:
    """Whether the search looks for this one."""
    return (
        search.operation in (None, record.operation)
        and search.network in (None, record.network)
        and search.status in (None, str(record.status), f"{record.status // 100}xx")
        and search.reason in (None, record.reason)
        and search.src_client_id in (None, record.src_client_id)
        and search.src_correlation_id in (None, record.src_correlation_id)
    )


def entry_of(place: int, record: Record) -> JournalEntry:
    """The entry at *place*."""
    return JournalEntry(
        place=place,
        network=record.network,
        operation=record.operation,
        method=record.method,
        path=_text(record.path),
        status=record.status,
        reason=record.reason,
        source=record.source,
        src_client_id=record.src_client_id,
        src_correlation_id=record.src_correlation_id,
        at=record.at,
        recorded_at=record.recorded_at,
        milliseconds=record.milliseconds,
        statements=record.statements,
        request_headers=_headers(
            [(_text(name), _text(value)) for name, value in record.request_headers]
        ),
        request_body=record.request_body,
        response_headers=_headers(record.response_headers),
        response_body=record.response_body,
        faults=tuple(record.faults),
        seen=record.seen,
        refusal=record.refusal,
    )


def _context(sandbox_id: str) -> bytes:
    return f"journal/{sandbox_id}".encode()


def _headers(pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    """By name as it was sent; a header that came twice has its values joined, as HTTP allows."""
    headers: dict[str, str] = {}
    for name, value in pairs:
        held = headers.get(name)
        headers[name] = value if held is None else f"{held}, {value}"
    return headers


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
