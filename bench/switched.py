"""The program with a journal that signals switch: SIGUSR1 on, SIGUSR2 off, as if none were kept.

`python -m bench.switched serve …` is what `bench/journal.py` measures.
"""

import signal
from typing import Any

from src_system.cli.main import main
from src_system.journal.writer import JournalWriter

ON, OFF = signal.SIGUSR1, signal.SIGUSR2


class _Switch:
    """Where `JournalWriter.note` was; what is left of it when off is what a limit of 0 leaves."""

    is_on = True

    def turn(self, number: int, _frame: object) -> None:
        """A signal came."""
        self.is_on = number == ON


def _switched() -> None:
    switch, note = _Switch(), JournalWriter.note

    def note_if_on(writer: JournalWriter, *arguments: Any, **named: Any) -> None:
        if switch.is_on:
            note(writer, *arguments, **named)

    JournalWriter.note = note_if_on  # type: ignore[method-assign,assignment]
    signal.signal(ON, switch.turn)
    signal.signal(OFF, switch.turn)


if __name__ == "__main__":
    _switched()
    main()
