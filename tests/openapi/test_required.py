"""What the document calls required is refused when it is missing."""

import pytest

from src_system.http.operations import OPERATIONS
from src_system.model.participant import ClientKind
from tests.http.initiator import Initiator, Json
from tests.openapi.conformance import protocol

_GOOD = {
    "srcCorrelationId": "3c2a9f51-7a80-4f0e-9a53-0f5c2f6f1b11",
    "accountReference": {"srcDigitalCardId": "4d3a9f51-7a80-4f0e-9a53-0f5c2f6f1b11"},
    "authenticationMethod": {"authenticationMethodType": "3DS"},
    "externalBatchId": "batch-1",
    "records": [{"externalConsumerId": "person-1"}],
}
_REQUIRED = [
    (operation.resource, member, operation.callers)
    for operation in OPERATIONS
    if operation.request is not None and "{" not in operation.resource
    for member in operation.request.REQUIRED
]


@pytest.mark.parametrize(("resource", "member", "callers"), _REQUIRED)
async def test_a_required_member_that_is_missing_is_named(
    initiator: Initiator, resource: str, member: str, callers: frozenset[ClientKind]
) -> None:
    others = {name for place, name, _ in _REQUIRED if place == resource and name != member}
    given: Json = {name: value for name, value in _GOOD.items() if name in others}
    if ClientKind.SRC_INITIATOR not in callers:
        issuer = {"name": "Issuer", "kind": min(callers)}
        made = await initiator.manage("POST", "/clients", issuer)
        given |= {"srcClientId": made.body["srcClientId"], "srcDpaId": None}

    answer = await initiator.call("visa", resource, given)

    assert answer.status == 400
    assert answer.source is not None
    assert answer.source.partition(".")[0] == member


@pytest.mark.parametrize("member", ["identityType", "identityValue"])
async def test_an_identity_needs_its_type_and_its_value(initiator: Initiator, member: str) -> None:
    identity = {"identityType": "EMAIL_ADDRESS", "identityValue": "ana@shop.test"}
    del identity[member]

    answer = await initiator.call("visa", "identities/lookup", {"consumerIdentity": identity})

    assert (answer.status, answer.source) == (400, f"consumerIdentity.{member}")


async def test_the_session_is_required_where_the_query_says_so(initiator: Initiator) -> None:
    parameters = protocol()["paths"]["/transaction/credentials"]["get"]["parameters"]
    base = initiator.sandbox["urls"]["visa"]["src"]

    answer = await initiator.send(
        "GET", f"{base}/transaction/credentials?srcClientId={initiator.client_id}"
    )

    assert [one["name"] for one in parameters if one.get("required")] == ["srcCorrelationId"]
    assert (answer.status, answer.source) == (400, "srcCorrelationId")
