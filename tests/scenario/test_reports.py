"""The reports of a run, each read as its readers do: JUnit, NDJSON, TAP, GitHub's annotations."""

import json
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from ruamel.yaml import YAML

from src_system.scenario.recording import Exchange
from src_system.scenario.report.bodies import CUT, artefacts, shown
from src_system.scenario.report.github import github, step_summary
from src_system.scenario.report.junit import junit
from src_system.scenario.report.tap import tap
from src_system.scenario.results import (
    ERROR,
    FAILED,
    PASSED,
    Attempt,
    CaseResult,
    RunResult,
    StepFailure,
    StepResult,
)
from src_system.scenario.running import new_run
from src_system.scenario.selection import find_files, read_cases
from tests.scenario.conftest import PASSING, Runner

ODD = "% of ] a, <b>: #1 \x1b[31m\x00é"


def test_junit_has_a_case_for_each_scenario_at_the_line_that_failed(runner: Runner) -> None:
    runner.run(
        *runner.stories("passing", "failing", "refused"), "--seed", "7", "--report", "junit=j/r.xml"
    )

    root = ET.parse("j/r.xml").getroot()
    counts = {name: root.get(name) for name in ("tests", "failures", "errors", "skipped")}
    assert counts == {"tests": "3", "failures": "2", "errors": "0", "skipped": "0"}
    suites = {one.get("file"): one for one in root}
    properties = {
        one.get("name"): one.get("value")
        for one in suites["failing.yaml"].findall("properties/property")
    }
    assert properties["seed"] == "7"
    assert properties["server"] == runner.control
    assert properties["serverVersion"]
    (case,) = suites["failing.yaml"].findall("testcase")
    assert (case.get("file"), case.get("line")) == ("failing.yaml", "9")
    failure = case.find("failure")
    assert failure is not None
    assert failure.get("message") == "body consumerPresent: false instead of true."
    assert (failure.text or "").startswith("failing.yaml:9:32: call identityLookup: ")
    assert float(case.get("time") or 0) > 0
    assert "the server says: " in (suites["refused.yaml"].findtext("testcase/failure") or "")
    assert "--seed 7" in (case.findtext("system-out") or "")


def test_junit_keeps_the_attempts_as_surefire_does(runner: Runner) -> None:
    runner.run(*runner.stories("flaky", "failing"), "--retries", "2", "--report", "junit=r.xml")

    cases = {one.get("classname"): one for one in ET.parse("r.xml").getroot().iter("testcase")}
    flaky, failing = cases["flaky.yaml"], cases["failing.yaml"]
    assert [one.tag for one in flaky] == ["properties", "flakyFailure", "system-out"]
    assert "flaky.yaml:7:21: " in (flaky.findtext("flakyFailure/stackTrace") or "")
    tags = [one.tag for one in failing]
    assert tags == ["properties", "failure", "rerunFailure", "rerunFailure", "system-out"]


def test_junit_tells_what_was_not_begun_as_skipped(runner: Runner) -> None:
    runner.run(
        *runner.stories("failing", "passing"),
        "-j",
        "1",
        "--max-failures",
        "1",
        "--report",
        "junit=r.xml",
    )

    root = ET.parse("r.xml").getroot()
    assert root.get("skipped") == "1"
    (skipped,) = root.iter("skipped")
    assert skipped.get("message") == "It was not begun."


