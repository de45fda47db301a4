"""JUnit XML: a suite for each file, a case for each scenario, attempts as Surefire writes them."""

import re
from itertools import groupby
from xml.etree import ElementTree as ET

from src_system.scenario.problems import Mark
from src_system.scenario.report.telling import (
    failed_attempts,
    headline,
    instant,
    place,
    replay_command,
    why,
)
from src_system.scenario.results import ERROR, FAILED, PASSED, SKIPPED, CaseResult, RunResult

# What XML 1.0 cannot hold, escaped or not.
_UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TYPES = {FAILED: "ExpectationFailed", ERROR: "NotPlayable"}
_FIRST = {FAILED: "failure", ERROR: "error"}
_AGAIN = {FAILED: "rerunFailure", ERROR: "rerunError"}
_FLAKY = {FAILED: "flakyFailure", ERROR: "flakyError"}
# Surefire's schema wants what stands in a case in this order.
_ORDER = (
    "properties failure rerunFailure flakyFailure skipped error rerunError flakyError system-out"
).split()


def junit(run: RunResult) -> str:
    """The whole document."""
    root = ET.Element("testsuites", {"name": "src-system", **_counts(run.cases, run.seconds)})
    for file, cases in groupby(run.cases, key=lambda one: str(_mark(one).file)):
        root.append(_suite(file, list(cases), run))
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=False).join(
        ('<?xml version="1.0" encoding="UTF-8"?>\n', "\n")
    )


def _counts(cases: list[CaseResult], seconds: float) -> dict[str, str]:
    outcomes = [one.outcome for one in cases]
    return {
        "tests": str(len(cases)),
        "failures": str(outcomes.count(FAILED) + sum(1 for one in cases if one.is_condemned)),
        "errors": str(outcomes.count(ERROR)),
        "skipped": str(outcomes.count(SKIPPED)),
        "time": f"{seconds:.3f}",
    }


def _suite(file: str, cases: list[CaseResult], run: RunResult) -> ET.Element:
    seconds = sum(one.seconds for one in cases)
    suite = ET.Element(
        "testsuite",
        {
            "name": _text(file),
            "file": _text(file),
            "timestamp": instant(run).removesuffix("Z"),
            **_counts(cases, seconds),
        },
    )
    properties = {"seed": run.seed, "server": run.server, "serverVersion": run.version}
    properties |= {f"variable.{name}": value for name, value in run.variables.items()}
    _add_properties(suite, properties)
    suite.extend(_case(one, run) for one in cases)
    return suite


def _case(result: CaseResult, run: RunResult) -> ET.Element:
    failed = failed_attempts(result)
    mark = place(result, failed[0] if failed else None)
    case = ET.Element(
        "testcase",
        {
            "name": _text(result.case.title),
            "classname": _text(result.case.id),
            "file": _text(str(mark.file)),
            "line": str(mark.line),
            "time": f"{result.seconds:.3f}",
        },
    )
    if result.attempts:
        last = result.attempts[-1]
        known = {"sandboxSeed": last.seed, "sandbox": last.sandbox, "verdict": last.verdict}
        _add_properties(case, {name: value for name, value in known.items() if value})
    for number, attempt in enumerate(failed):
        names = _FLAKY if result.outcome == PASSED else _FIRST if number == 0 else _AGAIN
        told = ET.SubElement(
            case,
            names[attempt.outcome],
            {"message": _text(headline(attempt)), "type": _TYPES[attempt.outcome]},
        )
        text = _text("\n".join(why(attempt)))
        if names is _FIRST:
            told.text = text
        else:
            ET.SubElement(told, "stackTrace").text = text
    if result.is_condemned:
        last = result.attempts[-1]
        said = f"The verdict on its calls is {last.verdict}."
        told = ET.SubElement(case, "failure", {"message": said, "type": "verdict"})
        told.text = _text("\n".join(f"{one.id}: {one.message} {one.mend}" for one in last.findings))
    if result.outcome == SKIPPED:
        interrupted = result.attempts[-1].problem if result.attempts else ""
        ET.SubElement(case, "skipped", {"message": _text(interrupted or "It was not begun.")})
    if failed:
        ET.SubElement(case, "system-out").text = _text(f"again: {replay_command(result, run)}")
    case[:] = sorted(case, key=lambda one: _ORDER.index(one.tag))
    return case


def _mark(result: CaseResult) -> Mark:
    return place(result)


def _add_properties(element: ET.Element, values: dict[str, str]) -> None:
    properties = ET.SubElement(element, "properties")
    for name, value in values.items():
        ET.SubElement(properties, "property", {"name": _text(name), "value": _text(value)})


def _text(text: str) -> str:
    return _UNWRITABLE.sub("\ufffd", text)
