"""Consumers, the identities they are found by, and the states of a profile."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

from src_system.model.errors import AccountInaccessible


class IdentityType(StrEnum):
    """What kind of name a consumer is known by (spec 6, ConsumerIdentityType)."""

    EMAIL_ADDRESS = "EMAIL_ADDRESS"
    MOBILE_PHONE_NUMBER = "MOBILE_PHONE_NUMBER"
    EXTERNAL_ACCOUNT_ID = "EXTERNAL_ACCOUNT_ID"


class ConsumerStatus(StrEnum):
    """State of a consumer's profile (spec 6, ConsumerStatus; 10j)."""

    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    LOCKED = "LOCKED"


class ConsumerIdentity(msgspec.Struct, frozen=True):
    """One identity in its normal form: e-mail in lower case, phone as digits with calling code."""

    identity_type: IdentityType
    identity_value: str


class PhoneNumber(msgspec.Struct, frozen=True):
    """A mobile number: calling code of 1 to 4 digits, then 4 to 14 digits (spec 5.3)."""

    country_code: str
    phone_number: str

    @property
    def identity_value(self) -> str:
        """The form under which the number is looked up: calling code and number, digits only."""
        return self.country_code + self.phone_number


class Consumer(msgspec.Struct, frozen=True):
    """A consumer of one network in one sandbox, as kept (spec 5.1)."""

    src_consumer_id: str
    status: ConsumerStatus
    email_address: str | None
    mobile_number: PhoneNumber | None
    first_name: str | None
    last_name: str | None
    full_name: str | None
    national_identifier: str | None
    country_code: str | None
    locale: str | None
    locked_until: datetime | None
    date_consumer_added: datetime
    date_consumer_last_used: datetime | None
    exhausted_validations: int = 0
    compliance_settings: Mapping[str, Any] = msgspec.field(default_factory=dict)

    def status_at(self, now: datetime) -> ConsumerStatus:
        """The status at *now*: a lock with an end opens by itself."""
        if (
            self.status is ConsumerStatus.LOCKED
            and self.locked_until is not None
            and self.locked_until <= now
        ):
            return ConsumerStatus.ACTIVE
        return self.status


def refuse_inaccessible(consumer: Consumer, now: datetime) -> None:
    """Raise AccountInaccessible unless the profile is usable at *now* (spec 10j)."""
    if consumer.status_at(now) is not ConsumerStatus.ACTIVE:
        raise AccountInaccessible(
            seen={"consumer_status": consumer.status_at(now), "locked_until": consumer.locked_until}
        )
