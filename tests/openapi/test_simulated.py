"""What only a fault or a magic value brings about is in the protocol port's document."""

import pytest
import requests
import schemathesis
from schemathesis.checks import CheckFunction
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from src_system.http.operations import OPERATIONS
from src_system.model.vocabulary import BUSINESS_REASONS, REASONS, TOP_REASONS
from tests.conftest import RunningServer
from tests.openapi.conformance import Json, control, protocol
from tests.openapi.test_documents import operations_of
from tests.openapi.truth import Case, Truth, fetched

MEETING = [*(one.name for one in OPERATIONS), "keys"]
OTHERS = ("error=LOCKED; status=423", "error=LOCKED; status=503", "http=418")
IN_FRONT = [(status, "no healthy upstream") for status in (429, 500, 502, 503, 504)]
CHECKS: list[CheckFunction] = [
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
LOOKUP = {"consumerIdentity": {"identityType": "EMAIL_ADDRESS", "identityValue": "a@shop.test"}}


def responses(name: str) -> Json:
    found: Json = operations_of(protocol())[name][2]["responses"]
    return found


@pytest.mark.parametrize("name", MEETING)
def test_every_reason_of_the_vocabulary_stands_under_a_status(name: str) -> None:
    listed = [
        reason
        for response in responses(name).values()
        for reason in response.get("x-src-simulated-reasons", ())
    ]

    assert sorted(listed) == sorted(REASONS)
    assert "default" in responses(name)


@pytest.mark.parametrize("name", MEETING)
def test_a_quota_and_an_outage_say_when_to_come_again(name: str) -> None:
    assert "RESOURCE_EXHAUSTED" in responses(name)["429"]["x-src-simulated-reasons"]
    for status in ("429", "503"):
        assert "Retry-After" in responses(name)[status]["headers"]


def test_the_members_of_a_refusal_take_every_reason() -> None:
    schemas = protocol()["components"]["schemas"]

    assert set(schemas["NetworkErrorDocument"]["properties"]["reason"]["enum"]) >= (
        TOP_REASONS | BUSINESS_REASONS
    )
    assert set(schemas["ErrorDetailDocument"]["properties"]["reason"]["enum"]) >= REASONS


def test_what_meets_no_fault_promises_none() -> None:
    assert "default" not in responses("accessToken")
    assert all(
        "default" not in operation["responses"]
        for _, _, operation in operations_of(control()).values()
    )


def lookup_of(server: RunningServer, truth: Truth) -> Case:
    """An identityLookup as Schemathesis has it."""
    schema = schemathesis.openapi.from_dict(fetched(f"{server.protocol}/openapi.json"))
    body: Json = {"srcClientId": truth.client_id, **LOOKUP}
    case: Case = schema["/identities/lookup"]["POST"].Case(body=body, media_type="application/json")
    return case


def test_a_users_checks_by_the_document_pass_whatever_is_simulated(server: RunningServer) -> None:
    truth = Truth(server, "mastercard", "simulated")
    schema = schemathesis.openapi.from_dict(fetched(f"{server.protocol}/openapi.json"))
    lookup = lookup_of(server, truth)
    register = schema["/srci/{srcClientId}/dpas/batch"]["POST"].Case(
        path_parameters={"srcClientId": truth.client_id},
        body={"items": truth.members["items"]},
        media_type="application/json",
    )
    asked = [*(f"error={reason}" for reason in sorted(REASONS)), *OTHERS]
    with requests.Session() as session:
        for case in (lookup, register):
            for simulate in asked:
                headers = {"X-Src-Simulate": simulate}
                answer = case.call(base_url=truth.base, session=session, headers=headers)
                assert answer.status_code >= 400
                case.validate_response(answer, checks=CHECKS)


@pytest.mark.parametrize(("status", "text"), IN_FRONT)
def test_what_something_in_front_says_is_documented(
    server: RunningServer, status: int, text: str
) -> None:
    truth = Truth(server, "amex", f"in-front-{status}")
    effect = {"http": {"status": status, "retryAfter": 7, "body": text}}
    fetched(f"{truth.control}/faults", {"effect": effect})
    case = lookup_of(server, truth)
    with requests.Session() as session:
        answer = case.call(base_url=truth.base, session=session)

    assert (answer.status_code, answer.text) == (status, text)
    case.validate_response(answer, checks=CHECKS)


def test_a_quota_is_answered_as_the_document_says(server: RunningServer) -> None:
    truth = Truth(server, "visa", "quota")
    rule = {"effect": {"quota": {"limit": 1, "per": "PT1H"}}}
    fetched(f"{truth.control}/faults", rule)
    case = lookup_of(server, truth)
    with requests.Session() as session:
        case.call(base_url=truth.base, session=session)
        answer = case.call(base_url=truth.base, session=session)

    assert answer.status_code == 429
    assert int(answer.headers["retry-after"][0]) > 3000
    case.validate_response(answer, checks=CHECKS)
