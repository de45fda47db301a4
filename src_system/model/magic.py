"""Magic values: what a value in a call brings about, in words a table can be written in.

What is brought about is the effect of a fault rule, a refusal mostly; or a step-up, which no fault
rule has: events that a card waits for, an outcome of 3-D Secure, a code taken for right or wrong.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from src_system.model.authentication import TransStatus
from src_system.model.fault import Fault, FaultSource
from src_system.model.fault_reading import EFFECTS, make_fault


class Trigger(StrEnum):
    """Where in a call the value stands."""

    EMAIL = "email"  # a tag behind a plus sign: anything+tag@shop.test
    PHONE = "phone"
    AMOUNT = "amount"
    ONE_TIME_CODE = "oneTimeCode"
    SECURITY_CODE = "securityCode"
    PAN = "pan"  # a card number that is sent
    CARD = "card"  # a card on file that has this number


@dataclass(frozen=True, slots=True)
class MagicValue:
    """One row of the table. *word* is the value, of card numbers their last four digits."""

    trigger: Trigger
    word: str
    operations: frozenset[str]
    effect: Mapping[str, Any]
    what: str
    source: str
    fault: Fault | None = field(init=False)  # where the effect is one of fault rules

    def __post_init__(self) -> None:
        is_fault = not self.effect.keys().isdisjoint(EFFECTS)
        fault = make_fault(FaultSource.MAGIC, self.magic_id, self.effect) if is_fault else None
        object.__setattr__(self, "fault", fault)

    @property
    def magic_id(self) -> str:
        """What it is called in the journal."""
        return f"{self.trigger} {self.word}"

    @property
    def reason(self) -> str | None:
        """The reason of the refusal, None where it brings about something else."""
        if self.is_right is False:
            return "CODE_INVALID"
        error = self.effect.get("error")
        return None if error is None else str(error["reason"])

    @property
    def pending_events(self) -> tuple[str, ...]:
        """What a card just enrolled waits for."""
        return tuple(self.effect.get("pendingEvents", ()))

    @property
    def trans_status(self) -> TransStatus | None:
        """How 3-D Secure ends."""
        status = self.effect.get("threeDs")
        return None if status is None else TransStatus(status)

    @property
    def is_right(self) -> bool | None:
        """Whether a one-time code is right; None where that is for the operation to say."""
        taken = self.effect.get("code")
        return None if taken is None else taken == "right"

    def told(self) -> dict[str, Any]:
        """What the journal keeps of it."""
        return {"source": "magic", "id": self.magic_id, "effect": dict(self.effect)}


class MagicMet(Exception):
    """A magic value that only the operation could see refuses the call."""

    def __init__(self, value: MagicValue) -> None:
        super().__init__(value.magic_id)
        self.value = value
