"""Batches at one network: an initiator's shops, an issuer's cards (contract, section 4)."""

from collections.abc import Mapping
from typing import Any

from src_system.client.errors import Json
from src_system.client.members import consent
from src_system.client.network_calls import NetworkCalls, segment
from src_system.client.src_answers import CardBatch, DpaBatch, read_answer

Members = Mapping[str, Any]


class BatchOperations(NetworkCalls):
    """A batch is done when its time on the sandbox's clock has come."""

    async def register_dpas(
        self,
        *dpas: Members,
        action: str = "ADD",
        items: list[Members] | None = None,
        **members: Any,
    ) -> DpaBatch:
        """registerDpas of *dpas* in one item of *action*, or of *items* as they are."""
        one = {"action": action, "programType": "SRC", "dpas": list(dpas)}
        sent = {"items": [one] if items is None else items, **members}
        return read_answer(await self.post(self._batches(), sent), DpaBatch, 200)

    async def get_dpa_batch(self, batch_id: str) -> DpaBatch:
        """Operation getDpaBatch."""
        reply = await self.get(f"{self._batches()}/status/{segment(batch_id)}")
        return read_answer(reply, DpaBatch, 200)

    async def enroll_cards_batch(
        self, external_batch_id: str, *records: Members, **members: Any
    ) -> CardBatch:
        """enrollCardsBatch of an issuer, with records as `enrolment_record` makes them."""
        sent = {"externalBatchId": external_batch_id, "records": list(records), **members}
        return read_answer(await self.post("cards/batch", sent), CardBatch, 202)

    async def get_cards_batch(self, batch_id: str) -> CardBatch:
        """Operation getCardsBatch."""
        return read_answer(await self.get(f"cards/batch/{segment(batch_id)}"), CardBatch, 200)

    async def enrolment_record(
        self,
        card: Members,
        consumer: Members,
        *,
        external_consumer_id: str,
        external_credential_id: str,
        compliance_settings: Members | None = None,
        **members: Any,
    ) -> Json:
        """A record of a batch: card, holder and consent, encrypted together."""
        data = {
            "card": card,
            "consumer": consumer,
            "complianceSettings": compliance_settings or consent(),
        }
        return {
            "externalConsumerId": external_consumer_id,
            "externalCredentialId": external_credential_id,
            "enrollmentData": await self.seal(data),
            **members,
        }

    def _batches(self) -> str:
        return f"srci/{segment(self.registration.src_client_id)}/dpas/batch"
