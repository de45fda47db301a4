"""The JSON shapes of the control port's answers."""

from typing import Annotated, Any, Literal, TypedDict

import msgspec

from src_system.fixtures.answer_documents import (
    ClientView,
    DpaView,
    Instant,
    NetworkName,
    PhoneView,
    SandboxSummary,
)
from src_system.model.authentication import AuthenticationMethod, AuthenticationReason
from src_system.model.card_notification import NotificationState, ReasonCode
from src_system.model.code_delivery import DeliveryMode
from src_system.model.consumer import ConsumerStatus
from src_system.model.dated_artefacts import FIRED_EVENTS, FiredEvent, TimeSource
from src_system.model.digital_card import DigitalCardStatus
from src_system.model.fault_document import EffectDocument, MatchDocument, WhenDocument
from src_system.model.identity_validation import OneTimeCodeState, ValidationPurpose
from src_system.model.magic import Trigger

Next = Annotated[
    str | None, msgspec.Meta(description="Send it as `after` for the next page; null at the end.")
]


class FaultRuleView(TypedDict):
    """A fault rule as it was written, and how often it counted."""

    id: str
    name: str | None
    match: MatchDocument
    when: WhenDocument
    effect: EffectDocument
    matched: Annotated[
        int, msgspec.Meta(description="Calls that fitted `match`, whatever their `nth`.")
    ]
    applied: Annotated[int, msgspec.Meta(description="Calls that met the effect.")]
    createdAt: Instant


class FaultRules(TypedDict):
    """The rules of a sandbox, in the order they were made."""

    faults: list[FaultRuleView]


class AddressView(TypedDict, total=False):
    """An address in clear (spec 5.12); members without a value are left out."""

    name: str
    line1: str
    line2: str
    line3: str
    city: str
    state: str
    countryCode: str
    zip: str


class SnapshotView(TypedDict):
    """A snapshot of a sandbox."""

    name: str
    takenAt: Annotated[Instant, msgspec.Meta(description="Real time.")]
    simulatedAt: Annotated[Instant, msgspec.Meta(description="What the sandbox's clock showed.")]


class Snapshots(TypedDict):
    """The snapshots of a sandbox, oldest first."""

    snapshots: list[SnapshotView]


class ShippingAddressView(AddressView, total=False):
    """A shipping address of a consumer's list."""

    addressId: str


class CardView(TypedDict):
    """A digital card: of its number only the first six and the last four digits."""

    network: NetworkName
    srcDigitalCardId: str
    srcConsumerId: str
    srcPaymentCardId: str
    panBin: str
    panLastFour: str
    panExpirationMonth: str
    panExpirationYear: str
    status: DigitalCardStatus
    pendingEvents: list[str]
    cardholderFullName: str | None
    paymentAccountReference: str
    paymentCardType: str
    countryCode: str
    billingAddressId: str | None
    billingAddress: AddressView | None
    dateOfCardCreated: Instant
    dateOfCardLastUsed: Instant | None


class ConsumerView(TypedDict):
    """A consumer of one network; nothing is masked here."""

    network: NetworkName
    srcConsumerId: str
    status: ConsumerStatus
    lockedUntil: Instant | None
    emailAddress: str | None
    mobileNumber: PhoneView | None
    firstName: str | None
    lastName: str | None
    fullName: str | None
    nationalIdentifier: str | None
    countryCode: str | None
    locale: str | None
    dateConsumerAdded: Instant
    dateConsumerLastUsed: Instant | None


class ConsumerWithCards(ConsumerView):
    """A consumer with cards and shipping addresses."""

    cards: list[CardView]
    shippingAddresses: list[ShippingAddressView]


class AskedByView(TypedDict):
    """What an authentication wants a code for."""

    authenticationMethodType: AuthenticationMethod
    authenticationReason: AuthenticationReason


class OneTimeCodeView(TypedDict):
    """What a consumer would have received by mail or text message."""

    id: str
    network: NetworkName
    identity: str
    destination: str
    channel: Annotated[
        str, msgspec.Meta(extra_json_schema={"enum": ["EMAIL_ADDRESS", "MOBILE_PHONE_NUMBER"]})
    ]
    value: Annotated[str, msgspec.Meta(description="The code itself.")]
    state: OneTimeCodeState
    triesLeft: Annotated[int, msgspec.Meta(description="How many tries may still be made at it.")]
    delivery: Annotated[DeliveryMode, msgspec.Meta(description="How the message arrived, or not.")]
    issuedAt: Instant
    expiresAt: Instant
    arrivesAt: Annotated[
        Instant | None, msgspec.Meta(description="When a late code comes; null for any other.")
    ]
    idValidationSessionId: str
    purpose: Annotated[ValidationPurpose, msgspec.Meta(description="What a right code proves.")]
    authentication: Annotated[
        AskedByView | None,
        msgspec.Meta(description="What the authentication is; null for an identity."),
    ]


