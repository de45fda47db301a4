"""Questions that several requests have at the same moment, put to the database as one statement.

A statement costs more for its round trip than for its work. Whatever is asked within one turn of
the event loop goes together; nothing waits for company, so that a request alone is not delayed.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Generic, TypeVar

from src_system.store.database import Database, DatabaseUnavailable, Tx

TOGETHER_MAX = 64

_Asked = TypeVar("_Asked")
_Answered = TypeVar("_Answered")
_Waiting = tuple[_Asked, asyncio.Future[_Answered]]


class Gathering(Generic[_Asked, _Answered]):
    """Asks *run* for many at once: it gives an answer, or the exception to raise, for each in turn.

    Two that have one of their *rows* in common never go together. When a statement for several
    fails, each is asked by itself, so that none fails for another's sake.
    """

    __slots__ = ("_database", "_is_repeatable", "_rows", "_run", "_turn", "_under_way")

    def __init__(
        self,
        database: Database,
        run: Callable[[Tx, Sequence[_Asked]], Awaitable[Sequence[_Answered | Exception]]],
        *,
        rows: Callable[[_Asked], tuple[Hashable, ...]] = lambda _: (),
        is_repeatable: bool = False,
    ) -> None:
        """*is_repeatable*: asking twice changes nothing, so a dead connection costs no error."""
        self._database = database
        self._run = run
        self._rows = rows
        self._is_repeatable = is_repeatable
        self._turn: list[_Waiting[_Asked, _Answered]] = []
        self._under_way: set[asyncio.Task[None]] = set()

    async def ask(self, asked: _Asked) -> _Answered:
        """The answer. Raises what *run* raised or gave for it, and what the database raises.

        A caller that gives up leaves the statement to run to its end.
        """
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[_Answered] = loop.create_future()
        if not self._turn:
            loop.call_soon(self._begin)
        self._turn.append((asked, answer))
        return await answer

    def _begin(self) -> None:
        """Send what was asked in this turn; what may not go together goes side by side."""
        turn, self._turn = self._turn, []
        while turn:
            together: list[_Waiting[_Asked, _Answered]] = []
            left: list[_Waiting[_Asked, _Answered]] = []
            seen: set[Hashable] = set()
            for waiting in turn:
                rows = self._rows(waiting[0])
                if len(together) == TOGETHER_MAX or not seen.isdisjoint(rows):
                    left.append(waiting)
                    continue
                seen.update(rows)
                together.append(waiting)
            task = asyncio.create_task(self._settle(together), name="gathered statement")
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
            turn = left

    async def _settle(self, together: list[_Waiting[_Asked, _Answered]]) -> None:
        """Answer everybody, one way or the other."""
        try:
            answers = await self._ask_database([asked for asked, _ in together])
        except Exception as error:  # noqa: BLE001 - whoever waits is told, whatever it was
            if len(together) > 1 and not isinstance(error, DatabaseUnavailable):
                for waiting in together:
                    await self._settle([waiting])
                return
            answers = [error] * len(together)
        except BaseException:
            for _, answer in together:
                answer.cancel()
            raise
        for (_, waiter), given in zip(together, answers, strict=True):
            if waiter.done():  # its caller has given up
                continue
            if isinstance(given, Exception):
                waiter.set_exception(given)
            else:
                waiter.set_result(given)

    async def _ask_database(self, asked: list[_Asked]) -> Sequence[_Answered | Exception]:
        try:
            async with self._database.connection() as tx:
                return await self._run(tx, asked)
        except DatabaseUnavailable:
            if not self._is_repeatable:
                raise
        async with self._database.connection() as tx:
            return await self._run(tx, asked)
