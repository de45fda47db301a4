"""What happened in a sandbox as lines of text that are equal when the same happened elsewhere.

Every document is read and opened. Left out is what hangs on the installation, on the machine or on
the order of arrival: keys and their ids, signatures and ciphertexts, machine time, places.
"""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from src_system.journal.reading import exchanges_of
from src_system.model.identifiers import SandboxName
from src_system.model.journal import Artefact, Exchange
from src_system.system import Installation
from tests.http.initiator import Initiator, Json
from tests.http.opened import opened, payload_key

_OF_THE_MACHINE = frozenset({"date", "server", "host", "content-length", "user-agent"})
_ADDRESS = re.compile(r"https?://(?:127\.0\.0\.1|localhost):\d+")
# Of the networks' keys: the ids bear the second in which the installation made them.
_STAMP = re.compile(r"(?<![\w.])(?:[a-z-]+-)?20\d{12}(?=[-\"])")
_STAMP_DIGITS = 14
_MODULUS = re.compile(r'"n": "[\w-]{300,}"')


async def journal_lines(installation: Installation, initiator: Initiator) -> list[str]:
    """A line for each call of the sandbox, in an order of their own."""
    world = await installation.world(SandboxName(initiator.name))
    lines: list[str] = []
    after = 0
    while page := await exchanges_of(installation, world.sandbox.sandbox_id, after=after):
        lines += [_line(_call(exchange), initiator.name) for exchange in page]
        after = page[-1].entry.place
    return sorted(lines)


async def inbox_lines(initiator: Initiator) -> list[str]:
    """A line for each one-time code that was sent."""
    found = (await initiator.manage("GET", "/otps?limit=1000")).body["otps"]
    return sorted(_line(one, initiator.name) for one in found)


async def notification_lines(initiator: Initiator) -> list[str]:
    """A line for each notification, delivered or not."""
    key = payload_key(initiator)
    found = (await initiator.manage("GET", "/notifications?limit=1000")).body["notifications"]
    for one in found:
        for attempt in one["attempts"]:
            del attempt["milliseconds"]
    return sorted(_line(opened(one, key), initiator.name) for one in found)


def _call(exchange: Exchange) -> Json:
    entry = exchange.entry
    return {
        "operation": entry.operation,
        "network": entry.network,
        "method": entry.method,
        "path": entry.path,
        "status": entry.status,
        "reason": entry.reason,
        "source": entry.source,
        "refusal": entry.refusal,
        "seen": dict(entry.seen),
        "faults": [dict(fault) for fault in entry.faults],
        "client": entry.src_client_id,
        "correlation": entry.src_correlation_id,
        "at": entry.at.isoformat(),
        "sent": _headers(entry.request_headers),
        "request": _read(exchange.request, "request", exchange.artefacts),
        "answered": _headers(entry.response_headers),
        "response": _read(exchange.response, "response", exchange.artefacts),
    }


def _headers(headers: Mapping[str, str]) -> Json:
    return {name: value for name, value in headers.items() if name.lower() not in _OF_THE_MACHINE}


def _read(value: Any, path: str, artefacts: Mapping[str, Artefact]) -> Any:
    """*value* with what artefacts hold in their place."""
    artefact = artefacts.get(path)
    if artefact is not None:
        return {
            "kind": artefact.kind,
            "header": dict(artefact.header),
            "content": _read(artefact.content, f"{path}.", artefacts),
            "isValid": artefact.is_valid,
        }
    if isinstance(value, Mapping):
        at = path.rstrip(".")
        return {name: _read(member, f"{at}.{name}", artefacts) for name, member in value.items()}
    if isinstance(value, list):
        return [_read(member, f"{path}[{n}]", artefacts) for n, member in enumerate(value)]
    return value


def _instant(value: Any) -> str:
    """What a refusal saw may be an instant."""
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is not in a journal")


def _line(document: Any, name: str) -> str:
    text = json.dumps(document, sort_keys=True, ensure_ascii=False, default=_instant)
    text = _ADDRESS.sub("http://simulator", text).replace(f"/s/{name}/", "/s/SANDBOX/")
    text = text.replace(json.dumps(name), '"SANDBOX"')
    text = _MODULUS.sub('"n": "…"', text)
    return _STAMP.sub(lambda kid: kid[0][:-_STAMP_DIGITS] + "STAMP", text)
