"""Which scenarios are played: found below paths, chosen by tag, text, shard and last outcome."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from src_system.scenario.problems import Mark, Problem, ScenarioInvalid
from src_system.scenario.reading import SUFFIXES, cases_of
from src_system.scenario.source import read_source
from src_system.scenario.story import Case

_WORD = re.compile(r"\s*(?:(\(|\))|([\w.:-]+))")


class SelectionInvalid(Exception):
    """A tag expression or a shard that cannot be read; the text says what to write."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What is wanted. `shard` is (number, of so many); `only` are ids of cases."""

    tags: str | None = None
    text: str | None = None
    shard: tuple[int, int] | None = None
    only: frozenset[str] | None = None


def find_files(paths: Sequence[Path]) -> list[Path]:
    """The scenario files that *paths* are or hold, in order; parts are left out of folders."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += [
                file
                for file in sorted(path.rglob("*"))
                if file.suffix in SUFFIXES and file.is_file() and not _is_part(file)
            ]
        elif path.exists():
            found.append(path)
        else:
            raise ScenarioInvalid([Problem(Mark(path, 1, 1), "There is no such file or folder.")])
    return list(dict.fromkeys(found))


def _is_part(file: Path) -> bool:
    try:
        value = read_source(file).value
    except ScenarioInvalid:
        return False  # whoever reads it next is told
    return isinstance(value, dict) and "part" in value and "scenario" not in value


def read_cases(files: Iterable[Path]) -> list[Case]:
    """All cases of the files; ScenarioInvalid with the problems of all of them."""
    cases: list[Case] = []
    problems: list[Problem] = []
    for file in files:
        try:
            cases += cases_of(file, _shown(file))
        except ScenarioInvalid as invalid:
            problems += invalid.problems
    if problems:
        raise ScenarioInvalid(problems)
    return cases


def _shown(file: Path) -> str:
    """The file as reports name it: from the working directory where that is above it."""
    try:
        return file.resolve().relative_to(Path.cwd()).as_posix()
    except ValueError:
        return file.as_posix()


def select(cases: Sequence[Case], wanted: Selection) -> list[Case]:
    """Those of *cases* that are wanted."""
    has_tags = matching_tags(wanted.tags) if wanted.tags else None
    text = wanted.text.casefold() if wanted.text else None
    found = [
        case
        for case in cases
        if (has_tags is None or has_tags(frozenset(case.story.tags)))
        and (text is None or text in f"{case.id} {case.title}".casefold())
        and (wanted.only is None or case.id in wanted.only)
    ]
    if wanted.shard is not None:
        number, count = wanted.shard
        found = found[number - 1 :: count]
    return found


def parse_shard(text: str) -> tuple[int, int]:
    """2/5: the second of five parts; SelectionInvalid."""
    found = re.fullmatch(r"(\d+)/(\d+)", text)
    if found is None or not 1 <= int(found[1]) <= int(found[2]):
        raise SelectionInvalid(f"{text!r} is no shard: write NUMBER/COUNT, as in 2/5.")
    return int(found[1]), int(found[2])


TagTest = Callable[[frozenset[str]], bool]


def matching_tags(expression: str) -> TagTest:
    """A test for tags: `checkout and not (slow or visa)`; SelectionInvalid."""
    words = list(_words(expression))
    test, rest = _either(words, 0, expression)
    if rest != len(words):
        raise SelectionInvalid(_unreadable(expression, words[rest]))
    return test


def _words(expression: str) -> Iterator[str]:
    place = 0
    while place < len(expression.rstrip()):
        found = _WORD.match(expression, place)
        if found is None:
            raise SelectionInvalid(_unreadable(expression, expression[place:].strip()))
        yield found[1] or found[2]
        place = found.end()


def _unreadable(expression: str, at: str) -> str:
    return f"The tags {expression!r} cannot be read at {at!r}: use words, and, or, not, ( and )."


def _either(words: list[str], place: int, expression: str) -> tuple[TagTest, int]:
    left, place = _both(words, place, expression)
    while place < len(words) and words[place] == "or":
        right, place = _both(words, place + 1, expression)
        left = _joined(left, right, any)
    return left, place


def _both(words: list[str], place: int, expression: str) -> tuple[TagTest, int]:
    left, place = _one(words, place, expression)
    while place < len(words) and words[place] == "and":
        right, place = _one(words, place + 1, expression)
        left = _joined(left, right, all)
    return left, place


def _joined(left: TagTest, right: TagTest, join: Callable[[Iterable[bool]], bool]) -> TagTest:
    return lambda tags: join((left(tags), right(tags)))


def _one(words: list[str], place: int, expression: str) -> tuple[TagTest, int]:
    if place >= len(words):
        raise SelectionInvalid(_unreadable(expression, "its end"))
    word = words[place]
    if word == "not":
        inner, place = _one(words, place + 1, expression)
        return lambda tags: not inner(tags), place
    if word == "(":
        inner, place = _either(words, place + 1, expression)
        if place >= len(words) or words[place] != ")":
            raise SelectionInvalid(_unreadable(expression, "its end"))
        return inner, place + 1
    if word in {")", "and", "or"}:
        raise SelectionInvalid(_unreadable(expression, word))
    return lambda tags: word in tags, place + 1
