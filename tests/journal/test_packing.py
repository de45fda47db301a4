"""A page of the journal: what goes in comes out, in fewer bytes, also from before it was packed."""

from datetime import UTC, datetime
from uuid import UUID

import msgspec
import pytest

from src_system.crypto.vault import Vault, VaultKeyError
from src_system.journal.record import FrameWriter, Record, open_page, seal_page
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


def page_of(*frames: list[Record], sandbox_id: str = "s") -> bytes:
    writer = FrameWriter()
    return seal_page(VAULT, sandbox_id, [writer.frame(records) for records in frames])


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


def test_a_page_may_be_of_several_frames() -> None:
    records = [record(number, body=b"y" * number) for number in range(40)]

    assert kept(page_of(records[:1], records[1:30], records[30:])) == kept(page_of(records))


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


def test_a_frame_tells_by_what_its_records_are_found() -> None:
    frame = FrameWriter().frame([record(0), record(2)])

    sessions = {str(UUID(int=0)), str(UUID(int=2))}
    assert frame.holds == {
        *("checkout", "visa", "", "client", "200", "2xx", "400", "4xx"),
        *sessions,
    }


def test_a_page_is_of_one_sandbox() -> None:
    page = KeptPage(first_place=1, sealed=page_of([record(0)], sandbox_id="other"))

    with pytest.raises(VaultKeyError):
        list(open_page(VAULT, "s", page))
