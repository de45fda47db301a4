"""The JSON shapes of the journal on the control port."""

from typing import Annotated, Any, NotRequired, TypedDict

import msgspec

from src_system.fixtures.answer_documents import Instant
from src_system.journal.har import ArtefactDocument

_Place = Annotated[int, msgspec.Meta(description="Where the entry stands; grows by one.", ge=1)]
_Fault = Annotated[
    list[dict[str, Any]], msgspec.Meta(description="Faults that were applied to the call.")
]
_Text = Annotated[str, msgspec.Meta(description="The body; masked JSON is written anew.")]


class JournalSummary(TypedDict):
    """A call and its answer, without headers and bodies."""

    place: _Place
    network: str
    operation: str
    method: str
    path: str
    status: Annotated[int, msgspec.Meta(description="0 where a fault let nothing be sent.")]
    reason: Annotated[str, msgspec.Meta(description="The most exact reason; empty for a success.")]
    source: str | None
    srcClientId: str | None
    srcCorrelationId: str | None
    at: Annotated[Instant, msgspec.Meta(description="The sandbox's time when it came.")]
    recordedAt: Annotated[Instant, msgspec.Meta(description="The machine's time of the answer.")]
    milliseconds: float
    statements: int
    faults: _Fault


class JournalPage(TypedDict):
    """Entries, oldest first."""

    entries: list[JournalSummary]
    cursor: Annotated[str, msgspec.Meta(description="Send it as `after` for what comes later.")]
    firstPlace: Annotated[int, msgspec.Meta(description="The oldest place that is still kept.")]
    dropped: Annotated[
        int, msgspec.Meta(description="Entries given up since the journal began or was cleared.")
    ]


class RawMessage(TypedDict):
    """Headers and body as they went over the wire."""

    headers: dict[str, str]
    body: _Text
    bodyEncoding: Annotated[
        str | None, msgspec.Meta(description="base64 where the body is no text; else null.")
    ]


class JournalEntryView(JournalSummary):
    """A call and its answer, raw."""

    request: RawMessage
    response: RawMessage
    seen: Annotated[dict[str, Any], msgspec.Meta(description="What a refusal rested on.")]
    masked: bool


class DecodedEntry(JournalSummary):
    """A call and its answer with everything opened that the sandbox has a key for."""

    query: dict[str, str]
    request: dict[str, Any]
    response: dict[str, Any]
    artefacts: Annotated[
        dict[str, ArtefactDocument],
        msgspec.Meta(description="By path: response.checkoutResponse.encryptedPayload."),
    ]
    masked: bool


class RuleView(TypedDict):
    """The rule that a call broke."""

    text: str
    spec: Annotated[
        str | None, msgspec.Meta(description="Section of the SRC API; null: the simulator's own.")
    ]


class ExplanationView(TypedDict):
    """Why a call was refused."""

    place: _Place
    network: str
    operation: str
    at: Instant
    status: int
    isRefused: bool
    reason: str
    source: str | None
    message: str | None
    rule: RuleView | None
    seen: Annotated[dict[str, Any], msgspec.Meta(description="The state that was met.")]
    wouldPass: str | None
    faults: _Fault


class DisclosureView(TypedDict):
    """Somebody read entries without masks."""

    number: int
    disclosedAt: Instant
    remoteAddress: str
    usedToken: bool
    view: str
    firstPlace: int
    lastPlace: int


class Disclosures(TypedDict):
    """Readings without masks, oldest first."""

    disclosures: list[DisclosureView]
    cursor: str


class HarLog(TypedDict):
    """The archive's one member (HAR 1.2)."""

    version: str
    creator: dict[str, str]
    entries: list[dict[str, Any]]
    comment: NotRequired[str]


class HarDocument(TypedDict):
    """An HTTP archive (HAR 1.2); members that begin with an underscore are our own."""

    log: HarLog
