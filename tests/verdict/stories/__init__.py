"""The stories, by theme; importing this package collects them."""

from tests.verdict.stories import (
    cards,
    checkouts,
    correlation,
    pace,
    payments,
    recognition,
    sealing,
    spelling,
    tampering,
    transport,
)

__all__ = [
    "cards",
    "checkouts",
    "correlation",
    "pace",
    "payments",
    "recognition",
    "sealing",
    "spelling",
    "tampering",
    "transport",
]
