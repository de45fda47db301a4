"""All checks, in the order in which they are told."""

from src_system.verdict import (
    batches,
    cards,
    checkouts,
    codes,
    consent,
    correlation,
    pace,
    payments,
    recognition,
    sealing,
    spelling,
    tampering,
    transport,
)
from src_system.verdict.check import Check

CHECKS: tuple[Check, ...] = (
    *tampering.CHECKS,
    *transport.CHECKS,
    *spelling.CHECKS,
    *correlation.CHECKS,
    *recognition.CHECKS,
    *codes.CHECKS,
    *sealing.CHECKS,
    *consent.CHECKS,
    *cards.CHECKS,
    *checkouts.CHECKS,
    *payments.CHECKS,
    *pace.CHECKS,
    *batches.CHECKS,
)
BY_ID = {check.id: check for check in CHECKS}
