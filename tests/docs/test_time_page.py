"""The tables of docs/time.md are those of the list in code.

After a change there: `python -m pytest tests/docs/test_time_page.py` prints the rows to paste.
"""

from dataclasses import fields

from src_system.config import Limits
from src_system.model.dated_artefacts import DATED_ARTEFACTS, DatedArtefact, TimeSource

RULE = "|---|---|---|---|---|\n"
UNITS = {row.name: row.metadata["unit"] for row in fields(Limits)}
LIMITS = Limits()


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
