"""A sequence diagram of calls, as measures for an inline SVG."""

from collections.abc import Sequence
from dataclasses import dataclass

from src_system.control.journal_documents import JournalSummary
from src_system.networks import PROFILES

_COLUMN, _MARGIN, _HEAD, _ROW = 190, 90, 48, 52
_LABEL_CHARACTERS = 30
_ARROW = 7


@dataclass(frozen=True, slots=True)
class Party:
    """A column: its name and the middle of it."""

    name: str
    x: int


@dataclass(frozen=True, slots=True)
class Row:
    """A call: an arrow there, and one back with its status. `kind` is ok, refused or broken."""

    place: int
    y: int
    begin: int
    end: int
    label_x: int
    label: str
    answer: str
    kind: str

    @property
    def call_head(self) -> str:
        """The points of the call's arrowhead."""
        return (
            f"{self.end},{self.y} {self.end - _ARROW},{self.y - 4} {self.end - _ARROW},{self.y + 4}"
        )

    @property
    def answer_head(self) -> str:
        """The points of the answer's arrowhead."""
        y, x = self.y + 22, self.begin
        return f"{x},{y} {x + _ARROW},{y - 4} {x + _ARROW},{y + 4}"


@dataclass(frozen=True, slots=True)
class Diagram:
    """Parties and rows, in a box of `width` and `height` units."""

    width: int
    height: int
    parties: tuple[Party, ...]
    rows: tuple[Row, ...]


def sequence(calls: Sequence[JournalSummary]) -> Diagram:
    """The diagram of *calls*, in their order; the initiator stands first."""
    seen = {call["network"] for call in calls}
    networks = [name for name in PROFILES if name in seen] + sorted(seen - set(PROFILES))
    middles = {name: _MARGIN + number * _COLUMN for number, name in enumerate(networks, 1)}
    rows = tuple(_row(number, call, middles[call["network"]]) for number, call in enumerate(calls))
    return Diagram(
        width=2 * _MARGIN + len(networks) * _COLUMN,
        height=_HEAD + len(rows) * _ROW + 8,
        parties=tuple(Party(name, x) for name, x in middles.items()),
        rows=rows,
    )


def _row(number: int, call: JournalSummary, end: int) -> Row:
    status = call["status"]
    kind = "broken" if status == 0 or status >= 500 else "refused" if status >= 400 else "ok"
    answer = f"{status or 'no answer'} {call['reason']}".strip()
    return Row(
        place=call["place"],
        y=_HEAD + number * _ROW + 20,
        begin=_MARGIN,
        end=end,
        label_x=max((_MARGIN + end) // 2, _MARGIN + 8),
        label=_short(call["operation"]),
        answer=_short(answer),
        kind=kind,
    )


def _short(text: str) -> str:
    return text if len(text) <= _LABEL_CHARACTERS else f"{text[: _LABEL_CHARACTERS - 1]}…"
