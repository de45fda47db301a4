"""How far a long command is: a bar on a terminal, a plain line every few seconds elsewhere."""

import sys
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from src_system.clock import monotonic

_LINE_SECONDS = 5.0


class Progress:
    """Counts *name* up to *total* on stderr; NO_COLOR and pipes are honoured."""

    def __init__(self, name: str, total: int) -> None:
        self._name, self._total, self._done = name, total, 0
        self._started = self._told = monotonic()
        console = Console(stderr=True)
        self._bar = (
            Bar(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("{task.fields[rate]}"),
                TimeRemainingColumn(),
                console=console,
            )
            if console.is_terminal
            else None
        )
        self._task = None if self._bar is None else self._bar.add_task(name, total=total, rate="")

    def advance(self, count: int) -> None:
        """*count* more are done."""
        self._done += count
        now = monotonic()
        rate = self._done / max(now - self._started, 1e-9)
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, advance=count, rate=f"{rate:,.0f}/s")
        elif now - self._told >= _LINE_SECONDS:
            self._told = now
            left = (self._total - self._done) / rate
            print(
                f"{self._name}: {self._done:,} of {self._total:,},"
                f" {rate:,.0f}/s, {left:.0f} s left",
                file=sys.stderr,
                flush=True,
            )

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()
