"""The pieces of an export by themselves: effects, durations, folded lines, values, numbers."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from src_system.client.effects import read_effect
from src_system.scenario.export.rules import short_form
from src_system.scenario.export.telling import Told
from src_system.scenario.export.timing import StoryClock, duration, instant
from src_system.scenario.export.values import Known, Variable, written
from src_system.scenario.export.writing import WIDTH, write_story
from src_system.scenario.source import parse_source
from src_system.scenario.variables import fill

BEGIN = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "error=UNAVAILABLE",
        "error=UNAVAILABLE;status=504",
        "http=503;retryAfter=2",
        "latency=PT0.2S",
        "transport=reset;phase=after",
        "transport=drip;over=PT1S",
        "tamper=payload:dropMember;member=token",
        "otp=late;after=PT10M",
        "state=card:SUSPENDED",
        "state=consumer:LOCKED;after=PT1M",
        "state=card:EXPIRED;afterCalls=3",
        "quota=5;per=PT1M",
    ],
)
def test_an_effect_is_written_as_people_write_it(text: str) -> None:
    assert short_form(read_effect(text)) == text


def test_an_effect_without_a_short_form_stays_a_document() -> None:
    effect = {"http": {"status": 500, "body": {"a": [1, 2]}}}

    assert short_form(effect) == effect


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (timedelta(minutes=10), "PT10M"),
        (timedelta(days=1, hours=2, seconds=3), "P1DT2H3S"),
        (timedelta(days=180), "P180D"),
        (timedelta(milliseconds=250), "PT0.25S"),
    ],
)
def test_a_duration_is_iso_8601(length: timedelta, text: str) -> None:
    assert duration(length) == text


def test_a_clock_that_stood_is_followed_exactly_and_one_that_ran_by_the_minute() -> None:
    exact, running = StoryClock(BEGIN, is_exact=True), StoryClock(BEGIN, is_exact=False)
    soon = BEGIN + timedelta(milliseconds=1500)
    later = BEGIN + timedelta(minutes=8, milliseconds=700)

    assert exact.move_to(soon) == {"advance": "PT1.5S"}
    assert running.move_to(soon) is None
    assert running.move_to(later) == {"advance": "PT8M1S"}
    assert exact.move_to(BEGIN) == {"setClock": instant(BEGIN)}


texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=150)
values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**31), 2**31), texts),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(texts, inner, max_size=4)),
    max_leaves=8,
)


@settings(deadline=None)  # what is compared is text, not time; machines are busy
@given(st.dictionaries(st.sampled_from(["with", "card", "raw"]), values, min_size=1))
@example({"with": {"?0": None}})
@example({"with": {":0": None}})
@example({"with": "\xa0"})
@example({"with": {"0" * 89: []}})
@example({"with": {"a" * 99: None}})
@example({"with": {"a": ["?0", "? 1"]}})
def test_whatever_a_call_said_is_read_from_the_file_as_it_was(members: dict[str, Any]) -> None:
    step = {"call": "identityLookup", **written(members, {})}
    text = write_story({"scenario": "s"}, [Told(step)], schema="s.json", comments=[])

    source = parse_source(text, Path("story.yaml"))

    assert fill(source.value["steps"][0], {}) == {"call": "identityLookup", **members}


def test_a_long_word_is_written_in_several_lines() -> None:
    token = "eyJ" + "abc.d" * 200
    step = {"call": "isRecognized", "with": {"recognitionTokens": [token], "idToken": token}}
    text = write_story({"scenario": "s"}, [Told(step)], schema="s.json", comments=["word " * 60])

    assert max(len(line) for line in text.splitlines()) <= WIDTH
    read = parse_source(text, Path("story.yaml")).value["steps"][0]
    assert read["with"] == {"recognitionTokens": [token], "idToken": token}


def test_what_looks_like_a_variable_and_is_none_stays_as_it_is() -> None:
    said = {"a": "${b}", "c": Variable("${card}")}

    assert written(said, {}) == {"a": "$${b}", "c": "${card}"}
    assert Known([]).given == {}
