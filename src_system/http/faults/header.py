"""The header X-Src-Simulate: faults for one call, written by the client itself.

    X-Src-Simulate: latency=PT0.2S, http=503; retryAfter=2

Effects are parted by commas, their parameters by semicolons. The words are those of fault rules.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from src_system.model.errors import InvalidFormat, SrcError
from src_system.model.fault import Fault, FaultSource
from src_system.model.fault_document import EffectDocument
from src_system.model.fault_effects import StateEffect
from src_system.model.fault_reading import read_effect

HEADER = "X-Src-Simulate"
CHARACTERS_MAX = 1_000
_RANGE = ".."
Parameters = dict[str, str]


def read_header(text: str) -> list[Fault]:
    """The faults that the header asks for; InvalidFormat names the header and says what is wrong.

    A quota and a state after so many calls need somebody who counts: a rule.
    """
    if len(text) > CHARACTERS_MAX:
        raise _refusal(f"At most {CHARACTERS_MAX} characters are read.")
    return [_read_fault(part.strip()) for part in text.split(",")]


def _read_fault(text: str) -> Fault:
    first, *others = (part.strip() for part in text.split(";"))
    name, has_value, value = (part.strip() for part in first.partition("="))
    write = _WRITERS.get(name)
    if write is None or not has_value or not value:
        raise _refusal(f"An effect is one of {', '.join(_WRITERS)}, an equals sign and its value.")
    parameters: Parameters = {}
    for other in others:
        key, is_there, given = (part.strip() for part in other.partition("="))
        if not (key and is_there and given) or key in parameters:
            raise _refusal("A parameter is a name, an equals sign and a value, each name once.")
        parameters[key] = given
    try:
        written = write(value, parameters)
        document = msgspec.convert(written, EffectDocument)
        effect = read_effect(document, source="effect")
    except SrcError as error:
        raise _refusal(f"{name}: {error.message}") from None
    except msgspec.ValidationError as error:
        raise _refusal(f"{name}: {str(error).partition(' - at ')[0]}.") from None
    if isinstance(effect, StateEffect) and effect.calls is not None:
        raise _refusal("A state after so many calls needs a rule.")
    return Fault(FaultSource.HEADER, text, effect, written)


def _error(value: str, parameters: Parameters) -> dict[str, Any]:
    return {"error": {"reason": value, **_with_numbers(parameters, "status")}}


def _http(value: str, parameters: Parameters) -> dict[str, Any]:
    return {"http": {"status": _number(value), **_with_numbers(parameters, "retryAfter")}}


def _latency(value: str, parameters: Parameters) -> dict[str, Any]:
    if "p95" in parameters:
        return {"latency": {"lognormal": {"median": value, **parameters}}}
    if _RANGE in value:
        return {"latency": {"uniform": value.split(_RANGE), **parameters}}
    return {"latency": {"fixed": value, **parameters}}


def _transport(value: str, parameters: Parameters) -> dict[str, Any]:
    return {"transport": value, **parameters}


def _tamper(value: str, parameters: Parameters) -> dict[str, Any]:
    artefact, _, how = value.partition(":")
    return {"tamper": {"artefact": artefact.strip(), "how": how.strip(), **parameters}}


def _otp(value: str, parameters: Parameters) -> dict[str, Any]:
    return {"otp": {"delivery": value, **parameters}}


def _state(value: str, parameters: Parameters) -> dict[str, Any]:
    whose, _, status = value.partition(":")
    return {"state": {whose.strip(): status.strip(), **parameters}}


_WRITERS: dict[str, Callable[[str, Parameters], dict[str, Any]]] = {
    "error": _error,
    "http": _http,
    "latency": _latency,
    "transport": _transport,
    "tamper": _tamper,
    "otp": _otp,
    "state": _state,
}


def _with_numbers(parameters: Parameters, name: str) -> dict[str, Any]:
    if name not in parameters:
        return dict(parameters)
    return {**parameters, name: _number(parameters[name])}


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise InvalidFormat("A whole number is needed.")
    return int(text)


def _refusal(message: str) -> InvalidFormat:
    return InvalidFormat(message, source=HEADER, source_type="HEADER")
