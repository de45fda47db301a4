"""Recording a session, exporting it, and playing what was exported on the same server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from src_system.client import ControlPort, HttpTransport, Sandbox
from src_system.derive import random_name
from src_system.scenario.export.exporting import Exported, export_story
from src_system.scenario.playing import World, play_case
from src_system.scenario.receiving import NotificationServer
from src_system.scenario.results import Attempt, CaseResult
from src_system.scenario.selection import read_cases
from src_system.scenario.story import Case
from tests.scenario.recordings import CLOCK, Session

# A step that fails behind all others: the sandbox of a failure is kept, and can be exported.
FAILING = "  - control: GET clock\n    expect: {status: '404'}\n"
_SECONDS = 5


@asynccontextmanager
async def recorded(
    port: ControlPort, session: Session, *, clock: str = CLOCK, issuer: bool = False
) -> AsyncIterator[Sandbox]:
    """A sandbox in which the session has taken place, its journal complete."""
    async with port.new_sandbox(seed="42", clock=clock, issuer=issuer) as sandbox:
        await session(sandbox)
        await until_written(port, sandbox.name)
        yield sandbox


async def until_written(port: ControlPort, name: str) -> None:
    """Wait until the journal grows no more: entries come shortly behind their answers."""
    before = -1
    for _ in range(_SECONDS * 10):
        page = (await port.send("GET", f"/v1/sandboxes/{name}/journal?limit=1000")).expect(200)
        if len(page["entries"]) == before:
            return
        before = len(page["entries"])
        await asyncio.sleep(0.2)
    raise AssertionError("The journal does not come to rest.")


async def exported(port: ControlPort, sandbox: str, title: str = "Recorded") -> Exported:
    """The sandbox's story."""
    found = await export_story(port, sandbox, title=title)
    assert found is not None
    return found


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


def written(file: Path, text: str) -> Case:
    """The story in a file."""
    file.write_text(text, encoding="utf-8")
    [case] = read_cases([file])
    return case


async def play(port: ControlPort, file: Path, text: str, *, keeps_failed: bool = False) -> Played:
    """Check the story and play it in a new sandbox."""
    case = written(file, text)
    transport, notifications = HttpTransport(), NotificationServer()
    world = World(
        control_url=port.url,
        transport=transport,
        notifications=notifications,
        seed="1",
        run_name=f"r-{random_name()}",
        keeps_failed=keeps_failed,
    )
    try:
        result = CaseResult(case)
        await play_case(world, result, 1)
        return Played(result.attempts[-1])
    finally:
        await transport.close()
        await notifications.close()
