"""`src-system run`: what is played, what its exit code says, what every flag does."""

import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from src_system.scenario.playing import World, play_case
from src_system.scenario.receiving import NotificationServer
from src_system.scenario.results import ERROR, CaseResult
from src_system.scenario.selection import find_files, read_cases
from tests.scenario.conftest import Runner


def names_of(output: str, word: str = "pass") -> list[str]:
    """The scenarios of the lines that begin with *word*."""
    return [line.split()[1] for line in output.splitlines() if line.startswith(f"{word} ")]


def test_a_scenario_that_passes_ends_with_0_and_a_line(runner: Runner) -> None:
    done = runner.run(*runner.stories("passing"), "--seed", "7")

    assert done.exit_code == 0
    assert names_of(done.stdout) == ["passing.yaml"]
    assert "1 passed in" in done.stdout
    assert done.stdout.rstrip().endswith("seed 7")


def test_a_failure_ends_with_1_and_begins_with_its_place(runner: Runner) -> None:
    done = runner.run(*runner.stories("failing"), "--seed", "7")

    assert done.exit_code == 1
    lines = done.stdout.splitlines()
    assert lines[0].startswith("FAIL  failing.yaml  Somebody is known")
    assert lines[1] == (
        "failing.yaml:9:32: call identityLookup: body consumerPresent: false instead of true."
    )
    assert lines[2].strip() == (
        f"again: src-system run failing.yaml --seed 7 --control {runner.control}"
    )
    assert "1 failed in" in lines[-1]


def test_a_refusal_says_status_reason_member_and_what_would_pass(runner: Runner) -> None:
    done = runner.run(*runner.stories("refused"))

    assert done.exit_code == 1
    said = next(line for line in done.stdout.splitlines() if line.startswith("refused.yaml:"))
    assert "Answered 400 IDENTITY_VALIDATION_REQUIRED at idToken" in said
    assert "and a success was expected" in said
    assert "the server says: A consumer is validated before a card of theirs pays" in done.stdout
    assert "What would pass:" in done.stdout


@pytest.mark.parametrize(
    ("expectation", "said"),
    [
        ("status: 404", "Answered 200 instead of 404."),
        ("reason: NOT_FOUND", "Answered 200 instead of the reason NOT_FOUND."),
        ("body: { consumerPresent: { exists: false } }", "body consumerPresent: "),
        ("body: { '$.no[0].such': 1 }", "body $.no[0].such: there is none; body has "),
        ("headers: { content-type: text/plain }", "headers content-type: "),
        ("broken: true", "There is an answer, and the connection was to break."),
        ("distrusted: true", "What came back is good, and a forgery was expected."),
    ],
)
def test_a_wrong_expectation_is_told_where_it_is_written(
    runner: Runner, expectation: str, said: str
) -> None:
    story = f"""
scenario: What is expected is wrong
verdict: any
steps:
  - call: identityLookup
    with: {{ consumerIdentity: nobody@shop.test }}
    expect:
      {expectation}
"""
    done = runner.run(runner.write("wrong.yaml", story))

    assert done.exit_code == 1
    (line,) = [one for one in done.stdout.splitlines() if one.startswith("wrong.yaml:7:")]
    assert said in line


def test_a_status_or_path_that_comes_from_a_variable_is_judged_like_any_other(
    runner: Runner,
) -> None:
    story = """
scenario: Expectations are filled in
verdict: any
variables: { status: !number 200, path: '$.consumerPresent', broken: '$[' }
steps:
  - call: identityLookup
    with: { consumerIdentity: nobody@shop.test }
    expect: { status: "${status}", body: { "${path}": false } }
  - call: identityLookup
    with: { consumerIdentity: nobody@shop.test }
    expect: { body: { "${broken}": false } }
"""
    done = runner.run(runner.write("filled.yaml", story))

    assert done.exit_code == 1
    (line,) = [one for one in done.stdout.splitlines() if one.startswith("filled.yaml:")]
    assert line.startswith("filled.yaml:8:5: call identityLookup: call: ")


async def test_a_fault_of_the_runner_is_an_error_of_that_scenario_alone(
    runner: Runner,
) -> None:
    (case,) = read_cases(find_files([Path(*runner.stories("passing"))]))
    result = CaseResult(case)
    nothing: Any = None  # there is no transport to play with
    world = World(runner.control, nothing, NotificationServer(), "7", "test", {"keys": []})

    await play_case(world, result, 1)

    assert result.outcome == ERROR
    assert result.attempts[0].problem.startswith("The runner itself failed: AttributeError")


