"""What an SRC initiator reports about a payment after the checkout (spec 4.12)."""

from dataclasses import dataclass
from datetime import datetime

from src_system.model.transaction_options import TransactionAmount

EVENT_TYPES = ("01", "02", "03", "04", "05", "06", "07")
EVENT_AUTHORISE = "01"
EVENT_STATUS_CONFIRMED = "02"
CONFIRMATION_STATUSES = ("01", "02", "03")
NETWORK_TRANSACTION_UNAVAILABLE = "UNAVLB"


@dataclass(frozen=True, slots=True)
class Confirmation:
    """The confirmationData of one event; codes as in spec 4.12."""

    checkout_event_type: str
    checkout_event_status: str
    confirmation_timestamp: datetime
    confirmation_status: str | None
    confirmation_reason: str | None
    network_authorization_code: str | None
    network_transaction_identifier: str | None
    payment_network_reference: str | None
    transaction_amount: TransactionAmount | None

    @property
    def is_successful_authorisation(self) -> bool:
        """Whether this reports an authorisation that went through."""
        return (
            self.checkout_event_type == EVENT_AUTHORISE
            and self.checkout_event_status == EVENT_STATUS_CONFIRMED
            and self.confirmation_status in (None, "01")
        )
