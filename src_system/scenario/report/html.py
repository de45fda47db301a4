"""One HTML file that holds everything: style, script, and what was played, within a bound."""

import base64
import hashlib
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from src_system.scenario.coverage import coverage_of
from src_system.scenario.report.telling import instant
from src_system.scenario.report.views import CaseView, case_view
from src_system.scenario.results import ERROR, FAILED, PASSED, SKIPPED, CaseResult, RunResult
from src_system.scenario.words import NETWORKS

_TEMPLATES = Path(__file__).parent / "templates"
SIZE_MAX = 8 * 1024 * 1024  # characters of the cases together; exchanges are left out beyond
_SLOWEST = 8
_OPEN_AT_FIRST = 3  # failed cases that are shown unfolded
_FLAKY = "flaky"
_WORDS = {
    FAILED: "failed",
    ERROR: "could not be played",
    _FLAKY: "only after another attempt",
    PASSED: "passed",
    SKIPPED: "not finished",
}


def html(run: RunResult, *, size_max: int = SIZE_MAX) -> str:
    """The whole document; cases that failed come first, and keep their exchanges longest."""
    environment = _environment()
    ordered = sorted(enumerate(run.cases, start=1), key=lambda one: _urgency(one[1]))
    cases = list(_cases(environment, run, ordered, size_max))
    style, script = _template("report.css"), _template("report.js")
    return environment.get_template("report.html").render(
        run=run,
        headline=_headline(run),
        began_at=instant(run),
        style=Markup(style),  # noqa: S704 - our own files, and what the template has escaped
        script=Markup(script),  # noqa: S704 - the same
        policy=_policy(style, script),
        cases=[Markup(text) for _, text in cases],  # noqa: S704 - the same
        short=sum(1 for view, _ in cases if view.is_short),
        counts=_counts(run),
        words=_WORDS,
        tags=sorted({tag for one in run.cases for tag in one.case.story.tags}),
        slowest=_slowest(run),
        coverage=coverage_of(run),
        networks=NETWORKS,
    )


def _cases(
    environment: Environment,
    run: RunResult,
    ordered: list[tuple[int, CaseResult]],
    size_max: int,
) -> Iterator[tuple[CaseView, str]]:
    template = environment.get_template("case.html")
    used = opened = 0
    for number, result in ordered:
        is_open = result.outcome in (FAILED, ERROR) and opened < _OPEN_AT_FIRST
        opened += is_open
        # Bodies are what is large: nothing is rendered in full that the bound will not hold.
        is_short = used + _weight(result) > size_max
        view = case_view(result, number, run, is_short=is_short)
        text = template.render(case=view, is_open=is_open, words=_WORDS, kind=_kind(result))
        used += len(text)
        yield view, text


def _headline(run: RunResult) -> str:
    bad = run.count(FAILED) + run.count(ERROR)
    if bad:
        return f"{bad} of {len(run.cases)} scenarios failed"
    passed = run.count(PASSED)
    if passed < len(run.cases):
        return f"{passed} of {len(run.cases)} scenarios passed"
    return f"All {passed} scenarios passed" if passed != 1 else "The scenario passed"


def _weight(result: CaseResult) -> int:
    """How large a case will be at least."""
    return sum(
        len(exchange.request_body) + len(exchange.response_body)
        for attempt in result.attempts
        for step in attempt.all_steps()
        for exchange in step.exchanges
    )


def _kind(result: CaseResult) -> str:
    return _FLAKY if result.is_flaky else result.outcome


def _urgency(result: CaseResult) -> int:
    return list(_WORDS).index(_kind(result))


def _counts(run: RunResult) -> list[dict[str, Any]]:
    """How many cases came to what, with where they lie on a bar of a hundred units."""
    kinds = [_kind(one) for one in run.cases]
    counts: list[dict[str, Any]] = []
    begin = 0.0
    for kind, words in _WORDS.items():
        number = kinds.count(kind)
        if number:
            width = 100 * number / len(kinds)
            counts.append(
                {"kind": kind, "words": words, "number": number, "begin": begin, "width": width}
            )
            begin += width
    return counts


def _slowest(run: RunResult) -> list[tuple[int, CaseResult]]:
    played = [one for one in enumerate(run.cases, start=1) if one[1].attempts]
    return sorted(played, key=lambda one: -one[1].seconds)[:_SLOWEST]


def _policy(style: str, script: str) -> str:
    """Nothing is loaded from anywhere; only this style and this script are heeded."""
    return (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}';"
        " img-src data:; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FunctionLoader(_template),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["duration"] = _duration
    environment.filters["within"] = _within
    return environment


def _template(name: str) -> str:
    """A template without its indentation, which would be a tenth of a report."""
    text = (_TEMPLATES / name).read_text(encoding="utf-8")
    return re.sub(r"^ +", "", text, flags=re.MULTILINE)


def _within(text: str) -> Markup:
    """Text inside an element: quotes need no escaping there, and JSON is full of them."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return Markup(escaped)  # noqa: S704 - escaped


def _duration(seconds: float) -> str:
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{int(seconds) // 60} min {int(seconds) % 60} s"
