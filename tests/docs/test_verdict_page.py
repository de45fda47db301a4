"""docs/verdict.md lists every check there is, in the checks' own words, and its commands work."""

import json
import re
from pathlib import Path

from src_system.control.verdict_documents import VerdictRequest
from src_system.fixtures.document import decode
from src_system.verdict.catalogue import BY_ID, CHECKS
from src_system.verdict.check import Check

HEAD = "| check | | finds | rests on | mend |\n|---|---|---|---|---|\n"


def page_of(repository: Path) -> str:
    return (repository / "docs" / "verdict.md").read_text(encoding="utf-8")


def row(check: Check) -> str:
    cells = [f"`{check.id}`", str(check.severity), check.title, check.rule, check.mend]
    return f"| {' | '.join(cells)} |"


def test_the_table_has_one_right_row_for_each_check(repository: Path) -> None:
    _, table = page_of(repository).split(HEAD)
    rows = table.split("\n\n", 1)[0].splitlines()

    assert rows == [row(check) for check in CHECKS]


def test_every_check_that_the_text_names_is_there(repository: Path) -> None:
    text = page_of(repository).partition(HEAD)[0]
    named = set(re.findall(r"src\.[a-z-]+\.[a-z-]+", text))

    assert named
    assert named <= set(BY_ID)


def test_the_waivers_on_the_page_are_waivers(repository: Path) -> None:
    [block] = re.findall(r"```json\n(\{\s*\"waivers\".*?)```", page_of(repository), re.DOTALL)
    request = decode(json.dumps(json.loads(block)).encode(), VerdictRequest)

    assert request.waivers
    assert {waiver.id for waiver in request.waivers} <= set(BY_ID)
