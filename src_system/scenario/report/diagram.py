"""A sequence diagram of the exchanges of an attempt, as measures for an inline SVG."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from src_system.scenario.recording import CONTROL, RECEIVER, Exchange
from src_system.scenario.report.bodies import reasons_in
from src_system.scenario.words import NETWORKS

INITIATOR = "initiator"
_NAMES = {INITIATOR: "SRC initiator", CONTROL: "control port", RECEIVER: "receiver"}
_ROWS_MAX = 80
_COLUMN, _MARGIN, _HEAD, _ROW = 200, 80, 44, 46
_LABEL_CHARACTERS = 34
_REFUSED = 400


@dataclass(frozen=True, slots=True)
class Party:
    """A column: its name and the middle of it."""

    name: str
    x: int


@dataclass(frozen=True, slots=True)
class Row:
    """An exchange: an arrow there and one back. `kind` is ok, refused or broken."""

    y: int
    begin: int
    end: int
    label: str
    answer: str
    kind: str
    told: str

    @property
    def label_x(self) -> int:
        """Where the texts begin: beside the caller, whom narrow screens show too."""
        return min(self.begin, self.end) + 10

    @property
    def heads(self) -> tuple[int, int]:
        """Where the arrows' heads begin: of the call at its end, of the answer at its begin."""
        way = 7 if self.end > self.begin else -7
        return self.end - way, self.begin + way


@dataclass(frozen=True, slots=True)
class Diagram:
    """Parties and rows; `cut` counts the exchanges that are not shown."""

    width: int
    height: int
    parties: tuple[Party, ...]
    rows: tuple[Row, ...]
    told: str
    cut: int


def diagram(exchanges: Sequence[tuple[str, Exchange]]) -> Diagram | None:
    """The diagram of *exchanges*, each with the number of its step; None where there are none."""
    if not exchanges:
        return None
    ordered = sorted(exchanges, key=lambda one: one[1].began)
    seen = {one.party for _, one in ordered} | {one.caller for _, one in ordered}
    names = [INITIATOR, *(one for one in (*NETWORKS, RECEIVER, CONTROL) if one in seen)]
    names += sorted({one.party for _, one in ordered} - set(names))
    middles = {name: _MARGIN + number * _COLUMN for number, name in enumerate(names)}
    rows = tuple(
        _row(number, step, one, middles) for number, (step, one) in enumerate(ordered[:_ROWS_MAX])
    )
    parties = tuple(Party(_NAMES.get(name, name or "?"), x) for name, x in middles.items())
    return Diagram(
        width=2 * _MARGIN + (len(names) - 1) * _COLUMN,
        height=_HEAD + len(rows) * _ROW + 12,
        parties=parties,
        rows=rows,
        told=f"{len(ordered)} exchanges between {', '.join(one.name for one in parties)}",
        cut=max(0, len(ordered) - _ROWS_MAX),
    )


def _row(number: int, step: str, exchange: Exchange, middles: dict[str, int]) -> Row:
    begin, end = middles[exchange.caller or INITIATOR], middles[exchange.party]
    called = exchange.operation
    if exchange.party == CONTROL:
        called = f"{exchange.method} {_below_sandbox(called)}"
    label = f"{step}  {_short(called)}"
    reasons = ", ".join(sorted(reasons_in(exchange)))
    if exchange.status is None:
        kind, answer = "broken", exchange.problem or "no answer"
    else:
        kind = "refused" if exchange.status >= _REFUSED else "ok"
        answer = f"{exchange.status} {reasons}".strip()
    return Row(
        y=_HEAD + number * _ROW + 18,
        begin=begin,
        end=end,
        label=label,
        answer=_short(answer),
        kind=kind,
        told=f"step {step}: {exchange.method} {exchange.url}: {answer},"
        f" {exchange.seconds * 1000:.0f} ms",
    )


def _short(text: str) -> str:
    return text if len(text) <= _LABEL_CHARACTERS else f"{text[: _LABEL_CHARACTERS - 1]}…"


def _below_sandbox(path: str) -> str:
    """A place of the control port without what all of them begin with."""
    parts = path.split("/")
    for (first, second), place in zip(pairwise(parts), range(len(parts)), strict=False):
        if first == "v1" and second == "sandboxes" and len(parts) > place + 3:
            return "/".join(parts[place + 3 :])
    return path.strip("/").removeprefix("v1/")
