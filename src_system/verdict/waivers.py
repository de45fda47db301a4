"""Waivers: findings that somebody has accepted for a reason, until a day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from src_system.verdict.check import Finding, Origin, Part, finding_of

_NOTHING: frozenset[Origin] = frozenset()


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

    def covers(self, finding: Finding, part: Part) -> frozenset[Origin]:
        """Where the part of a finding was seen, as far as it is meant, past or not."""
        is_meant = (
            finding.check.id == self.check_id
            and (self.message is None or self.message.lower() in finding.message.lower())
            and (
                self.operation is None
                or any(origin.operation == self.operation for origin in part.origins)
            )
        )
        if not is_meant:
            return _NOTHING
        return frozenset(
            origin
            for origin in part.origins
            if (self.network is None or origin.network == self.network)
            and (self.src_client_id is None or origin.client in (self.src_client_id, None))
        )


class WaiverState(StrEnum):
    """What became of a waiver."""

    APPLIED = "APPLIED"
    EXPIRED = "EXPIRED"  # its day is past: what it covers counts again
    UNUSED = "UNUSED"  # nothing to waive


@dataclass(frozen=True, slots=True)
class WaiverUse:
    """A waiver, what became of it, and how many findings it covers, some evidence at least."""

    waiver: Waiver
    state: WaiverState
    findings: int


@dataclass(frozen=True, slots=True)
class JudgedFinding:
    """A finding, and the waivers that it falls under, if any.

    One of which a part is left counts with that part; `waived_evidence` are the places less.
    """

    finding: Finding
    waivers: tuple[Waiver, ...] = ()
    waived_evidence: int = 0

    @property
    def reason(self) -> str:
        """Why it was accepted: each waiver's reason once."""
        return "; ".join(dict.fromkeys(one.reason for one in self.waivers))

    @property
    def until(self) -> date:
        """The last day on which all of it is waived."""
        return min(one.until for one in self.waivers)


def apply_waivers(
    findings: Sequence[Finding], waivers: Sequence[Waiver]
) -> tuple[tuple[JudgedFinding, ...], tuple[WaiverUse, ...]]:
    """What is left of each finding or waives it, and for each waiver its use."""
    holding = [one for one in waivers if not one.is_over]
    judged = tuple(_judged(finding, holding) for finding in findings)
    return judged, tuple(
        _use(waiver, findings, waivers if waiver.is_over else holding) for waiver in waivers
    )


def _judged(finding: Finding, waivers: Sequence[Waiver]) -> JudgedFinding:
    left: list[Part] = []
    used: dict[Waiver, None] = {}
    for part in finding.parts:
        needed = _waived_by(finding, part, waivers)
        if needed is None:
            left.append(part)
        else:
            used.update(dict.fromkeys(needed))
    if not left:
        return JudgedFinding(finding, tuple(used))
    if not used:
        return JudgedFinding(finding)
    rest = finding_of(finding.check, finding.message, left)
    return JudgedFinding(rest, waived_evidence=finding.places - rest.places)


def _waived_by(
    finding: Finding, part: Part, waivers: Sequence[Waiver]
) -> tuple[Waiver, ...] | None:
    """The first waivers that together cover all of the part; None when they do not."""
    needed: list[Waiver] = []
    covered = _NOTHING
    for waiver in waivers:
        more = waiver.covers(finding, part) - covered
        if more:
            needed.append(waiver)
            covered |= more
    return tuple(needed) if covered == part.origins else None


def _use(waiver: Waiver, findings: Sequence[Finding], together: Sequence[Waiver]) -> WaiverUse:
    """Covered is what it has a share in, with the waivers that count beside it."""
    found = sum(
        any(
            waiver.covers(finding, part) and _waived_by(finding, part, together) is not None
            for part in finding.parts
        )
        for finding in findings
    )
    if waiver.is_over:
        return WaiverUse(waiver, WaiverState.EXPIRED, found)
    return WaiverUse(waiver, WaiverState.APPLIED if found else WaiverState.UNUSED, found)
