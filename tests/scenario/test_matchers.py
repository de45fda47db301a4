"""Each matcher holds for what it says, and says why where it does not."""

from typing import Any

import pytest

from src_system.scenario.matchers import FORMS, MATCHERS, MISSING, mismatch, unknown_in

HOLD: list[tuple[Any, Any]] = [
    ("COMPLETE", "COMPLETE"),
    (200, "200"),
    (49.9, "49.90"),
    (True, True),
    (None, None),
    (["a", 1], ["a", "1"]),
    ("a", {"equals": "a"}),
    ("a", {"not": "b"}),
    ("a", {"not": {"startsWith": "b"}}),
    (None, {"exists": True}),
    (MISSING, {"exists": False}),
    ("b", {"oneOf": ["a", "b"]}),
    ("a*b", {"contains": "*"}),
    (["x", "y"], {"contains": ["y", "x"]}),
    ({"kind": 1}, {"contains": "kind"}),
    ("1234", {"matches": r"^\d{4}$"}),
    ("1234", {"startsWith": "12", "endsWith": "34"}),
    ("abc", {"length": "3"}),
    ([1, 2], {"length": {"atLeast": "2"}}),
    ([1, 2], {"each": {"is": "number"}}),
    (["a", "b"], {"any": "b"}),
    (5, {"greaterThan": "4", "lessThan": "6", "atLeast": "5", "atMost": "5"}),
    ("2026-11-24T00:00:00Z", {"after": "2026-11-23T09:00:00Z"}),
    ("2026-11-23T10:00:00+02:00", {"before": "2026-11-23T09:00:00Z"}),
]
FAIL: list[tuple[Any, Any, str]] = [
    ("a", "b", '"a" instead of "b"'),
    (MISSING, "b", 'nothing instead of "b"'),
    (1, True, "1 instead of true"),
    ("1", True, '"1" instead of true'),
    (True, "true", 'true instead of "true"'),
    ("a", {"not": "a"}, 'it is "a"'),
    (MISSING, {"exists": True}, "it is not there"),
    ("a", {"exists": False}, 'it is there: "a"'),
    ("c", {"oneOf": ["a", "b"]}, 'none of ["a","b"]'),
    (["x"], {"contains": "y"}, 'does not contain "y"'),
    (5, {"matches": "5"}, "does not match"),
    ("abc", {"length": "4"}, "its length is 3 instead of"),
    (5, {"length": "1"}, "has no length"),
    ([1, "a"], {"each": {"is": "number"}}, '[1]: "a" is no number'),
    ("a", {"each": "a"}, "is no list"),
    (["a"], {"any": "b"}, "no entry of"),
    ("x", {"greaterThan": "4"}, "cannot be compared"),
    (4, {"atLeast": "5"}, "4 is not at least"),
    ("2026-11-23T09:00:00Z", {"after": "2026-11-23T09:00:00Z"}, "is not after"),
    ("x", {"is": "uuid"}, "is no uuid"),
]
FORMED = {
    "text": "a",
    "number": 1.5,
    "boolean": False,
    "list": [],
    "object": {},
    "uuid": "0d1917b6-b10e-4a9e-b7d9-1a52a0026bb1",
    "instant": "2026-11-23T09:00:00Z",
    "digits": "0123",
    "luhn": "4111111111111111",
    "jws": "eyJhbGciOiJSUzI1NiJ9.e30.c2ln",
    "jwe": "eyJh.a.b.c.d",
}


@pytest.mark.parametrize(("actual", "expected"), HOLD)
def test_a_matcher_holds_for_what_it_means(actual: Any, expected: Any) -> None:
    assert mismatch(actual, expected) is None


@pytest.mark.parametrize(("actual", "expected", "said"), FAIL)
def test_a_matcher_says_why_it_does_not_hold(actual: Any, expected: Any, said: str) -> None:
    assert said in (mismatch(actual, expected) or "it held")


@pytest.mark.parametrize("form", FORMS)
def test_a_form_holds_for_its_own_and_not_for_another(form: str) -> None:
    assert mismatch(FORMED[form], {"is": form}) is None
    assert mismatch(MISSING, {"is": form}) is not None


def test_every_matcher_is_tried_here_both_ways() -> None:
    def names(expected: Any) -> set[str]:
        if not isinstance(expected, dict):
            return set()
        return set(expected).union(*(names(one) for one in expected.values()))

    held = set().union(*(names(expected) for _, expected in HOLD))

    assert held | {"is"} == set(MATCHERS)


def test_a_long_value_is_cut_in_a_message() -> None:
    assert len(mismatch("x" * 5000, "y") or "") < 400


def test_words_that_are_no_matchers_are_found_at_any_depth() -> None:
    found = list(unknown_in({"equls": 1, "not": {"each": {"lenth": 2}}}))

    assert found == [("equls", ("equls",)), ("lenth", ("not", "each", "lenth"))]


def test_a_document_that_a_variable_brought_is_no_matcher_and_matches_nothing() -> None:
    said = mismatch("card-1", {"visa": "card-1"})

    assert '"visa" is no matcher' in (said or "it held")
