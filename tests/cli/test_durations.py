"""Durations as people type them, and what is too ambiguous to be one."""

from datetime import timedelta

import pytest

from src_system.cli.durations import read_duration
from src_system.cli.options import UsageFailed


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("10m", timedelta(minutes=10)),
        ("1H30m", timedelta(hours=1, minutes=30)),
        ("2D", timedelta(days=2)),
        ("1w", timedelta(weeks=1)),
        ("PT10M", timedelta(minutes=10)),
    ],
)
def test_a_duration_is_read(text: str, length: timedelta) -> None:
    assert read_duration(text, flag="BY") == length


@pytest.mark.parametrize("text", ["1M", "1h30M"])
def test_a_capital_m_is_refused_with_what_to_write(text: str) -> None:
    with pytest.raises(UsageFailed, match="minutes are a small m; months have no fixed length"):
        read_duration(text, flag="BY")


@pytest.mark.parametrize("text", ["", "10", "m", "P1M", "P1Y", "10 m"])
def test_what_has_no_fixed_length_is_no_duration(text: str) -> None:
    with pytest.raises(UsageFailed, match="no duration such as"):
        read_duration(text, flag="BY")
