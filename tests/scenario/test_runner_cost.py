"""What the runner itself costs, beside the calls it waits for."""

import json
from pathlib import Path
from statistics import median

from tests.scenario.conftest import Runner

MILLISECONDS_A_STEP_MAX = 2.0
_CASES = 12


def test_a_step_costs_the_runner_less_than_two_milliseconds(runner: Runner) -> None:
    runner.stories("paying")
    text = (runner.home / "paying.yaml").read_text()
    for number in range(_CASES):
        runner.write(f"paying-{number}.yaml", text)

    done = runner.run(".", "-j", "1", "--report", "ndjson=out.ndjson")

    assert done.exit_code == 0
    events = [json.loads(line) for line in Path("out.ndjson").read_text().splitlines()]
    steps = sum(1 for one in events if one["event"] == "step") / (_CASES + 1)
    costs = [one["ownSeconds"] * 1000 / steps for one in events if one["event"] == "attempt"]
    print(f"own cost of a step: least {min(costs):.2f} ms, median {median(costs):.2f} ms")
    # The least: whatever else the machine does comes on top of it.
    assert 0 < min(costs) < MILLISECONDS_A_STEP_MAX
