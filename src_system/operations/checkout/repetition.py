"""A checkout called again with less said: what the first call said still holds (spec 10d)."""

from datetime import datetime

import msgspec
from msgspec.structs import replace

from src_system.model.participant import Client, Dpa
from src_system.model.session import refuse_unusable_session
from src_system.model.transaction_options import PayloadTypeIndicator, TransactionOptions
from src_system.operations.checkout.request import CheckoutRequest
from src_system.payloads.id_token import IdToken
from src_system.payloads.transaction_options import registered_options
from src_system.store import checkout_sessions, checkouts
from src_system.store.checkouts import KeptCheckout
from src_system.system import System


class Validated(msgspec.Struct, frozen=True):
    """How and when the consumer was validated (spec 5.22)."""

    amr: tuple[str, ...]
    auth_time: datetime | None


async def earlier_checkout(
    system: System, caller: Client, request: CheckoutRequest, now: datetime
) -> KeptCheckout | None:
    """The checkout that this call repeats with less said: Mastercard's way to get a payload.

    A named session that is another client's or over is refused before a card is enrolled in it.
    """
    correlation_id, card_id = request.session.src_correlation_id, request.src_digital_card_id
    says_all = request.dpa_id is not None and request.options is not None
    if correlation_id is None or (says_all and card_id is not None):
        return None
    async with system.database.connection(system.count) as tx:
        session = await checkout_sessions.find_session(tx, system.key, correlation_id)
        if session is None:
            return None
        refuse_unusable_session(session, src_client_id=caller.src_client_id, now=now)
        if card_id is None:
            return None
        return await checkouts.find_checkout(
            tx,
            system.key,
            correlation_id,
            src_client_id=caller.src_client_id,
            src_digital_card_id=card_id,
        )


def as_second_leg(request: CheckoutRequest, earlier: KeptCheckout) -> CheckoutRequest:
    """The request with what the first leg said about a later payload (spec 4.10).

    Said on for the legs that follow: a payload may be fetched more than once.
    """
    later = earlier.request.get("payload_type_later")
    type_later = request.payload_type_later or (PayloadTypeIndicator(later) if later else None)
    recipient_later = request.recipient_id_later or earlier.request.get("recipient_id_later")
    return replace(
        request,
        payload_type=request.payload_type or type_later,
        recipient_id=request.recipient_id or recipient_later,
        payload_type_later=type_later,
        recipient_id_later=recipient_later,
        assurance_data=request.assurance_data or earlier.request["assurance_data"],
    )


def validated_by(id_token: IdToken | None, earlier: KeptCheckout | None) -> Validated | None:
    """What the call's idToken says, else what was known when it was made first."""
    if id_token is not None:
        identification = id_token.identification
        return Validated(identification.amr, identification.auth_time)
    return None if earlier is None else msgspec.convert(earlier.request["validated"], Validated)


def kept_options(dpa: Dpa, earlier: KeptCheckout | None) -> TransactionOptions:
    """The options of the checkout repeated, else those registered for the DPA."""
    if earlier is None:
        return registered_options(dpa.dpa_transaction_options)
    return msgspec.convert(earlier.request["options"], TransactionOptions, strict=False)
