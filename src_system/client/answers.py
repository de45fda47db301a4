"""What the control port answers, typed; members that a newer server adds are ignored."""

from datetime import datetime
from typing import Any

import msgspec

from src_system.client.errors import Json


class Struct(msgspec.Struct, frozen=True, rename="camel"):
    """JSON in camelCase, Python in snake_case."""


# --- Sandboxes --------------------------------------------------------------------------------


class ClockReading(Struct, frozen=True, kw_only=True):
    """A sandbox's clock: `real`, `frozen` or `offset`, and what it shows."""

    mode: str
    now: datetime
    offset_seconds: float | None = None


class FiredWork(Struct, frozen=True, kw_only=True):
    """What the time passed over brought: work to be done, something that expired or arrived."""

    kind: str
    event: str | None = None
    network: str | None = None
    id: str
    due_at: datetime


class ClockAdvance(Struct, frozen=True, kw_only=True):
    """Where the clock stands now, and what fired on the way: the first thousand, and how many."""

    now: datetime
    fired: list[FiredWork] = []
    counts: dict[str, int] = {}


class NetworkUrls(Struct, frozen=True, kw_only=True):
    """Where a sandbox's network is reached."""

    src: str
    keys: str
    token: str | None = None
    sdk: str | None = None
    dcf: str | None = None
    native: list[str] = []


class SandboxSummary(Struct, frozen=True, kw_only=True):
    """A sandbox as a list shows it."""

    name: str
    seed: str
    clock: ClockReading
    profile: str
    created_at: datetime
    expires_at: datetime | None = None


class Jwks(Struct, frozen=True, kw_only=True):
    """Keys (RFC 7517); private ones where the sandbox made them."""

    keys: list[Json] = []

    def __repr__(self) -> str:
        return f"Jwks({len(self.keys)} keys)"


class Client(Struct, frozen=True, kw_only=True):
    """A client: an SRC initiator, a participating issuer or a DCF."""

    src_client_id: str
    kind: str
    name: str
    business: str | None = None
    status: str
    token_requestor_id: str | None = None
    origins: list[str] = []
    authentication: Json = {}
    notification_url: str | None = None
    notification_encrypted: bool = False
    jwks: Jwks = Jwks()
    recipients: list[Json] = []
    payload_keys: list[Json] = []

    def __repr__(self) -> str:
        return f"Client(src_client_id={self.src_client_id!r}, kind={self.kind!r})"


class Dpa(Struct, frozen=True, kw_only=True):
    """A DPA: a shop."""

    src_dpa_id: str
    srci_dpa_id: str | None = None
    src_client_id: str
    status: str
    dpa_data: Json = {}
    dpa_transaction_options: Json = {}
    registration: Json = {}
    markets: list[str] = []
    origins: list[str] = []


class SandboxDetails(SandboxSummary, frozen=True, kw_only=True):
    """A sandbox with its addresses, and its first hundred clients and DPAs."""

    urls: dict[str, NetworkUrls]
    clients: list[Client] = []
    dpas: list[Dpa] = []


class Snapshot(Struct, frozen=True, kw_only=True):
    """A sandbox as it stood: when it was taken, in real time and by the sandbox's clock."""

    name: str
    taken_at: datetime
    simulated_at: datetime


# --- People and cards -------------------------------------------------------------------------


class Phone(Struct, frozen=True, kw_only=True):
    """A mobile number, digits only."""

    country_code: str
    phone_number: str


class Address(Struct, frozen=True, kw_only=True):
    """An address in clear; `address_id` for one of a consumer's list."""

    address_id: str | None = None
    name: str | None = None
    line1: str | None = None
    line2: str | None = None
    line3: str | None = None
    city: str | None = None
    state: str | None = None
    country_code: str | None = None
    zip: str | None = None


class Card(Struct, frozen=True, kw_only=True):
    """A digital card: of its number only the first six and the last four digits."""

    network: str
    src_digital_card_id: str
    src_consumer_id: str
    src_payment_card_id: str | None = None
    pan_bin: str
    pan_last_four: str
    pan_expiration_month: str
    pan_expiration_year: str
    status: str
    pending_events: list[str] = []
    cardholder_full_name: str | None = None
    payment_account_reference: str | None = None
    payment_card_type: str | None = None
    country_code: str | None = None
    billing_address_id: str | None = None
    billing_address: Address | None = None
    date_of_card_created: datetime | None = None
    date_of_card_last_used: datetime | None = None


