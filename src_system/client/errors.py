"""What can go wrong with a call, each with one line that says what to do about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

Json = dict[str, Any]


class SrcSystemError(Exception):
    """What every failure of this client is; its text is one line."""


class Unreachable(SrcSystemError):
    """Nobody listens there, or the connection broke off before the answer was whole."""


class TimedOut(SrcSystemError):
    """The answer, or what was waited for, did not come in time."""


class UnexpectedAnswer(SrcSystemError):
    """An answer that is neither a refusal nor what the call promises."""


class NotTrusted(SrcSystemError):
    """A signature, a token or a ciphertext that must not be believed; the text says why."""


@dataclass(frozen=True, slots=True)
class ErrorDetail:
    """What exactly is wrong: the reason, and the member at fault with where it stands."""

    reason: str
    message: str
    source: str | None
    source_type: str | None


class Refused(SrcSystemError):
    """The server said no.

    `status` is the HTTP status. `reason`, `message`, `source` (the member at fault), `details` and
    `src_correlation_id` are what the error body says, in whichever of the networks' forms; where
    it says nothing they are empty, or None. `document` is the body as it came.
    """

    def __init__(
        self, call: str, status: int, document: Json, headers: Mapping[str, str] | None = None
    ) -> None:
        refusal = _refusal_in(document)
        self.call = call
        self.status = status
        self.document = document
        self.headers: Mapping[str, str] = headers or {}
        self.reason = _text(refusal, "reason") or _text(refusal, "ReasonCode") or ""
        self.message = _text(refusal, "message") or _text(refusal, "Description") or ""
        self.details = _details(refusal)
        self.src_correlation_id = _text(document, "srcCorrelationId")
        super().__init__(self._line())

    @property
    def detail(self) -> ErrorDetail | None:
        """The first detail, which most refusals have."""
        return self.details[0] if self.details else None

    @property
    def source(self) -> str | None:
        """The member at fault, as a path in the request; None when none is named."""
        return next((detail.source for detail in self.details if detail.source), None)

    @property
    def reasons(self) -> frozenset[str]:
        """The reason and those of the details: networks differ in where they say it."""
        found = {self.reason, *(detail.reason for detail in self.details)}
        return frozenset(found - {""})

    def _line(self) -> str:
        said = self.reason
        if self.source:
            said += f" at {self.source}"
        said = f"{said}: {self.message}" if said and self.message else said or self.message
        correlation = f" (srcCorrelationId {self.src_correlation_id})"
        return (
            f"{self.call} was refused with {self.status}"
            + (f" {said}" if said else "")
            + (correlation if self.src_correlation_id else "")
        )


def _refusal_in(document: Json) -> Json:
    """The refusal itself: bare, in the wrapper of DPA batches, or in a gateway's list."""
    wrapped = document.get("error")
    if isinstance(wrapped, dict):
        return wrapped
    errors = document.get("Errors")
    found = errors.get("Error") if isinstance(errors, dict) else None
    if isinstance(found, list) and found and isinstance(found[0], dict):
        return found[0]
    if isinstance(wrapped, str):  # a token endpoint's (RFC 6749 5.2)
        return {"reason": wrapped, "message": document.get("error_description")}
    return document


def _details(refusal: Json) -> tuple[ErrorDetail, ...]:
    entries = refusal.get("errordetail") or refusal.get("errorDetail") or ()
    if not isinstance(entries, Sequence):
        return ()
    return tuple(
        ErrorDetail(
            reason=_text(entry, "reason") or "",
            message=_text(entry, "message") or "",
            source=_text(entry, "source"),
            source_type=_text(entry, "sourceType"),
        )
        for entry in entries
        if isinstance(entry, dict)
    )


def _text(document: Json, member: str) -> str | None:
    value = document.get(member)
    if value is None or isinstance(value, str):
        return value
    return msgspec.json.encode(value).decode()
