"""A verdict as SARIF 2.1.0, for whatever shows findings beside code."""

import hashlib
from collections.abc import Sequence
from typing import Any

from src_system.verdict.check import Check, Severity
from src_system.verdict.judgement import Verdict
from src_system.verdict.step import Step
from src_system.verdict.waivers import JudgedFinding

MEDIA_TYPE = "application/sarif+json"
VERSION = "2.1.0"
SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"

_LEVELS = {Severity.FAIL: "error", Severity.WARN: "warning", Severity.INFO: "note"}
Json = dict[str, Any]


def sarif_log(verdict: Verdict, *, sandbox: str, version: str) -> Json:
    """The log: one run, a rule per check that ran, a result per finding.

    A place in the journal stands for the place in a file that SARIF is made for. Findings that are
    waived are suppressed results.
    """
    checks = [outcome.check for outcome in verdict.outcomes]
    places = {check.id: place for place, check in enumerate(checks)}
    return {
        "$schema": SCHEMA,
        "version": VERSION,
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "src-system",
                        "version": version,
                        "semanticVersion": version,
                        "rules": [_rule(check) for check in checks],
                    }
                },
                "automationDetails": {"id": f"src-system/{sandbox}/"},
                "columnKind": "unicodeCodePoints",
                "results": [
                    _result(judged, places[judged.finding.check.id], sandbox)
                    for judged in verdict.findings
                ],
                "properties": {"verdict": str(verdict.word)},
            }
        ],
    }


def _rule(check: Check) -> Json:
    return {
        "id": check.id,
        "shortDescription": {"text": f"{check.title}."},
        "fullDescription": {"text": check.rule},
        "help": {"text": check.mend},
        "defaultConfiguration": {"level": _LEVELS[check.severity]},
    }


def _result(judged: JudgedFinding, place: int, sandbox: str) -> Json:
    finding = judged.finding
    result: Json = {
        "ruleId": finding.check.id,
        "ruleIndex": place,
        "level": _LEVELS[finding.check.severity],
        "message": {"text": finding.message},
        "locations": [_location(step, sandbox) for step in finding.steps[:1]],
        "relatedLocations": _related(finding.steps[1:], sandbox),
        "partialFingerprints": {"finding/v1": _fingerprint(finding.check.id, finding.message)},
        "properties": {"mend": finding.check.mend},
    }
    if judged.waivers:
        result["suppressions"] = [
            {
                "kind": "external",
                "status": "accepted",
                "justification": f"{judged.reason} (until {judged.until.isoformat()})",
            }
        ]
    return result


def _related(steps: Sequence[Step], sandbox: str) -> list[Json]:
    return [{"id": place, **_location(step, sandbox)} for place, step in enumerate(steps, 1)]


def _location(step: Step, sandbox: str) -> Json:
    logical = {
        "name": step.operation,
        "fullyQualifiedName": f"{sandbox}/{step.network}/{step.operation}",
        "kind": "function",
    }
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": f"v1/sandboxes/{sandbox}/journal/{step.place}"},
            "region": {"startLine": 1},
        },
        "logicalLocations": [logical],
    }


def _fingerprint(check_id: str, message: str) -> str:
    """The same for the same finding in every run, so that a viewer knows it again."""
    return hashlib.sha256(f"{check_id}\n{message}".encode()).hexdigest()
