"""The stories in docs/scenarios.md are played as they are printed, and its messages are real."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import RunningServer

STORY = re.compile(r"^```yaml([^\n]*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
PART = re.compile(r"part=(\S+)")
WRONG = """scenario: A story with three mistakes
steps:
  - call: identityLookp
    on: visa
    with: {consumerIdentity: "${emial}"}
    expect:
      boddy: {consumerPresent: true}
variables: {email: ana@shop.test}
"""
SECONDS = 120


@pytest.fixture
def page(repository: Path) -> str:
    return (repository / "docs" / "scenarios.md").read_text(encoding="utf-8")


def run(repository: Path, home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "src_system", *words],
        cwd=home,
        env={"PYTHONPATH": str(repository), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def test_every_story_of_the_page_passes(
    page: str, repository: Path, server: RunningServer, tmp_path: Path
) -> None:
    blocks = STORY.findall(page)
    for number, (info, text) in enumerate(blocks):
        part = PART.search(info)
        file = tmp_path / (part[1] if part else f"story-{number}.yaml")
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")

    done = run(repository, tmp_path, "run", ".", f"--control={server.control}")

    assert len(blocks) >= 8
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_mistakes_are_told_as_the_page_prints_them(
    page: str, repository: Path, tmp_path: Path
) -> None:
    printed = page.partition("$ src-system check wrong.yaml\n")[2].partition("```")[0]
    (tmp_path / "wrong.yaml").write_text(WRONG, encoding="utf-8")

    done = run(repository, tmp_path, "check", "wrong.yaml")

    assert done.returncode == 3
    assert sorted(done.stderr.splitlines()) == sorted(printed.splitlines())
