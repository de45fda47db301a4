"""Calls as a story has them, played against a server: what is expected of whom."""

import subprocess
import sys
from pathlib import Path

from tests.conftest import RunningServer

BY_VARIABLE = """scenario: One of two networks knows her
data:
  - {home: visa, other: amex}
  - {home: amex, other: visa}
on: ["${home}", "${other}"]
given:
  consumers:
    - {emailAddress: ana@shop.test, networks: ["${home}"]}
steps:
  - call: identityLookup
    with: {consumerIdentity: ana@shop.test}
    expect: {body: {consumerPresent: WANTED}}
    expectOn:
      ${home}: {body: {consumerPresent: true}}
"""


def play(
    text: str, folder: Path, repository: Path, server: RunningServer
) -> subprocess.CompletedProcess[str]:
    """Play a story against *server*."""
    (folder / "story.yaml").write_text(text, encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-m", "src_system", "run", "story.yaml", f"--control={server.control}"],
        cwd=folder,
        env={"PYTHONPATH": str(repository), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_network_that_a_variable_names_may_answer_differently(
    tmp_path: Path, repository: Path, server: RunningServer
) -> None:
    done = play(BY_VARIABLE.replace("WANTED", "false"), tmp_path, repository, server)

    assert done.returncode == 0, done.stdout + done.stderr


def test_only_the_network_that_is_named_is_excused(
    tmp_path: Path, repository: Path, server: RunningServer
) -> None:
    done = play(BY_VARIABLE.replace("WANTED", "true"), tmp_path, repository, server)

    assert done.returncode == 1, done.stdout + done.stderr
    assert "amex: body consumerPresent: false instead of true" in done.stdout
    assert "visa: body consumerPresent: false instead of true" in done.stdout


NATIVE = """scenario: The client signs as each network wants it
on: all
sandbox: {auth: SCHEME}
steps:
  - call: identityLookup
    with: {consumerIdentity: ana@shop.test}
  - control: GET clients
    expect: {body: {"clients[*].authentication.scheme": [native]}}
"""


def test_a_story_has_its_client_authenticate(
    tmp_path: Path, repository: Path, server: RunningServer
) -> None:
    done = play(NATIVE.replace("SCHEME", "native"), tmp_path, repository, server)
    other = play(NATIVE.replace("SCHEME", "open"), tmp_path, repository, server)

    assert done.returncode == 0, done.stdout + done.stderr
    assert other.returncode == 1
    assert '["open"] instead of ["native"]' in other.stdout
