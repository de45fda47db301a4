"""What a check is: a rule over the things of one kind that a journal shows, and what breaks it."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, TypeVar

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


class Origin(NamedTuple):
    """Where a call went and who made it: what waivers tell evidence apart by."""

    network: str
    operation: str
    client: str | None


@dataclass(frozen=True, slots=True)
class Part:
    """The flaws of a finding whose calls have the same origins: waived together or not at all.

    `steps` are the first and the newest of all `places`.
    """

    origins: frozenset[Origin]
    steps: tuple[Step, ...]
    places: frozenset[int]


@dataclass(frozen=True, slots=True)
class Finding:
    """The flaws of one check that say the same, at so many places: `steps` are some of them."""

    check: "Check"
    message: str
    steps: tuple[Step, ...]
    places: int
    parts: tuple[Part, ...]

    @property
    def more(self) -> int:
        """How much evidence was left out."""
        return self.places - len(self.steps)


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
        evidence: dict[str, dict[frozenset[Origin], dict[int, Step]]] = {}
        for flaw in flaws:
            origins = frozenset(_origin(step) for step in flaw.steps)
            places = evidence.setdefault(flaw.message, {}).setdefault(origins, {})
            places.update((step.place, step) for step in flaw.steps)
        findings = [
            finding_of(self, message, [_part(*one) for one in parts.items()])
            for message, parts in evidence.items()
        ]
        kept = tuple(findings[:FINDINGS_MAX])
        return Outcome(self, looked_at, kept, more=len(findings) - len(kept))


def finding_of(check: Check, message: str, parts: Sequence[Part]) -> Finding:
    """The finding that these parts are."""
    steps = {step.place: step for part in parts for step in part.steps}
    places = frozenset[int]().union(*(part.places for part in parts))
    return Finding(check, message, _kept(steps), len(places), tuple(parts))


def _part(origins: frozenset[Origin], steps: Mapping[int, Step]) -> Part:
    return Part(origins, _kept(steps), frozenset(steps))


def _origin(step: Step) -> Origin:
    return Origin(step.network, step.operation, step.client)


def _kept(steps: Mapping[int, Step]) -> tuple[Step, ...]:
    """The first places, and the newest: what is asked for since a place must not be cut off."""
    places = sorted(steps)
    if len(places) > EVIDENCE_MAX:
        places = [*places[: EVIDENCE_MAX - 1], places[-1]]
    return tuple(steps[place] for place in places)


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
