"""A run that somebody interrupts: sandboxes go, and reports tell what was played."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.scenario.conftest import Runner

SECONDS = 60
ENDLESS = """
scenario: It waits for a call that never comes
verdict: any
steps:
  - call: identityLookup
    with: { consumerIdentity: nobody@shop.test }
  - journal: { operation: checkout }
    min: 99
    within: 10m
  - call: isRecognized
"""


def started(runner: Runner, repository: Path, *arguments: str) -> subprocess.Popen[str]:
    """`src-system run` in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "src_system", "run", *arguments, "--control", runner.control],
        cwd=runner.home,
        env={**os.environ, "PYTHONPATH": str(repository), "GITHUB_ACTIONS": ""},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A job in the background may have been told to heed no Ctrl-C; this one is to.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - alone
    )


def wait_until(holds: Callable[[], bool]) -> None:
    """Until it holds."""
    deadline = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_it_removes_its_sandboxes_and_writes_its_reports(
    runner: Runner,
    repository: Path,
    control_names: Callable[[], set[str]],
    how: signal.Signals,
) -> None:
    before = control_names()
    paths = [*runner.stories("passing"), runner.write("endless.yaml", ENDLESS)]
    paths += [runner.write("later.yaml", (runner.home / "passing.yaml").read_text())]
    kinds = ("junit", "html", "ndjson", "tap")
    process = started(
        runner,
        repository,
        *paths,
        "-j",
        "1",
        *(word for kind in kinds for word in ("--report", f"{kind}=r.{kind}")),
    )
    wait_until(lambda: any(one.endswith("-endless") for one in control_names()))
    time.sleep(0.5)
    process.send_signal(how)
    stdout, stderr = process.communicate(timeout=SECONDS)

    assert process.returncode == 130
    assert stderr == ""
    assert "pass  passing.yaml" in stdout
    assert "interrupted: 1 passed, 2 not finished" in stdout
    assert control_names() == before
    cases = {one.get("classname"): one for one in ET.parse("r.junit").getroot().iter("testcase")}
    assert cases["passing.yaml"].find("skipped") is None
    messages = [cases[name].find("skipped") for name in ("endless.yaml", "later.yaml")]
    assert [None if one is None else one.get("message") for one in messages] == [
        "It was interrupted.",
        "It was not begun.",
    ]
    events = [json.loads(line) for line in Path("r.ndjson").read_text().splitlines()]
    assert events[-1]["interrupted"] is True
    endless = [one for one in events if one["event"] == "step" and one["case"] == "endless.yaml"]
    assert [one["outcome"] for one in endless] == ["passed", "passed", "skipped"]
    assert endless[1]["exchanges"][0]["status"] == 200
    assert Path("r.tap").read_text().endswith("Bail out! The run was interrupted.\n")
    assert "It was interrupted." in Path("r.html").read_text()
