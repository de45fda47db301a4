"""Masked cards, consumers and addresses, in each network's way of masking (spec 5.4, 5.5, 5.8)."""

from datetime import datetime
from typing import cast

from src_system.model.address import Address, ShippingAddress
from src_system.model.consumer import Consumer, ConsumerIdentity, IdentityType, PhoneNumber
from src_system.model.digital_card import DigitalCard
from src_system.model.payment_token import PaymentToken
from src_system.networks.forms import epoch_millis, write_instant
from src_system.networks.profile import MaskStyle, NetworkProfile, PhoneMask
from src_system.payloads.masked_documents import (
    DigitalCardData,
    MaskedAddress,
    MaskedCard,
    MaskedConsumer,
    MaskedPhoneNumber,
)

_STAR = "*"
_SHORT_PHONE = 4


def mask_email(style: MaskStyle, email_address: str) -> str:
    """`j*****7@shop.test` or `abh**@shop.test`; the domain stays clear."""
    local, _, domain = email_address.partition("@")
    start = local[: style.email_shown_at_start]
    end = local[-style.email_shown_at_end :] if style.email_shown_at_end else ""
    return f"{start}{_STAR * style.email_stars}{end}@{domain}"


def mask_phone(style: MaskStyle, digits: str) -> str:
    """`(***) ***-*895` or `********2368`."""
    if style.phone is PhoneMask.BRACKETS_LAST_THREE:
        return f"(***) ***-*{digits[-3:]}"
    return _STAR * max(len(digits) - _SHORT_PHONE, 0) + digits[-_SHORT_PHONE:]


def mask_name(style: MaskStyle, name: str) -> str:
    """Every word by its first letter: `j***` keeps the length, `A*****` does not."""
    return " ".join(
        word[0] + _STAR * (len(word) - 1 if style.name_stars is None else style.name_stars)
        for word in name.split()
    )


def mask_line(style: MaskStyle, line: str) -> str:
    """`1** 5** A*****` or `100*****`."""
    if style.line_shown_at_start is None:
        return " ".join(word[0] + _STAR * (len(word) - 1) for word in line.split())
    return line[: style.line_shown_at_start] + _STAR * 5


def mask_identity(style: MaskStyle, identity_type: IdentityType, identity_value: str) -> str:
    """An identity value as a person may see it."""
    match identity_type:
        case IdentityType.EMAIL_ADDRESS:
            return mask_email(style, identity_value)
        case IdentityType.MOBILE_PHONE_NUMBER:
            return mask_phone(style, identity_value)
        case IdentityType.EXTERNAL_ACCOUNT_ID:
            return _STAR * 5 + identity_value[-2:]


def masked_address(
    profile: NetworkProfile, address: Address, address_id: str | None
) -> MaskedAddress:
    """MaskedAddress (spec 5.12): country and state clear, the rest by the network's style."""
    style = profile.mask
    members = {
        "addressId": address_id,
        "name": None if address.name is None else mask_name(style, address.name),
        "line1": None if address.line1 is None else mask_line(style, address.line1),
        "line2": None if address.line2 is None else mask_line(style, address.line2),
        "line3": None if address.line3 is None else mask_line(style, address.line3),
        "city": _STAR * 5 if address.city and style.city_is_starred else address.city,
        "state": address.state,
        "countryCode": address.country_code,
        "zip": _STAR * 5 if address.zip and style.zip_is_starred else address.zip,
    }
    given = {name: value for name, value in members.items() if value is not None}
    return cast("MaskedAddress", given)


def masked_shipping_address(
    profile: NetworkProfile, shipping_address: ShippingAddress
) -> MaskedAddress:
    """A MaskedAddress of the consumer's list."""
    return masked_address(profile, shipping_address.address, shipping_address.address_id)


