"""A DCF: it is handed a signed request, shows the consumer her cards, and finishes the checkout."""

import copy
from typing import Any

from .exchange import Answer, Json, call
from .shopper import options
from .src_client import Initiator, Sandbox

RETURN_ADDRESS = "https://shop.test/back"


def prepare_checkout(client: Initiator, id_token: str | None = None, **members: Any) -> Answer:
    """prepareCheckout of an order; members: of a checkout."""
    if id_token is not None:
        members[client.dialect.profile_token_member] = id_token
    asked = {
        "checkoutResponseUri": RETURN_ADDRESS,
        "payloadTypeIndicatorCheckout": "FULL",
        "dpaTransactionOptions": options(client.network),
        **members,
    }
    return client.post("transaction/preparedata", **asked)


def signed_request(client: Initiator, answer: Json) -> tuple[str, Json]:
    """The checkoutRequestJws of a prepareCheckout, and what it says once its signature held."""
    compact = answer[client.dialect.prepared_member]
    header, request = client.keys.verify(compact)
    assert (header["typ"], header["alg"]) == ("JOSE", "RS256")
    assert isinstance(header["iat"], int)
    return compact, request


class Facilitator(Initiator):
    """A DCF on one network: it knows what the signed request tells, and no DPA but that one."""

    def __init__(self, sandbox: Sandbox, network: str, client: Json, request: Json) -> None:
        own = copy.copy(sandbox)
        own.src_client_id = client["srcClientId"]
        own.src_dpa_id = request["srcDpaId"]
        super().__init__(own, network, request["srciTransactionId"])
        self.src_correlation_id = request["srcCorrelationId"]

    @classmethod
    def of(cls, client: Initiator, request: Json) -> "Facilitator":
        """A DCF that the sandbox is given now, on this initiator's network."""
        named = {"clients": [{"kind": "DCF", "name": "Facilitator"}]}
        [made] = call("POST", f"{client.sandbox.address}/fixtures", named).expect(200)["clients"]
        return cls(client.sandbox, client.network, made, request)

    def consumer_profile(self) -> Answer:
        """Operation getConsumerProfile."""
        return self.get("consumerprofile")

    def finish(self, checkout_request_jws: str, **members: Any) -> Answer:
        """checkout of the signed request; members: what the DCF adds, dcfActionCode."""
        return self.post(
            "transaction/credentials", checkoutRequestJws=checkout_request_jws, **members
        )