def test_what_stands_behind_a_failure_is_not_played_and_finally_is(runner: Runner) -> None:
    story = """
scenario: The end is told whatever came before
verdict: any
steps:
  - call: identityLookup
    with: { consumerIdentity: nobody@shop.test }
    expect: { status: 500 }
  - title: never
    call: isRecognized
finally:
  - title: always
    call: isRecognized
"""
    runner.run(runner.write("ending.yaml", story), "--report", "ndjson=out.ndjson")

    events = [json.loads(line) for line in Path("out.ndjson").read_text().splitlines()]
    outcomes = {one["title"]: one["outcome"] for one in events if one["event"] == "step"}
    assert outcomes["never"] == "skipped"
    assert outcomes["always"] == "passed"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--shard", "6/5"], 2, "'6/5' is no shard"),
        (["--tag", "and"], 2, "cannot be read at 'and'"),
        (["--var", "novalue"], 2, "write NAME=VALUE"),
        (["-j", "many"], 2, "auto, or a number"),
        (["--report", "pdf=x"], 2, "KIND one of junit, html, ndjson, tap, github"),
        (["--report", "junit"], 2, "write KIND=FILE"),
        (["--report", "tap=-", "--report", "junit=-"], 2, "only one report can go to stdout"),
        (["--report", "tap=a", "--report", "junit=a"], 2, "two reports go to the same file"),
        (["--report", "junit=passing.yaml/x.xml"], 2, "cannot be written"),
        (["--tag", "nothing"], 5, "none of 1 scenarios is selected"),
        (["--rerun-failed"], 5, "none of 1 scenarios is selected"),
        (["no-such.yaml"], 3, "no-such.yaml:1:1: There is no such file or folder."),
    ],
)
def test_what_is_used_wrongly_is_told_in_a_line_before_anything_is_played(
    runner: Runner, arguments: list[str], code: int, said: str
) -> None:
    done = runner.run(*runner.stories("passing"), *arguments)

    assert done.exit_code == code
    assert said in done.stderr
    assert done.stdout == ""


def test_a_file_that_is_no_scenario_ends_with_3_and_every_problem(runner: Runner) -> None:
    broken = runner.write("broken.yaml", "scenario: x\nsteps:\n  - cal: checkout\n")

    done = runner.run(broken, *runner.stories("passing"))

    assert done.exit_code == 3
    assert "broken.yaml:3:5: " in done.stderr


def test_an_unreachable_server_ends_with_4_and_one_line(runner: Runner) -> None:
    done = runner.alone(*runner.stories("passing"), "--control", "http://127.0.0.1:9")

    assert done.exit_code == 4
    (line,) = done.stderr.splitlines()
    assert "http://127.0.0.1:9 does not answer (Connection refused)" in line
    assert "Is the server running there?" in line


def test_a_url_without_a_control_port_is_a_mistake(runner: Runner) -> None:
    done = runner.alone(*runner.stories("passing"), "--url", "http://127.0.0.1:9")

    assert done.exit_code == 2
    assert "--url needs --control" in done.stderr


def test_without_a_server_one_is_started_for_the_run(runner: Runner, repository: Path) -> None:
    done = runner.alone(
        *runner.stories("passing"),
        "--report",
        "ndjson=out.ndjson",
        env={"PYTHONPATH": str(repository)},
    )

    assert done.exit_code == 0, done.output
    first = json.loads(Path("out.ndjson").read_text().splitlines()[0])
    assert first["server"] != runner.control


def test_the_protocol_port_is_called_where_the_flag_says(runner: Runner) -> None:
    done = runner.run(*runner.stories("passing"), "--url", "http://127.0.0.1:9")

    assert done.exit_code == 1
    assert "http://127.0.0.1:9 does not answer" in done.stdout


def test_scenarios_are_chosen_by_tag_text_and_part(runner: Runner) -> None:
    paths = runner.stories("passing", "failing", "refused")

    assert names_of(runner.run(*paths, "--tag", "lookup and not wrong").stdout) == ["passing.yaml"]
    assert names_of(runner.run(*paths, "--filter", "NOBODY IS").stdout) == ["passing.yaml"]
    listed = [
        line.partition("\t")[0]
        for part in ("1/2", "2/2")
        for line in runner.run(*paths, "--list", "--shard", part).stdout.splitlines()
    ]
    assert sorted(listed) == sorted(paths)


def test_a_list_and_a_dry_run_play_nothing(runner: Runner) -> None:
    paths = runner.stories("failing")

    listed = runner.alone(*paths, "--list", "--control", "http://127.0.0.1:9")
    told = runner.alone(*paths, "--dry-run", "--control", "http://127.0.0.1:9")

    assert (listed.exit_code, told.exit_code) == (0, 0)
    assert listed.stdout == "failing.yaml\tSomebody is known\tlookup wrong\n"
    assert "call identityLookup" in told.stdout
    assert "call isRecognized" in told.stdout


def test_a_row_of_the_data_is_played_by_itself(runner: Runner) -> None:
    story = """
scenario: Nobody is known anywhere
data: [{ where: visa }, { where: amex }]
on: ${where}
verdict: any
steps:
  - call: identityLookup
    with: { consumerIdentity: nobody@shop.test }
"""
    name = runner.write("rows.yaml", story)

    assert sorted(names_of(runner.run(name).stdout)) == ["rows.yaml[1]", "rows.yaml[2]"]
    assert names_of(runner.run("rows.yaml[2]").stdout) == ["rows.yaml[2]"]


