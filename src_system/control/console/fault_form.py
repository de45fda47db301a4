"""A fault rule as a form offers it: one effect out of a list, which calls, how often."""

from collections.abc import Mapping
from typing import Any

import msgspec

from src_system.model.errors import InvalidFormat
from src_system.model.fault_document import CARD_STATUSES, CODE_FAULTS
from src_system.model.fault_effects import POSSIBLE_TAMPERING, TransportFault
from src_system.model.vocabulary import REASONS

Json = dict[str, Any]

_STATUSES = (429, 500, 502, 503, 504)
_DELAYS = ("PT1S", "PT5S", "PT20S", "PT35S")
_QUOTAS = (1, 5, 20)
_MINUTE = "PT1M"

# By kind, the values that its list offers; `kind:value` is what the form sends.
EFFECTS: Mapping[str, tuple[str, ...]] = {
    "http": tuple(str(status) for status in _STATUSES),
    "latency": _DELAYS,
    "transport": tuple(str(kind) for kind in TransportFault),
    "otp": tuple(str(mode) for mode in CODE_FAULTS),
    "tamper": tuple(
        f"{artefact}/{how}"
        for artefact, possible in POSSIBLE_TAMPERING.items()
        for how in sorted(possible)
    ),
    "card": tuple(str(status) for status in CARD_STATUSES),
    "quota": tuple(str(limit) for limit in _QUOTAS),
    "error": tuple(sorted(REASONS)),
}


def read_fault(fields: Mapping[str, str]) -> Json:
    """The rule as POST …/faults takes it: what was written as JSON, else what was chosen."""
    if fields.get("rule"):
        try:
            written: Json = msgspec.json.decode(fields["rule"], type=dict)
        except msgspec.MsgspecError as error:
            raise InvalidFormat("The rule is a JSON object.", source="rule") from error
        return written
    rule: Json = {"effect": _effect(fields.get("effect", ""))}
    match = {
        name: fields[name]
        for name in ("operation", "network", "consumer", "card")
        if fields.get(name)
    }
    if match:
        rule["match"] = match
    if fields.get("times"):
        rule["when"] = {"times": _number(fields["times"], source="times")}
    return rule


def _effect(chosen: str) -> Json:
    kind, _, value = chosen.partition(":")
    if value not in EFFECTS.get(kind, ()):
        raise InvalidFormat("Choose an effect of the list.", source="effect")
    match kind:
        case "http":
            return {"http": {"status": int(value)}}
        case "latency":
            return {"latency": {"fixed": value}}
        case "otp":
            return {"otp": {"delivery": value}}
        case "tamper":
            artefact, _, how = value.partition("/")
            return {"tamper": {"artefact": artefact, "how": how}}
        case "card":
            return {"state": {"card": value}}
        case "quota":
            return {"quota": {"limit": int(value), "per": _MINUTE}}
        case "error":
            return {"error": {"reason": value}}
        case _:
            return {kind: value}


def _number(text: str, *, source: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise InvalidFormat(f"{source} is a whole number.", source=source) from error
