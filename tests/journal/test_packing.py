"""A page of the journal: what goes in comes out, in fewer bytes, also from before it was packed."""

from datetime import UTC, datetime
from uuid import UUID

import msgspec
import pytest

from src_system.crypto.vault import Vault
from src_system.journal.record import PageWriter, Record, new_compressor, open_page
from src_system.store.journal_entries import KeptPage

VAULT = Vault(b"p" * 32)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def record(number: int, body: bytes = b"{}", source: str | None = None) -> Record:
    session = str(UUID(int=number))
    return Record(
        operation="checkout",
        network="visa",
        status=200 + number % 3 * 100,
        reason="",
        src_client_id="client",
        src_correlation_id=session,
        method="POST",
        path=b"/s/default/visa/src/transaction/credentials",
        source=source,
        at=NOON,
        recorded_at=NOON,
        milliseconds=1.5,
        statements=3,
        request_headers=[(b"Content-Type", b"application/json")],
        request_body=b'{"srcCorrelationId":"%s"}' % session.encode(),
        response_headers=[("Content-Type", "application/json")],
        response_body=body,
        faults=(),
        seen={"number": number},
    )


def page_of(records: list[Record], sandbox_id: str = "s") -> bytes:
    page = PageWriter(len(records), new_compressor())
    for one in records:
        page.add(one)
    return page.sealed(VAULT, sandbox_id)


def kept(sealed: bytes) -> list[tuple[int, bytes]]:
    """The records as they are written, for an array and a tuple of one content are not equal."""
    page = KeptPage(first_place=5, sealed=sealed)
    return [
        (place, msgspec.msgpack.encode(one, enc_hook=str))
        for place, one in open_page(VAULT, "s", page)
    ]


@pytest.mark.parametrize("count", [1, 2, 16, 300])
def test_records_come_out_as_they_went_in_with_their_places(count: int) -> None:
    records = [record(number, body=b"x" * (number * 97)) for number in range(count)]

    expected = [(5 + place, msgspec.msgpack.encode(one)) for place, one in enumerate(records)]
    assert kept(page_of(records)) == expected


def test_calls_that_are_alike_take_a_fraction_of_their_bytes() -> None:
    records = [record(number) for number in range(100)]

    assert len(page_of(records)) < len(msgspec.msgpack.encode(records)) / 4


def test_a_page_of_before_pages_were_packed_is_read_as_well() -> None:
    records = [record(number) for number in range(3)]
    sealed = VAULT.seal(msgspec.msgpack.encode(records), context=b"journal/s")

    assert kept(sealed) == kept(page_of(records))


def test_half_a_surrogate_pair_is_spelled_out_and_its_neighbours_stay() -> None:
    records = [record(1), record(2, source="\ud800"), record(3)]

    [first, (_, spelled), last] = kept(page_of(records))

    assert first == kept(page_of(records[:1]))[0]
    assert b"'\\ud800'" in spelled
    assert last[1] == msgspec.msgpack.encode(records[2])


def test_a_page_tells_by_what_its_records_are_found() -> None:
    page = PageWriter(2, new_compressor())
    page.add(record(0))
    page.add(record(2))

    sessions = {str(UUID(int=0)), str(UUID(int=2))}
    assert page.holds == {
        *("checkout", "visa", "", "client", "200", "2xx", "400", "4xx"),
        *sessions,
    }


def test_writers_of_two_servers_in_one_process_do_not_meet() -> None:
    records = [record(number, body=b"%d" % number * 40_000) for number in range(8)]
    here, there = (PageWriter(len(records), new_compressor()) for _ in range(2))

    for one, other in zip(records, reversed(records), strict=True):
        here.add(one)
        there.add(other)

    assert kept(here.sealed(VAULT, "s")) == kept(page_of(records))
    assert kept(there.sealed(VAULT, "s")) == kept(page_of(records[::-1]))
