"""EventHistory: how old card, consumer and address are, for the merchant's risk (spec 5.19)."""

from datetime import datetime

from src_system.model.address import Address, Shipping
from src_system.model.consumer import Consumer
from src_system.model.digital_card import DigitalCard

SAME_AS_BILLING, OTHER_ON_FILE, NOT_ON_FILE = "01", "02", "03"


def event_history(
    card: DigitalCard,
    consumer: Consumer,
    *,
    token_since: datetime | None,
    shipping: Shipping | None,
    now: datetime,
) -> dict[str, str]:
    """Ages in whole days as text. *token_since*: when the client first got a token for the card."""
    document = {
        "ageOfSrcPanEnrolmentSinceCreated": _days(card.date_of_card_created, now),
        "ageOfSrcRelationship": _days(consumer.date_consumer_added, now),
        "ageOfConsumerRelationship": _days(token_since or now, now),
    }
    if card.date_of_card_last_used is not None:
        document["srcAgeSinceLastSuccessfulTransaction"] = _days(card.date_of_card_last_used, now)
    if shipping is not None:
        document["billingAndShippingRelationship"] = _relationship(card.billing_address, shipping)
        document["shippingAddressUsageNew"] = shipping.since.date().isoformat()
        document["ageOfShippingAddressUsage"] = _days(shipping.since, now)
    return document


def _days(since: datetime, now: datetime) -> str:
    return str(max((now - since).days, 0))


def _relationship(billing: Address | None, shipping: Shipping) -> str:
    if billing is not None and _where(billing) == _where(shipping.address):
        return SAME_AS_BILLING
    return OTHER_ON_FILE if shipping.is_on_file else NOT_ON_FILE


def _where(address: Address) -> tuple[str | None, ...]:
    """The place, whoever is named there."""
    return (
        address.line1,
        address.line2,
        address.line3,
        address.city,
        address.state,
        address.country_code,
        address.zip,
    )
