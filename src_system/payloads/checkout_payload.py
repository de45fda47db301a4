"""The payload of a checkout: credential, dynamic data and consumer data, encrypted (spec 5.17)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from src_system.crypto.cryptogram import (
    CRYPTOGRAM_BYTES,
    dynamic_card_security_code,
    long_form,
)
from src_system.crypto.rsa_keys import PublicKey
from src_system.crypto.vault import SandboxVault
from src_system.derive import Derivation
from src_system.model.address import Address, Shipping
from src_system.model.checkout import CheckoutDecision
from src_system.model.consumer import Consumer
from src_system.model.digital_card import DigitalCard, SealedPan
from src_system.model.pan import CardExpiry, Pan
from src_system.model.payment_token import PaymentToken, SealedToken
from src_system.model.transaction_options import (
    AddressPreference,
    DynamicDataType,
    PayloadTypeIndicator,
    TransactionOptions,
)
from src_system.networks.forms import write_instant
from src_system.networks.profile import NetworkProfile, ParPlace
from src_system.payloads.seals import PLAIN_SEALS, Seals
from src_system.payloads.three_ds_output import cardholder_cryptogram


class CredentialInClear(msgspec.Struct, frozen=True):
    """The number that goes into the payload: a token's, or the PAN itself. It has no repr."""

    number: str
    expiry: CardExpiry
    token: PaymentToken | None  # None: the number is the PAN

    __repr__ = object.__repr__


class DynamicData(msgspec.Struct, frozen=True):
    """A fresh cryptogram or code; value and expiry are None for the kind NONE."""

    dynamic_data_type: DynamicDataType
    value: str | None
    expires_at: datetime | None

    __repr__ = object.__repr__


class PayloadOrder(msgspec.Struct, frozen=True):
    """What one payload is to be made of. `checkout_id` and `ordinal` name its dynamic data."""

    checkout_id: str
    ordinal: int
    decision: CheckoutDecision
    options: TransactionOptions
    card: DigitalCard
    consumer: Consumer
    shipping: Shipping | None
    is_token_only: bool = False  # the market lets no PAN out (spec 11.6)
    three_ds_output: Mapping[str, str] | None = None


class IssuedPayload(msgspec.Struct, frozen=True):
    """A sealed payload, and the dynamic data in it for the record."""

    encrypted_payload: str | None
    credential: CredentialInClear | None
    dynamic_data: DynamicData
    cardholder_cryptogram: DynamicData | None = None  # beside it, where 3DS was performed


def needs_pan(profile: NetworkProfile, order: PayloadOrder) -> bool:
    """Whether the payload carries the PAN: no dynamic data was asked for, or the number says so.

    Never in a token-only market.
    """
    if order.is_token_only:
        return False
    return order.decision.dynamic_data_type is DynamicDataType.NONE or profile.pays_with_pan(
        order.card.pan_bin, order.card.pan_last_four
    )


def open_pan(vault: SandboxVault, network: str, card: DigitalCard, sealed: SealedPan) -> Pan:
    """The PAN in clear."""
    context = SealedPan.context(network, card.src_digital_card_id)
    return Pan(vault.open(sealed.sealed, context=context).decode())


def pan_credential(card: DigitalCard, pan: Pan) -> CredentialInClear:
    """The PAN as the payload's credential."""
    return CredentialInClear(pan.digits, card.expiry, None)


def token_credential(
    vault: SandboxVault, network: str, token: PaymentToken, sealed: SealedToken
) -> CredentialInClear:
    """The network token as the payload's credential."""
    context = SealedToken.context(network, token.src_digital_card_id)
    return CredentialInClear(
        vault.open(sealed.sealed, context=context).decode(), token.expiry, token
    )


def issue_payload(
    order: PayloadOrder,
    *,
    profile: NetworkProfile,
    derivation: Derivation,
    credential: CredentialInClear | None,
    recipient_kid: str,
    recipient_key: PublicKey,
    now: datetime,
    seals: Seals = PLAIN_SEALS,
) -> IssuedPayload:
    """The payload, sealed to the recipient; nothing is sealed for SUMMARY or a pending card."""
    dynamic_data, beside = _dynamic_data(order, profile, credential, derivation, now)
    if not order.decision.has_payload:
        return IssuedPayload(None, credential, dynamic_data)
    document: dict[str, Any] = {}
    if credential is not None:
        document.update(_payment_part(profile, order, credential, dynamic_data, beside))
    if order.decision.payload_type is not PayloadTypeIndicator.PAYMENT:
        document.update(
            _consumer_part(
                order.options,
                order.card,
                order.consumer,
                None if order.shipping is None else order.shipping.address,
            )
        )
    header: dict[str, object] = {"kid": recipient_kid}
    if profile.jwe_header_typ is not None:
        header["typ"] = profile.jwe_header_typ
    sealed = seals.encrypt(
        document, key=recipient_key, enc=profile.content_encryption, header=header
    )
    return IssuedPayload(sealed, credential, dynamic_data, beside)


