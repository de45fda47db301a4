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
from src_system.model.card_notification import NotificationState, ReasonCode
from src_system.model.consumer import ConsumerStatus
from src_system.model.digital_card import DigitalCardStatus
from src_system.model.identity_validation import OneTimeCodeState

Next = Annotated[
    str | None, msgspec.Meta(description="Send it as `after` for the next page; null at the end.")
]


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
    issuedAt: Instant
    expiresAt: Instant
    idValidationSessionId: str


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
    """A batch or notification that became due."""

    kind: str
    network: str
    id: str
    dueAt: Instant


class ClockAdvance(TypedDict):
    """Where the clock stands now, and what became due on the way."""

    now: Instant
    fired: list[FiredWork]


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
