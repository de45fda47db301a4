"""What a DPA asks of a transaction: amount, dynamic data, address and consumer preferences."""

from decimal import Decimal
from enum import StrEnum

import msgspec


class DynamicDataType(StrEnum):
    """Kinds of dynamic data in a payload (spec 6; spec 9.3)."""

    CARD_APPLICATION_CRYPTOGRAM_SHORT_FORM = "CARD_APPLICATION_CRYPTOGRAM_SHORT_FORM"
    CARD_APPLICATION_CRYPTOGRAM_LONG_FORM = "CARD_APPLICATION_CRYPTOGRAM_LONG_FORM"
    CARD_APPLICATION_CRYPTOGRAM_OTHER = "CARD_APPLICATION_CRYPTOGRAM_OTHER"
    DYNAMIC_CARD_SECURITY_CODE = "DYNAMIC_CARD_SECURITY_CODE"
    CARDHOLDER_AUTHENTICATION_CRYPTOGRAM = "CARDHOLDER_AUTHENTICATION_CRYPTOGRAM"
    NONE = "NONE"


class PayloadTypeIndicator(StrEnum):
    """How much of a payload is encrypted (spec 5.17)."""

    SUMMARY = "SUMMARY"
    FULL = "FULL"
    PAYMENT = "PAYMENT"
    NON_PAYMENT = "NON_PAYMENT"


class AddressPreference(StrEnum):
    """How much of an address the DPA wants (spec 6)."""

    NONE = "NONE"
    POSTAL_COUNTRY = "POSTAL_COUNTRY"
    FULL = "FULL"


class AdditionalAmountType(StrEnum):
    """What a part of an amount is for (spec 6)."""

    TIP = "TIP"
    CONVENIENCE_FEE = "CONVENIENCE_FEE"
    CONVENIENCE_FEE_PERCENTAGE = "CONVENIENCE_FEE_PERCENTAGE"
    SUB_TOTAL = "SUB_TOTAL"


class AdditionalAmount(msgspec.Struct, frozen=True):
    """A part of an amount in its currency; a percentage for CONVENIENCE_FEE_PERCENTAGE."""

    additional_amount_type: AdditionalAmountType
    value: Decimal


class TransactionAmount(msgspec.Struct, frozen=True):
    """An amount in major units with its ISO 4217 alpha-3 currency (spec 2.12)."""

    amount: Decimal
    currency_code: str
    additional_amounts: tuple[AdditionalAmount, ...] = ()


class PayloadRequested(StrEnum):
    """Whether the payload shall prove that the cardholder was authenticated (spec 6)."""

    AUTHENTICATED = "AUTHENTICATED"
    NON_AUTHENTICATED = "NON_AUTHENTICATED"


class ThreeDsPreference(StrEnum):
    """Who performs 3-D Secure (spec 6)."""

    NONE = "NONE"
    SELF = "SELF"
    ONBEHALF = "ONBEHALF"  # the SRC System does


class ThreeDsWishes(msgspec.Struct, frozen=True):
    """What the merchant asks of a 3-D Secure authentication (spec 5.14, 5.15)."""

    challenge_indicator: str | None = None
    force_challenge: bool = False
    suppress_challenge: bool = False


class PaymentOption(msgspec.Struct, frozen=True):
    """One entry of paymentOptions: kind of dynamic data and how long it lives, in minutes."""

    dynamic_data_type: DynamicDataType | None = None
    dynamic_data_ttl_minutes: int | None = None


class TransactionOptions(msgspec.Struct, frozen=True):
    """The part of dpaTransactionOptions that decides what a checkout answers (spec 5.14)."""

    transaction_amount: TransactionAmount | None = None
    payment_options: tuple[PaymentOption, ...] = ()
    payload_type_indicator: PayloadTypeIndicator | None = None
    billing_preference: AddressPreference = AddressPreference.NONE
    shipping_preference: AddressPreference = AddressPreference.NONE
    accepted_billing_countries: tuple[str, ...] = ()
    accepted_shipping_countries: tuple[str, ...] = ()
    consumer_name_requested: bool = False
    consumer_email_address_requested: bool = False
    consumer_phone_number_requested: bool = False
    consumer_national_identifier_requested: bool = False
    payload_requested: PayloadRequested | None = None
    three_ds_preference: ThreeDsPreference | None = None
    three_ds_wishes: ThreeDsWishes = msgspec.field(default_factory=ThreeDsWishes)
    merchant_country_code: str | None = None
    dpa_locale: str | None = None
