"""A verdict as SARIF 2.1.0: what viewers of findings rely on."""

from datetime import date
from typing import Any

from jsonschema import Draft202012Validator

from src_system.verdict.catalogue import CHECKS
from src_system.verdict.judgement import judge, run_checks
from src_system.verdict.sarif import sarif_log
from src_system.verdict.waivers import Waiver
from tests.verdict.conversation import Conversation
from tests.verdict.shopping import Shopper, price

Json = dict[str, Any]


def thing(required: str, **members: Json) -> Json:
    """An object with these members and no others, as most of SARIF's are."""
    return {
        "type": "object",
        "additionalProperties": False,
        "required": required.split(),
        "properties": {**members, "properties": {"type": "object"}},
    }


TEXT: Json = {"type": "string"}
NAME: Json = {"type": "string", "minLength": 1}
LEVEL: Json = {"enum": ["none", "note", "warning", "error"]}
MESSAGE = thing("text", text=NAME)
# From section 3 of the OASIS standard, as far as the log goes.
LOCATION = thing(
    "",
    id={"type": "integer", "minimum": -1},
    physicalLocation=thing(
        "",
        artifactLocation=thing("", uri={"type": "string", "pattern": "^[^ ]+$"}),
        region=thing("", startLine={"type": "integer", "minimum": 1}),
    ),
    logicalLocations={
        "type": "array",
        "uniqueItems": True,
        "items": thing("", name=TEXT, fullyQualifiedName=TEXT, kind=TEXT),
    },
)
LOCATIONS: Json = {"type": "array", "items": LOCATION}
SUPPRESSION = thing(
    "kind",
    kind={"enum": ["inSource", "external"]},
    status={"enum": ["accepted", "underReview", "rejected"]},
    justification=TEXT,
)
RESULT = thing(
    "message",
    ruleId=TEXT,
    ruleIndex={"type": "integer", "minimum": -1},
    level=LEVEL,
    message=MESSAGE,
    locations=LOCATIONS,
    relatedLocations={**LOCATIONS, "uniqueItems": True},
    partialFingerprints={"type": "object", "additionalProperties": TEXT},
    suppressions={"type": "array", "uniqueItems": True, "items": SUPPRESSION},
)
RULE = thing(
    "id",
    id=TEXT,
    shortDescription=MESSAGE,
    fullDescription=MESSAGE,
    help=MESSAGE,
    defaultConfiguration=thing("", level=LEVEL),
)
DRIVER = thing(
    "name",
    name=TEXT,
    version=TEXT,
    semanticVersion=TEXT,
    rules={"type": "array", "uniqueItems": True, "items": RULE},
)
RUN = thing(
    "tool",
    tool=thing("driver", driver=DRIVER),
    automationDetails=thing("", id=TEXT),
    columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
    results={"type": "array", "items": RESULT},
)
LOG = thing(
    "version runs",
    version={"const": "2.1.0"},
    runs={"type": "array", "items": RUN},
    **{"$schema": {"type": "string", "format": "uri"}},
)


def log_of(talk: Conversation, *waivers: Waiver) -> Json:
    verdict = judge(run_checks(talk.history()), waivers=waivers)
    return sarif_log(verdict, sandbox="my-test", version="1.2.3")


def a_sloppy_purchase() -> Conversation:
    talk = Conversation()
    ana = Shopper(talk, "visa")
    ana.signs_in()
    ana.pays(dpaTransactionOptions=price("1.005"))
    return talk


def test_the_log_has_the_form_of_the_standard() -> None:
    waiver = Waiver("src.confirmation.missing", "later", date(2026, 12, 31), is_over=False)
    for log in (log_of(Conversation()), log_of(a_sloppy_purchase(), waiver)):
        errors = [error.message for error in Draft202012Validator(LOG).iter_errors(log)]
        assert errors == []


def test_every_check_is_a_rule_and_each_result_points_at_its_own() -> None:
    [run] = log_of(a_sloppy_purchase())["runs"]
    rules = run["tool"]["driver"]["rules"]

    assert [rule["id"] for rule in rules] == [check.id for check in CHECKS]
    assert {rule["defaultConfiguration"]["level"] for rule in rules} == {"error", "warning", "note"}
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    assert [(one["ruleId"], one["level"]) for one in run["results"]] == [
        ("src.amount.minor-units", "error"),
        ("src.confirmation.missing", "warning"),
    ]


def test_a_result_points_at_the_places_in_the_journal() -> None:
    talk = Conversation()
    ana = Shopper(talk, "visa")
    ana.is_recognised()
    ana.is_looked_up()
    [run] = log_of(talk)["runs"]
    [result] = run["results"]
    [first], [second] = result["locations"], result["relatedLocations"]

    uris = [one["physicalLocation"]["artifactLocation"]["uri"] for one in (first, second)]
    assert uris == ["v1/sandboxes/my-test/journal/1", "v1/sandboxes/my-test/journal/2"]
    assert first["logicalLocations"][0]["fullyQualifiedName"] == "my-test/visa/isRecognized"


def test_a_waived_finding_is_a_suppressed_result() -> None:
    waiver = Waiver("src.confirmation.missing", "Until R7.", date(2026, 12, 31), is_over=False)
    [run] = log_of(a_sloppy_purchase(), waiver)["runs"]
    fails, waived = run["results"]

    assert "suppressions" not in fails
    assert waived["suppressions"] == [
        {
            "kind": "external",
            "status": "accepted",
            "justification": "Until R7. (until 2026-12-31)",
        }
    ]


def test_the_same_finding_has_the_same_fingerprint_in_another_run() -> None:
    one, other = log_of(a_sloppy_purchase()), log_of(a_sloppy_purchase())
    prints = [
        [result["partialFingerprints"]["finding/v1"] for result in log["runs"][0]["results"]]
        for log in (one, other)
    ]

    assert prints[0] == prints[1]
    assert len(set(prints[0])) == 2
