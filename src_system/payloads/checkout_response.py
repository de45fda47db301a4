"""The checkoutResponse: what a checkout answers in clear, signed (spec 5.16, 8.2)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from src_system.clock import epoch_seconds
from src_system.crypto import jws
from src_system.crypto.keyring import Keyring
from src_system.model.address import Address
from src_system.model.transaction_options import AddressPreference, TransactionOptions
from src_system.networks.forms import write_jti
from src_system.networks.profile import NetworkProfile
from src_system.payloads.three_ds_output import three_ds_output_data


def checkout_response_document(
    *,
    src_correlation_id: str,
    srci_transaction_id: str | None,
    encrypted_payload: str | None,
    masked_card: dict[str, Any],
    masked_consumer: dict[str, Any],
    assurance_data: dict[str, Any],
    shipping_address: Address | None,
    options: TransactionOptions,
    is_new_user: bool,
    event_history: Mapping[str, str] | None = None,
    three_ds_output: Mapping[str, str] | None = None,
    three_ds_output_member: str = "threeDsOutputData",
) -> dict[str, Any]:
    """The members of spec 5.16; those without a value are left out.

    *three_ds_output* is what 3-D Secure by the SRC System left behind, None without any.
    """
    document: dict[str, Any] = {"srcCorrelationId": src_correlation_id}
    if srci_transaction_id is not None:
        document["srciTransactionId"] = srci_transaction_id
    if encrypted_payload is not None:
        document["encryptedPayload"] = encrypted_payload
    document["maskedCard"] = masked_card
    document["maskedConsumer"] = masked_consumer
    if shipping_address is not None and options.shipping_preference is not AddressPreference.NONE:
        if shipping_address.zip is not None:
            document["shippingAddressZip"] = shipping_address.zip
        document["shippingCountryCode"] = shipping_address.country_code
    document["assuranceData"] = assurance_data
    three_ds = three_ds_output_data(three_ds_output, options)
    if three_ds is not None:
        document[three_ds_output_member] = three_ds
    if event_history is not None:
        document["eventHistory"] = dict(event_history)
    document["isNewUser"] = is_new_user
    return document


def sign_checkout_response(
    document: dict[str, Any],
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
