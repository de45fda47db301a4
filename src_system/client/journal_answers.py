"""What the control port answers about the calls that it has kept, typed."""

from datetime import datetime
from typing import Any

from src_system.client.answers import Struct
from src_system.client.errors import Json


class JournalEntry(Struct, frozen=True, kw_only=True):
    """A call and its answer, without headers and bodies.

    `at` is the sandbox's time when it came, `recorded_at` the machine's of the answer. `status` is
    0 where a fault let nothing be sent; `reason` is empty for a success. `faults` are those that
    were applied.
    """

    place: int
    network: str
    operation: str
    method: str
    path: str
    status: int
    reason: str = ""
    source: str | None = None
    src_client_id: str | None = None
    src_correlation_id: str | None = None
    at: datetime
    recorded_at: datetime
    milliseconds: float
    statements: int = 0
    faults: list[Json] = []


class JournalPage(Struct, frozen=True, kw_only=True):
    """Entries, oldest first; `cursor` is the `after` of what comes later.

    `first_place` is the oldest that is still kept; `dropped` counts those given up.
    """

    entries: list[JournalEntry] = []
    cursor: str
    first_place: int = 1
    dropped: int = 0


class Message(Struct, frozen=True, kw_only=True):
    """Headers and body as they went over the wire; `body_encoding` is base64 for what is no text.

    A masked body that is JSON is written anew, and not byte for byte as it was.
    """

    headers: dict[str, str] = {}
    body: str = ""
    body_encoding: str | None = None


class RawEntry(JournalEntry, frozen=True, kw_only=True):
    """A call and its answer, raw; `seen` is what a refusal rested on."""

    request: Message
    response: Message
    seen: Json = {}
    masked: bool = True


class OpenedArtefact(Struct, frozen=True, kw_only=True):
    """A JWS or JWE of a body, and what it holds.

    `is_valid` is None where it cannot be told; `problem` says why it is not True.
    """

    kind: str
    header: Json = {}
    content: Json | None = None
    is_valid: bool | None = None
    problem: str | None = None


class DecodedEntry(JournalEntry, frozen=True, kw_only=True):
    """A call and its answer with each JWS verified and each JWE opened, in `artefacts` by path."""

    query: dict[str, str] = {}
    request: Json = {}
    response: Json = {}
    artefacts: dict[str, OpenedArtefact] = {}
    masked: bool = True


class Rule(Struct, frozen=True, kw_only=True):
    """The rule that a call broke; `spec` is its section, None for the simulator's own."""

    text: str
    spec: str | None = None


class Explanation(Struct, frozen=True, kw_only=True):
    """Why a call was refused: its rule, the state it met (`seen`), and what would have passed."""

    place: int
    network: str
    operation: str
    at: datetime
    status: int
    is_refused: bool
    reason: str = ""
    source: str | None = None
    message: str | None = None
    rule: Rule | None = None
    seen: dict[str, Any] = {}
    would_pass: str | None = None
    faults: list[Json] = []


class Disclosure(Struct, frozen=True, kw_only=True):
    """Somebody read these places without masks; `view` is raw, decoded or har."""

    number: int
    disclosed_at: datetime
    remote_address: str
    used_token: bool
    view: str
    first_place: int
    last_place: int


class Disclosures(Struct, frozen=True, kw_only=True):
    """Readings without masks, oldest first; `cursor` is the `after` of what comes later."""

    disclosures: list[Disclosure] = []
    cursor: str
