"""Every operation of the SRC API as an initiator calls it: where, and what it sends by itself."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from string import Formatter
from typing import Any

from src_system.client import Network, consent, consumer_identity
from src_system.client.members import CONFIRMED, transaction_options
from src_system.client.network_calls import segment
from src_system.client.transport import Reply
from src_system.scenario.words import Json


@dataclass(frozen=True, slots=True)
class Order:
    """What a checkout is about, as a step says it, and what time it is in the sandbox."""

    now: datetime
    amount: str | None = None
    currency: str | None = None


Fill = Callable[[Network, Json, Order], Json]


@dataclass(frozen=True, slots=True)
class Operation:
    """Method and place below the network's base; `fill` gives what is sent unless said otherwise.

    `success` is the status that answers it.
    """

    method: str
    place: str
    fill: Fill | None = None
    success: int = 200

    @property
    def path_members(self) -> tuple[str, ...]:
        """The members that stand in the path and not in the body."""
        return tuple(name for _, name, _, _ in Formatter().parse(self.place) if name)


def _nothing(_network: Network, _given: Json, _order: Order) -> Json:
    return {}


def _id_token(network: Network, _given: Json, _order: Order) -> Json:
    return {"idToken": network.id_token}


def _card(network: Network, given: Json, _order: Order) -> Json:
    filled: Json = {"cardSource": "CARDHOLDER"}
    if "consumer" in given:
        return {**filled, "complianceSettings": consent()}
    return {**filled, "idToken": network.id_token}


def _recognition(network: Network, _given: Json, _order: Order) -> Json:
    own = network.session.recognition_tokens.get(network.network)
    return {"recognitionTokens": [own] if own else None}


def _unbinding(network: Network, given: Json, order: Order) -> Json:
    own = network.session.id_tokens.get(network.network)
    return {**_recognition(network, given, order), "idToken": own}


def _profile(network: Network, _given: Json, _order: Order) -> Json:
    return {"idTokens": list(network.session.id_tokens.values()) or None}


def _options(network: Network, order: Order) -> Json:
    return transaction_options(
        order.amount,
        order.currency or "USD",
        amount_is_text=network.dialect.amount_is_text,
        order_id=network.session.srci_transaction_id,
    )


def _checkout(network: Network, given: Json, order: Order) -> Json:
    if "checkoutRequestJws" in given:
        return {}
    filled: Json = {
        "dpaTransactionOptions": _options(network, order),
        "payloadTypeIndicatorCheckout": "FULL",
    }
    if "consumer" in given:
        return {**filled, "complianceSettings": consent()}
    return {**filled, network.dialect.profile_token_member: network.id_token}


def _payload(network: Network, _given: Json, _order: Order) -> Json:
    if network.dialect.payload_by_post:
        return {"srciTransactionId": None}
    return {"payloadTypeIndicator": "FULL"}


def _confirmation(_network: Network, _given: Json, order: Order) -> Json:
    return {
        "confirmationData": {
            **CONFIRMED,
            "confirmationTimestamp": f"{order.now:%Y-%m-%dT%H:%M:%SZ}",
        }
    }


def _authentication(network: Network, _given: Json, order: Order) -> Json:
    return {"authenticationContext": {"dpaTransactionOptions": _options(network, order)}}


OPERATIONS: dict[str, Operation] = {
    "isRecognized": Operation("POST", "identities/recognize", _recognition),
    "identityLookup": Operation("POST", "identities/lookup"),
    "initiateIdentityValidation": Operation("POST", "identities/validation/initiate"),
    "completeIdentityValidation": Operation("POST", "identities/validation/complete"),
    "getSrcProfile": Operation("POST", "profiles/prepare", _profile),
    "enrollCard": Operation("POST", "cards", _card),
    "getCard": Operation("GET", "cards/{srcDigitalCardId}"),
    "updateCard": Operation("PUT", "cards/{srcDigitalCardId}", _id_token),
    "deleteCard": Operation("DELETE", "cards/{srcDigitalCardId}", success=204),
    "addBillingAddress": Operation("POST", "cards/{srcDigitalCardId}/billingaddress"),
    "deleteBillingAddress": Operation(
        "DELETE", "cards/{srcDigitalCardId}/billingaddress", success=204
    ),
    "addShippingAddress": Operation("POST", "shippingaddresses", _id_token),
    "updateShippingAddress": Operation("PUT", "shippingaddresses/{addressId}", _id_token),
    "deleteShippingAddress": Operation("DELETE", "shippingaddresses/{addressId}", success=204),
    "prepareCheckout": Operation("POST", "transaction/preparedata", _checkout),
    "checkout": Operation("POST", "transaction/credentials", _checkout),
    "getPayload": Operation("GET", "transaction/credentials", _payload),
    "confirmation": Operation("POST", "confirmations", _confirmation, success=204),
    "getConsumerProfile": Operation("GET", "consumerprofile"),
    "authenticationMethodsLookup": Operation("POST", "authentication/lookup"),
    "initiateAuthentication": Operation("POST", "authentication/initiate", _authentication),
    "completeAuthentication": Operation("POST", "authentication/complete"),
    "unbindAppInstance": Operation("POST", "apps/unbind", _unbinding),
    "registerDpas": Operation("POST", "srci/{srcClientId}/dpas/batch"),
    "getDpaBatch": Operation("GET", "srci/{srcClientId}/dpas/batch/status/{batchId}"),
    "enrollCardsBatch": Operation("POST", "cards/batch", success=202),
    "getCardsBatch": Operation("GET", "cards/batch/{batchId}"),
    "keys": Operation("GET", "keys"),
}

_AT = {
    (one.method, tuple(None if part[0] == "{" else part for part in one.place.split("/"))): name
    for name, one in OPERATIONS.items()
} | {("POST", ("oauth2", "token")): "accessToken"}


def operation_at(method: str, place: str) -> str | None:
    """The operation that is called at *place* below a network's base; None for no address of one.

    A POST of Mastercard's getPayload looks like a checkout.
    """
    parts = place.strip("/").split("/")
    for (its_method, its_parts), name in _AT.items():
        if (
            its_method == method
            and len(its_parts) == len(parts)
            and all(one in (None, other) for one, other in zip(its_parts, parts, strict=True))
        ):
            return name
    return None


# Documents that a step adds to instead of replacing them.
MERGED = ("dpaTransactionOptions", "confirmationData", "authenticationContext")


async def ask(
    network: Network,
    name: str,
    given: Mapping[str, Any],
    *,
    order: Order,
    headers: Mapping[str, str],
    raw: str | None = None,
) -> Reply:
    """Call the operation with what an initiator sends, and *given* over it; whatever comes back.

    A member that is null is left out. *raw* is sent as it is, in place of a document.
    """
    operation = OPERATIONS[name]
    members = dict(given)
    path = {
        one: str(members.pop(one, network.registration.src_client_id))
        for one in operation.path_members
    }
    place = operation.place.format_map({one: segment(value) for one, value in path.items()})
    if raw is not None:
        return await network.send_raw(operation.method, place, raw.encode(), headers=headers)
    document = document_of(network, operation, members, order)
    method = operation.method
    if name == "getPayload" and network.dialect.payload_by_post:
        method = "POST"
    if name == "keys":
        document = {}
    if method in ("GET", "DELETE"):
        return await network.send(method, place, query=document, headers=headers)
    return await network.send(method, place, document, headers=headers)


def document_of(
    network: Network, operation: Operation, given: Mapping[str, Any], order: Order
) -> dict[str, Any]:
    """The members that are sent: what an initiator sends by itself, and *given* over it.

    A member that is null is left out, also one of the documents that are added to.
    """
    members = dict(given)
    if "consumerIdentity" in members and isinstance(members["consumerIdentity"], str):
        members["consumerIdentity"] = consumer_identity(members["consumerIdentity"])
    filled = (operation.fill or _nothing)(network, members, order)
    return _merged({**network.common_members(), **filled}, members)


def _merged(filled: Mapping[str, Any], given: Mapping[str, Any]) -> Json:
    """*given* over what is *filled* in; documents of MERGED are added to."""
    found = dict(filled)
    for name, value in given.items():
        own = found.get(name)
        is_added = name in MERGED and isinstance(value, Mapping) and isinstance(own, Mapping)
        found[name] = _merged(own or {}, value) if is_added else value
    return _present(found)


def _present(members: Mapping[str, Any]) -> Json:
    return {name: value for name, value in members.items() if value is not None}


def keep_tokens(network: Network, name: str, document: Mapping[str, Any]) -> None:
    """Carry what an answer brought on to the session's other calls, as an initiator does."""
    session, here = network.session, network.network
    if name == "unbindAppInstance":
        session.recognition_tokens.pop(here, None)
        session.id_tokens.pop(here, None)
        return
    token = id_token_in(document)
    if isinstance(token, str):
        session.id_tokens[here] = token
    remembered = document.get("recognitionToken")
    if isinstance(remembered, str):
        session.recognition_tokens[here] = remembered


def id_token_in(document: Mapping[str, Any]) -> Any:
    """The idToken that an answer (in EMV's spelling) brought; None without one."""
    if document.get("idToken") is not None:
        return document["idToken"]
    tokens = document.get("idTokens")
    if isinstance(tokens, list) and tokens:
        return tokens[0]
    profiles = document.get("profiles")
    if isinstance(profiles, list) and len(profiles) == 1 and isinstance(profiles[0], Mapping):
        return profiles[0].get("idToken")
    return None
