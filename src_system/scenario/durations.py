"""Deadlines as a scenario writes them: 500ms, 5s, 1m."""

import re

_LENGTH = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0}


def seconds_of(text: str) -> float:
    """Seconds; ValueError for anything else."""
    found = _LENGTH.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no length of time such as 500ms, 5s or 1m.")
    return float(found[1]) * _SECONDS[found[2]]
