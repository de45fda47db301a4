"""Recording a session on the tests' server, and exporting it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from src_system.client import ControlPort, Sandbox
from src_system.scenario.export.exporting import Exported, export_story
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
