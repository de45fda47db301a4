"""What a consumer or issuer changes of a card and of the addresses beside it (spec 4.2, 4.3)."""

from typing import Any
from urllib.parse import quote

from .exchange import Answer
from .src_client import Initiator


def update_card(client: Initiator, src_digital_card_id: str, **members: Any) -> Answer:
    """Operation updateCard."""
    return client.put(f"cards/{quote(src_digital_card_id)}", **members)


def add_billing_address(client: Initiator, src_digital_card_id: str, **members: Any) -> Answer:
    """addBillingAddress; members: billingAddress, or encryptedBillingAddress."""
    return client.post(f"cards/{quote(src_digital_card_id)}/billingaddress", **members)


def delete_billing_address(client: Initiator, src_digital_card_id: str) -> Answer:
    """Operation deleteBillingAddress."""
    return client.delete(f"cards/{quote(src_digital_card_id)}/billingaddress")


def add_shipping_address(client: Initiator, **members: Any) -> Answer:
    """addShippingAddress; members: shippingAddress, or encryptedShippingAddress."""
    return client.post("shippingaddresses", **members)


def update_shipping_address(client: Initiator, address_id: str, **members: Any) -> Answer:
    """updateShippingAddress; members as of addShippingAddress."""
    return client.put(f"shippingaddresses/{quote(address_id)}", **members)


def delete_shipping_address(client: Initiator, address_id: str) -> Answer:
    """Operation deleteShippingAddress."""
    return client.delete(f"shippingaddresses/{quote(address_id)}")
