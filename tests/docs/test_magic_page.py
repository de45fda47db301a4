"""The tables of docs/magic.md are those of the table in code.

After a change there: `python -m pytest tests/docs/test_magic_page.py` prints the rows to paste.
"""

import json

from src_system.model.magic import MagicValue, Trigger
from src_system.model.magic_values import MAGIC_VALUES, UNREACHABLE
from src_system.networks import PROFILES
from src_system.networks.magic_numbers import written

RULE = "|---|---|---|---|\n"
REASONS_RULE = "\n|---|---|\n"
# What several networks are sent differently stands once for each of them.
BY_NETWORK = {Trigger.PAN, Trigger.CARD, Trigger.SECURITY_CODE}


def row(value: MagicValue) -> str:
    words = dict.fromkeys(written(profile, value) for profile in PROFILES.values())
    effect = value.reason if value.is_right is None else None
    cells = [
        " ".join(f"`{word}`" for word in words),
        effect or f"`{json.dumps(dict(value.effect))}`",
        value.what,
        ", ".join(sorted(value.operations)),
    ]
    return "| " + " | ".join(cells) + " |"


def test_the_tables_have_one_right_row_for_each_magic_value(repository):
    page = (repository / "docs" / "magic.md").read_text(encoding="utf-8")
    tables = [part.split("\n\n", 1)[0].splitlines() for part in page.split(RULE)[1:]]
    expected = [
        [row(value) for value in MAGIC_VALUES if value.trigger is trigger] for trigger in Trigger
    ]

    print("\n\n".join("\n".join(rows) for rows in expected))
    assert tables == expected


def test_reasons_out_of_reach_stand_there_with_why(repository):
    page = (repository / "docs" / "magic.md").read_text(encoding="utf-8")
    _, table = page.split(REASONS_RULE)
    rows = table.split("\n\n", 1)[0].splitlines()

    assert rows == [f"| {reason} | {why} |" for reason, why in UNREACHABLE.items()]


def test_a_value_is_shown_once_where_the_networks_have_it_alike():
    alike = [value for value in MAGIC_VALUES if value.trigger not in BY_NETWORK]

    assert len(alike) > 50
    assert all(row(value).split(" | ")[0].count("`") == 2 for value in alike)
