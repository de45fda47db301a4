"""What the merchant's server does with a checkoutResponse: verify, decrypt, authorise, confirm."""

from typing import Any

import msgspec

from src_system.client import Network, NotTrusted, Sandbox, SrcSystemError
from src_system.client.checkout_answers import CheckoutAnswer


class Purchase(msgspec.Struct, frozen=True, rename="camel"):
    """What the page hands over once the SDK has answered COMPLETE."""

    network: str
    checkout_response: str  # a compact JWS
    src_correlation_id: str
    srci_transaction_id: str
    flow_id: str | None = None  # X-Src-Cx-Flow-Id of the SDK's calls


async def settle(sandbox: Sandbox, purchase: Purchase) -> dict[str, Any]:
    """The purchase opened and confirmed, or why it must not be paid: {"refused": …}.

    Without a payload that is trusted nothing is authorised, and nothing confirmed.
    """
    initiator = sandbox.initiator(srci_transaction_id=purchase.srci_transaction_id)
    network = initiator[purchase.network]
    network.src_correlation_id = purchase.src_correlation_id
    network.flow_id = purchase.flow_id
    answer = CheckoutAnswer(
        src_correlation_id=purchase.src_correlation_id,
        checkout_response=purchase.checkout_response,
        dcf_action_code="COMPLETE",
    )
    try:
        checkout = await network.open_checkout(answer)
    except NotTrusted as untrusted:
        return {"refused": str(untrusted)}
    if checkout.response is None or checkout.payload is None:
        return {"refused": "The checkoutResponse holds no payload."}
    return {
        "signature": checkout.header,
        "response": checkout.response.document,
        "encryption": checkout.payload_header,
        "payload": checkout.payload.document,
        "confirmed": await _confirm(network),
    }


async def _confirm(network: Network) -> bool:
    """Whether the network heard of it: a payment stands without, a merchant tries again later."""
    try:
        await network.confirmation()
    except SrcSystemError:
        return False
    return True
