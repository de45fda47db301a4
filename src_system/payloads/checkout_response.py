"""The checkoutResponse: what a checkout answers in clear, signed (spec 5.16, 8.2)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, TypedDict

import msgspec

from src_system.clock import epoch_seconds
from src_system.crypto import jws
from src_system.crypto.keyring import Keyring
from src_system.model.address import Address
from src_system.model.transaction_options import AddressPreference, TransactionOptions
from src_system.networks.forms import write_jti
from src_system.networks.profile import NetworkProfile
from src_system.payloads.id_token import Identification
from src_system.payloads.masked_documents import MaskedCard, MaskedConsumer

ENTITY_SRC_SYSTEM = "02"
EVENT_PROFILE_ACCESS = "03"
METHOD_SHARED_SECRET = "04"
RESULT_VERIFIED = "01"
METHOD_3DS = "01"


class AssuranceDataDocument(TypedDict):
    """spec 5.18."""

    verificationData: Annotated[
        list[Any],
        msgspec.Meta(description="What the SRC initiator verified, then what this network did."),
    ]
    eci: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{2}$", description="spec 9.5.")]


class _Sealed(TypedDict, total=False):
    srciTransactionId: str
    encryptedPayload: Annotated[
        str,
        msgspec.Meta(
            description="The payload (spec 5.17) as a compact JWE to the client's key;"
            " not there for the type SUMMARY."
        ),
    ]


class _Shipping(TypedDict, total=False):
    shippingAddressZip: str
    shippingCountryCode: str | None


class CheckoutResponseDocument(_Sealed, _Shipping):
    """spec 5.16: the answer of getPayload, and what the JWS of a checkout holds."""

    srcCorrelationId: str
    maskedCard: MaskedCard
    maskedConsumer: MaskedConsumer
    assuranceData: AssuranceDataDocument
    isNewUser: bool


def checkout_response_document(
    *,
    src_correlation_id: str,
    srci_transaction_id: str | None,
    encrypted_payload: str | None,
    masked_card: MaskedCard,
    masked_consumer: MaskedConsumer,
    assurance_data: AssuranceDataDocument,
    shipping_address: Address | None,
    options: TransactionOptions,
    is_new_user: bool,
) -> CheckoutResponseDocument:
    """The members of spec 5.16; those without a value are left out."""
    sealed: _Sealed = {}
    if srci_transaction_id is not None:
        sealed["srciTransactionId"] = srci_transaction_id
    if encrypted_payload is not None:
        sealed["encryptedPayload"] = encrypted_payload
    shipping: _Shipping = {}
    if shipping_address is not None and options.shipping_preference is not AddressPreference.NONE:
        if shipping_address.zip is not None:
            shipping["shippingAddressZip"] = shipping_address.zip
        shipping["shippingCountryCode"] = shipping_address.country_code
    return {
        "srcCorrelationId": src_correlation_id,
        **sealed,
        "maskedCard": masked_card,
        "maskedConsumer": masked_consumer,
        **shipping,
        "assuranceData": assurance_data,
        "isNewUser": is_new_user,
    }


def assurance_document(
    profile: NetworkProfile,
    *,
    given: Mapping[str, Any],
    identification: Identification | None,
) -> AssuranceDataDocument:
    """AssuranceData (spec 5.18): what the client verified, what this network did, and the ECI."""
    verifications: list[Any] = list(_verifications(given))
    is_authenticated = any(_is_cardholder_authentication(entry) for entry in verifications)
    if identification is not None and "otp" in identification.amr:
        verifications.append(
            {
                "verificationType": "CONSUMER",
                "verificationEntity": ENTITY_SRC_SYSTEM,
                "verificationEvents": [EVENT_PROFILE_ACCESS],
                "verificationMethod": METHOD_SHARED_SECRET,
                "verificationResults": RESULT_VERIFIED,
                "verificationTimestamp": str(epoch_seconds(identification.auth_time)),
            }
        )
    eci = profile.eci
    return {
        "verificationData": verifications,
        "eci": eci.authenticated if is_authenticated else eci.not_authenticated,
    }


def sign_checkout_response(
    document: CheckoutResponseDocument,
    *,
    profile: NetworkProfile,
    keyring: Keyring,
    jti: str,
    now: datetime,
) -> str:
    """The document as a JWS; iss, iat and jti stand in the header (spec 8.2)."""
    key = keyring.signing(now)
    issued_at = epoch_seconds(now)
    header: dict[str, object] = {"kid": key.kid}
    if profile.jws_header_iss is not None:
        header["iss"] = profile.jws_header_iss
    if profile.jws_header_typ is not None:
        header["typ"] = profile.jws_header_typ
    header["iat"] = str(issued_at) if profile.jws_iat_is_text else issued_at
    header["jti"] = write_jti(profile.jti_form, jti)
    return jws.sign(msgspec.json.encode(document), key=key.private, header=header)


def _verifications(given: Mapping[str, Any]) -> Sequence[Any]:
    entries = given.get("verificationData", ())
    return entries if isinstance(entries, list) else ()


def _is_cardholder_authentication(entry: object) -> bool:
    return (
        isinstance(entry, dict)
        and entry.get("verificationType") == "CARDHOLDER"
        and entry.get("verificationMethod") == METHOD_3DS
        and entry.get("verificationResults") == RESULT_VERIFIED
    )
