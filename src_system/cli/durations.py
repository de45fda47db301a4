"""Durations as people type them: 10m, 1h30m, 2d, or ISO 8601."""

import re
from datetime import timedelta

from src_system.cli.options import UsageFailed
from src_system.client.durations import iso_duration

_NUMBER = r"\d{1,9}(?:\.\d{1,6})?"
_ISO = re.compile(
    rf"P(?=[\dT])(?:(?P<weeks>{_NUMBER})W)?(?:(?P<days>{_NUMBER})D)?"
    rf"(?:T(?=\d)(?:(?P<hours>{_NUMBER})H)?(?:(?P<minutes>{_NUMBER})M)?"
    rf"(?:(?P<seconds>{_NUMBER})S)?)?"
)


def read_duration(text: str, *, flag: str) -> timedelta:
    """10m, 1h30m, 2d, 90s or PT10M; months and years have no fixed length and are refused.

    A capital M alone would be taken for months by one reader and for minutes by the next.
    """
    if "M" in text and not text.startswith("P"):
        raise UsageFailed(f"{flag}: in {text!r} minutes are a small m; months have no fixed length")
    found = _ISO.fullmatch(iso_duration(text))
    if found is None:
        raise UsageFailed(f"{flag}: {text!r} is no duration such as 10m, 1h30m, 2d or PT10M")
    parts = {
        unit: float(number) for unit, number in found.groupdict().items() if number is not None
    }
    return timedelta(**parts)
