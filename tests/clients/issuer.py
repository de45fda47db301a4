"""An issuer (SRCPI): a client of its own that enrols its customers' cards, alone or in batches."""

import copy
from typing import Any
from urllib.parse import quote

from .exchange import Answer, Json, call
from .shopper import consent
from .src_client import Initiator, Sandbox


class Issuer(Initiator):
    """A participating issuer on one network; it names no DPA."""

    def __init__(self, sandbox: Sandbox, network: str, client: Json) -> None:
        own = copy.copy(sandbox)
        own.src_client_id = client["srcClientId"]
        own.private_keys = client["jwks"]["keys"]
        super().__init__(own, network)

    @classmethod
    def of(cls, sandbox: Sandbox, network: str) -> "Issuer":
        """The issuer that the sandbox was made with."""
        clients = call("GET", f"{sandbox.address}/clients").expect(200)["clients"]
        found = next(one for one in clients if one["kind"] == "PARTICIPATING_ISSUER")
        return cls(sandbox, network, found)

    def _common(self) -> dict[str, str]:
        common = super()._common()
        del common["srcDpaId"]
        return common

    def record(self, card: Json, consumer: Json, who: str, what: str, **members: Any) -> Json:
        """A record of a batch: card, holder and consent, encrypted together."""
        data = {"card": card, "consumer": consumer, "complianceSettings": consent()}
        return {
            "externalConsumerId": who,
            "externalCredentialId": what,
            "enrollmentData": self.seal(data),
            **members,
        }

    def enroll_cards_batch(self, external_batch_id: str, *records: Json) -> Answer:
        """Operation enrollCardsBatch."""
        return self.post("cards/batch", externalBatchId=external_batch_id, records=list(records))

    def cards_batch(self, batch_id: str) -> Answer:
        """Operation getCardsBatch."""
        return self.get(f"cards/batch/{quote(batch_id)}")


def advance(sandbox: Sandbox, by: str) -> Json:
    """Move the sandbox's clock, which must be frozen."""
    return call("POST", f"{sandbox.address}/clock/advance", {"by": by}).expect(200)
