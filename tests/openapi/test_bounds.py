"""The bounds of a fault rule's numbers in the control port's document are those that are held."""

from typing import Any

import msgspec
import pytest

from src_system.model.errors import SrcError
from src_system.model.fault_document import FaultRuleDocument
from src_system.model.fault_reading import read_rule
from tests.openapi.conformance import control

Json = dict[str, Any]
LEAST, MOST = 1, 1_000_000_000


def error(**members: Any) -> Json:
    """A rule that refuses."""
    return {"effect": {"error": {"reason": "LOCKED", **members}}}


def quota(limit: int) -> Json:
    """A rule of so many calls an hour."""
    return {"effect": {"quota": {"limit": limit, "per": "PT1H"}}}


def state(calls: int) -> Json:
    """A rule that locks somebody after so many calls."""
    return {"effect": {"state": {"consumer": "LOCKED", "after": {"calls": calls}}}}


# Where the number stands: schema and member; the least and the most; a rule with a number there.
BOUNDS: list[tuple[str, str, int, int, Any]] = [
    ("ErrorEffectDocument", "status", 400, 599, lambda n: error(status=n)),
    ("HttpEffectDocument", "status", 200, 599, lambda n: {"effect": {"http": {"status": n}}}),
    (
        "HttpEffectDocument",
        "retryAfter",
        0,
        MOST,
        lambda n: {"effect": {"http": {"status": 503, "retryAfter": n}}},
    ),
    ("QuotaEffectDocument", "limit", 0, MOST, quota),
    ("AfterCallsDocument", "calls", LEAST, MOST, state),
    ("WhenDocument", "times", LEAST, MOST, lambda n: {**error(), "when": {"times": n}}),
    (
        "WhenDocument",
        "maxConsecutive",
        LEAST,
        MOST,
        lambda n: {**error(), "when": {"maxConsecutive": n}},
    ),
    ("MatchDocument", "nth", LEAST, MOST, lambda n: {**error(), "match": {"nth": n}}),
    ("MatchDocument", "nth", LEAST, MOST, lambda n: {**error(), "match": {"nth": [n]}}),
]


def is_taken(rule: Json) -> bool:
    """Whether a rule is understood."""
    try:
        read_rule(msgspec.convert(rule, FaultRuleDocument), "fault-1")
    except SrcError:
        return False
    return True


def schema(name: str, member: str) -> Json:
    """The member's schema in the document."""
    found: Json = control()["components"]["schemas"][name]["properties"][member]
    return found


def bounds_in(found: Json) -> list[tuple[int, int]]:
    """Least and most of every number in a schema: of the member, of its choices, of a list."""
    places = [found, *found.get("anyOf", [])]
    places += [one["items"] for one in places if "items" in one]
    return [(one["minimum"], one["maximum"]) for one in places if "minimum" in one]


@pytest.mark.parametrize(("name", "member", "least", "most", "rule"), BOUNDS)
def test_a_number_is_taken_within_the_bounds_of_the_document_only(
    name: str, member: str, least: int, most: int, rule: Any
) -> None:
    bounds = bounds_in(schema(name, member))

    assert set(bounds) == {(least, most)}
    assert len(bounds) == (2 if member == "nth" else 1)
    assert [is_taken(rule(n)) for n in (least - 1, least, most, most + 1)] == [
        False,
        True,
        True,
        False,
    ]


def test_a_probability_is_above_nothing_and_at_most_one() -> None:
    found = schema("WhenDocument", "probability")

    assert (found["exclusiveMinimum"], found["maximum"]) == (0, 1)
    assert [is_taken({**error(), "when": {"probability": p}}) for p in (0, 0.001, 1, 1.001)] == [
        False,
        True,
        True,
        False,
    ]


def test_only_names_of_sandboxes_and_snapshots_are_said_to_be_plain() -> None:
    schemas = control()["components"]["schemas"]
    plain = {
        name
        for name, one in schemas.items()
        if "63" in one.get("properties", {}).get("name", {}).get("description", "")
    }

    assert plain == {"NewSandboxDocument", "ForkDocument", "NewSnapshotDocument"}
