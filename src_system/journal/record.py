"""How entries are kept: a page of records, sealed; and an entry put together again."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
import zstandard

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
_encode_into = msgspec.msgpack.Encoder(enc_hook=str).encode_into
_decode = msgspec.msgpack.Decoder(list[Record]).decode
_ARRAY = b"\xdd"  # of MessagePack; the number of its members follows in four bytes
_AT_THE_END = -1


@dataclass(frozen=True, slots=True)
class Frame:
    """Some records of one sandbox, packed. `holds` are the texts by which a search finds them.

    `since` is when the first was recorded, `clear_size` their bytes when they are unpacked.
    """

    entry_count: int
    since: datetime
    holds: set[str]
    clear_size: int
    packed: bytes = field(repr=False)  # what was sent can be read in it here and there


class FrameWriter:
    """Packs records.

    Calls are much alike, and what is sealed stands in base64 of base64: under a third of the bytes
    is left, and PostgreSQL's work goes by the byte. A window that holds all of a frame stays in the
    processor's cache; a higher level takes twice the time for a hundredth.
    """

    __slots__ = ("_buffer", "_compressor")

    def __init__(self) -> None:
        parameters = zstandard.ZstdCompressionParameters.from_level(1, window_log=17, hash_log=13)
        self._compressor = zstandard.ZstdCompressor(compression_params=parameters)
        self._buffer = bytearray()

    def frame(self, records: Sequence[Record]) -> Frame:
        """A frame of them, of which there must be one at least, in their order."""
        buffer = self._buffer
        buffer[:] = _ARRAY + len(records).to_bytes(4, "big")
        holds, kinds = set(), set()
        for record in records:
            holds.add(record.src_correlation_id or "")
            client = record.src_client_id or ""
            kinds.add((record.operation, record.network, record.reason, client, record.status))
            end = len(buffer)
            try:
                _encode_into(record, buffer, _AT_THE_END)
            except UnicodeEncodeError:  # half of a surrogate pair came over the wire, or from it
                _encode_into(_spelled_out(record), buffer, end)
        for *texts, status in kinds:
            holds.update((*texts, str(status), f"{status // 100}xx"))
        packed = self._compressor.compress(buffer)
        return Frame(len(records), records[0].recorded_at, holds, len(buffer), packed)


def _spelled_out(record: Record) -> Record:
    return msgspec.structs.replace(
        record,
        source=None if record.source is None else ascii(record.source),
        response_headers=[(name, ascii(value)) for name, value in record.response_headers],
        faults=[{"unreadable": ascii(fault)} for fault in record.faults],
        seen={"unreadable": ascii(record.seen)} if record.seen else {},
    )


def seal_page(vault: Vault, sandbox_id: str, frames: Iterable[Frame]) -> bytes:
    """A page as it is kept: codes and cards that clients send are in it."""
    packed = b"".join([frame.packed for frame in frames])
    return vault.seal(packed, context=_context(sandbox_id))


def open_page(vault: Vault, sandbox_id: str, page: KeptPage) -> Iterator[tuple[int, Record]]:
    """The records of a page with their places."""
    kept = vault.open(page.sealed, context=_context(sandbox_id))
    return enumerate(_records(kept), page.first_place)


def _records(kept: bytes) -> Iterator[Record]:
    # Pages of before this was compressed are still there after an upgrade.
    if not kept.startswith(zstandard.FRAME_HEADER):
        yield from _decode(kept)
        return
    while kept:
        frame = zstandard.ZstdDecompressor().decompressobj()
        yield from _decode(frame.decompress(kept))
        kept = frame.unused_data


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