def test_a_variable_on_the_command_line_beats_the_file(runner: Runner) -> None:
    story = """
scenario: Somebody is asked for
verdict: any
variables: { who: ana@shop.test, there: true }
steps:
  - call: identityLookup
    with: { consumerIdentity: "${who}" }
    expect:
      body: { consumerPresent: "${there}" }
given:
  consumers: [{ emailAddress: ana@shop.test, networks: [visa] }]
"""
    name = runner.write("who.yaml", story)

    assert runner.run(name).exit_code == 0
    other = runner.run(name, "--var", "who=eve@shop.test")
    assert other.exit_code == 1
    assert "--var who=eve@shop.test" in other.stdout


def test_one_seed_gives_the_same_world_twice(runner: Runner) -> None:
    seeds = []
    for seed in ("7", "7", "8"):
        runner.run(*runner.stories("passing"), "--seed", seed, "--report", "ndjson=out.ndjson")
        events = [json.loads(line) for line in Path("out.ndjson").read_text().splitlines()]
        seeds.append(next(one["seed"] for one in events if one["event"] == "attempt"))

    assert seeds[0] == seeds[1] != seeds[2]


def test_a_retry_makes_a_failure_flaky_and_shows_the_first_attempt(runner: Runner) -> None:
    paths = runner.stories("flaky")

    assert runner.run(*paths).exit_code == 1
    done = runner.run(*paths, "--retries", "2")

    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert "passed at attempt 2" in lines[0]
    assert lines[1].strip() == "attempt 1:"
    assert lines[2].startswith("flaky.yaml:7:21: control GET")
    assert "1 only after another attempt" in lines[-1]


def test_no_more_are_begun_after_so_many_failures(runner: Runner) -> None:
    runner.stories("failing")
    for number in range(4):
        (runner.home / f"z{number}.yaml").write_text((runner.home / "failing.yaml").read_text())

    done = runner.run(".", "-j", "1", "--max-failures", "2")

    assert done.exit_code == 1
    assert "2 failed, 3 not finished" in done.stdout


def test_what_failed_is_played_again_until_it_passes(runner: Runner) -> None:
    paths = runner.stories("passing", "failing")
    runner.run(*paths)

    again = runner.run(*paths, "--rerun-failed")
    assert names_of(again.stdout, "FAIL") == ["failing.yaml"]
    assert names_of(again.stdout) == []

    text = (runner.home / "failing.yaml").read_text().replace("Present: true", "Present: false")
    (runner.home / "failing.yaml").write_text(text)
    assert runner.run(*paths, "--rerun-failed").exit_code == 0
    assert runner.run(*paths, "--rerun-failed").exit_code == 5


@pytest.mark.parametrize(("jobs", "together"), [("1", False), ("4", True)])
def test_scenarios_run_at_the_same_time_as_the_flag_says(
    runner: Runner, jobs: str, *, together: bool
) -> None:
    for number in range(4):
        runner.stories("passing")
        (runner.home / "passing.yaml").rename(runner.home / f"p{number}.yaml")

    runner.run(".", "-j", jobs, "--report", "ndjson=out.ndjson")

    events = [json.loads(line) for line in Path("out.ndjson").read_text().splitlines()]
    spans = sorted(
        (one["at"], one["at"] + one["seconds"]) for one in events if one["event"] == "attempt"
    )
    overlap = any(end > begin for (_, end), (begin, _) in pairwise(spans))
    assert overlap is together


def test_sandboxes_are_removed_and_kept_on_demand(
    runner: Runner, control_names: Callable[[], set[str]]
) -> None:
    before = control_names()

    runner.run(*runner.stories("failing", "passing"))
    assert control_names() == before

    done = runner.run(*runner.stories("failing", "passing"), "--keep-sandbox", "on-failure")
    (kept,) = control_names() - before
    assert f"the sandbox {kept} was kept" in done.stdout
    assert kept.endswith("-failing")


def test_the_verdict_on_the_client_decides_as_the_flag_says(runner: Runner) -> None:
    forgets = """
scenario: A shop forgets the confirmation
given:
  consumers:
    - emailAddress: ana@shop.test
      cards: [{ network: visa, primaryAccountNumber: 4111111111111111,
                panExpirationMonth: 12, panExpirationYear: 2030 }]
steps:
  - signIn: ana@shop.test
  - call: checkout
    with: { srcDigitalCardId: "${given.cards.visa}" }
    amount: 49.90
    currency: USD
"""
    name = runner.write("forgets.yaml", forgets)

    assert runner.run(name).exit_code == 0
    assert runner.run(name, "--fail-on", "never").exit_code == 0
    warned = runner.run(name, "--fail-on", "warning")
    assert warned.exit_code == 6
    assert "forgets.yaml: the verdict is WARNING" in warned.stdout
    assert "src.confirmation.missing" in warned.stdout
