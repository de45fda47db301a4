"""Waivers: findings that somebody has accepted for a reason, until a day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from src_system.verdict.check import Finding


@dataclass(frozen=True, slots=True)
class Waiver:
    """A check whose findings do not count, up to and including a day; is_over says it is past.

    With a network, operation or text only findings with such evidence, or such words, are meant.
    """

    check_id: str
    reason: str
    until: date
    is_over: bool
    network: str | None = None
    operation: str | None = None
    src_client_id: str | None = None
    message: str | None = None

    def covers(self, finding: Finding) -> bool:
        """Whether the finding is meant, past or not."""
        return (
            finding.check.id == self.check_id
            and (self.message is None or self.message.lower() in finding.message.lower())
            and all(
                (self.network is None or step.network == self.network)
                and (self.src_client_id is None or step.client in (self.src_client_id, None))
                for step in finding.steps
            )
            and (
                self.operation is None
                or any(step.operation == self.operation for step in finding.steps)
            )
        )


class WaiverState(StrEnum):
    """What became of a waiver."""

    APPLIED = "APPLIED"
    EXPIRED = "EXPIRED"  # its day is past: what it covers counts again
    UNUSED = "UNUSED"  # nothing to waive


@dataclass(frozen=True, slots=True)
class WaiverUse:
    """A waiver, what became of it, and how many findings it covers."""

    waiver: Waiver
    state: WaiverState
    findings: int


def apply_waivers(
    findings: Sequence[Finding], waivers: Sequence[Waiver]
) -> tuple[list[Waiver | None], tuple[WaiverUse, ...]]:
    """For each finding the first waiver that holds for it, and for each waiver its use."""
    applied = [
        next((one for one in waivers if not one.is_over and one.covers(finding)), None)
        for finding in findings
    ]
    return applied, tuple(_use(waiver, findings) for waiver in waivers)


def _use(waiver: Waiver, findings: Sequence[Finding]) -> WaiverUse:
    covered = sum(waiver.covers(finding) for finding in findings)
    if waiver.is_over:
        return WaiverUse(waiver, WaiverState.EXPIRED, covered)
    return WaiverUse(waiver, WaiverState.APPLIED if covered else WaiverState.UNUSED, covered)