def masked_card(
    profile: NetworkProfile,
    card: DigitalCard,
    *,
    token: PaymentToken | None,
    address: str,
    now: datetime,
) -> MaskedCard:
    """MaskedCard (spec 5.8). *address* is where this network is reached (for art and DCF)."""
    document: MaskedCard = {
        "srcDigitalCardId": card.src_digital_card_id,
        "srcPaymentCardId": card.src_payment_card_id,
        "panBin": card.pan_bin,
        "panLastFour": card.pan_last_four,
        "panExpirationMonth": card.expiry.month,
        "panExpirationYear": card.expiry.year,
        "paymentAccountReference": card.payment_account_reference,
        "paymentCardDescriptor": card.payment_card_descriptor,
        "paymentCardType": card.payment_card_type,
        "countryCode": card.country_code,
        "digitalCardData": _digital_card_data(profile, card, address, now),
        "dcf": {
            "name": f"Simulated {profile.display_name} DCF",
            "uri": f"{address}/dcf",
            "logoUri": f"{address}/card-art.svg",
            "applicationType": "WEB_BROWSER",
        },
        "dateOfCardCreated": str(write_instant(profile.card_date_form, card.date_of_card_created)),
        # Always there: a client dereferences it without a guard (an empty object has no address).
        "maskedBillingAddress": (
            {}
            if card.billing_address is None
            else masked_address(profile, card.billing_address, card.billing_address_id)
        ),
    }
    if token is not None:
        document["tokenBinRange"] = token.token_bin_range
        document["tokenLastFour"] = token.token_last_four
    if card.date_of_card_last_used is not None:
        document["dateOfCardLastUsed"] = str(
            write_instant(profile.card_date_form, card.date_of_card_last_used)
        )
    if profile.emits_old_card_date_key:
        document["dateofCardCreated"] = epoch_millis(card.date_of_card_created)
    return document


def _digital_card_data(
    profile: NetworkProfile, card: DigitalCard, address: str, now: datetime
) -> DigitalCardData:
    """DigitalCardData (spec 5.9)."""
    data: DigitalCardData = {
        "status": card.status_at(now),
        "presentationName": card.presentation_name,
        "descriptorName": f"Simulated {profile.display_name} {card.payment_card_type.title()}",
        "artUri": card.art_uri or f"{address}/card-art.svg",
        "artHeight": 400,
        "artWidth": 640,
    }
    if card.pending_events:
        data["pendingEvents"] = list(card.pending_events)
    return data


def masked_consumer(
    profile: NetworkProfile, consumer: Consumer, *, now: datetime
) -> MaskedConsumer:
    """MaskedConsumer (spec 5.4)."""
    style = profile.mask
    identity = _first_identity(consumer)
    document: MaskedConsumer = {
        "srcConsumerId": consumer.src_consumer_id,
        "status": consumer.status_at(now),
        "dateConsumerAdded": str(
            write_instant(profile.consumer_date_form, consumer.date_consumer_added)
        ),
    }
    if identity is not None:
        document["maskedConsumerIdentity"] = {
            "identityProvider": "SRC",
            "identityType": identity.identity_type,
            "maskedIdentityValue": mask_identity(
                style, identity.identity_type, identity.identity_value
            ),
        }
    if consumer.email_address is not None:
        document["maskedEmailAddress"] = mask_email(style, consumer.email_address)
    if consumer.mobile_number is not None:
        document["maskedMobileNumber"] = _masked_mobile(style, consumer.mobile_number)
    if consumer.first_name is not None:
        document["maskedFirstName"] = mask_name(style, consumer.first_name)
    if consumer.last_name is not None:
        document["maskedLastName"] = mask_name(style, consumer.last_name)
    if consumer.full_name is not None:
        document["maskedFullName"] = mask_name(style, consumer.full_name)
    if consumer.national_identifier is not None:
        document["maskedNationalIdentifier"] = _STAR * 5 + consumer.national_identifier[-2:]
    if consumer.country_code is not None:
        document["countryCode"] = consumer.country_code
    if consumer.locale is not None:
        document["languageCode"] = consumer.locale.replace("_", "-").partition("-")[0].upper()
    if consumer.date_consumer_last_used is not None:
        document["dateConsumerLastUsed"] = str(
            write_instant(profile.consumer_date_form, consumer.date_consumer_last_used)
        )
    return document


def _first_identity(consumer: Consumer) -> ConsumerIdentity | None:
    if consumer.email_address is not None:
        return ConsumerIdentity(IdentityType.EMAIL_ADDRESS, consumer.email_address)
    if consumer.mobile_number is not None:
        return ConsumerIdentity(
            IdentityType.MOBILE_PHONE_NUMBER, consumer.mobile_number.identity_value
        )
    return None


def _masked_mobile(style: MaskStyle, mobile: PhoneNumber) -> MaskedPhoneNumber:
    return {
        "countryCode": mobile.country_code,
        "phoneNumber": mask_phone(style, mobile.phone_number),
    }
