"""What a run came to: cases, their attempts, and their steps."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from src_system.scenario.problems import Mark
from src_system.scenario.recording import Exchange
from src_system.scenario.story import Case

PASSED, FAILED, ERROR, SKIPPED = "passed", "failed", "error", "skipped"


@dataclass(frozen=True, slots=True)
class StepFailure:
    """Why a step failed, in one line, and where in the file that was asked for."""

    where: Mark
    message: str


@dataclass(slots=True)
class StepResult:
    """A step as it was played. `tries` counts how often it asked, `outcome` is its last."""

    title: str
    verb: str
    where: Mark
    outcome: str = SKIPPED
    failures: list[StepFailure] = field(default_factory=list)
    exchanges: list[Exchange] = field(default_factory=list, repr=False)
    nested: list["StepResult"] = field(default_factory=list)
    explanation: str = ""  # what the server says of a refusal that was not expected
    seconds: float = 0.0
    waits: list[tuple[float, float]] = field(default_factory=list)  # for something to come
    tries: int = 1

    def all(self) -> Iterator["StepResult"]:
        """It and those inside it, in order."""
        yield self
        for one in self.nested:
            yield from one.all()


@dataclass(slots=True)
class Finding:
    """What the server's verdict found, as the report shows it."""

    id: str
    severity: str
    title: str
    message: str
    mend: str


@dataclass(slots=True)
class Attempt:
    """A case played once, in a sandbox of its own; skipped until it has come to its end.

    `began` is on the clock of the exchanges, `urls` is where each network was called, and
    `private_keys` are those (JWK) that open what was encrypted to the clients of the sandbox.
    """

    number: int
    sandbox: str = ""
    seed: str = ""
    outcome: str = SKIPPED
    steps: list[StepResult] = field(default_factory=list)
    problem: str = ""  # why it could not be played at all
    verdict: str = ""
    findings: list[Finding] = field(default_factory=list)
    seconds: float = 0.0
    own_seconds: float = 0.0  # of the runner itself, outside of exchanges
    kept: bool = False  # the sandbox was left for whoever looks into it
    began: float = 0.0
    is_condemned: bool = False  # its calls, not its story, are what fails the run
    urls: dict[str, str] = field(default_factory=dict)
    private_keys: list[dict[str, Any]] = field(default_factory=list, repr=False)

    def all_steps(self) -> Iterator[StepResult]:
        """Every step, nested ones too."""
        for step in self.steps:
            yield from step.all()

    def failures(self) -> Iterator[tuple[StepResult, StepFailure]]:
        """Every failure with its step."""
        for step in self.all_steps():
            for failure in step.failures:
                yield step, failure


@dataclass(slots=True)
class CaseResult:
    """All attempts of a case; the last one that came to its end counts."""

    case: Case
    attempts: list[Attempt] = field(default_factory=list)

    @property
    def is_condemned(self) -> bool:
        """Passed, but the verdict on its calls fails the run."""
        return self.outcome == PASSED and self.attempts[-1].is_condemned

    @property
    def outcome(self) -> str:
        """passed, failed, error or skipped."""
        ended = (one.outcome for one in reversed(self.attempts) if one.outcome != SKIPPED)
        return next(ended, SKIPPED)

    @property
    def seconds(self) -> float:
        """How long all attempts took."""
        return sum(one.seconds for one in self.attempts)

    @property
    def is_flaky(self) -> bool:
        """Passed, but not at once."""
        return self.outcome == PASSED and len(self.attempts) > 1


@dataclass(slots=True)
class RunResult:
    """A whole run; `started` is on the clock of the exchanges."""

    began_at: datetime
    seed: str
    server: str = ""
    version: str = ""
    cases: list[CaseResult] = field(default_factory=list)
    seconds: float = 0.0
    variables: dict[str, str] = field(default_factory=dict)
    played_against: dict[str, str] = field(default_factory=dict)  # flags that named the server
    started: float = 0.0
    is_interrupted: bool = False
    interface: Mapping[str, Any] | None = field(default=None, repr=False)  # the server's OpenAPI

    def count(self, outcome: str) -> int:
        """How many cases came to that."""
        return sum(1 for one in self.cases if one.outcome == outcome)
