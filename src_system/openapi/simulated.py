"""Answers that only a tester asks for, by a fault rule, a header or a magic value, as documented.

Whoever checks an SRC System by its document meets them as soon as a sandbox has a fault.
"""

from collections.abc import Mapping
from typing import Any

from src_system.model.fault_effects import ErrorEffect
from src_system.model.simulated_refusal import Simulated
from src_system.model.vocabulary import BUSINESS_REASONS, REASONS, TOP_REASONS
from src_system.wire.errors import ErrorDialect
from src_system.wire.simulated import simulated_refusal

Json = dict[str, Any]

SIMULATED_KEYWORD = "x-src-simulated-reasons"
SIMULATED_TOP = TOP_REASONS | BUSINESS_REASONS
SIMULATED_DETAILS = REASONS
DEFAULT = "default"
_JSON_TYPE = "application/json"
# What a load balancer or gateway says, the effect `http`.
_IN_FRONT = ("429", "500", "502", "503", "504")
_OF_SOMETHING_IN_FRONT: Mapping[str, Json] = {"text/plain": {"schema": {"type": "string"}}}
_RETRY_AFTER: Json = {
    "description": "Seconds after which the call may be repeated.",
    "schema": {"type": "string"},
}
_WITH_RETRY_AFTER = ("429", "503")


def simulated_by_status(dialect: ErrorDialect) -> dict[str, list[str]]:
    """Every reason of the vocabulary under the HTTP status with which it is refused."""
    found: dict[str, list[str]] = {}
    for reason in sorted(REASONS):
        error = simulated_refusal(ErrorEffect(reason))
        if isinstance(error, Simulated):
            status = error.status
        else:
            _, status = dialect.words_of(type(error))
        found.setdefault(str(status), []).append(reason)
    return found


def add_simulated(
    responses: Json, dialect: ErrorDialect, schema: Json, headers: Mapping[str, Json]
) -> None:
    """Complete an operation's *responses* with all that a fault can make of them."""
    by_status = simulated_by_status(dialect)
    for status in sorted({*by_status, *_IN_FRONT}):
        known = responses.setdefault(
            status, {"description": "", "headers": dict(headers), "content": {}}
        )
        reasons = by_status.get(status, [])
        known["description"] = "\n\n".join(filter(None, [known["description"], _told(reasons)]))
        known[SIMULATED_KEYWORD] = reasons
        known["content"].setdefault(_JSON_TYPE, {"schema": schema})
        if status in _IN_FRONT:
            known["content"] |= _OF_SOMETHING_IN_FRONT
        if status in _WITH_RETRY_AFTER:
            known["headers"] |= {"Retry-After": _RETRY_AFTER}
    responses[DEFAULT] = {
        "description": "Only where a fault asks for it: any other status, with a body of any kind.",
        "headers": dict(headers),
        SIMULATED_KEYWORD: [],
    }


def is_only_simulated(response: Mapping[str, Any]) -> bool:
    """Whether nobody meets this answer unless a tester asks for it."""
    return SIMULATED_KEYWORD in response and "x-src-reasons" not in response


def _told(reasons: list[str]) -> str:
    if not reasons:
        return "Where a fault asks for it: the answer of something in front of the SRC System."
    return f"Where a fault or a magic value asks for it: {', '.join(reasons)}."
