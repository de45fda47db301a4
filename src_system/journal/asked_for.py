"""Refusals that a tester asked for: which header, rule or magic value it was, and how to pass."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from src_system.journal.explanations import Explanation
from src_system.model.journal import JournalEntry

# Effects that answer instead of the operation. A quota is a rule of its own, and explained as one.
_ANSWERS = ("error", "http")
_WRONG_CODE = ("code", "wrong")
# What is seen when a code was judged to be wrong, and not refused before that was asked: a used,
# expired or worn-out validation takes no other code either.
_JUDGED = "tries_left"


@dataclass(frozen=True, slots=True)
class AskedFor:
    """Why a call was refused that would not have been; `seen` is in the spelling of the wire."""

    explanation: Explanation
    seen: Mapping[str, Any]


def _of_header(_fault_id: object) -> Explanation:
    return Explanation(
        "The header X-Src-Simulate of the call asks for this answer.",
        None,
        "The same call without the header.",
    )


def _of_rule(fault_id: object) -> Explanation:
    return Explanation(
        f"The fault rule {fault_id} of the sandbox asks for this answer.",
        None,
        f"The same call once {fault_id} is deleted or used up, or a call that it does not match.",
    )


def _of_magic(fault_id: object) -> Explanation:
    return Explanation(
        f"The call holds the magic value {fault_id}, which stands for this answer.",
        None,
        "The same call with another value, or with magic values switched off in the sandbox.",
    )


_BY_SOURCE: Mapping[str, Callable[[object], Explanation]] = MappingProxyType(
    {"header": _of_header, "rule": _of_rule, "magic": _of_magic}
)


def asked_for(entry: JournalEntry) -> AskedFor | None:
    """Who asked for the refusal that *entry* is; None when it was refused by a rule of ours."""
    if not entry.is_refused:
        return None
    for fault in entry.faults:
        source, effect = fault.get("source"), fault.get("effect")
        explained = _BY_SOURCE.get(str(source))
        if explained is not None and isinstance(effect, Mapping) and _answers(effect, entry):
            fault_id = fault.get("id")
            seen = {"faultSource": source, "faultId": fault_id}
            return AskedFor(explained(fault_id), seen)
    return None


def _answers(effect: Mapping[str, Any], entry: JournalEntry) -> bool:
    """Whether the refusal is the one that *effect* brings about."""
    name, wrong = _WRONG_CODE
    if effect.get(name) == wrong:
        return _JUDGED in entry.seen
    return any(one in effect for one in _ANSWERS)
