"""Playing a story that a test has written, on the tests' server."""

from dataclasses import dataclass
from pathlib import Path

from src_system.client import ControlPort, HttpTransport
from src_system.derive import random_name
from src_system.scenario.playing import World, new_jwks, play_case
from src_system.scenario.receiving import NotificationServer
from src_system.scenario.results import Attempt, CaseResult
from src_system.scenario.selection import read_cases
from src_system.scenario.story import Case


@dataclass(frozen=True)
class Played:
    """What playing a story came to."""

    attempt: Attempt

    @property
    def failures(self) -> list[str]:
        """Every failure in a line, with the line of the file."""
        found = [
            f"{failure.where.line}: {failure.message}" for _, failure in self.attempt.failures()
        ]
        return found + ([self.attempt.problem] if self.attempt.problem else [])


JWKS = new_jwks()


def written(file: Path, text: str) -> Case:
    """The story in a file."""
    file.write_text(text, encoding="utf-8")
    [case] = read_cases([file])
    return case


async def play(port: ControlPort, file: Path, text: str, *, keeps_failed: bool = False) -> Played:
    """Check the story and play it in a new sandbox."""
    result = CaseResult(written(file, text))
    transport, notifications = HttpTransport(), NotificationServer()
    world = World(
        control_url=port.url,
        transport=transport,
        notifications=notifications,
        seed="1",
        run_name=f"r-{random_name()}",
        jwks=JWKS,
        keeps_failed=keeps_failed,
    )
    try:
        await play_case(world, result, 1)
    finally:
        await transport.close()
        await notifications.close()
    return Played(result.attempts[-1])
