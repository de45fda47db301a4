"""Reading dpaTransactionOptions: those of a call, and those registered for a DPA (spec 5.14)."""

import re
from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, TypeVar

import msgspec

from src_system.model.errors import InvalidFormat, InvalidValue, MissingMember
from src_system.model.participant import Dpa
from src_system.model.transaction_options import (
    AdditionalAmount,
    AdditionalAmountType,
    AddressPreference,
    DynamicDataType,
    PayloadRequested,
    PayloadTypeIndicator,
    PaymentOption,
    ThreeDsPreference,
    ThreeDsWishes,
    TransactionAmount,
    TransactionOptions,
)
from src_system.networks.currencies import check_amount
from src_system.networks.locales import normal_locale
from src_system.networks.market import Market
from src_system.networks.market_of_call import market_of_call, read_country
from src_system.payloads.documents import CountryCode, Document, Text, choices

_Enum = TypeVar("_Enum", bound=StrEnum)
_AMOUNT = re.compile(r"[0-9]+(\.[0-9]+)?")
_AMOUNT_CHARACTERS_MAX = 18
_ADDITIONAL_AMOUNTS_MAX = 20
_MINUTES_DIGITS_MAX = 6
_PATH = re.compile(r" - at `\$\.?(.*)`$")
OPTIONS = "dpaTransactionOptions"

Amount = str | int | float


class AdditionalAmountDocument(Document):
    """spec 5.14."""

    additional_amount_type: Annotated[str, choices(AdditionalAmountType)]
    additional_amount_value: Amount


class TransactionAmountDocument(Document):
    """spec 2.12: number or text."""

    transaction_amount: Amount
    transaction_currency_code: Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{3}\Z")]
    additional_amounts: (
        Annotated[list[AdditionalAmountDocument], msgspec.Meta(max_length=_ADDITIONAL_AMOUNTS_MAX)]
        | None
    ) = None


class PaymentOptionDocument(Document):
    """spec 5.14."""

    dynamic_data_type: Annotated[str, choices(DynamicDataType)] | None = None
    dpa_dynamic_data_ttl_minutes: int | str | None = None


class AuthenticationMethodPreferenceDocument(Document):
    """spec 5.15: of a preferred method only 3-D Secure's challengeIndicator decides something."""

    authentication_method_type: Text | None = None
    method_attributes: dict[str, Any] | None = None


class ThreeDsInputDataDocument(Document):
    """spec 5.14, the newer form."""

    force_challenge: bool | None = None


class AuthenticationPreferencesDocument(Document):
    """spec 5.14: the members that decide something here."""

    authentication_methods: list[AuthenticationMethodPreferenceDocument] | None = None
    payload_requested: Annotated[str, choices(PayloadRequested)] | None = None
    suppress_challenge: bool | None = None


class TransactionOptionsDocument(Document):
    """spec 5.14: the members that decide something here."""

    dpa_locale: Text | None = None
    transaction_amount: TransactionAmountDocument | None = None
    dpa_accepted_billing_countries: list[CountryCode] | None = None
    dpa_accepted_shipping_countries: list[CountryCode] | None = None
    dpa_billing_preference: Annotated[str, choices(AddressPreference)] | None = None
    dpa_shipping_preference: Annotated[str, choices(AddressPreference)] | None = None
    consumer_name_requested: bool | None = None
    consumer_email_address_requested: bool | None = None
    consumer_phone_number_requested: bool | None = None
    consumer_national_identifier_requested: bool | None = None
    payload_type_indicator: Annotated[str, choices(PayloadTypeIndicator)] | None = None
    payment_options: list[PaymentOptionDocument] | None = None
    three_ds_preference: Annotated[str, choices(ThreeDsPreference)] | None = None
    three_ds_input_data: ThreeDsInputDataDocument | None = None
    authentication_preferences: AuthenticationPreferencesDocument | None = None
    acquirer_merchant_id: Text | None = None
    acquirer_bin: Text | None = msgspec.field(default=None, name="acquirerBIN")
    merchant_category_code: Text | None = None
    merchant_country_code: Text | None = None


