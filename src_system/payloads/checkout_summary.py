"""What a checkout and a getPayload tell beside the payload (spec 4.11, 5.16)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from src_system.model.payment_token import PaymentToken
from src_system.networks.profile import NetworkProfile
from src_system.payloads.assurance_data import OwnVerifications, assurance_document
from src_system.payloads.checkout_payload import IssuedPayload, PayloadOrder
from src_system.payloads.checkout_response import (
    CheckoutResponseDocument,
    ThreeDsMember,
    checkout_response_document,
)
from src_system.payloads.event_history import event_history
from src_system.payloads.masked import masked_card, masked_consumer


class SummaryFacts(msgspec.Struct, frozen=True):
    """What the summary needs beside the order. *given* is the client's assuranceData.

    `amr` and `auth_time` say how and when the consumer was validated (spec 5.22).
    """

    src_correlation_id: str
    srci_transaction_id: str | None
    given: Mapping[str, Any]
    amr: tuple[str, ...]
    auth_time: datetime | None
    has_security_code: bool
    token: PaymentToken | None
    token_since: datetime | None
    is_new_user: bool = False


def checkout_summary(
    profile: NetworkProfile,
    order: PayloadOrder,
    issued: IssuedPayload,
    facts: SummaryFacts,
    *,
    address: str,
    now: datetime,
    three_ds_member: ThreeDsMember = "threeDsOutputData",
) -> CheckoutResponseDocument:
    """The members of spec 5.16. *address* is where this network is reached."""
    card, consumer, shipping = order.card, order.consumer, order.shipping
    return checkout_response_document(
        src_correlation_id=facts.src_correlation_id,
        srci_transaction_id=facts.srci_transaction_id,
        encrypted_payload=issued.encrypted_payload,
        masked_card=masked_card(profile, card, token=facts.token, address=address, now=now),
        masked_consumer=masked_consumer(profile, consumer, now=now),
        assurance_data=assurance_document(
            profile,
            given=facts.given,
            own=OwnVerifications(
                now=now,
                amr=facts.amr,
                auth_time=facts.auth_time,
                card_verified_at=card.date_of_card_created if facts.has_security_code else None,
                three_ds_output=order.three_ds_output,
            ),
        ),
        shipping_address=None if shipping is None else shipping.address,
        options=order.options,
        is_new_user=facts.is_new_user,
        event_history=event_history(
            card, consumer, token_since=facts.token_since, shipping=shipping, now=now
        ),
        three_ds_output=order.three_ds_output,
        three_ds_output_member=three_ds_member,
    )
