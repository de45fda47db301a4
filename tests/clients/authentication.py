"""Authentication by the SRC System as an integrator asks for it (spec 4.13)."""

from typing import Any

from .exchange import Answer, Json
from .shopper import options
from .src_client import Initiator

# What a DPA sends along that lets the SRC System authenticate the cardholder (spec 5.14).
AUTHENTICATED: Json = {
    "authenticationPreferences": {"payloadRequested": "AUTHENTICATED"},
    "acquirerMerchantId": "SRC3DS",
    "acquirerBIN": "545301",
    "merchantCategoryCode": "5995",
    "merchantCountryCode": "US",
    "threeDsPreference": "ONBEHALF",
}
CHALLENGE: Json = {"threeDsInputData": {"forceChallenge": True}}


def of_card(src_digital_card_id: str) -> Json:
    """The accountReference of a card."""
    return {"srcDigitalCardId": src_digital_card_id}


def of_person(identity: Json) -> Json:
    """The accountReference of a consumer."""
    return {"consumerIdentity": identity}


def methods_lookup(client: Initiator, reference: Json) -> Answer:
    """Operation authenticationMethodsLookup."""
    return client.post("authentication/lookup", accountReference=reference)


def initiate(
    client: Initiator,
    reference: Json,
    method: str,
    attributes: Json | None = None,
    **changes: Any,
) -> Answer:
    """initiateAuthentication over an order; changes: members of its options."""
    wanted: Json = {"authenticationMethodType": method}
    if attributes is not None:
        wanted["methodAttributes"] = attributes
    return client.post(
        "authentication/initiate",
        accountReference=reference,
        authenticationMethod=wanted,
        authenticationContext={"dpaTransactionOptions": options(client.network, **changes)},
    )


def complete(client: Initiator, begun: Json, attributes: Json, **members: Any) -> Answer:
    """completeAuthentication with a proof; begun: the answer of initiateAuthentication."""
    return client.post(
        "authentication/complete",
        authenticationSessionId=begun["authenticationSessionId"],
        methodAttributes=attributes,
        **members,
    )


def another_code(code: str) -> str:
    """A one-time code that is not this one."""
    return "000000" if code != "000000" else "111111"
