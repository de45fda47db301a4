"""The tables of docs/time.md are those of the list in code.

After a change there: `python -m pytest tests/docs/test_time_page.py` prints the rows to paste.
"""

import re
from dataclasses import fields
from typing import Any

import pytest
from msgspec import inspect

from src_system.config import Limits
from src_system.control.journal_documents import JournalSummary
from src_system.fixtures.document import RecipientDocument
from src_system.model.dated_artefacts import DATED_ARTEFACTS, DatedArtefact, TimeSource
from src_system.model.fault_document import FaultRuleDocument
from src_system.payloads.transaction_options import PaymentOptionDocument

RULE = "|---|---|---|---|---|\n"
UNITS = {row.name: row.metadata["unit"] for row in fields(Limits)}
LIMITS = Limits()

SCHEMAS = (PaymentOptionDocument, FaultRuleDocument, RecipientDocument, JournalSummary)


def members(kind: Any) -> set[str]:
    """The names of a document's members on the wire, and of those inside it."""
    if isinstance(kind, inspect.StructType | inspect.TypedDictType):
        inside = [one.type for one in kind.fields]
        return {one.encode_name for one in kind.fields}.union(*map(members, inside))
    if isinstance(kind, inspect.UnionType):
        return set[str]().union(*map(members, kind.types))
    return members(kind.type) if isinstance(kind, inspect.Metadata) else set()


def row(artefact: DatedArtefact) -> str:
    limits = [f"`{name}` ({getattr(LIMITS, name)} {UNITS[name]})" for name in artefact.limits]
    event = "–" if artefact.event is None else str(artefact.event)
    cells = [
        f"`{artefact.name}`",
        artefact.what,
        ", ".join([artefact.life, *limits]),
        event,
        artefact.source,
    ]
    return "| " + " | ".join(cells) + " |"


def test_the_tables_have_one_right_row_for_each_dated_artefact(repository):
    page = (repository / "docs" / "time.md").read_text(encoding="utf-8")
    tables = [part.split("\n\n", 1)[0].splitlines() for part in page.split(RULE)[1:]]
    expected = [
        [row(artefact) for artefact in DATED_ARTEFACTS if artefact.time is source]
        for source in (TimeSource.SANDBOX, TimeSource.MACHINE)
    ]

    print("\n\n".join("\n".join(rows) for rows in expected))
    assert tables == expected


@pytest.mark.parametrize("artefact", DATED_ARTEFACTS, ids=lambda one: one.name)
def test_a_member_that_a_life_is_told_by_has_that_name_on_the_wire(artefact):
    known = set[str]().union(*(members(inspect.type_info(schema)) for schema in SCHEMAS))
    named = set(re.findall(r"`(\w+)`", f"{artefact.what} {artefact.life}"))

    assert named - set(UNITS) <= known


def test_the_schemas_are_looked_into():
    assert members(inspect.type_info(PaymentOptionDocument)) == {
        "dynamicDataType",
        "dpaDynamicDataTtlMinutes",
    }
    assert {"after", "from", "until", "per"} <= members(inspect.type_info(FaultRuleDocument))
