"""The short form of a fault's effect, as X-Src-Simulate has it: http=503;retryAfter=2."""

from collections.abc import Callable
from typing import Any

from src_system.client.durations import iso_duration
from src_system.client.errors import Json, SrcSystemError

_RANGE = ".."
_NUMBERS = frozenset({"status", "retryAfter", "limit"})
_DURATIONS = frozenset({"after", "over", "p95", "per"})


def read_effect(text: str) -> Json:
    """The effect's document.

    | effect | written |
    |---|---|
    | error | `error=REASON`, `;status=`, `;message=` |
    | http | `http=STATUS`, `;retryAfter=SECONDS`, `;body=` |
    | latency | `latency=PT0.2S`, `latency=PT0.1S..PT1S`, `latency=PT0.1S;p95=PT1S` |
    | transport | `transport=reset`, `;phase=`, `;part=`, `;over=` |
    | tamper | `tamper=ARTEFACT:HOW`, `;member=` |
    | otp | `otp=late`, `;after=PT10M` |
    | state | `state=card:SUSPENDED`, `state=consumer:LOCKED`, `;after=PT1M` or `;afterCalls=3` |
    | quota | `quota=LIMIT;per=PT1M` |

    Durations may be written 5s or 1h30m as well.

    Raises SrcSystemError for anything else; whether the words exist is for the server to say.
    """
    first, *others = (part.strip() for part in text.split(";"))
    name, has_value, value = (part.strip() for part in first.partition("="))
    write = _WRITERS.get(name)
    if write is None or not has_value or not value:
        raise SrcSystemError(
            f"{text!r} is no effect: write one of {', '.join(_WRITERS)}, an equals sign and its"
            " value, as in http=503;retryAfter=2."
        )
    parameters: Json = {}
    for other in others:
        key, is_there, given = (part.strip() for part in other.partition("="))
        if not (key and is_there and given):
            raise SrcSystemError(f"{other!r} is no parameter of an effect: write NAME=VALUE.")
        if key in _DURATIONS:
            given = iso_duration(given)
        parameters[key] = _number(key, given) if key in _NUMBERS else given
    return write(value, parameters)


def _error(value: str, parameters: Json) -> Json:
    return {"error": {"reason": value, **parameters}}


def _http(value: str, parameters: Json) -> Json:
    return {"http": {"status": _number("http", value), **parameters}}


def _latency(value: str, parameters: Json) -> Json:
    if "p95" in parameters:
        return {"latency": {"lognormal": {"median": iso_duration(value), **parameters}}}
    if _RANGE in value:
        ends = [iso_duration(one.strip()) for one in value.split(_RANGE)]
        return {"latency": {"uniform": ends, **parameters}}
    return {"latency": {"fixed": iso_duration(value), **parameters}}


def _transport(value: str, parameters: Json) -> Json:
    return {"transport": value, **parameters}


def _tamper(value: str, parameters: Json) -> Json:
    artefact, _, how = value.partition(":")
    return {"tamper": {"artefact": artefact.strip(), "how": how.strip(), **parameters}}


def _otp(value: str, parameters: Json) -> Json:
    return {"otp": {"delivery": value, **parameters}}


def _state(value: str, parameters: Json) -> Json:
    whose, _, status = value.partition(":")
    state: Json = {whose.strip(): status.strip(), **parameters}
    if "afterCalls" in state:
        state["after"] = {"calls": _number("afterCalls", state.pop("afterCalls"))}
    return {"state": state}


def _quota(value: str, parameters: Json) -> Json:
    return {"quota": {"limit": _number("quota", value), **parameters}}


_WRITERS: dict[str, Callable[[str, Json], Json]] = {
    "error": _error,
    "http": _http,
    "latency": _latency,
    "transport": _transport,
    "tamper": _tamper,
    "otp": _otp,
    "state": _state,
    "quota": _quota,
}


def _number(name: str, text: Any) -> int:
    if not (isinstance(text, str) and text.isascii() and text.isdigit() and len(text) <= 9):
        raise SrcSystemError(f"{name} is a whole number, not {text!r}.")
    return int(text)
