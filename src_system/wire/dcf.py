"""What a checkout with a DCF reads and writes: prepared requests, profiles (spec 4.9, O11)."""

from collections.abc import Mapping
from typing import Annotated, Any, NotRequired, TypedDict

import msgspec

from src_system.model.errors import MissingMember
from src_system.networks.dialects import written_by
from src_system.operations.get_consumer_profile import (
    GetConsumerProfileRequest,
    GetConsumerProfileResult,
)
from src_system.operations.prepare_checkout import (
    PrepareCheckoutRequest,
    PrepareCheckoutResult,
)
from src_system.payloads.masked import masked_card, masked_consumer, masked_shipping_address
from src_system.payloads.masked_documents import MaskedAddress, MaskedCard, MaskedConsumer
from src_system.system import System
from src_system.wire.documents import PrepareCheckoutDocument, convert
from src_system.wire.reading import Call
from src_system.wire.requests import query_session, read_checkout

Json = dict[str, Any]

# The members that the DCF's checkout is asked with, as the SRC initiator sent them.
_CARRIED = (
    "srcDigitalCardId",
    "encryptedCard",
    "consumer",
    "dpaTransactionOptions",
    "payloadTypeIndicatorCheckout",
    "payloadTypeIndicatorPayload",
    "recipientIdCheckout",
    "recipientIdPayload",
    "keyFingerprintId",
    "shippingAddressId",
    "shippingAddress",
    "encryptedShippingAddress",
    "complianceSettings",
    "assuranceData",
    "srciActionCode",
)


def read_prepare_checkout(call: Call) -> PrepareCheckoutRequest:
    """spec 4.9: a checkout in all its members, and where the DCF leaves its answer."""
    document = convert(call.body, PrepareCheckoutDocument)
    if not document.checkout_response_uri:
        raise MissingMember(source="checkoutResponseUri")
    checkout = read_checkout(call)  # refuses now what the DCF could not mend later
    return PrepareCheckoutRequest(
        session=checkout.session,
        dpa_id=checkout.dpa_id,
        src_digital_card_id=checkout.src_digital_card_id,
        encrypted_card=checkout.encrypted_card,
        id_token=checkout.id_token,
        checkout_response_uri=document.checkout_response_uri,
        dpa_data=document.dpa_data or {},
        members=_carried(call.body),
        options=checkout.options,
    )


def _carried(body: Mapping[str, Any]) -> Json:
    return {name: body[name] for name in _CARRIED if body.get(name) is not None}


class PrepareCheckoutAnswer(TypedDict):
    """spec 4.9: Visa answers it under the name of the response, the others under its own."""

    checkoutResponse: NotRequired[
        Annotated[
            str,
            written_by(
                lambda profile: profile.prepared_checkout_member == "checkoutResponse",
                "The checkout request for the DCF as a compact JWS.",
            ),
        ]
    ]
    checkoutRequestJws: NotRequired[
        Annotated[
            str,
            written_by(
                lambda profile: profile.prepared_checkout_member == "checkoutRequestJws",
                "The checkout request for the DCF as a compact JWS.",
            ),
        ]
    ]


def write_prepare_checkout(result: PrepareCheckoutResult, system: System) -> PrepareCheckoutAnswer:
    """spec 4.9."""
    document: PrepareCheckoutAnswer = {}
    document[system.profile.prepared_checkout_member] = result.checkout_request_jws
    return document


class GetConsumerProfileAnswer(TypedDict):
    """spec O11: as a profile of getSrcProfile, with the merchant beside it."""

    maskedConsumer: MaskedConsumer
    maskedCards: list[MaskedCard]
    maskedShippingAddresses: list[MaskedAddress]
    srciTransactionId: NotRequired[str]
    srcDpaId: NotRequired[str]
    dpaData: NotRequired[
        Annotated[dict[str, Any], msgspec.Meta(description="What is known of the shop.")]
    ]


def read_get_consumer_profile(call: Call) -> GetConsumerProfileRequest:
    """spec O11, all in the query string."""
    session = query_session(call)
    if session.src_correlation_id is None:
        raise MissingMember(source="srcCorrelationId", source_type="QUERY")
    return GetConsumerProfileRequest(session.src_correlation_id, session.src_dpa_id)


def write_get_consumer_profile(
    result: GetConsumerProfileResult, system: System
) -> GetConsumerProfileAnswer:
    """spec O11."""
    now = system.now()
    document: GetConsumerProfileAnswer = {
        "maskedConsumer": masked_consumer(system.profile, result.consumer, now=now),
        "maskedCards": [
            masked_card(
                system.profile,
                card,
                token=result.tokens.get(card.src_digital_card_id),
                address=system.address,
                now=now,
            )
            for card in result.cards
        ],
        "maskedShippingAddresses": [
            masked_shipping_address(system.profile, address)
            for address in result.shipping_addresses
        ],
    }
    if result.srci_transaction_id is not None:
        document["srciTransactionId"] = result.srci_transaction_id
    if result.dpa is not None:
        document["srcDpaId"] = result.dpa.src_dpa_id
        document["dpaData"] = dict(result.dpa.dpa_data)
    return document
