"""The JSON shapes of a verdict: what is asked for, what is waived, what is told."""

from collections.abc import Collection
from datetime import date
from typing import Annotated, Any, NotRequired, TypedDict

import msgspec

from src_system.model.errors import InvalidFormat, InvalidValue
from src_system.model.operation_names import RECORDED_NAMES
from src_system.networks import PROFILES
from src_system.store.journal_entries import Reach
from src_system.verdict.catalogue import BY_ID, CHECKS
from src_system.verdict.check import Check, Outcome, Severity
from src_system.verdict.judgement import Verdict, VerdictWord
from src_system.verdict.sarif import MEDIA_TYPE
from src_system.verdict.step import Step
from src_system.verdict.waivers import JudgedFinding, Waiver, WaiverState, WaiverUse

WAIVERS_MAX = 200
FORMATS = ("json", "sarif")
_OPERATIONS = tuple(sorted(RECORDED_NAMES))


class VerdictQuery(msgspec.Struct, rename="camel", kw_only=True):
    """What a verdict is about, and how it is written."""

    client: (
        Annotated[str, msgspec.Meta(description="Findings about this srcClientId only.")] | None
    ) = None
    since: (
        Annotated[
            str,
            msgspec.Meta(
                description="Findings with evidence behind this place of the journal only.",
                extra_json_schema={"pattern": "^[0-9]{0,18}$"},
            ),
        ]
        | None
    ) = None
    format: (
        Annotated[
            str,
            msgspec.Meta(
                description=f"`sarif` for {MEDIA_TYPE}, as for that Accept header.",
                extra_json_schema={"enum": list(FORMATS)},
            ),
        ]
        | None
    ) = None


class WaiverMatch(msgspec.Struct, rename="camel", kw_only=True, forbid_unknown_fields=True):
    """Which findings of the check are meant; all without it."""

    network: (
        Annotated[
            str,
            msgspec.Meta(
                description="Its evidence at this network.",
                extra_json_schema={"enum": list(PROFILES)},
            ),
        ]
        | None
    ) = None
    operation: (
        Annotated[
            str,
            msgspec.Meta(
                description="Its evidence with a call of this operation.",
                extra_json_schema={"enum": list(_OPERATIONS)},
            ),
        ]
        | None
    ) = None
    client: Annotated[str, msgspec.Meta(description="Its evidence of this srcClientId.")] | None = (
        None
    )
    message: (
        Annotated[str, msgspec.Meta(description="Its message holds this text, in any case.")] | None
    ) = None


class WaiverDocument(msgspec.Struct, rename="camel", kw_only=True, forbid_unknown_fields=True):
    """Findings of a check that have been accepted, for a reason and for a time."""

    id: Annotated[str, msgspec.Meta(description="The check's id.")]
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=1_000)]
    until: Annotated[
        str,
        msgspec.Meta(
            description="The last day on which it holds, by the machine's clock in UTC.",
            extra_json_schema={"pattern": r"^\d{4}-\d{2}-\d{2}$"},
        ),
    ]
    match: WaiverMatch | None = None


class VerdictRequest(msgspec.Struct, rename="camel", kw_only=True, forbid_unknown_fields=True):
    """The waivers of whoever asks; nothing of them is kept."""

    waivers: Annotated[list[WaiverDocument], msgspec.Meta(max_length=WAIVERS_MAX)] = msgspec.field(
        default_factory=list
    )


class EvidenceView(TypedDict):
    """A call in the journal."""

    place: Annotated[int, msgspec.Meta(description="Its place in the sandbox's journal.")]
    operation: str
    network: str
    srcCorrelationId: str | None


class AppliedWaiverView(TypedDict):
    """Why a finding does not count, and until when."""

    reason: str
    until: str


class FindingView(TypedDict):
    """What a check found."""

    id: Annotated[str, msgspec.Meta(description="The check's id.")]
    severity: Severity
    title: str
    rule: Annotated[str, msgspec.Meta(description="What the check rests on.")]
    message: Annotated[str, msgspec.Meta(description="What was seen.")]
    evidence: list[EvidenceView]
    moreEvidence: NotRequired[
        Annotated[int, msgspec.Meta(description="Places that were left out.")]
    ]
    waivedEvidence: NotRequired[
        Annotated[int, msgspec.Meta(description="Places that waivers cover, and that are gone.")]
    ]
    mend: Annotated[str, msgspec.Meta(description="How to put it right.")]
    waived: NotRequired[AppliedWaiverView]


class WaiverView(TypedDict):
    """What became of a waiver."""

    id: str
    reason: str
    until: str
    state: WaiverState
    findings: Annotated[int, msgspec.Meta(description="How many findings it covers.")]


