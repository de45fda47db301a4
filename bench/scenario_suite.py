"""The shipped scenarios: how long they all take, with a server of their own, `-j auto`.

Counted is the command as a person types it: files read, server started, stories played, all ended.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.machine import BenchFailed
from bench.results import Figure, finish

SECONDS_MAX = 60.0
_ROOT = Path(__file__).parent.parent


def run(*, rounds: int, results: Path) -> None:
    """Measure and print."""
    taken: list[float] = []
    counts: list[int] = []
    print(f"{'round':>5}{'seconds':>10}{'played in s':>14}{'scenarios':>12}{'steps':>8}")
    for number in range(1, rounds + 1):
        began = time.monotonic()
        events = _play()
        taken.append(time.monotonic() - began)
        ending = events[-1]
        steps = sum(1 for one in events if one["event"] == "step")
        counts.append(ending["passed"])
        print(
            f"{number:>5}{taken[-1]:>10.1f}{ending['seconds']:>14.1f}{counts[-1]:>12}{steps:>8}",
            flush=True,
        )
    finish(
        Figure(
            name="scenarios",
            title="seconds for all shipped scenarios",
            bound=SECONDS_MAX,
            at_least=False,
            ratios=taken,
            details={"scenarios": counts},
        ),
        results,
    )


def _play() -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="src-system-bench-") as name:
        report = Path(name, "events.ndjson")
        done = subprocess.run(
            [sys.executable, "-m", "src_system", "run", "scenarios", f"--report=ndjson={report}"],
            cwd=_ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise BenchFailed(f"a scenario failed:\n{done.stdout[-2000:]}{done.stderr[-500:]}")
        return [json.loads(line) for line in report.read_text(encoding="utf-8").splitlines()]
