"""A call of the protocol port as a sandbox's journal keeps it, and as it looks when opened."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One request with its answer, as they went over the wire.

    `place` grows within the sandbox and is the cursor; `at` is the sandbox's time when the request
    came, `recorded_at` the machine's. `path` holds the query string. `faults` are the documents of
    the faults applied to it, `seen` what a refusal rested on, `refusal` its class in model/errors.
    """

    place: int
    network: str
    operation: str
    method: str
    path: str = field(repr=False)
    status: int
    reason: str
    source: str | None
    src_client_id: str | None
    src_correlation_id: str | None
    at: datetime
    recorded_at: datetime
    milliseconds: float
    statements: int
    request_headers: Mapping[str, str] = field(repr=False)
    request_body: bytes = field(repr=False)
    response_headers: Mapping[str, str] = field(repr=False)
    response_body: bytes = field(repr=False)
    faults: tuple[Mapping[str, Any], ...] = ()
    seen: Mapping[str, Any] = field(default_factory=dict)
    refusal: str = ""

    @property
    def is_refused(self) -> bool:
        """Whether the answer was an error."""
        return self.status >= 400

    @property
    def started_at(self) -> datetime:
        """When the request came, by the machine's clock."""
        return self.recorded_at - timedelta(milliseconds=self.milliseconds)


class ArtefactKind(StrEnum):
    """How an artefact is wrapped."""

    JWS = "JWS"
    JWE = "JWE"


@dataclass(frozen=True, slots=True)
class Artefact:
    """A JWS or JWE found in a body: what it says of itself, what it holds, whether it holds good.

    `content` is None where the sandbox lacks the key, or there is nothing to read; `is_valid` is
    None where it cannot be told, and `problem` says in a sentence why it is not True.
    """

    kind: ArtefactKind
    header: Mapping[str, Any]
    content: Mapping[str, Any] | None = field(repr=False)
    is_valid: bool | None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Exchange:
    """An entry with both bodies read and every artefact in them opened.

    `request` and `response` are the JSON objects as they were sent, in the sender's own spelling,
    empty where there was none. `artefacts` are found by their JSON path, with `request.` or
    `response.` before it; what lies in another artefact has its path behind that one's, such as
    `response.checkoutResponse.encryptedPayload`.
    """

    entry: JournalEntry
    request: Mapping[str, Any] = field(repr=False)
    query: Mapping[str, str] = field(repr=False)
    response: Mapping[str, Any] = field(repr=False)
    artefacts: Mapping[str, Artefact]

    def content(self, path: str) -> Mapping[str, Any]:
        """What the artefact at *path* holds; empty when it is not there or stayed closed."""
        artefact = self.artefacts.get(path)
        return {} if artefact is None or artefact.content is None else artefact.content