def test_ndjson_has_every_step_with_its_exchanges(runner: Runner) -> None:
    runner.run(*runner.stories("paying", "refused"), "--report", "ndjson=r.ndjson")

    events = [json.loads(line) for line in Path("r.ndjson").read_text().splitlines()]
    assert events[0]["event"] == "run"
    assert events[-1] == events[-1] | {"event": "end", "passed": 1, "failed": 1, "skipped": 0}
    steps = [one for one in events if one["event"] == "step" and one["case"] == "paying.yaml"]
    assert [one["step"] for one in steps] == [str(number + 1) for number in range(len(steps))]
    paid = next(one for one in steps if one["title"] == "call checkout")
    called = [(one["party"], one["operation"], one["status"]) for one in paid["exchanges"]]
    assert ("visa", "checkout", 200) in called
    assert not any(operation.endswith("/clock") for _, operation, _ in called)
    signed_in = next(one for one in steps if one["verb"] == "signIn")
    operations = {one["operation"] for one in signed_in["exchanges"] if one["party"] == "visa"}
    assert {"identityLookup", "initiateIdentityValidation", "getSrcProfile"} <= operations
    refused = next(one for one in events if one["event"] == "step" and one["failures"])
    assert any("IDENTITY_VALIDATION_REQUIRED" in one["reasons"] for one in refused["exchanges"])


def test_tap_on_stdout_stands_alone_and_its_diagnostics_are_yaml(runner: Runner) -> None:
    done = runner.run(*runner.stories("passing", "failing"), "--report", "tap=-")

    lines = done.stdout.splitlines()
    assert lines[:2] == ["TAP version 14", "1..2"]
    points = [one for one in lines if re.match(r"(not )?ok \d", one)]
    assert points == ["ok 1 - Nobody is known", "not ok 2 - Somebody is known"]
    blocks = re.findall(r"^  ---\n(.*?)^  \.\.\.$", done.stdout, re.DOTALL | re.MULTILINE)
    told = YAML(typ="safe").load(blocks[1])
    assert told["at"] == {"file": "failing.yaml", "line": 9, "column": 32}
    assert told["severity"] == "fail"
    assert "1 passed, 1 failed" in done.stderr


