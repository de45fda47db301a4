"""A story that says what its verdict must be is judged by that, and not by the run once more."""

from datetime import UTC, datetime
from pathlib import Path

from src_system.scenario.reading import cases_of
from src_system.scenario.results import PASSED, Attempt, CaseResult, RunResult
from src_system.scenario.running import verdict_failed

CARELESS = "scenario: careless\nsteps: [{call: keys}]\n"
ON_PURPOSE = """scenario: careless on purpose
steps: [{call: keys}, {verdict: FAILED}]
"""


def result(folder: Path, name: str, text: str) -> CaseResult:
    """A case that passed, with a verdict of FAILED."""
    file = folder / name
    file.write_text(text)
    [case] = cases_of(file, name)
    return CaseResult(case, [Attempt(1, outcome=PASSED, verdict="FAILED")])


def test_only_a_verdict_that_the_story_did_not_ask_for_fails_the_run(tmp_path: Path) -> None:
    careless = result(tmp_path, "careless.yaml", CARELESS)
    on_purpose = result(tmp_path, "purpose.yaml", ON_PURPOSE)
    run = RunResult(
        datetime(2026, 11, 23, tzinfo=UTC), "42", "server", "1", cases=[careless, on_purpose]
    )

    assert verdict_failed(run, on_warning=False) == [careless]
