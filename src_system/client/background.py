"""An event loop in a thread of its own, so that one client serves any loop, and none at all."""

import asyncio
import threading
from collections.abc import Awaitable, Coroutine
from types import TracebackType
from typing import Any, Self, TypeVar

from src_system.client.transport import Reply, Request, Transport

Result = TypeVar("Result")


class BackgroundLoop:
    """Runs coroutines for callers that have no event loop, or other ones each time.

    `run` blocks until the result is there: the client for plain synchronous code. Exceptions come
    out as they were raised.
    """

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="src-system client", daemon=True
        )
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """What *work* gives, once it is done."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def reach(self, work: Coroutine[Any, Any, Result]) -> Awaitable[Result]:
        """*work* done over there, to be awaited in the caller's own loop."""
        return asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))

    def close(self) -> None:
        """End what still runs, and the thread."""
        self.run(_cancel_others())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


class BackgroundTransport:
    """A transport whose connections live in a background loop: it may be used from any loop."""

    def __init__(self, inner: Transport, background: BackgroundLoop) -> None:
        self._inner = inner
        self._background = background

    async def send(self, request: Request) -> Reply:
        """What came back; Unreachable, TimedOut."""
        return await self._background.reach(self._inner.send(request))

    async def close(self) -> None:
        """Leave no connection open."""
        await self._background.reach(self._inner.close())


async def _cancel_others() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
