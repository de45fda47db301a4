"""The library of stories: the table in its README is that of the files, and nothing lies about.

Run as a program it writes the table anew: `python -m tests.scenario.test_library`.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from src_system.scenario.reading import cases_of
from src_system.scenario.selection import find_files
from src_system.scenario.story import Case, PlacedStep

ABOUT_CHARACTERS_MAX = 400
BEGIN, END = "<!-- stories -->", "<!-- end of stories -->"
ROOT = Path(__file__).resolve().parents[2] / "scenarios"
# What each folder is about, in the order of the table.
THEMES = {
    "checkout": "The story to begin with",
    "flows": "Every flow of the specification, from button to confirmation",
    "federation": "One network's idToken at the others",
    "devices": "Devices that are remembered, and forgotten",
    "authentication": "Step-ups: 3-D Secure, security codes, one-time codes, passkeys",
    "facilitator": "Checkouts that a DCF finishes",
    "cards": "The life of a card, its addresses, and who hears of changes",
    "issuers": "Push provisioning, one card at a time and in batches",
    "onboarding": "Shops registered in batches",
    "initiators": "What PSPs, merchants, marketplaces and fund-raisers do, each by itself",
    "markets": "The fifteen markets: money, telephones, addresses, languages, consent",
    "payments": "Donations, bookings, bills, baskets, subscriptions, and amounts of every size",
    "channels": "Pages, apps and devices",
    "refusals": "Every refusal, by ordinary means and on demand",
    "lockouts": "Too often, too late: limits, and lives that end",
    "faults": "Outages, broken connections, lost codes, and clients that ask again",
    "forgeries": "What must not be believed, and what comes of believing it",
    "parallel": "Double clicks and races",
    "protocol": "JSON, ids, spellings and keys",
}


@cache
def library() -> dict[Path, Case]:
    """Every story by its path, with the first of its rows; each is checked while it is read."""
    return {file.relative_to(ROOT): cases_of(file, file.name)[0] for file in find_files([ROOT])}


def table() -> str:
    """The README's part between the markers."""
    return "\n".join([BEGIN, "", *_lines(), END])


def _lines() -> Iterator[str]:
    folders = {path.parts[0] for path in library()}
    for folder in (*THEMES, *sorted(folders - set(THEMES))):
        yield f"### {folder}/" + (f": {THEMES[folder]}" if folder in THEMES else "")
        yield ""
        yield "| story | what it shows | tags |"
        yield "|---|---|---|"
        for path, case in library().items():
            story = case.story
            if path.parts[0] == folder:
                title = f"[{_cell(story.scenario)}]({path.as_posix()})"
                yield f"| {title} | {_cell(story.about or '')} | {' '.join(story.tags)} |"
        yield ""


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", r"\|")


def with_table(page: str) -> str:
    """*page* with the table that belongs there."""
    before, _, rest = page.partition(BEGIN)
    return f"{before}{table()}{rest.partition(END)[2]}"


def test_the_readme_lists_every_story_with_what_it_says_of_itself() -> None:
    page = (ROOT / "README.md").read_text(encoding="utf-8")

    missing = [line for line in table().splitlines() if line not in page.splitlines()]
    assert missing == [], "write it anew: python -m tests.scenario.test_library"
    assert page == with_table(page), "write it anew: python -m tests.scenario.test_library"


def test_every_theme_has_a_folder() -> None:
    assert set(THEMES) <= {path.parts[0] for path in library()}


def test_every_story_says_why_it_matters_and_can_be_chosen_by_its_folder() -> None:
    for path, case in library().items():
        story = case.story
        assert story.about, f"{path}: `about` says why it matters"
        assert len(_cell(story.about)) <= ABOUT_CHARACTERS_MAX, path
        assert not story.scenario.endswith("."), path
        assert len(story.tags) == len(set(story.tags)), path
        assert path.parts[0] in story.tags, f"{path}: its folder is among its tags"


def test_no_two_stories_have_one_title() -> None:
    titles = Counter(case.story.scenario for case in library().values())

    assert [title for title, count in titles.items() if count > 1] == []


def test_every_part_and_every_table_of_rows_is_used_by_a_story() -> None:
    used: set[Path] = set()
    for path, case in library().items():
        used.update(_parts((*case.steps, *case.finally_)))
        if isinstance(case.story.data, str):
            used.add((ROOT / path.parent / case.story.data).resolve())
    files = {file for file in ROOT.rglob("*") if file.suffix in {".yaml", ".yml", ".csv"}}
    beside = files - {ROOT / path for path in library()}

    assert {file.relative_to(ROOT) for file in beside if file.resolve() not in used} == set()


def _parts(steps: Sequence[PlacedStep]) -> Iterator[Path]:
    for placed in steps:
        yield from (one.source.file.resolve() for one in placed.nested)
        yield from _parts(placed.nested)


def test_a_title_with_a_bar_stays_in_its_cell() -> None:
    assert not re.search(r"(?<!\\)\|", _cell("this | that"))


if __name__ == "__main__":
    readme = ROOT / "README.md"
    readme.write_text(with_table(readme.read_text(encoding="utf-8")), encoding="utf-8")