def modernise_options(options: Any) -> None:
    """Old names and values in *options* replaced in place; another shape is left alone (0.5)."""
    if not isinstance(options, dict):
        return
    payment_options = options.get("paymentOptions")
    if isinstance(payment_options, dict):
        options["paymentOptions"] = payment_options = [payment_options]
    if isinstance(payment_options, list):
        for option in payment_options:
            if not isinstance(option, dict):
                continue
            if "dpaDynamicDataTTLMinutes" in option:
                option.setdefault("dpaDynamicDataTtlMinutes", option["dpaDynamicDataTTLMinutes"])
            kind = option.get("dynamicDataType")
            if isinstance(kind, str):
                option["dynamicDataType"] = _DYNAMIC_DATA_TYPES.get(kind, kind)
    for name in ("dpaBillingPreference", "dpaShippingPreference"):
        if options.get(name) == "ALL":
            options[name] = "FULL"
    if options.get("payloadTypeIndicator") == "NONE":
        options["payloadTypeIndicator"] = "SUMMARY"
    if "acquirerBin" in options:
        options.setdefault("acquirerBIN", options["acquirerBin"])


_DYNAMIC_DATA_TYPES = {
    "TAVV": "CARD_APPLICATION_CRYPTOGRAM_LONG_FORM",
    "DTVV": "DYNAMIC_CARD_SECURITY_CODE",
}


def registered_options(members: Mapping[str, Any], *, source: str = OPTIONS) -> TransactionOptions:
    """The options registered for a DPA; a refusal names the member at fault under *source*."""
    modern = msgspec.json.decode(msgspec.json.encode(members))  # the DPA's own stay as they are
    modernise_options(modern)
    try:
        document = msgspec.convert(modern, TransactionOptionsDocument)
    except msgspec.ValidationError as error:
        text = str(error)
        found = _PATH.search(text)
        path = f"{source}.{found.group(1)}" if found else source
        raise InvalidFormat(f"{text[: found.start()] if found else text}.", source=path) from None
    return read_options(document, source=source)


def market_at(
    dpa: Dpa, options: TransactionOptions | None, *, allows_unknown: bool
) -> Market | None:
    """The market of a call for *dpa* (docs/markets.md), its registered options without others.

    Raises MarketNotEnabled, also for a market that nobody knows unless *allows_unknown*.
    """
    said = options or registered_options(dpa.dpa_transaction_options)
    return market_of_call(
        dpa.markets,
        merchant_country_code=said.merchant_country_code,
        dpa_locale=said.dpa_locale,
        allows_unknown=allows_unknown,
    )


def read_options(
    document: TransactionOptionsDocument, *, source: str = OPTIONS
) -> TransactionOptions:
    """The options in their normal form; refusals name *source*.<member>."""
    amount = document.transaction_amount
    options = TransactionOptions(
        transaction_amount=None
        if amount is None
        else read_transaction_amount(amount, source=f"{source}.transactionAmount"),
        payment_options=tuple(_payment_options(document, source)),
        payload_type_indicator=read_enum(
            PayloadTypeIndicator, document.payload_type_indicator, f"{source}.payloadTypeIndicator"
        ),
        billing_preference=_preference(document.dpa_billing_preference, source, "Billing"),
        shipping_preference=_preference(document.dpa_shipping_preference, source, "Shipping"),
        accepted_billing_countries=tuple(document.dpa_accepted_billing_countries or ()),
        accepted_shipping_countries=tuple(document.dpa_accepted_shipping_countries or ()),
        consumer_name_requested=document.consumer_name_requested or False,
        consumer_email_address_requested=document.consumer_email_address_requested or False,
        consumer_phone_number_requested=document.consumer_phone_number_requested or False,
        consumer_national_identifier_requested=(
            document.consumer_national_identifier_requested or False
        ),
        payload_requested=None
        if document.authentication_preferences is None
        else read_enum(
            PayloadRequested,
            document.authentication_preferences.payload_requested,
            f"{source}.authenticationPreferences.payloadRequested",
        ),
        three_ds_preference=read_enum(
            ThreeDsPreference, document.three_ds_preference, f"{source}.threeDsPreference"
        ),
        three_ds_wishes=_wishes(document),
        merchant_country_code=None
        if not document.merchant_country_code
        else read_country(document.merchant_country_code, source=f"{source}.merchantCountryCode"),
        dpa_locale=None
        if not document.dpa_locale
        else normal_locale(document.dpa_locale, source=f"{source}.dpaLocale"),
    )
    if options.payload_requested is PayloadRequested.AUTHENTICATED:
        _refuse_missing_acquirer(document, source)
    return options


