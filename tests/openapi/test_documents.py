"""The OpenAPI documents are valid, complete, and keep up with the tables that they are made of."""

import re
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web
from openapi_spec_validator import OpenAPIV31SpecValidator

from src_system.control.application import control_application
from src_system.control.described import description_of, is_page
from src_system.control.description import described_routes, path_of
from src_system.http.description import entry_of, summary_of
from src_system.http.operation import Operation
from src_system.http.operations import OPERATIONS
from src_system.openapi.document import Json
from src_system.openapi.examples import add_examples, recorded
from tests.openapi.conformance import control, protocol


def operations_of(document: Json) -> dict[str, tuple[str, str, Json]]:
    return {
        operation["operationId"]: (method, path, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method != "servers"
    }


@pytest.fixture
def router() -> web.UrlDispatcher:
    parts: Any = None
    return control_application(parts).router


@pytest.mark.parametrize("document", [protocol(), control()], ids=["protocol", "control"])
def test_the_document_is_valid_openapi(document: Json) -> None:
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_every_row_of_the_table_says_all_that_the_document_needs(operation: Operation) -> None:
    summary, sections = summary_of(operation)

    assert (operation.request is not None) == (operation.method in ("POST", "PUT"))
    assert (operation.answer is not None) == (operation.write is not None)
    assert len(summary.split()) > 3
    assert re.match(r"[0-9]+(\.[0-9]|, O)", sections), "name the section, as in (spec 4.1)"


def test_a_new_row_of_the_table_is_in_the_document_by_itself() -> None:
    row = replace(OPERATIONS[0], name="newOperation", resource="cards/{srcDigitalCardId}/new")

    entry = entry_of(row, (*OPERATIONS, row))

    assert (entry.name, entry.path) == ("newOperation", "/cards/{srcDigitalCardId}/new")
    assert entry.path_parameters["srcDigitalCardId"]["schema"]["maxLength"] == 36


def test_the_document_has_every_operation_of_the_table() -> None:
    found = operations_of(protocol())

    assert {one.name for one in OPERATIONS} < set(found)
    assert all(
        found[one.name][:2] == (one.method.lower(), f"/{one.resource}") for one in OPERATIONS
    )


def test_the_document_has_every_route_of_the_control_port(router: web.UrlDispatcher) -> None:
    routes = {(route.method.lower(), path_of(route)) for route in described_routes(router)}

    assert {place[:2] for place in operations_of(control()).values()} == routes
    assert len(operations_of(control())) == len(routes)


def test_no_route_of_the_control_port_is_left_out_of_its_document(
    router: web.UrlDispatcher,
) -> None:
    routes = {
        (route.method.lower(), route.resource.canonical)
        for route in router.routes()
        if route.resource is not None and not is_page(route.handler)
    }
    described = {place[:2] for place in operations_of(control()).values()}
    left_out = {(method, path) for method, path in routes - described if method != "head"}

    assert left_out == {
        ("get", f"/docs/{name}") for name in ("reference.css", "reference.js", "icon.svg")
    }
    assert {path for method, path in routes if method == "head"} <= {path for _, path in routes}


def test_every_handler_of_the_control_port_says_what_it_takes_and_gives(
    router: web.UrlDispatcher,
) -> None:
    silent = [
        route.handler.__name__
        for route in described_routes(router)
        if description_of(route.handler) is None
    ]

    assert silent == []


@pytest.mark.parametrize("document", [protocol(), control()], ids=["protocol", "control"])
def test_every_operation_has_a_summary_and_every_member_a_type(document: Json) -> None:
    vague = [
        f"{name}.{member}"
        for name, schema in document["components"]["schemas"].items()
        for member, part in schema.get("properties", {}).items()
        if not {"type", "$ref", "anyOf", "oneOf", "enum"} & set(part)
    ]
    silent = [
        name
        for name, (_, _, operation) in operations_of(document).items()
        if len(operation["summary"].split()) < 3
    ]

    assert (vague, silent) == ([], [])


@pytest.mark.parametrize("document", [protocol(), control()], ids=["protocol", "control"])
def test_every_link_leads_to_an_operation_and_its_parameters(document: Json) -> None:
    found = operations_of(document)
    links = [
        (name, link)
        for name, (_, _, operation) in found.items()
        for response in operation["responses"].values()
        for link in response.get("links", {}).values()
    ]

    assert links
    for name, link in links:
        _, path, target = found[link["operationId"]]
        known = {
            f"{one['in']}.{one['name']}" for one in target.get("parameters", ()) if "in" in one
        }
        assert set(link.get("parameters", ())) <= known, (name, path)


def test_members_that_only_some_networks_write_are_marked() -> None:
    schema = protocol()["components"]["schemas"]["CheckoutAnswer"]
    members = schema["properties"]

    assert members["checkoutResponse"]["x-src-networks"] == ["visa", "amex", "discover"]
    assert members["checkoutResponseJWS"]["x-src-networks"] == ["mastercard"]
    assert schema["if"]["properties"]["dcfActionCode"]["enum"][0] == "COMPLETE"
    assert [set(one["required"]) for one in schema["then"]["oneOf"]] == [
        {"checkoutResponse"},
        {"checkoutResponseJWS"},
    ]
    prepared = protocol()["components"]["schemas"]["PrepareCheckoutAnswer"]
    assert [set(one["required"]) for one in prepared["oneOf"]] == [
        {"checkoutResponse"},
        {"checkoutRequestJws"},
    ]


def test_what_a_reader_refuses_to_be_without_is_required() -> None:
    schemas = protocol()["components"]["schemas"]

    assert schemas["EnrollCardDocument"]["required"] == ["encryptedCard"]
    assert schemas["ConfirmationDocument"]["required"] == ["srcCorrelationId", "confirmationData"]
    assert schemas["ConsumerIdentityDocument"]["required"] == ["identityType", "identityValue"]


@pytest.mark.parametrize("port", ["protocol", "control"])
def test_every_example_belongs_to_an_operation_of_its_port(port: str) -> None:
    document = {"protocol": protocol, "control": control}[port]()

    add_examples(document, recorded(port))

    assert set(recorded(port)) <= set(operations_of(document))
