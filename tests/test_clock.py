"""Clocks: real, offset and frozen time, and instants in and out of text."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src_system.clock import Clock, epoch_seconds, iso_millis, machine_now, monotonic, parse_iso

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
instants = st.datetimes(
    min_value=NOON.replace(year=1, tzinfo=None),
    max_value=NOON.replace(year=9999, tzinfo=None),
    timezones=st.just(UTC),
)


def test_the_real_clock_shows_the_machine_s_time_in_utc():
    before, shown, after = machine_now(), Clock.real().now(), machine_now()
    assert before <= shown <= after
    assert shown.tzinfo is UTC


def test_a_frozen_clock_stands_still_and_shows_utc():
    clock = Clock.frozen(NOON.astimezone(timezone(timedelta(hours=5))))
    assert clock.now() == clock.now() == NOON
    assert clock.now().tzinfo is UTC


@pytest.mark.parametrize("offset", [timedelta(days=-4_000), timedelta(), timedelta(minutes=10)])
def test_an_offset_clock_runs_beside_the_machine_s(offset):
    clock = Clock(mode="offset", at=None, offset=offset)
    before, shown, after = machine_now(), clock.now(), machine_now()
    assert before + offset <= shown <= after + offset


@pytest.mark.parametrize(
    ("mode", "at"),
    [("frozen", None), ("real", NOON), ("offset", NOON), ("frozen", NOON.replace(tzinfo=None))],
)
def test_a_clock_that_makes_no_sense_is_not_made(mode, at):
    with pytest.raises(ValueError, match="clock"):
        Clock(mode=mode, at=at, offset=timedelta())


def test_the_monotonic_clock_never_runs_back():
    readings = [monotonic() for _ in range(100)]
    assert readings == sorted(readings)


@pytest.mark.parametrize(
    ("instant", "seconds"),
    [
        (datetime(1970, 1, 1, tzinfo=UTC), 0),
        (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=1_999), 1),
        (datetime(1970, 1, 1, tzinfo=UTC) - timedelta(milliseconds=1), -1),
        (datetime(2026, 11, 23, 17, tzinfo=timezone(timedelta(hours=5))), 1_795_435_200),
    ],
)
def test_epoch_seconds_are_whole_and_rounded_down(instant, seconds):
    assert epoch_seconds(instant) == seconds


@pytest.mark.parametrize(
    ("instant", "text"),
    [
        (NOON, "2026-11-23T12:00:00.000Z"),
        (NOON + timedelta(microseconds=999_999), "2026-11-23T12:00:00.999Z"),
        (NOON.astimezone(timezone(timedelta(hours=-3))), "2026-11-23T12:00:00.000Z"),
        (datetime(987, 1, 2, tzinfo=UTC), "0987-01-02T00:00:00.000Z"),
    ],
)
def test_an_instant_is_written_in_utc_with_milliseconds(instant, text):
    assert iso_millis(instant) == text


@pytest.mark.parametrize(
    "text", ["2026-11-23T12:00:00Z", "2026-11-23T12:00:00.000+00:00", "2026-11-23T17:30:00+05:30"]
)
def test_an_instant_is_read_whatever_its_zone(text):
    assert parse_iso(text) == NOON
    assert parse_iso(text).tzinfo is UTC


def test_an_instant_without_a_zone_is_taken_as_utc():
    assert parse_iso("2026-11-23T12:00:00") == NOON


@pytest.mark.parametrize(
    "text", ["", "noon", "2026-13-01T00:00:00Z", "1795435200", "0001-01-01T00:00:00+14:00"]
)
def test_what_is_no_instant_is_a_value_error(text):
    with pytest.raises(ValueError, match=r"\S"):
        parse_iso(text)


@given(instants)
def test_what_is_written_reads_back_to_the_millisecond(instant):
    read = parse_iso(iso_millis(instant))
    assert timedelta() <= instant - read < timedelta(milliseconds=1)
