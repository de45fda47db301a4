"""`src-system run` in this process, on the session's server, in a folder of its own."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from src_system.cli.main import main
from src_system.client import ControlPort
from tests.conftest import RunningServer

PASSING = """
scenario: Nobody is known
tags: [lookup, quick]
on: visa
verdict: any
steps:
  - call: identityLookup
    with: { consumerIdentity: nobody@shop.test }
    expect:
      body: { consumerPresent: false }
"""
FAILING = """
scenario: Somebody is known
tags: [lookup, wrong]
on: visa
verdict: any
steps:
  - call: identityLookup
    with: { consumerIdentity: nobody@shop.test }
    expect:
      body: { consumerPresent: true }
  - call: isRecognized
"""
REFUSED = """
scenario: A card of nobody pays
tags: [checkout]
on: visa
verdict: any
steps:
  - call: checkout
    with: { srcDigitalCardId: 0d1917b6-b10e-4a9e-b7d9-1a52a0026bb1 }
    amount: 1.00
"""
# The second attempt's sandbox bears a 2 before the story's name.
FLAKY = """
scenario: It works the second time
tags: [lookup]
verdict: any
steps:
  - control: GET /v1/sandboxes/${sandbox.name}
    expect:
      body: { name: { matches: '-2-flaky$' } }
"""
PAYING = """
scenario: Ana pays with the card on file
tags: [checkout]
on: visa
given:
  consumers:
    - emailAddress: ana@shop.test
      cards:
        - network: visa
          primaryAccountNumber: 4111111111111111
          panExpirationMonth: 12
          panExpirationYear: 2030
steps:
  - signIn: ana@shop.test
  - call: checkout
    with: { srcDigitalCardId: "${given.cards.visa}" }
    amount: 49.90
    currency: USD
  - call: confirmation
"""
STORIES = {
    "passing.yaml": PASSING,
    "failing.yaml": FAILING,
    "refused.yaml": REFUSED,
    "flaky.yaml": FLAKY,
    "paying.yaml": PAYING,
}


@dataclass(frozen=True)
class Runner:
    """Runs the command in *home*, which is the working directory."""

    home: Path
    control: str

    def write(self, name: str, text: str) -> str:
        """A file of that name; the name."""
        (self.home / name).write_text(text.lstrip("\n"))
        return name

    def stories(self, *names: str) -> list[str]:
        """Those of the stories above, written."""
        return [self.write(f"{name}.yaml", STORIES[f"{name}.yaml"]) for name in names]

    def run(self, *arguments: str, env: dict[str, str] | None = None) -> Result:
        """`src-system run` with these arguments, on the session's server."""
        return self.alone(*arguments, "--control", self.control, env=env)

    def alone(self, *arguments: str, env: dict[str, str] | None = None) -> Result:
        """The same with no server named."""
        variables = {"GITHUB_ACTIONS": None, "GITHUB_STEP_SUMMARY": None, "FORCE_COLOR": None}
        found = CliRunner().invoke(
            main, ["run", *arguments], env={**variables, **(env or {})}, catch_exceptions=False
        )
        assert "Traceback" not in found.output
        return found


@pytest.fixture
def runner(tmp_path: Path, server: RunningServer, monkeypatch: pytest.MonkeyPatch) -> Runner:
    """The command in a folder of the test's own."""
    monkeypatch.chdir(tmp_path)
    return Runner(tmp_path, server.control)


@pytest.fixture
def control_names(server: RunningServer) -> Callable[[], set[str]]:
    """The names of the server's sandboxes now, for tests that are no coroutines."""

    async def names() -> set[str]:
        async with ControlPort(server.control) as port:
            return {one.name for one in await port.list_sandboxes()}

    return lambda: asyncio.run(names())