class OneTimeCodes(TypedDict):
    """Codes, oldest first."""

    otps: list[OneTimeCodeView]
    cursor: Annotated[str, msgspec.Meta(description="Send it as `after` for what comes later.")]


class SandboxPage(TypedDict):
    """A page of sandboxes."""

    sandboxes: list[SandboxSummary]
    next: Next


class ClientPage(TypedDict):
    """A page of clients."""

    clients: list[ClientView]
    next: Next


class DpaPage(TypedDict):
    """A page of DPAs."""

    dpas: list[DpaView]
    next: Next


class ConsumerPage(TypedDict):
    """A page of consumers."""

    consumers: list[ConsumerView]
    next: Next


class CardPage(TypedDict):
    """A page of cards."""

    cards: list[CardView]
    next: Next


class FiredWork(TypedDict):
    """An artefact whose time came: expired, arrived, ended, or due to be done."""

    kind: Annotated[str, msgspec.Meta(extra_json_schema={"enum": list(FIRED_EVENTS)})]
    event: FiredEvent
    network: NetworkName | None
    id: str
    dueAt: Instant


Counts = Annotated[dict[str, int], msgspec.Meta(description="How many there are of each kind.")]
ClockAdvance = TypedDict(
    "ClockAdvance",
    {
        "now": Instant,
        "fired": list[FiredWork],
        "counts": Counts,
        "next": Next,
        "from": Instant,
    },
)
DuePage = TypedDict(
    "DuePage",
    {
        "from": Instant,
        "until": Instant,
        "due": list[FiredWork],
        "counts": Counts,
        "next": Next,
    },
)


class MagicValueView(TypedDict):
    """A value that brings something about wherever a call holds it."""

    id: str
    trigger: Trigger
    values: Annotated[
        dict[NetworkName, str], msgspec.Meta(description="What to send to each network.")
    ]
    operations: list[str]
    reason: Annotated[str | None, msgspec.Meta(description="Of the refusal, if it is one.")]
    effect: Annotated[
        dict[str, Any],
        msgspec.Meta(
            description="As in a fault rule; or pendingEvents of a card, the end of threeDs (Y, A,"
            " N, C), or a code that is right or wrong."
        ),
    ]
    what: str
    source: str


class UnreachableReason(TypedDict):
    """A reason that no value brings about."""

    reason: str
    why: str


class MagicTable(TypedDict):
    """Every magic value, and what none can do."""

    magic: list[MagicValueView]
    unreachable: list[UnreachableReason]


class MagicSetting(TypedDict):
    """Whether magic values mean anything in the sandbox."""

    enabled: bool


class ArtefactLimit(TypedDict):
    """A named limit and its value here."""

    name: str
    value: int
    unit: str


class DatedArtefactView(TypedDict):
    """Something that bears a date or has a life."""

    name: str
    what: str
    time: TimeSource
    life: str
    limits: list[ArtefactLimit]
    event: Annotated[
        FiredEvent | None,
        msgspec.Meta(description="What an advance tells of it; null when it tells nothing."),
    ]
    source: str


class DatedArtefacts(TypedDict):
    """All of them."""

    datedArtefacts: list[DatedArtefactView]


class FederationView(TypedDict):
    """The whole picture: every network with those it trusts, itself included."""

    trustedNetworks: Annotated[
        dict[str, list[NetworkName]], msgspec.Meta(description="By network, whom it trusts.")
    ]


class AttemptView(TypedDict):
    """One attempt to deliver: the receiver's HTTP status, or why there was none."""

    attemptedAt: Instant
    status: int | None
    error: str | None
    milliseconds: int


class NotificationView(TypedDict):
    """A card update notification and how far its delivery has come (spec 4.16)."""

    id: str
    network: NetworkName
    srcClientId: str
    srcDigitalCardId: str
    reasonCode: ReasonCode
    eventTime: Instant
    state: Annotated[NotificationState, msgspec.Meta(description="How far the delivery has come.")]
    attempts: list[AttemptView]
    nextAttemptAt: Instant | None
    deliveredAt: Instant | None
    notification: Annotated[dict[str, Any], msgspec.Meta(description="What is posted.")]


class Notifications(TypedDict):
    """Notifications, oldest first."""

    notifications: list[NotificationView]
    cursor: Annotated[str, msgspec.Meta(description="Send it as `after` for what comes later.")]


class RefreshedTokens(TypedDict):
    """How many payment tokens of a card changed."""

    srcDigitalCardId: str
    tokensRefreshed: int


class Liveness(TypedDict):
    """The process answers."""

    status: Literal["live"]


class Readiness(TypedDict):
    """The database answers."""

    status: Literal["ready"]


class Unreadiness(TypedDict):
    """The database does not answer, and why."""

    status: Literal["unavailable"]
    reason: str


class VersionAnswer(TypedDict):
    """What runs here."""

    name: Literal["src-system"]
    version: str
