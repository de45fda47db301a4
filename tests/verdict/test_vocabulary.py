"""The verdict knows every member that the SRC API reads, and takes none of them for a slip."""

from collections.abc import Iterator
from typing import Any, get_args

import msgspec
import pytest

from src_system.http.operations import OPERATIONS
from src_system.verdict.vocabulary import OLD_NAMES, known_names, meant


def members_of(kind: Any, seen: set[Any]) -> Iterator[str]:
    """The members of a document's type and of everything inside it."""
    for part in get_args(kind):
        yield from members_of(part, seen)
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct) and kind not in seen:
        seen.add(kind)
        for field in msgspec.structs.fields(kind):
            yield field.encode_name
            yield from members_of(field.type, seen)


def test_every_member_that_an_operation_reads_is_known() -> None:
    seen: set[Any] = set()
    read = {
        name
        for operation in OPERATIONS
        for kind in (operation.request, operation.query)
        for name in members_of(kind, seen)
    }

    assert len(read) > 100
    assert read - known_names() == set()


@pytest.mark.parametrize("name", sorted(known_names()))
def test_no_known_member_is_a_slip_of_another(name: str) -> None:
    assert meant(name) is None


def test_old_spellings_are_known_and_old_and_not_slips() -> None:
    assert set(OLD_NAMES) <= known_names()


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("transactonAmount", "transactionAmount"),
        ("emailAdress", "emailAddress"),
        ("SRCDPAID", "srcDpaId"),
        ("complianceSetings", "complianceSettings"),
        ("encrytpedCard", "encryptedCard"),
        ("uri2", None),
        ("basket", None),
        ("loyaltyProgramme", None),
        ("com.mastercard.dcfExperience", None),
        ("x" * 300, None),
    ],
)
def test_a_slip_is_one_or_two_letters_off(name: str, known: str | None) -> None:
    assert meant(name) == known
