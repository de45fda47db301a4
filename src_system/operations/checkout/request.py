"""What a checkout is asked for and what it answers (spec 4.10)."""

from collections.abc import Mapping
from typing import Any

import msgspec

from src_system.model.address import Address
from src_system.model.checkout import DcfActionCode
from src_system.model.participant import Client
from src_system.model.transaction_options import (
    PayloadTypeIndicator,
    TransactionOptions,
)
from src_system.store.checkout_sessions import SessionOpening
from src_system.store.enrolment import NewConsumer
from src_system.system import System


class CheckoutRequest(msgspec.Struct, frozen=True):
    """What the SRC initiator asks for (spec 4.10). It may hold tokens and has no repr."""

    session: SessionOpening
    dpa_id: str | None
    src_digital_card_id: str | None
    encrypted_card: str | None
    id_token: str | None
    consumer: NewConsumer | None
    options: TransactionOptions | None
    payload_type: PayloadTypeIndicator | None = None
    recipient_id: str | None = None
    key_fingerprint_id: str | None = None
    payload_type_later: PayloadTypeIndicator | None = None
    recipient_id_later: str | None = None
    shipping_address_id: str | None = None
    shipping_address: Address | None = None
    encrypted_shipping_address: str | None = None
    compliance_settings: Mapping[str, Any] = msgspec.field(default_factory=dict)
    assurance_data: Mapping[str, Any] = msgspec.field(default_factory=dict)
    dcf_action_code: DcfActionCode | None = None

    __repr__ = object.__repr__

    @property
    def sends_shipping(self) -> bool:
        """Whether the call itself brings a shipping address."""
        return self.shipping_address is not None or self.encrypted_shipping_address is not None


class CheckoutResult(msgspec.Struct, frozen=True):
    """The signed response, None when the consumer left the DCF without paying.

    `recognition_token` when REMEMBER_ME was consented to.
    """

    src_correlation_id: str
    dcf_action_code: DcfActionCode
    checkout_response: str | None
    recognition_token: str | None
    unbind_app_instance: bool = False

    __repr__ = object.__repr__


def checkout_id_of(system: System, caller: Client, reference: str, card_id: str) -> str:
    """The id of the client's checkout with this card: the same for every repetition of it."""
    return system.derivation.uuid(
        "checkout_id", system.key.network, caller.src_client_id, reference, card_id
    )
