"""prepareCheckout: sign what the DCF is to show and to finish (spec 4.9)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from src_system.model.consumer import Consumer
from src_system.model.digital_card import DigitalCard, refuse_unusable
from src_system.model.errors import CardNotFound, IdentityValidationRequired, MissingMember
from src_system.model.participant import Client, Dpa
from src_system.model.session import SessionState
from src_system.model.transaction_options import TransactionOptions
from src_system.payloads.checkout_request import sign_checkout_request
from src_system.payloads.masked import masked_card, masked_consumer, masked_shipping_address
from src_system.store import checkout_sessions, digital_cards, shipping_addresses
from src_system.store.checkout_sessions import SessionOpening
from src_system.store.database import Tx
from src_system.store.ownership import own_consumer
from src_system.system import System


@dataclass(frozen=True, slots=True, repr=False)
class PrepareCheckoutRequest:
    """A checkout to be finished by the DCF; *members* are those that it will be asked with."""

    session: SessionOpening
    dpa_id: str | None
    src_digital_card_id: str | None
    encrypted_card: str | None
    id_token: str | None
    checkout_response_uri: str
    dpa_data: Mapping[str, Any]
    members: Mapping[str, Any]
    options: TransactionOptions | None = None


@dataclass(frozen=True, slots=True, repr=False)
class PrepareCheckoutResult:
    """The signed checkout request for the DCF, a compact JWS."""

    src_correlation_id: str
    checkout_request_jws: str


async def prepare_checkout(
    system: System, caller: Client, request: PrepareCheckoutRequest
) -> PrepareCheckoutResult:
    """Sign the request of a validated consumer, or of a new one with a card.

    The session is the consumer's from now on, so the DCF needs no idToken. Raises MissingMember,
    UnknownDpa, MarketNotEnabled, AuthInvalid, IdentityValidationRequired, CardNotFound,
    SuspendedCard, InactiveCard, ForeignCorrelation, InvalidState.
    """
    now = system.now()
    if not request.dpa_id:
        raise MissingMember(source="srcDpaId")
    dpa = await system.dpa(caller, request.dpa_id)
    await system.market(caller, request.dpa_id, request.options)
    opening = replace(request.session, src_dpa_id=dpa.src_dpa_id)
    async with system.database.transaction(system.count) as tx:
        session = await system.open_session(tx, opening, now=now)
        identified = await system.identified(tx, request.id_token, now=now)
        consumer, card = None, None
        if identified is not None or session.src_consumer_id is not None:
            consumer = await own_consumer(
                tx,
                system.key,
                session,
                identity_hash=identified.identity_hash if identified else None,
                now=now,
            )
            card = await _card(system, tx, request, consumer, now)
            await checkout_sessions.advance_session(
                tx,
                system.key,
                session,
                SessionState.PROFILE_SENT,
                src_consumer_id=consumer.src_consumer_id,
                src_dpa_id=dpa.src_dpa_id,
                srci_transaction_id=request.session.srci_transaction_id,
                amr=identified.amr if identified else None,
                auth_time=identified.auth_time if identified else None,
            )
        elif request.encrypted_card is None:
            raise IdentityValidationRequired(source="idToken", seen={"validated_consumer": None})
        document = {
            **_told(system, request, dpa, session.src_correlation_id, caller),
            **await _shown(system, tx, consumer, card, now),
        }
    return PrepareCheckoutResult(
        session.src_correlation_id,
        sign_checkout_request(
            document,
            sandbox=system.sandbox,
            network=system.key.network,
            keyring=system.keyring,
            now=now,
        ),
    )


async def _card(
    system: System, tx: Tx, request: PrepareCheckoutRequest, consumer: Consumer, now: datetime
) -> DigitalCard | None:
    """The consumer's card that was chosen; None leaves the choice to the DCF."""
    if request.src_digital_card_id is None:
        return None
    found = await digital_cards.find_card(tx, system.key, request.src_digital_card_id)
    if found is None or found[0].src_consumer_id != consumer.src_consumer_id:
        raise CardNotFound(
            source="srcDigitalCardId",
            seen={
                "card_is_known": found is not None,
                "card_src_consumer_id": None if found is None else found[0].src_consumer_id,
                "validated_src_consumer_id": consumer.src_consumer_id,
            },
        )
    refuse_unusable(found[0], now)
    return found[0]


def _told(
    system: System,
    request: PrepareCheckoutRequest,
    dpa: Dpa,
    src_correlation_id: str,
    caller: Client,
) -> dict[str, Any]:
    """What the SRC initiator said, by the names of a real sample (spec 4.9)."""
    document = {
        "srcInitiatorId": caller.src_client_id,
        "srcCorrelationId": src_correlation_id,
        "srciTransactionId": request.session.srci_transaction_id,
        "srcDpaId": dpa.src_dpa_id,
        "dpaData": {**dpa.dpa_data, **request.dpa_data},
        "checkoutRequestUri": f"{system.address}/src/v1/transaction/credentials",
        "checkoutResponseUri": request.checkout_response_uri,
        **request.members,
    }
    return {name: value for name, value in document.items() if value is not None}


async def _shown(
    system: System, tx: Tx, consumer: Consumer | None, card: DigitalCard | None, now: datetime
) -> dict[str, Any]:
    """What the DCF shows of a known consumer, masked."""
    document: dict[str, Any] = {}
    if consumer is not None:
        kept = await shipping_addresses.list_addresses(tx, system.key, consumer.src_consumer_id)
        document["maskedConsumer"] = masked_consumer(system.profile, consumer, now=now)
        document["maskedShippingAddresses"] = [
            masked_shipping_address(system.profile, address) for address in kept
        ]
    if card is not None:
        document["maskedCard"] = masked_card(
            system.profile, card, token=None, address=system.address, now=now
        )
    return document