class ChecksView(TypedDict):
    """What ran: a check that looked at nothing says nothing."""

    total: int
    lookedAt: Annotated[
        dict[str, int],
        msgspec.Meta(description="By check, at how many things it looked; none is left out."),
    ]
    moreFindings: NotRequired[
        Annotated[dict[str, int], msgspec.Meta(description="By check, findings left out.")]
    ]


class JournalReachView(TypedDict):
    """What the checks had to go by."""

    entries: Annotated[int, msgspec.Meta(description="Calls that were looked at.")]
    dropped: Annotated[int, msgspec.Meta(description="Calls that the journal has given up.")]


class VerdictView(TypedDict):
    """What the checks make of the clients' calls."""

    verdict: VerdictWord
    findings: list[FindingView]
    waivers: list[WaiverView]
    checks: ChecksView
    journal: JournalReachView


class SarifLog(TypedDict):
    """The same as SARIF 2.1.0."""

    version: str
    runs: list[dict[str, Any]]


class CheckView(TypedDict):
    """A check, whether or not it finds anything."""

    id: str
    severity: Severity
    title: str
    rule: str
    mend: str


class CheckList(TypedDict):
    """Every check there is."""

    checks: list[CheckView]


def read_waivers(request: VerdictRequest, *, today: date) -> list[Waiver]:
    """The waivers as rules.

    InvalidValue for a check, network or operation that there is not, InvalidFormat for a day.
    """
    return [_waiver(one, f"waivers[{place}]", today) for place, one in enumerate(request.waivers)]


def _waiver(document: WaiverDocument, source: str, today: date) -> Waiver:
    if document.id not in BY_ID:
        raise InvalidValue(
            "There is no check of this id: see GET /v1/verdict/checks.", source=f"{source}.id"
        )
    until = _day(document.until, f"{source}.until")
    match = document.match or WaiverMatch()
    _only(match.network, PROFILES, source=f"{source}.match.network")
    _only(match.operation, _OPERATIONS, source=f"{source}.match.operation")
    return Waiver(
        check_id=document.id,
        reason=document.reason,
        until=until,
        is_over=until < today,
        network=match.network,
        operation=match.operation,
        src_client_id=match.client,
        message=match.message,
    )


def _only(name: str | None, allowed: Collection[str], *, source: str) -> None:
    """A name that nothing has would wait for ever to cover something."""
    if name is not None and name not in allowed:
        raise InvalidValue(f"Allowed here: {', '.join(sorted(allowed))}.", source=source)


def _day(text: str, source: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.isoformat() != text:  # ISO 8601 has further forms
        raise InvalidFormat("until is a date such as 2026-12-31.", source=source)
    return day


def write_verdict(verdict: Verdict, *, entries: int, reach: Reach) -> VerdictView:
    """The whole answer."""
    return {
        "verdict": verdict.word,
        "findings": [_finding(judged) for judged in verdict.findings],
        "waivers": [_waiver_use(use) for use in verdict.waivers],
        "checks": _checks(verdict.outcomes),
        "journal": {"entries": entries, "dropped": reach.dropped},
    }


def _finding(judged: JudgedFinding) -> FindingView:
    finding, check = judged.finding, judged.finding.check
    view: FindingView = {
        "id": check.id,
        "severity": check.severity,
        "title": check.title,
        "rule": check.rule,
        "message": finding.message,
        "evidence": [_evidence(step) for step in finding.steps],
        "mend": check.mend,
    }
    if finding.more:
        view["moreEvidence"] = finding.more
    if judged.waived_evidence:
        view["waivedEvidence"] = judged.waived_evidence
    if judged.waivers:
        view["waived"] = {"reason": judged.reason, "until": judged.until.isoformat()}
    return view


def _evidence(step: Step) -> EvidenceView:
    return {
        "place": step.place,
        "operation": step.operation,
        "network": step.network,
        "srcCorrelationId": step.entry.src_correlation_id,
    }


def _waiver_use(use: WaiverUse) -> WaiverView:
    return {
        "id": use.waiver.check_id,
        "reason": use.waiver.reason,
        "until": use.waiver.until.isoformat(),
        "state": use.state,
        "findings": use.findings,
    }


def _checks(outcomes: tuple[Outcome, ...]) -> ChecksView:
    view: ChecksView = {
        "total": len(outcomes),
        "lookedAt": {one.check.id: one.looked_at for one in outcomes if one.looked_at},
    }
    more = {one.check.id: one.more for one in outcomes if one.more}
    if more:
        view["moreFindings"] = more
    return view


def write_checks() -> CheckList:
    """Every check."""
    return {"checks": [_check(check) for check in CHECKS]}


def _check(check: Check) -> CheckView:
    return {
        "id": check.id,
        "severity": check.severity,
        "title": check.title,
        "rule": check.rule,
        "mend": check.mend,
    }
