"""Draws bench/figures.svg: each kept figure beside its bound, readable in the dark and in light."""

import json
from html import escape
from pathlib import Path
from typing import Any

from bench.machine import BenchFailed

_WIDTH, _ROW, _TOP, _LEFT, _SCALE = 760, 46, 34, 24, 150
_ORDER = (
    "efficiency",
    "stubs-mockoon",
    "stubs-prism",
    "workers",
    "flatness-consumers",
    "flatness-sandboxes",
    "memory",
    "journal",
    "start",
    "scenarios",
)
_STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #1f2328 }
  .small { font-size: 11px; fill: #59636e }
  .bar { fill: #2f6fb0 } .missed { fill: #b3472e }
  .spread { stroke: #1f2328; stroke-width: 1.5 }
  .bound { stroke: #59636e; stroke-width: 1.5; stroke-dasharray: 4 3 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .small { fill: #9198a1 }
    .bar { fill: #5a9bdc } .missed { fill: #e07a5f }
    .spread { stroke: #e6edf3 } .bound { stroke: #9198a1 }
  }
"""


def run(*, results: Path) -> None:
    """Draw what lies in *results*; beside that folder when it is the ordinary one."""
    kept = {path.stem: json.loads(path.read_text()) for path in results.glob("*.json")}
    figures = [kept[name] for name in _ORDER if name in kept]
    if not figures:
        raise BenchFailed(f"there are no results in {results}: measure something first")
    target = results.parent / "figures.svg"
    target.write_text(_svg(figures))
    print(f"{target}: {len(figures)} figures")


def _svg(figures: list[dict[str, Any]]) -> str:
    height = _TOP + _ROW * len(figures) + 10
    rows = "\n".join(_row(figure, _TOP + _ROW * place) for place, figure in enumerate(figures))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img"'
        f' aria-label="Measured ratios beside their bounds">\n<style>{_STYLE}</style>\n'
        f'<text x="{_LEFT}" y="18" class="small">bar: median; line: least to most of the rounds;'
        f" dashed: the bound</text>\n{rows}\n</svg>\n"
    )


def _row(figure: dict[str, Any], top: int) -> str:
    bound, value, ratios = figure["bound"], figure["value"], figure["ratios"]
    # Each bar has the scale of its bound, so that all bounds stand in one line.
    unit: float = 2 * _SCALE / bound
    longest = _WIDTH - 2 * _LEFT - 90

    def at(ratio: float) -> float:
        return _LEFT + min(ratio * unit, longest)

    side = "at least" if figure["at_least"] else "at most"
    label = f"{figure['title']}: {value:.2f} ({side} {bound:g})"
    kind = "bar" if figure["met"] else "missed"
    middle = top + 24
    return (
        f'<text x="{_LEFT}" y="{top + 10}">{escape(label)}</text>\n'
        f'<rect x="{_LEFT}" y="{top + 16}" width="{at(value) - _LEFT:.1f}" height="16" rx="2"'
        f' class="{kind}"/>\n'
        f'<line x1="{at(min(ratios)):.1f}" x2="{at(max(ratios)):.1f}" y1="{middle}" y2="{middle}"'
        f' class="spread"/>\n'
        f'<line x1="{at(bound):.1f}" x2="{at(bound):.1f}" y1="{top + 13}" y2="{top + 35}"'
        f' class="bound"/>'
    )
