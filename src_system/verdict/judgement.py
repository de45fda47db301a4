"""From a history to a verdict: every check run, findings chosen, waivers applied."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from src_system.verdict.catalogue import CHECKS
from src_system.verdict.check import Check, Finding, Outcome, Severity
from src_system.verdict.history import History
from src_system.verdict.waivers import JudgedFinding, Waiver, WaiverUse, apply_waivers


class VerdictWord(StrEnum):
    """What it comes to: FAILED with a FAIL that nobody waived, else WARNING with a WARN."""

    PASSED = "PASSED"
    WARNING = "WARNING"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class Scope:
    """Which findings are told: evidence of one client, or newer than a place in the journal.

    The checks see the whole journal all the same: what came before is what later calls rest on.
    """

    src_client_id: str | None = None
    since: int = 0

    def holds(self, finding: Finding) -> bool:
        """Whether the finding is about what was asked for."""
        steps = [step for step in finding.steps if step.place > self.since]
        if self.src_client_id is None:
            return bool(steps)
        return any(step.client == self.src_client_id for step in steps)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the checks found, worst first, and what became of the waivers."""

    word: VerdictWord
    findings: tuple[JudgedFinding, ...]
    outcomes: tuple[Outcome, ...]
    waivers: tuple[WaiverUse, ...]


EVERYTHING = Scope()
_RANK = {Severity.FAIL: 0, Severity.WARN: 1, Severity.INFO: 2}


def run_checks(history: History, checks: Iterable[Check] = CHECKS) -> tuple[Outcome, ...]:
    """What every check looked at and found. This is what takes time: up to a few seconds."""
    return tuple(check.run(history) for check in checks)


def judge(
    outcomes: Sequence[Outcome],
    *,
    scope: Scope = EVERYTHING,
    waivers: Sequence[Waiver] = (),
) -> Verdict:
    """The verdict on what the checks found within *scope*."""
    told = tuple(
        replace(outcome, findings=tuple(one for one in outcome.findings if scope.holds(one)))
        for outcome in outcomes
    )
    found = [finding for outcome in told for finding in outcome.findings]
    found.sort(key=lambda finding: _RANK[finding.check.severity])
    findings, uses = apply_waivers(found, waivers)
    return Verdict(_word(findings), findings, told, uses)


def _word(findings: Iterable[JudgedFinding]) -> VerdictWord:
    open_ones = {one.finding.check.severity for one in findings if not one.waivers}
    if Severity.FAIL in open_ones:
        return VerdictWord.FAILED
    return VerdictWord.WARNING if Severity.WARN in open_ones else VerdictWord.PASSED
