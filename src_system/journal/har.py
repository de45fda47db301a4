"""An exchange as an entry of an HTTP archive (HAR 1.2), with what was in it beside."""

from http import HTTPStatus
from typing import Annotated, Any, TypedDict
from urllib.parse import parse_qsl, urlsplit

import msgspec

from src_system import __version__
from src_system.clock import iso_millis
from src_system.journal.masking import Masking
from src_system.model.journal import Artefact, ArtefactKind, Exchange, JournalEntry

Json = dict[str, Any]
_HTTP = "HTTP/1.1"
_UNKNOWN = -1  # HAR's way to say that a size was not measured


def har_frame() -> Json:
    """The archive without entries."""
    return {
        "log": {
            "version": "1.2",
            "creator": {"name": "src-system", "version": __version__},
            "entries": [],
        }
    }


def har_entry(exchange: Exchange, masking: Masking, *, public_url: str) -> Json:
    """One call; members of our own begin with an underscore, as the format wants it."""
    entry = exchange.entry
    return {
        "startedDateTime": iso_millis(entry.started_at),
        "time": entry.milliseconds,
        "request": _request(entry, masking, public_url),
        "response": _response(entry, masking),
        "cache": {},
        "timings": {"send": 0, "wait": entry.milliseconds, "receive": 0},
        "comment": f"{entry.operation} at {entry.network}",
        "_place": entry.place,
        "_network": entry.network,
        "_operation": entry.operation,
        "_reason": entry.reason,
        "_srcCorrelationId": entry.src_correlation_id,
        "_simulatedTime": iso_millis(entry.at),
        "_faults": masking.document([dict(fault) for fault in entry.faults]),
        "_artefacts": {
            path: artefact_document(artefact, masking)
            for path, artefact in exchange.artefacts.items()
        },
    }


class ArtefactDocument(TypedDict):
    """A JWS or JWE found in a body, and what it holds."""

    kind: Annotated[str, msgspec.Meta(extra_json_schema={"enum": list(ArtefactKind)})]
    header: dict[str, Any]
    content: dict[str, Any] | None
    isValid: Annotated[
        bool | None, msgspec.Meta(description="null where it cannot be told: no such key here.")
    ]
    problem: str | None


def artefact_document(artefact: Artefact, masking: Masking) -> ArtefactDocument:
    """A JWS or JWE that was found, and what it holds."""
    return {
        "kind": artefact.kind,
        "header": masking.document(artefact.header),
        "content": masking.document(artefact.content),
        "isValid": artefact.is_valid,
        "problem": artefact.problem,
    }


def _request(entry: JournalEntry, masking: Masking, public_url: str) -> Json:
    path = masking.path(entry.path)
    request: Json = {
        "method": entry.method,
        "url": path if "://" in path.partition("?")[0] else public_url + path,
        "httpVersion": _HTTP,
        "cookies": [],
        "headers": _pairs(masking.headers(entry.request_headers)),
        "queryString": _pairs(dict(parse_qsl(urlsplit(path).query, keep_blank_values=True))),
        "headersSize": _UNKNOWN,
        "bodySize": len(entry.request_body),
    }
    if entry.request_body:
        body = masking.body(entry.request_body)
        request["postData"] = {
            "mimeType": _kind(entry.request_headers),
            "text": body.text,
            "params": [],
        }
        if body.encoding is not None:
            request["postData"]["_encoding"] = body.encoding
    return request


def _response(entry: JournalEntry, masking: Masking) -> Json:
    body = masking.body(entry.response_body)
    content: Json = {
        "size": len(entry.response_body),
        "mimeType": _kind(entry.response_headers),
        "text": body.text,
    }
    if body.encoding is not None:
        content["encoding"] = body.encoding
    return {
        "status": entry.status,
        "statusText": _phrase(entry.status),
        "httpVersion": _HTTP,
        "cookies": [],
        "headers": _pairs(masking.headers(entry.response_headers)),
        "content": content,
        "redirectURL": "",
        "headersSize": _UNKNOWN,
        "bodySize": len(entry.response_body),
    }


def _pairs(members: dict[str, str]) -> list[Json]:
    return [{"name": name, "value": value} for name, value in members.items()]


def _kind(headers: Any) -> str:
    for name, value in headers.items():
        if name.lower() == "content-type":
            return str(value)
    return ""


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
