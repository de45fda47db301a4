"""What is wrong with a scenario file, and where: file, line and column, with a suggestion."""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

_FEW = 24  # words that can be shown all


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """A place in a file; lines and columns count from one."""

    file: Path
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong; its text is one line, `file:line:column: what. What to do.`."""

    where: Mark
    message: str
    suggestion: str = ""

    def __str__(self) -> str:
        return f"{self.where}: {self.message}" + (f" {self.suggestion}" if self.suggestion else "")


class ScenarioInvalid(Exception):
    """A scenario file that cannot be played: every problem found in it."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = sorted(problems, key=lambda one: one.where)
        super().__init__("\n".join(str(one) for one in self.problems))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A suggestion for a *word* that is none of the *known* ones; those themselves when few."""
    words = list(dict.fromkeys(known))
    near = difflib.get_close_matches(word, words, n=1, cutoff=0.6)
    if not near:
        folded = {one.lower(): one for one in reversed(words)}
        near = [folded[word.lower()]] if word.lower() in folded else []
    if near:
        return f"Did you mean {near[0]!r}?"
    return f"Known: {', '.join(words)}." if words and len(words) <= _FEW else ""
