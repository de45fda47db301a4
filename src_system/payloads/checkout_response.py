"""The checkoutResponse: what a checkout answers in clear, signed (spec 5.16, 8.2)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal, TypedDict

import msgspec

from src_system.clock import epoch_seconds
from src_system.crypto.keyring import Keyring
from src_system.model.address import Address
from src_system.model.fault_effects import Artefact
from src_system.model.transaction_options import AddressPreference, TransactionOptions
from src_system.networks.forms import write_jti
from src_system.networks.profile import NetworkProfile
from src_system.payloads.assurance_data import AssuranceDataDocument
from src_system.payloads.masked_documents import MaskedCard, MaskedConsumer
from src_system.payloads.seals import PLAIN_SEALS, Seals
from src_system.payloads.three_ds_output import ThreeDsEntry, three_ds_output_data

ThreeDsMember = Literal["threeDsOutputData", "threeDsOutputDatas"]


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


class _Told(TypedDict, total=False):
    threeDsOutputData: list[ThreeDsEntry]
    threeDsOutputDatas: list[ThreeDsEntry]
    eventHistory: dict[str, str]


class CheckoutResponseDocument(_Sealed, _Shipping, _Told):
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
    event_history: Mapping[str, str] | None = None,
    three_ds_output: Mapping[str, str] | None = None,
    three_ds_output_member: ThreeDsMember = "threeDsOutputData",
) -> CheckoutResponseDocument:
    """The members of spec 5.16; those without a value are left out.

    *three_ds_output* is what 3-D Secure by the SRC System left behind, None without any.
    """
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
    told: _Told = {}
    three_ds = three_ds_output_data(three_ds_output, options)
    if three_ds is not None:
        told[three_ds_output_member] = three_ds
    if event_history is not None:
        told["eventHistory"] = dict(event_history)
    return {
        "srcCorrelationId": src_correlation_id,
        **sealed,
        "maskedCard": masked_card,
        "maskedConsumer": masked_consumer,
        **shipping,
        "assuranceData": assurance_data,
        **told,
        "isNewUser": is_new_user,
    }


def sign_checkout_response(
    document: CheckoutResponseDocument,
    *,
    profile: NetworkProfile,
    keyring: Keyring,
    jti: str,
    now: datetime,
    seals: Seals = PLAIN_SEALS,
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
    return seals.sign(
        Artefact.CHECKOUT_RESPONSE, msgspec.json.encode(document), key=key, header=header
    )
