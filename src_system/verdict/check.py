"""What a check is: a rule over the things of one kind that a journal shows, and what breaks it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from src_system.verdict.history import History
from src_system.verdict.step import Step

Subject = TypeVar("Subject")

FINDINGS_MAX = 50  # of one check; more are counted
EVIDENCE_MAX = 20  # places of one finding; more are counted


class Severity(StrEnum):
    """How bad it is: FAIL breaks or costs money at a real network, WARN will, INFO is to know."""

    FAIL = "FAIL"
    WARN = "WARN"
    INFO = "INFO"


@dataclass(frozen=True, slots=True)
class Flaw:
    """One breach of a rule: what was seen, and the calls that show it, in the order of time.

    Flaws of one check with the same message are one finding.
    """

    message: str
    steps: tuple[Step, ...]


Flaws = Iterator[Flaw]


@dataclass(frozen=True, slots=True)
class Finding:
    """The flaws of one check that say the same; `more` counts evidence that was left out."""

    check: "Check"
    message: str
    steps: tuple[Step, ...]
    more: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one check looked at and found; `more` counts findings that were left out."""

    check: "Check"
    looked_at: int
    findings: tuple[Finding, ...]
    more: int = 0


@dataclass(frozen=True, slots=True)
class Check:
    """A rule with everything a reader of a finding wants to know about it.

    `judge` gives the number of things looked at, and their flaws.
    """

    id: str
    title: str
    severity: Severity
    rule: str
    mend: str
    judge: Callable[[History], tuple[int, Iterable[Flaw]]]

    def run(self, history: History) -> Outcome:
        """The check over a whole journal."""
        looked_at, flaws = self.judge(history)
        evidence: dict[str, dict[int, Step]] = {}
        for flaw in flaws:
            places = evidence.setdefault(flaw.message, {})
            places.update((step.place, step) for step in flaw.steps)
        findings = [
            _finding(self, message, sorted(places.values(), key=lambda step: step.place))
            for message, places in evidence.items()
        ]
        kept = tuple(findings[:FINDINGS_MAX])
        return Outcome(self, looked_at, kept, more=len(findings) - len(kept))


def _finding(check: Check, message: str, steps: Sequence[Step]) -> Finding:
    """The first places, and the newest: what is asked for since a place must not be cut off."""
    kept = steps if len(steps) <= EVIDENCE_MAX else [*steps[: EVIDENCE_MAX - 1], steps[-1]]
    return Finding(check, message, tuple(kept), more=len(steps) - len(kept))


def check(
    check_id: str,
    title: str,
    severity: Severity,
    *,
    mend: str,
    of: Callable[[History], Iterable[Subject]],
) -> Callable[[Callable[[Subject, History], Flaws]], Check]:
    """Make the decorated function a check of everything that *of* finds in a history.

    Its docstring is the rule that the check rests on.
    """

    def make(breaches: Callable[[Subject, History], Flaws]) -> Check:
        def judge(history: History) -> tuple[int, Iterable[Flaw]]:
            subjects = list(of(history))
            return len(subjects), (
                flaw for subject in subjects for flaw in breaches(subject, history)
            )

        rule = " ".join((breaches.__doc__ or "").split())
        return Check(check_id, title, severity, rule, mend, judge)

    return make
