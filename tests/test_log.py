"""The log: its form on a terminal and off it, and what it must never show."""

import io
import json
import logging
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from src_system.log import (
    REMOVED,
    configure_logging,
    mask,
    mask_numbers,
    may_hold_number,
    wants_colors,
    wants_json,
)

NOON = datetime(2026, 11, 23, 12, 0, 0, 5000, UTC)


class Terminal(io.TextIOWrapper):
    """A stream in memory that says it is a terminal."""

    def isatty(self):
        return True


@pytest.fixture(autouse=True)
def _logging_as_before():
    root = logging.getLogger()
    before = root.handlers[:]
    yield
    structlog.reset_defaults()
    root.handlers[:] = before


@pytest.fixture
def written():
    """Configure the log on a stream in memory; call the result for what was written."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)

    def configure(*, as_json=True, level="info"):
        configure_logging(stream, json=as_json, level=level, now=lambda: NOON)
        return lambda: stream.buffer.getvalue().decode()

    return configure


def luhn_valid(digits):
    """*digits* and the check digit that makes them a card number."""
    for check in "0123456789":
        doubled = [int(d) * 2 for d in (digits + check)[-2::-2]]
        single = [int(d) for d in (digits + check)[-1::-2]]
        if (sum(single) + sum(d - 9 if d > 9 else d for d in doubled)) % 10 == 0:
            return digits + check
    raise AssertionError("no check digit")


pans = st.builds(
    lambda first, rest: luhn_valid(first + rest),
    st.sampled_from("23456"),
    st.text("123456789", min_size=11, max_size=17),
)


def test_an_event_is_one_json_line_with_time_level_and_event_first(written):
    output = written()
    structlog.get_logger().info("request", operation="checkout", status=200, reason=None)

    assert output() == (
        '{"timestamp":"2026-11-23T12:00:00.005Z","level":"info","event":"request",'
        '"operation":"checkout","status":200,"reason":null}\n'
    )


def test_what_is_quieter_than_the_level_is_not_written(written):
    output = written(level="warning")
    structlog.get_logger().info("request")
    structlog.get_logger().warning("slow")

    assert [json.loads(line)["event"] for line in output().splitlines()] == ["slow"]


def test_a_traceback_is_one_member_of_one_line(written):
    output = written()
    try:
        raise RuntimeError("card 4111111111111111")
    except RuntimeError:
        structlog.get_logger().exception("failed")
    (line,) = output().splitlines()
    event = json.loads(line)

    assert event["level"] == "error"
    assert "RuntimeError: card ************1111" in event["exception"]


@pytest.mark.parametrize("as_json", [True, False])
def test_no_card_number_and_no_secret_member_reaches_either_form(written, as_json):
    output = written(as_json=as_json)
    structlog.get_logger().info(
        "paid with 4111 1111 1111 1111",
        note="5555-5555-5555-4444",
        number=378282246310005,
        nested={"cards": ["2223003122003222"], "validationData": "012345"},
        validation_data="012345",
        Authorization="Bearer hunter2",
        encryptedCard="ey",
        where=Path("/cards/6011111111111117"),
    )

    for secret in ("4111 1111 1111", "5555-5555", "378282246", "222300", "012345", "hunter2"):
        assert secret not in output()
    assert "601111" not in output()
    assert output().count(REMOVED) == 4


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("4111111111111111", "************1111"),
        ("pan=4111-1111-1111-1111;", "pan=************1111;"),
        ("order 17 4111 1111 1111 1111 paid", "order 17 ************1111 paid"),
        ("4111111111111111 5555555555554444", "************1111 ************4444"),
        ("pan4111111111111111x", "pan************1111x"),
        ("4111111111111112", "4111111111111112"),
        ("2026-11-23T09:00:00", "2026-11-23T09:00:00"),
        ("1763888400000", "1763888400000"),
        (
            "7f3a9c10-1234-4123-8123-0123456789ab",
            "7f3a9c10-1234-4123-8123-0123456789ab",
        ),
        ("aBcDeFgHiJkLmNoPqRsTu6000000000000US", "aBcDeFgHiJkLmNoPqRsTu6000000000000US"),
    ],
)
def test_what_looks_like_a_card_number_keeps_four_digits_and_nothing_else_changes(text, shown):
    assert mask(text) == shown


@given(pans, st.sampled_from(["", " ", "-"]), st.text(max_size=8), st.text(max_size=8))
def test_no_card_number_survives_in_any_surroundings(pan, separator, before, after):
    written = separator.join(pan[i : i + 4] for i in range(0, len(pan), 4))
    text = f"{before}: {written};{after}"

    assert written not in mask(text)
    assert written not in json.dumps(mask({"a": [text], "b": {"c": text}}))


def test_what_is_no_card_number_stays_as_it_is():
    event = {"status": 200, "ms": 1.25, "ok": True, "reason": None, "list": ["a", 1]}

    assert mask(event) == event
    assert mask(Decimal("1.50")) == "Decimal('1.50')"
    assert mask(b"4111111111111111") == "[16 bytes]"


def test_a_line_that_json_cannot_hold_is_written_all_the_same(written):
    output = written()
    structlog.get_logger().info("odd", half="\udc80", huge=10**30)

    assert json.loads(output())["huge"] == 10**30


def test_what_a_library_logs_joins_the_same_stream(written):
    output = written()
    written()  # a second set-up must not double the lines
    logging.getLogger("aiohttp.server").error("cannot read %s", "4111111111111111")
    logging.getLogger("aiohttp.server").info("quiet")
    (line,) = output().splitlines()

    assert json.loads(line)["event"] == "cannot read ************1111"
    assert json.loads(line)["logger"] == "aiohttp.server"


def test_json_is_for_programs_and_colors_for_terminals_without_no_color():
    terminal = Terminal(io.BytesIO())
    pipe = io.TextIOWrapper(io.BytesIO())

    assert wants_json("auto", pipe) and not wants_json("auto", terminal)
    assert wants_json("json", terminal) and not wants_json("console", pipe)
    assert wants_colors(terminal, {}) and not wants_colors(terminal, {"NO_COLOR": "1"})
    assert not wants_colors(pipe, {})


def test_the_form_for_people_has_no_escape_codes_without_colors(written):
    output = written(as_json=False)
    structlog.get_logger().info("request", operation="checkout")

    assert "operation=checkout" in output()
    assert "\x1b" not in output()


def test_an_id_that_looks_like_a_number_by_chance_stays_as_it_is():
    by_chance = "8f7e9f57.1c554928-0052-409d-9499-7b57455fc296"

    assert mask("554928-0052-409") != "554928-0052-409"
    assert mask(by_chance) == by_chance
    assert "4111111111111111" not in mask(f"{by_chance} paid 4111111111111111")


UUID = "12345678-1234-1234-1234-123456789012"
_texts = st.lists(
    st.one_of(
        st.uuids().map(str),
        st.text("0123456789", min_size=32, max_size=32).map(
            lambda digits: "-".join(
                digits[begin:end] for begin, end in ((0, 8), (8, 12), (12, 16), (16, 20), (20, 32))
            )
        ),
        st.text("0123456789 -", max_size=30),
        st.text('abcdef019 -"é', max_size=20),
        pans,
        pans.map(lambda pan: f"{pan[:4]} {pan[4:8]} {pan[8:12]} {pan[12:]}"),
    ),
    max_size=6,
)


@given(_texts, st.sampled_from(["", " ", '"', "a", "-", "1"]))
def test_the_fast_look_misses_nothing_that_would_be_masked(pieces, between):
    text = between.join(pieces)

    assert mask_numbers(text) == text or may_hold_number(text.encode())


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"", False),
        (b'{"srcCorrelationId":"' + UUID.encode() + b'"}', False),
        (UUID.encode(), False),
        (b"a" + UUID.encode(), True),  # no UUID, then
        (f"{UUID} {UUID}".encode(), False),
        (f"4111 1111 1111 1111 {UUID}".encode(), True),
        (f"{UUID}-4111111111111111".encode(), True),
        (b"4111-1111-1111-1111", True),
        (b" " * 40 + b"12", False),
        (b"1  2  3  4  5  6  7  8  9  0  1  2  3  4", False),
    ],
)
def test_the_fast_look_sees_digits_outside_of_uuids(line, expected):
    assert may_hold_number(line) is expected
