"""What goes wrong, and for which calls, on one line: http status=503 retryAfter=2."""

from collections.abc import Mapping
from typing import Any

from src_system.cli.printing import as_text

_ORDER = (
    *("operation", "network", "consumer", "dpa", "card", "client", "nth"),
    *("probability", "times", "maxConsecutive", "from", "until"),
    *("transport", "phase", "reason", "status", "artefact", "how", "delivery", "limit"),
)


def in_words(members: Mapping[str, Any]) -> str:
    """Members on one line, whatever order they were kept in."""
    found = []
    for name, value in sorted(members.items(), key=lambda member: _place(member[0])):
        if isinstance(value, dict):
            found.append(f"{name} {in_words(value)}")
        else:
            found.append(f"{name}={as_text(value)}")
    return " ".join(found) or "-"


def _place(name: str) -> tuple[int, str]:
    return (_ORDER.index(name) if name in _ORDER else len(_ORDER)), name