def _dynamic_data(
    order: PayloadOrder,
    profile: NetworkProfile,
    credential: CredentialInClear | None,
    derivation: Derivation,
    now: datetime,
) -> tuple[DynamicData, DynamicData | None]:
    """Fresh for this checkout's *ordinal*-th answer, and what proves 3-D Secure beside it.

    A network whose dynamicData is one object has room for one of the two (spec 5.17, 9.7).
    """
    if credential is None:
        return DynamicData(DynamicDataType.NONE, None, None), None
    expires_at = now + order.decision.dynamic_data_life
    value = cardholder_cryptogram(order.three_ds_output)
    cardholder = (
        None
        if value is None
        else DynamicData(DynamicDataType.CARDHOLDER_AUTHENTICATION_CRYPTOGRAM, value, expires_at)
    )
    if credential.token is None:
        return cardholder or DynamicData(DynamicDataType.NONE, None, None), None
    kind = order.decision.dynamic_data_type
    if cardholder is not None and kind is cardholder.dynamic_data_type:
        if not profile.dynamic_data_is_list:
            return cardholder, None
        kind = profile.default_dynamic_data_type
    if kind is DynamicDataType.NONE:  # only a token-only market leads here (spec 11.6)
        kind = DynamicDataType.DYNAMIC_CARD_SECURITY_CODE
    entropy = derivation.bytes(
        "cryptogram", profile.name, order.checkout_id, order.ordinal, kind, size=CRYPTOGRAM_BYTES
    )
    fresh = DynamicData(
        kind,
        dynamic_card_security_code(entropy)
        if kind is DynamicDataType.DYNAMIC_CARD_SECURITY_CODE
        else long_form(entropy),
        expires_at,
    )
    return fresh, cardholder if profile.dynamic_data_is_list else None


def _payment_part(
    profile: NetworkProfile,
    order: PayloadOrder,
    credential: CredentialInClear,
    dynamic_data: DynamicData,
    beside: DynamicData | None,
) -> dict[str, Any]:
    document: dict[str, Any] = {}
    card, token = order.card, credential.token
    if token is None or order.decision.dynamic_data_type is DynamicDataType.NONE:
        number: dict[str, Any] = {
            "primaryAccountNumber": credential.number,
            "panExpirationMonth": credential.expiry.month,
            "panExpirationYear": credential.expiry.year,
        }
        if card.cardholder_full_name is not None:
            number["cardholderFullName"] = card.cardholder_full_name
        document["card"] = number
    else:
        number = {
            "paymentToken": credential.number,
            "tokenExpirationMonth": credential.expiry.month,
            "tokenExpirationYear": credential.expiry.year,
        }
        document["token"] = number
    if token is not None and profile.has_token_results_data:
        document["srcTokenResultsData"] = {"tokenRequestorId": token.token_requestor_id}
    par_holder = number if profile.par_place is ParPlace.CREDENTIAL else document
    par_holder["paymentAccountReference"] = card.payment_account_reference
    entries = [
        _dynamic_data_entry(profile, entry) for entry in (dynamic_data, beside) if entry is not None
    ]
    document["dynamicData"] = entries if profile.dynamic_data_is_list else entries[0]
    return document


def _dynamic_data_entry(profile: NetworkProfile, dynamic_data: DynamicData) -> dict[str, Any]:
    entry: dict[str, Any] = {"dynamicDataType": dynamic_data.dynamic_data_type}
    if dynamic_data.value is not None and dynamic_data.expires_at is not None:
        entry["dynamicDataValue"] = dynamic_data.value
        entry["dynamicDataExpiration"] = write_instant(
            profile.dynamic_data_expiration_form, dynamic_data.expires_at
        )
    return entry


def _consumer_part(
    options: TransactionOptions,
    card: DigitalCard,
    consumer: Consumer,
    shipping_address: Address | None,
) -> dict[str, Any]:
    """Only what the DPA asked for (spec 5.14, 5.17)."""
    document: dict[str, Any] = {}
    if options.consumer_name_requested:
        document["consumerFirstName"] = consumer.first_name
        document["consumerLastName"] = consumer.last_name
        document["consumerFullName"] = consumer.full_name
    if options.consumer_email_address_requested:
        document["consumerEmailAddress"] = consumer.email_address
    if options.consumer_phone_number_requested and consumer.mobile_number is not None:
        document["consumerMobileNumber"] = {
            "countryCode": consumer.mobile_number.country_code,
            "phoneNumber": consumer.mobile_number.phone_number,
        }
    if options.consumer_national_identifier_requested:
        document["consumerNationalIdentifier"] = consumer.national_identifier
    document["billingAddress"] = preferred_address(card.billing_address, options.billing_preference)
    document["shippingAddress"] = preferred_address(shipping_address, options.shipping_preference)
    return {member: value for member, value in document.items() if value is not None}


def preferred_address(
    address: Address | None, preference: AddressPreference
) -> dict[str, str] | None:
    """As much of *address* as the DPA's preference allows, in wire names; None for nothing."""
    if address is None or preference is AddressPreference.NONE:
        return None
    members = {"countryCode": address.country_code, "zip": address.zip}
    if preference is AddressPreference.FULL:
        members = {
            "name": address.name,
            "line1": address.line1,
            "line2": address.line2,
            "line3": address.line3,
            "city": address.city,
            "state": address.state,
            **members,
        }
    return {member: value for member, value in members.items() if value is not None}