class Consumer(Struct, frozen=True, kw_only=True):
    """A consumer of one network; `cards` and `shipping_addresses` only when one is shown alone."""

    network: str
    src_consumer_id: str
    status: str
    locked_until: datetime | None = None
    email_address: str | None = None
    mobile_number: Phone | None = None
    first_name: str | None = None
    last_name: str | None = None
    full_name: str | None = None
    national_identifier: str | None = None
    country_code: str | None = None
    locale: str | None = None
    date_consumer_added: datetime | None = None
    date_consumer_last_used: datetime | None = None
    cards: list[Card] = []
    shipping_addresses: list[Address] = []


class RefreshedTokens(Struct, frozen=True, kw_only=True):
    """How many payment tokens of a card changed."""

    src_digital_card_id: str
    tokens_refreshed: int


class PlacedProfile(Struct, frozen=True, kw_only=True):
    """A consumer's id on one network."""

    src_consumer_id: str


class PlacedCard(Struct, frozen=True, kw_only=True):
    """A card that fixtures put in place."""

    network: str
    src_digital_card_id: str


class PlacedAddress(Struct, frozen=True, kw_only=True):
    """A shipping address that fixtures put in place."""

    network: str
    address_id: str


class PlacedConsumer(Struct, frozen=True, kw_only=True):
    """A consumer that fixtures put in place: the ids on each network."""

    email_address: str | None = None
    mobile_number: Phone | None = None
    profiles: dict[str, PlacedProfile] = {}
    cards: list[PlacedCard] = []
    shipping_addresses: list[PlacedAddress] = []

    def card_on(self, network: str) -> str:
        """The srcDigitalCardId of the first card on *network*; LookupError for none."""
        for card in self.cards:
            if card.network == network:
                return card.src_digital_card_id
        raise LookupError(f"The fixtures put no card on {network}.")


class Placed(Struct, frozen=True, kw_only=True):
    """Everything of a fixtures document, as it is now."""

    clients: list[Client] = []
    dpas: list[Dpa] = []
    consumers: list[PlacedConsumer] = []


# --- Codes and notifications ------------------------------------------------------------------


class OneTimeCode(Struct, frozen=True, kw_only=True):
    """What a consumer would have received by mail or text message.

    States: issued, superseded, consumed, expired, locked. `delivery` is normal, or what a fault did
    to it: lost, late (until `arrives_at`), duplicate, otherChannel.
    """

    id: str
    network: str
    identity: str
    destination: str | None = None
    channel: str
    value: str
    state: str
    tries_left: int | None = None
    delivery: str = "normal"
    issued_at: datetime
    expires_at: datetime
    arrives_at: datetime | None = None
    id_validation_session_id: str | None = None
    purpose: str | None = None
    authentication: Json | None = None


class OneTimeCodes(Struct, frozen=True, kw_only=True):
    """Codes, oldest first; `cursor` is the `after` of what comes later."""

    otps: list[OneTimeCode] = []
    cursor: str


class DeliveryAttempt(Struct, frozen=True, kw_only=True):
    """One attempt to deliver: the receiver's HTTP status, or why there was none."""

    attempted_at: datetime
    status: int | None = None
    error: str | None = None
    milliseconds: int | None = None


class Notification(Struct, frozen=True, kw_only=True):
    """A card update notification and how far its delivery has come."""

    id: str
    network: str
    src_client_id: str
    src_digital_card_id: str
    reason_code: str
    event_time: datetime
    state: str
    attempts: list[DeliveryAttempt] = []
    next_attempt_at: datetime | None = None
    delivered_at: datetime | None = None
    notification: Json = {}


class Notifications(Struct, frozen=True, kw_only=True):
    """Notifications, oldest first; `cursor` is the `after` of what comes later."""

    notifications: list[Notification] = []
    cursor: str


class Federation(Struct, frozen=True, kw_only=True):
    """By network, whose idTokens it takes."""

    trusted_networks: dict[str, list[str]]


# --- Faults -----------------------------------------------------------------------------------


class FaultRule(Struct, frozen=True, kw_only=True):
    """A fault rule as it was written; how many calls it `matched`, and met its effect."""

    id: str
    name: str | None = None
    match: Json = {}
    when: Json = {}
    effect: Json
    matched: int = 0
    applied: int = 0
    created_at: datetime | None = None


# --- The installation -------------------------------------------------------------------------


class TestPan(Struct, frozen=True, kw_only=True):
    """A published test number and what paying with it yields."""

    __test__ = False  # not a test class, whatever pytest thinks of its name

    primary_account_number: str
    card_type: str | None = None
    country_code: str | None = None
    payload_credential: str | None = None


class NetworkTestPans(Struct, frozen=True, kw_only=True):
    """The card numbers that may be used on one network."""

    test_pans: list[TestPan] = []
    invented_ranges: list[dict[str, Any]] = []
    card_security_code_digits: int | None = None


class Version(Struct, frozen=True, kw_only=True):
    """What runs there."""

    name: str
    version: str
