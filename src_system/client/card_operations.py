"""Cards and addresses at one network: enrolled, shown, changed, removed (contract, section 4)."""

from collections.abc import Mapping
from typing import Any

from src_system.client.members import consent
from src_system.client.network_calls import NetworkCalls, expect_nothing, segment
from src_system.client.src_answers import (
    BillingAddress,
    CardAnswer,
    EnrolledCard,
    ShippingAddress,
    read_answer,
)

Members = Mapping[str, Any]


class CardOperations(NetworkCalls):
    """What a consumer keeps. *members* are further ones of the request, as written on the wire."""

    async def enroll_card(
        self,
        card: Members | str,
        *,
        consumer: Members | None = None,
        compliance_settings: Members | None = None,
        **members: Any,
    ) -> EnrolledCard:
        """enrollCard of a card in clear, which is encrypted here, or of an encryptedCard.

        Without *consumer* it becomes the card of whoever the session's idToken names. With one, a
        profile is made where there is none; terms are then accepted unless *compliance_settings*
        says otherwise.
        """
        if consumer is not None and compliance_settings is None:
            compliance_settings = consent()
        sent = {
            "encryptedCard": card if isinstance(card, str) else await self.seal(card),
            "cardSource": "CARDHOLDER",
            "idToken": self.id_token if consumer is None else None,
            "consumer": consumer,
            "complianceSettings": compliance_settings,
            **members,
        }
        answer = read_answer(await self.post("cards", sent), EnrolledCard, 200)
        if answer.id_token is not None:
            self.session.id_tokens[self.network] = answer.id_token
        return answer

    async def get_card(self, src_digital_card_id: str) -> CardAnswer:
        """Operation getCard."""
        return read_answer(await self.get(f"cards/{segment(src_digital_card_id)}"), CardAnswer, 200)

    async def update_card(
        self, src_digital_card_id: str, *, card: Members | None = None, **members: Any
    ) -> CardAnswer:
        """updateCard: with *card* in clear, encrypted here, or with members as they are."""
        sent = {
            "idToken": self.id_token,
            "encryptedCard": None if card is None else await self.seal(card),
            **members,
        }
        reply = await self.put(f"cards/{segment(src_digital_card_id)}", sent)
        return read_answer(reply, CardAnswer, 200)

    async def delete_card(self, src_digital_card_id: str) -> None:
        """Operation deleteCard."""
        expect_nothing(await self.delete(f"cards/{segment(src_digital_card_id)}"))

    async def add_billing_address(
        self, src_digital_card_id: str, address: Members | None = None, **members: Any
    ) -> BillingAddress:
        """addBillingAddress; as member `encryptedBillingAddress` it may be sealed (`seal`)."""
        resource = f"cards/{segment(src_digital_card_id)}/billingaddress"
        reply = await self.post(resource, {"billingAddress": address, **members})
        return read_answer(reply, BillingAddress, 200)

    async def delete_billing_address(self, src_digital_card_id: str) -> None:
        """Operation deleteBillingAddress."""
        resource = f"cards/{segment(src_digital_card_id)}/billingaddress"
        expect_nothing(await self.delete(resource))

    async def add_shipping_address(
        self, address: Members | None = None, **members: Any
    ) -> ShippingAddress:
        """addShippingAddress; as member `encryptedShippingAddress` it may be sealed (`seal`)."""
        sent = {"idToken": self.id_token, "shippingAddress": address, **members}
        return read_answer(await self.post("shippingaddresses", sent), ShippingAddress, 200)

    async def update_shipping_address(
        self, address_id: str, address: Members | None = None, **members: Any
    ) -> ShippingAddress:
        """Operation updateShippingAddress."""
        sent = {"idToken": self.id_token, "shippingAddress": address, **members}
        reply = await self.put(f"shippingaddresses/{segment(address_id)}", sent)
        return read_answer(reply, ShippingAddress, 200)

    async def delete_shipping_address(self, address_id: str) -> None:
        """Operation deleteShippingAddress."""
        expect_nothing(await self.delete(f"shippingaddresses/{segment(address_id)}"))
