"""ISO 8601 durations of fixed length, as documents and headers have them."""

import re
from datetime import timedelta

from src_system.model.errors import InvalidFormat

DAYS_MAX = 36_525  # a hundred years

_NUMBER = r"\d{1,9}(?:[.,]\d{1,6})?"
_DURATION = re.compile(
    rf"^P(?=[\dT])(?:(?P<weeks>{_NUMBER})W)?(?:(?P<days>{_NUMBER})D)?"
    rf"(?:T(?=\d)(?:(?P<hours>{_NUMBER})H)?(?:(?P<minutes>{_NUMBER})M)?"
    rf"(?:(?P<seconds>{_NUMBER})S)?)?$"
)


def read_duration(text: str, *, source: str) -> timedelta:
    """A duration such as PT10M or P1DT12H, up to a hundred years; InvalidFormat if it is none."""
    found = _DURATION.match(text)
    if found is None:
        raise InvalidFormat(
            "This is not an ISO 8601 duration such as PT10M or P1DT12H.", source=source
        )
    parts = {
        unit: float(number.replace(",", "."))
        for unit, number in found.groupdict().items()
        if number is not None
    }
    duration = timedelta(**parts)
    if not timedelta() < duration <= timedelta(days=DAYS_MAX):
        raise InvalidFormat("A duration is positive and at most a hundred years.", source=source)
    return duration
