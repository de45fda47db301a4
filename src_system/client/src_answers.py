"""What an SRC System answers, typed and in one spelling for all networks.

Members that a network leaves out are None or empty. Every answer keeps the whole `document`, as it
came, and `src_correlation_id`.
"""

from datetime import datetime
from typing import Any, TypeVar

import msgspec

from src_system.client.answers import Struct
from src_system.client.dialect import modernise
from src_system.client.errors import Json, UnexpectedAnswer
from src_system.client.transport import Reply

Result = TypeVar("Result", bound="Answer")


class Answer(Struct, frozen=True, kw_only=True):
    """What every answer has."""

    src_correlation_id: str | None = None
    document: Json = {}


# --- Cards and people, masked -----------------------------------------------------------------


class DigitalCardData(Struct, frozen=True, kw_only=True):
    """How a card stands, and how it is shown."""

    status: str
    presentation_name: str | None = None
    descriptor_name: str | None = None
    art_uri: str | None = None
    pending_events: list[str] = []


class MaskedCard(Struct, frozen=True, kw_only=True):
    """A card as a wallet shows it."""

    src_digital_card_id: str
    src_payment_card_id: str | None = None
    pan_bin: str | None = None
    pan_last_four: str
    token_bin_range: str | None = None
    token_last_four: str | None = None
    pan_expiration_month: str | None = None
    pan_expiration_year: str | None = None
    payment_account_reference: str | None = None
    payment_card_descriptor: str | None = None
    payment_card_type: str | None = None
    country_code: str | None = None
    digital_card_data: DigitalCardData
    dcf: Json = {}
    date_of_card_created: datetime | None = None
    date_of_card_last_used: datetime | None = None
    masked_billing_address: Json = {}

    @property
    def status(self) -> str:
        """ACTIVE, SUSPENDED, PENDING, EXPIRED, CANCELLED."""
        return self.digital_card_data.status


class MaskedConsumer(Struct, frozen=True, kw_only=True):
    """A person as far as an SRC System tells."""

    src_consumer_id: str | None = None
    status: str | None = None
    masked_email_address: str | None = None
    masked_mobile_number: Json | None = None
    masked_first_name: str | None = None
    masked_last_name: str | None = None
    masked_full_name: str | None = None
    country_code: str | None = None
    language_code: str | None = None
    date_consumer_added: datetime | None = None
    date_consumer_last_used: datetime | None = None


class CardAnswer(Answer, frozen=True, kw_only=True):
    """getCard, updateCard."""

    masked_card: MaskedCard
    masked_consumer: MaskedConsumer | None = None


class EnrolledCard(CardAnswer, frozen=True, kw_only=True):
    """enrollCard; `id_token` when the enrolment made the profile."""

    id_token: str | None = None


class BillingAddress(Answer, frozen=True, kw_only=True):
    """addBillingAddress: the address as it was kept."""

    address_id: str | None = None
    masked_billing_address: Json = {}


class ShippingAddress(Answer, frozen=True, kw_only=True):
    """addShippingAddress, updateShippingAddress: the address as it was kept."""

    address_id: str
    masked_shipping_address: Json = {}


# --- Recognition ------------------------------------------------------------------------------


class Lookup(Answer, frozen=True, kw_only=True):
    """identityLookup."""

    consumer_present: bool


class ValidationChannel(Struct, frozen=True, kw_only=True):
    """Where a one-time code can go."""

    validation_channel_id: str
    identity_type: str | None = None
    masked_validation_channel: str | None = None


class StartedValidation(Answer, frozen=True, kw_only=True):
    """initiateIdentityValidation: a one-time code is on its way."""

    id_validation_session_id: str
    masked_validation_channel: str | None = None
    supported_validation_channels: list[ValidationChannel] = []
    validation_expires_at: datetime | None = None


class CompletedValidation(Answer, frozen=True, kw_only=True):
    """completeIdentityValidation; `recognition_token` when the device is to be remembered."""

    id_token: str
    recognition_token: str | None = None


class Recognition(Answer, frozen=True, kw_only=True):
    """isRecognized."""

    recognized: bool
    id_tokens: list[str] = []


class Profile(Struct, frozen=True, kw_only=True):
    """One person's cards at one network, and the token that opens them for a checkout."""

    id_token: str | None = None
    masked_consumer: MaskedConsumer | None = None
    masked_cards: list[MaskedCard] = []
    masked_shipping_addresses: list[Json] = []


class Profiles(Answer, frozen=True, kw_only=True):
    """getSrcProfile: a profile for each person."""

    profiles: list[Profile] = []

    @property
    def cards(self) -> list[MaskedCard]:
        """The cards of all of them."""
        return [card for profile in self.profiles for card in profile.masked_cards]


class ConsumerProfile(Answer, frozen=True, kw_only=True):
    """getConsumerProfile: what a DCF shows."""

    masked_consumer: MaskedConsumer | None = None
    masked_cards: list[MaskedCard] = []
    masked_shipping_addresses: list[Json] = []
    srci_transaction_id: str | None = None
    src_dpa_id: str | None = None
    dpa_data: Json = {}


class Unbound(Answer, frozen=True, kw_only=True):
    """unbindAppInstance: nothing but the correlation id, whatever there was to forget."""


# --- Authentication ---------------------------------------------------------------------------


class AuthenticationMethod(Struct, frozen=True, kw_only=True):
    """A way to authenticate a person or a card."""

    authentication_method_type: str
    authentication_subject: str | None = None
    method_attributes: Json = {}


class AuthenticationMethods(Answer, frozen=True, kw_only=True):
    """authenticationMethodsLookup: best first."""

    authentication_methods: list[AuthenticationMethod] = []


class StartedAuthentication(Answer, frozen=True, kw_only=True):
    """initiateAuthentication: PENDING, or COMPLETE at once with its result."""

    authentication_session_id: str
    authentication_method: AuthenticationMethod | None = None
    authentication_status: str
    authentication_result: str | None = None
    assurance_data: Json | None = None


class CompletedAuthentication(Answer, frozen=True, kw_only=True):
    """completeAuthentication."""

    authentication_session_id: str | None = None
    authentication_status: str
    authentication_result: str | None = None
    assurance_data: Json | None = None
    id_token: str | None = None
    recognition_token: str | None = None


# --- Batches ----------------------------------------------------------------------------------


class DpaBatch(Answer, frozen=True, kw_only=True):
    """registerDpas (the id alone) and getDpaBatch."""

    batch_id: str
    request_id: str | None = None
    batch_status: str | None = None
    batch_start_time: datetime | None = None
    batch_end_time: datetime | None = None
    items: list[Json] = []


class CardBatch(Answer, frozen=True, kw_only=True):
    """enrollCardsBatch (the ids alone) and getCardsBatch."""

    batch_id: str
    external_batch_id: str | None = None
    batch_status: str | None = None
    batch_start_time: datetime | None = None
    batch_end_time: datetime | None = None
    records: list[Json] = []


def read_answer(reply: Reply, kind: type[Result], *statuses: int) -> Result:
    """The reply as *kind*; Refused for a refusal, UnexpectedAnswer when it does not fit."""
    return convert(reply.expect(*statuses), kind, reply.call)


def convert(document: Json, kind: type[Result], call: str, **further: Any) -> Result:
    """*document* in one spelling, as *kind*."""
    try:
        return msgspec.convert({**modernise(document), **further, "document": document}, kind)
    except msgspec.ValidationError as error:
        raise UnexpectedAnswer(
            f"{call} answered what this client does not understand: {error}"
        ) from error
