"""Cases, steps and exchanges as the HTML report shows them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from src_system.scenario.recording import CONTROL, RECEIVER, Exchange
from src_system.scenario.report import bodies
from src_system.scenario.report.diagram import Diagram, diagram
from src_system.scenario.report.telling import replay_command, step_path
from src_system.scenario.results import (
    Attempt,
    CaseResult,
    Finding,
    RunResult,
    StepFailure,
    StepResult,
)

_BODY_CHARACTERS_MAX = 16_000
_VALUE_CHARACTERS_MAX = 160
_EXCHANGES_MAX = 60  # of one step
_REFUSED = 400


@dataclass(frozen=True, slots=True)
class Token:
    """A JWS or JWE and what is in it. Where it was shown before, `earlier` says in which step."""

    path: str
    kind: str
    header: str
    content: str
    note: str
    compact: str
    earlier: str


@dataclass(frozen=True, slots=True)
class Message:
    """A request or an answer: headers, the body with long values shortened, tokens in it."""

    line: str
    headers: list[tuple[str, str]]
    body: str
    cut: int  # characters of the body that are left out
    tokens: list[Token]


@dataclass(frozen=True, slots=True)
class ExchangeView:
    """An exchange. `kind` is ok, refused or broken; request and answer are None in short."""

    party: str
    operation: str
    method: str
    url: str
    kind: str
    answer: str
    milliseconds: int
    request: Message | None = None
    response: Message | None = None


@dataclass(frozen=True, slots=True)
class StepView:
    """A step with its exchanges and the steps inside it."""

    number: str
    title: str
    verb: str
    where: str
    outcome: str
    milliseconds: int
    tries: int
    failures: list[StepFailure]
    explanation: str
    exchanges: list[ExchangeView]
    cut: int  # exchanges that are left out
    nested: list["StepView"]


@dataclass(frozen=True, slots=True)
class AttemptView:
    """An attempt; `diagram` is None in short."""

    number: int
    outcome: str
    problem: str
    sandbox: str
    is_kept: bool
    seed: str
    verdict: str
    findings: list[Finding]
    seconds: float
    steps: list[StepView]
    diagram: Diagram | None


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case; *is_short* where its exchanges were left out to bound the report's size."""

    number: int
    id: str
    title: str
    about: str
    tags: list[str]
    outcome: str
    is_flaky: bool
    seconds: float
    again: str
    attempts: list[AttemptView]
    is_short: bool


def case_view(result: CaseResult, number: int, run: RunResult, *, is_short: bool) -> CaseView:
    """A case as it is shown, in short without its exchanges."""
    return CaseView(
        number=number,
        id=result.case.id,
        title=result.case.title,
        about=result.case.story.about or "",
        tags=result.case.story.tags,
        outcome=result.outcome,
        is_flaky=result.is_flaky,
        seconds=result.seconds,
        again=replay_command(result, run),
        attempts=[_attempt(one, is_short=is_short) for one in result.attempts],
        is_short=is_short,
    )


def _attempt(attempt: Attempt, *, is_short: bool) -> AttemptView:
    reader = Reader(attempt)
    exchanges = [(path, one) for path, step in step_path(attempt.steps) for one in step.exchanges]
    return AttemptView(
        number=attempt.number,
        outcome=attempt.outcome,
        problem=attempt.problem,
        sandbox=attempt.sandbox,
        is_kept=attempt.kept,
        seed=attempt.seed,
        verdict=attempt.verdict,
        findings=attempt.findings,
        seconds=attempt.seconds,
        steps=list(_steps(attempt.steps, "", reader, is_short=is_short)),
        diagram=None if is_short else diagram(exchanges),
    )


def _steps(
    steps: list[StepResult], above: str, reader: "Reader", *, is_short: bool
) -> Iterator[StepView]:
    for number, step in enumerate(steps, start=1):
        path = f"{above}{number}"
        kept = [] if is_short else step.exchanges[-_EXCHANGES_MAX:]
        yield StepView(
            number=path,
            title=step.title,
            verb=step.verb,
            where=str(step.where),
            outcome=step.outcome,
            milliseconds=round(step.seconds * 1000),
            tries=step.tries,
            failures=step.failures,
            explanation=step.explanation,
            exchanges=[reader.exchange(one, path) for one in kept],
            cut=len(step.exchanges) - len(kept),
            nested=list(_steps(step.nested, f"{path}.", reader, is_short=is_short)),
        )


@dataclass(slots=True)
class Reader:
    """Reads the exchanges of an attempt in order; a token is shown in full where it comes first."""

    attempt: Attempt
    seen: dict[str, str] = field(default_factory=dict)

    def exchange(self, exchange: Exchange, step: str) -> ExchangeView:
        """An exchange as it is shown."""
        reasons = " ".join(sorted(bodies.reasons_in(exchange)))
        status = exchange.status
        if status is None:
            kind, answer = "broken", exchange.problem or "no answer"
        else:
            kind = "refused" if status >= _REFUSED else "ok"
            answer = f"{status} {reasons}".strip()
        response = None
        if status is not None:
            line = f"HTTP {status}"
            headers = exchange.response_headers
            response = self._message(line, headers, exchange.response_body, step)
        return ExchangeView(
            party=_PARTIES.get(exchange.party, exchange.party),
            operation=exchange.operation,
            method=exchange.method,
            url=exchange.url,
            kind=kind,
            answer=answer,
            milliseconds=round(exchange.seconds * 1000),
            request=self._message(
                f"{exchange.method} {exchange.url}",
                exchange.request_headers,
                exchange.request_body,
                step,
            ),
            response=response,
        )

    def _message(self, line: str, headers: Mapping[str, str], body: bytes, step: str) -> Message:
        document = bodies.json_in(body)
        text = bodies.shown(body) if document is None else bodies.pretty(_shortened(document))
        return Message(
            line=line,
            headers=sorted(headers.items()),
            body=text[:_BODY_CHARACTERS_MAX],
            cut=max(0, len(text) - _BODY_CHARACTERS_MAX),
            tokens=[] if document is None else list(self._tokens(document, step)),
        )

    def _tokens(self, document: Any, step: str) -> Iterator[Token]:
        for one in bodies.artefacts(document, self.attempt.private_keys):
            earlier = self.seen.get(one.token, "")
            is_first = not earlier
            self.seen.setdefault(one.token, step)
            yield Token(
                path=one.path,
                kind=one.kind,
                header=bodies.pretty(one.header) if is_first and one.header else "",
                content=_content(one.content) if is_first else "",
                note=one.note,
                compact=one.token if is_first else "",
                earlier=earlier,
            )


_PARTIES = {CONTROL: "control port", RECEIVER: "receiver"}


def _content(content: Any) -> str:
    if content is None:
        return ""
    return content if isinstance(content, str) else bodies.pretty(_shortened(content))


def _shortened(value: Any) -> Any:
    """*value* with long texts cut: tokens are shown opened beside it."""
    if isinstance(value, str) and len(value) > _VALUE_CHARACTERS_MAX:
        return f"{value[:32]}… ({len(value):,} characters)"
    if isinstance(value, Mapping):
        return {name: _shortened(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_shortened(one) for one in value]
    return value
