"""What a run looks like: on a terminal with colours and progress, in a pipe plain."""

import io
import re
import sys
from pathlib import Path

import pytest

from src_system.scenario.results import FAILED, PASSED, Attempt, CaseResult, StepFailure, StepResult
from src_system.scenario.running import new_run
from src_system.scenario.selection import find_files, read_cases
from src_system.scenario.terminal import Terminal
from tests.cli.conftest import Shell
from tests.conftest import RunningServer
from tests.scenario.conftest import STORIES, Runner


@pytest.fixture
def shell(tmp_path: Path, repository: Path, server: RunningServer) -> Shell:
    """A shell with stories in its folder, on the session's server."""
    for name, text in STORIES.items():
        (tmp_path / name).write_text(text.lstrip("\n"))
    return Shell(
        tmp_path,
        repository,
        SRC_SYSTEM_CONTROL_URL=server.control,
        GITHUB_ACTIONS="",
    )


def test_in_a_pipe_there_is_a_plain_line_for_each_scenario(shell: Shell) -> None:
    done = shell.run("run", "passing.yaml", "failing.yaml", "-j", "1", "--seed", "7", NO_COLOR="")

    assert done.returncode == 1
    assert "\x1b" not in done.stdout
    lines = done.stdout.splitlines()
    assert [re.sub(r"  [\d.]+ s$", "", line) for line in lines[:3]] == [
        "pass  passing.yaml  Nobody is known",
        "FAIL  failing.yaml  Somebody is known",
        "failing.yaml:9:32: call identityLookup: body consumerPresent: false instead of true.",
    ]
    assert re.fullmatch(r"1 passed, 1 failed in [\d.]+ s, seed 7", lines[-1])


def test_on_a_terminal_there_are_colours_and_progress_which_goes(shell: Shell) -> None:
    shown = shell.raw_on_terminal(
        "src-system run passing.yaml failing.yaml --seed 7", NO_COLOR="(unset)"
    )

    assert "\x1b[32mpass  " in shown
    assert "\x1b[31mFAIL  " in shown
    assert "\x1b[36mfailing.yaml:9:32:\x1b[0m call identityLookup" in shown
    assert "0/2" in shown
    assert shown.rstrip().endswith("seed 7")


def test_no_color_is_honoured_on_a_terminal(shell: Shell) -> None:
    shown = shell.raw_on_terminal("src-system run passing.yaml --seed 7", NO_COLOR="1")

    assert "pass  passing.yaml" in re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown)
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]m", shown)


def test_what_steers_a_terminal_is_written_out(runner: Runner) -> None:
    (case,) = read_cases(find_files([Path(*runner.stories("passing"))]))
    run = new_run("7", {})
    step = StepResult("a step", "call", case.source.mark(("steps",)), FAILED)
    step.failures.append(StepFailure(step.where, "it says \x1b[2J\u202e and\nmore"))
    run.cases = [CaseResult(case, [Attempt(1, outcome=FAILED, steps=[step])])]
    out = io.StringIO()
    with Terminal(run, 1, out) as terminal:
        terminal.began(case)
        terminal.ended(run.cases[0])

    assert "it says \\u001b[2J\\u202e and more" in out.getvalue()
    assert "\x1b" not in out.getvalue()


def test_failures_are_told_again_when_they_have_scrolled_away(runner: Runner) -> None:
    (case,) = read_cases(find_files([Path(*runner.stories("passing"))]))
    run = new_run("7", {})
    step = StepResult("a step", "call", case.source.mark(("steps",)), FAILED)
    step.failures.append(StepFailure(step.where, "it is wrong"))
    run.cases = [CaseResult(case, [Attempt(1, outcome=FAILED, steps=[step])])]
    run.cases += [CaseResult(case, [Attempt(1, outcome=PASSED)]) for _ in range(30)]
    out = io.StringIO()
    Terminal(run, 31, out).summary()

    last = out.getvalue().splitlines()[-2]
    assert last == "FAIL  passing.yaml:6:3: Nobody is known: it is wrong"
    assert sys.stdout is not out