def test_github_gets_annotations_and_a_summary_by_itself(runner: Runner) -> None:
    done = runner.run(
        *runner.stories("passing", "failing"),
        env={"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(runner.home / "summary.md")},
    )

    (annotation,) = [one for one in done.stdout.splitlines() if one.startswith("::")]
    assert annotation.startswith(
        "::error file=failing.yaml,line=9,col=32,title=Somebody is known::call identityLookup: "
    )
    assert "%0AAgain: src-system run failing.yaml" in annotation
    summary = Path("summary.md").read_text()
    assert "### Scenarios: failed" in summary
    assert "| 1 | 1 | 0 | 0 | 0 |" in summary
    assert "failing.yaml:9:32: " in summary


def test_annotations_off_github_are_there_on_demand_alone(runner: Runner) -> None:
    paths = runner.stories("failing")

    assert "::error" not in runner.run(*paths).stdout
    assert "::error" in runner.run(*paths, "--report", "github=-").stdout


@pytest.fixture
def odd_run(tmp_path: Path) -> RunResult:
    """A run whose every text is hard to write: a failure, an error, something flaky."""
    file = tmp_path / "odd, name%.yaml"
    file.write_text(PASSING.replace("Nobody is known", json.dumps(ODD[:18])))
    (case,) = read_cases(find_files([file]))
    run = new_run("7", {"name": ODD})
    for outcomes in ((FAILED,), (ERROR,), (FAILED, PASSED)):
        result = CaseResult(case)
        for number, outcome in enumerate(outcomes, start=1):
            attempt = Attempt(number, outcome=outcome, problem=ODD if outcome == ERROR else "")
            step = StepResult(ODD, "call", case.source.mark(("steps",)), outcome, explanation=ODD)
            if outcome == FAILED:
                step.failures.append(StepFailure(step.where, f"{ODD}\nsecond line"))
            attempt.steps.append(step)
            result.attempts.append(attempt)
        run.cases.append(result)
    return run


def test_junit_can_be_parsed_whatever_stands_in_it(odd_run: RunResult) -> None:
    root = ET.fromstring(junit(odd_run).encode())

    (flaky,) = root.iter("flakyFailure")
    assert "% of ] a, <b>: #1" in (flaky.findtext("stackTrace") or "")
    assert [root.get(name) for name in ("tests", "failures", "errors")] == ["3", "1", "1"]


def test_junit_has_attempts_in_the_order_of_surefires_schema(odd_run: RunResult) -> None:
    (attempt,) = odd_run.cases[1].attempts
    failed = odd_run.cases[0].attempts[0]
    odd_run.cases = [CaseResult(odd_run.cases[0].case, [attempt, failed, attempt, failed])]

    (case,) = ET.fromstring(junit(odd_run).encode()).iter("testcase")

    assert [one.tag for one in case] == [
        "properties",
        "rerunFailure",
        "rerunFailure",
        "error",
        "rerunError",
        "system-out",
    ]


def test_annotations_are_one_line_each_whatever_stands_in_them(odd_run: RunResult) -> None:
    lines = github(odd_run).splitlines()

    assert len(lines) == 3
    for line in lines:
        properties = re.fullmatch(r"::(?:error|warning) ([^:]*)::(.*)", line)
        assert properties is not None
        names = [one.partition("=")[0] for one in properties[1].split(",")]
        assert names == ["file", "line", "col", "title"]
        assert "odd%2C name%25.yaml" in properties[1]
        assert "%25 of ]" in properties[2]


def test_a_test_point_is_one_line_whatever_stands_in_it(odd_run: RunResult) -> None:
    lines = tap(odd_run).splitlines()

    points = [one for one in lines if re.match(r"(not )?ok \d", one)]
    assert len(points) == 3
    assert points[0] == "not ok 1 - % of ] a, <b>: \\#1"


def test_the_summary_cannot_be_steered_by_titles(odd_run: RunResult) -> None:
    assert "<b>" not in step_summary(odd_run).replace("```", "").split("<details>")[0]


def test_private_keys_and_secrets_never_reach_a_report(runner: Runner) -> None:
    story = """
scenario: Clients with secrets
verdict: any
sandbox: { auth: native }
steps:
  - call: identityLookup
    on: all
    with: { consumerIdentity: nobody@shop.test }
  - control: GET clients
"""
    kinds = ("junit", "html", "ndjson", "tap", "github")
    runner.run(
        runner.write("native.yaml", story),
        *(word for kind in kinds for word in ("--report", f"{kind}=r.{kind}")),
    )

    for kind in kinds:
        text = Path(f"r.{kind}").read_text()
        assert "PRIVATE KEY" not in text
        assert not re.search(r'(&#34;|")(d|p|q|dp|dq|qi|sharedSecret)(&#34;|"): ?(&#34;|")\w', text)
    html = Path("r.html").read_text()
    assert html.count(CUT) > 5
    assert "oauth_signature" not in html


def test_a_body_is_shown_with_its_secrets_cut() -> None:
    key = {"kty": "RSA", "n": "public", "d": "secret-d", "p": "secret-p"}

    assert "secret" not in shown(json.dumps({"keys": [key]}).encode()).replace(CUT, "")
    assert "public" in shown(json.dumps({"keys": [key]}).encode())
    assert "s3" not in shown(b"grant_type=client_credentials&client_secret=s3&x=1")
    assert shown(b'{"d": "a day", "p": 1}').count(CUT) == 0


def test_a_token_inside_a_token_is_opened_where_its_key_is_there() -> None:
    header, claims = (
        "eyJhbGciOiJSUzI1NiJ9",
        "eyJpbm5lciI6ImV5SmhiR2NpT2lKU1V6STFOaUo5LmUzMC5zaWcifQ",
    )

    found = list(artefacts({"a": [f"{header}.{claims}.c2ln"], "b": "ey.not.one"}, []))

    assert [one.path for one in found] == ["$.a[0]", "$.a[0] → $.inner"]
    assert [one.header for one in found] == [{"alg": "RS256"}, {"alg": "RS256"}]
    assert found[1].content == {}


def test_an_exchange_never_shows_its_bodies_when_it_is_printed() -> None:
    exchange = Exchange("visa", "checkout", "POST", "u", {}, b"4111", 200, {}, b"4111", 0.0, 0.0)

    assert "4111" not in repr(exchange)