def _wishes(document: TransactionOptionsDocument) -> ThreeDsWishes:
    preferences, three_ds = document.authentication_preferences, document.three_ds_input_data
    indicator = None
    for method in (preferences and preferences.authentication_methods) or ():
        given = (method.method_attributes or {}).get("challengeIndicator")
        indicator = given if isinstance(given, str) else indicator
    return ThreeDsWishes(
        challenge_indicator=indicator,
        force_challenge=three_ds is not None and three_ds.force_challenge is True,
        suppress_challenge=preferences is not None and preferences.suppress_challenge is True,
    )


def _preference(text: str | None, source: str, what: str) -> AddressPreference:
    read = read_enum(AddressPreference, text, f"{source}.dpa{what}Preference")
    return read or AddressPreference.NONE


def _refuse_missing_acquirer(document: TransactionOptionsDocument, source: str) -> None:
    """Raise MissingMember unless all four are there: a cardholder is authenticated for them."""
    for member, value in (
        ("acquirerMerchantId", document.acquirer_merchant_id),
        ("acquirerBIN", document.acquirer_bin),
        ("merchantCategoryCode", document.merchant_category_code),
        ("merchantCountryCode", document.merchant_country_code),
    ):
        if not value:
            raise MissingMember(
                "payloadRequested AUTHENTICATED needs it.", source=f"{source}.{member}"
            )


def read_transaction_amount(
    document: TransactionAmountDocument, *, source: str
) -> TransactionAmount:
    """An amount with its currency's decimals; InvalidFormat, InvalidValue under *source*."""
    parts = []
    for place, part in enumerate(document.additional_amounts or ()):
        path = f"{source}.additionalAmounts[{place}]"
        kind = read_enum(
            AdditionalAmountType, part.additional_amount_type, f"{path}.additionalAmountType"
        )
        if kind is None:
            raise MissingMember(source=f"{path}.additionalAmountType")
        value = read_amount(part.additional_amount_value, source=f"{path}.additionalAmountValue")
        parts.append(AdditionalAmount(kind, value))
    amount = read_amount(document.transaction_amount, source=f"{source}.transactionAmount")
    return check_amount(
        TransactionAmount(amount, document.transaction_currency_code, tuple(parts)), source=source
    )


def read_amount(amount: Amount, *, source: str) -> Decimal:
    """The amount as a decimal of at most 18 characters, not negative."""
    text = str(amount)
    if isinstance(amount, float):  # 500.0 is a number's way of writing 500
        text = format(Decimal(repr(amount)), "f").removesuffix(".0")
    if _AMOUNT.fullmatch(text) is None or len(text) > _AMOUNT_CHARACTERS_MAX:
        raise InvalidFormat(
            "The amount is digits with at most one dot, 18 characters in all.", source=source
        )
    return Decimal(text)


def _payment_options(document: TransactionOptionsDocument, source: str) -> list[PaymentOption]:
    options = []
    for place, option in enumerate(document.payment_options or ()):
        path = f"{source}.paymentOptions[{place}]"
        minutes = option.dpa_dynamic_data_ttl_minutes
        if minutes is not None:
            text = str(minutes)
            if not (text.isascii() and text.isdigit() and len(text) <= _MINUTES_DIGITS_MAX):
                raise InvalidFormat(
                    "Minutes are a whole number.", source=f"{path}.dpaDynamicDataTtlMinutes"
                )
            minutes = int(text)
        options.append(
            PaymentOption(
                read_enum(DynamicDataType, option.dynamic_data_type, f"{path}.dynamicDataType"),
                minutes,
            )
        )
    return options


def read_enum(kind: type[_Enum], text: str | None, source: str) -> _Enum | None:
    """A member of *kind*, None for nothing, or InvalidValue that lists the members."""
    if not text:
        return None
    try:
        return kind(text)
    except ValueError as error:
        raise InvalidValue(f"One of {', '.join(kind)} is expected.", source=source) from error
