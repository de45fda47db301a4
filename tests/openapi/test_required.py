"""What the document calls required is refused when it is missing."""

import pytest

from src_system.http.operations import OPERATIONS
from tests.http.initiator import Initiator
from tests.openapi.conformance import protocol

_GOOD = {"srcCorrelationId": "3c2a9f51-7a80-4f0e-9a53-0f5c2f6f1b11"}
_REQUIRED = [
    (operation.resource, member)
    for operation in OPERATIONS
    if operation.request is not None and "{" not in operation.resource
    for member in operation.request.REQUIRED
]


@pytest.mark.parametrize(("resource", "member"), _REQUIRED)
async def test_a_required_member_that_is_missing_is_named(
    initiator: Initiator, resource: str, member: str
) -> None:
    others = {name for place, name in _REQUIRED if place == resource and name != member}
    given = {name: value for name, value in _GOOD.items() if name in others}

    answer = await initiator.call("visa", resource, given)

    assert answer.status == 400
    assert answer.source in (member, f"{member}.identityValue")


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
