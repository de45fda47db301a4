"""What of a call is kept as one sealed document, and an entry put together again."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from src_system.crypto.vault import Vault
from src_system.model.journal import JournalEntry
from src_system.store.journal_entries import KeptEntry

HeaderPairs = Sequence[tuple[bytes, bytes]]


class Record(msgspec.Struct, frozen=True, array_like=True):
    """The parts of an entry that nobody searches by. New members go to the end, with a default."""

    method: str
    path: bytes  # as it came, which need not be text
    source: str | None
    at: datetime
    milliseconds: float
    statements: int
    request_headers: list[tuple[bytes, bytes]]
    request_body: bytes
    response_headers: list[tuple[bytes, bytes]]
    response_body: bytes
    faults: list[dict[str, Any]] = []
    seen: dict[str, Any] = {}
    refusal: str = ""


_ENCODE = msgspec.msgpack.Encoder().encode
_DECODE = msgspec.msgpack.Decoder(Record).decode


def seal_record(vault: Vault, sandbox_id: str, record: Record) -> bytes:
    """*record* as the row holds it: codes and cards that clients send are in it."""
    return vault.seal(_ENCODE(record), context=_context(sandbox_id))


def open_entry(vault: Vault, sandbox_id: str, kept: KeptEntry) -> JournalEntry:
    """The whole entry."""
    record = _DECODE(vault.open(kept.exchange_sealed, context=_context(sandbox_id)))
    return JournalEntry(
        place=kept.place,
        network=kept.network,
        operation=kept.operation,
        method=record.method,
        path=_text(record.path),
        status=kept.status,
        reason=kept.reason,
        source=record.source,
        src_client_id=kept.src_client_id,
        src_correlation_id=kept.src_correlation_id,
        at=record.at,
        recorded_at=kept.recorded_at,
        milliseconds=record.milliseconds,
        statements=record.statements,
        request_headers=_headers(record.request_headers),
        request_body=record.request_body,
        response_headers=_headers(record.response_headers),
        response_body=record.response_body,
        faults=tuple(record.faults),
        seen=record.seen,
        refusal=record.refusal,
    )


def _context(sandbox_id: str) -> bytes:
    return f"journal/{sandbox_id}".encode()


def _headers(pairs: HeaderPairs) -> dict[str, str]:
    """By name as it was sent; a header that came twice has its values joined, as HTTP allows."""
    headers: dict[str, str] = {}
    for name, value in pairs:
        text, held = _text(value), headers.get(_text(name))
        headers[_text(name)] = text if held is None else f"{held}, {text}"
    return headers


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
