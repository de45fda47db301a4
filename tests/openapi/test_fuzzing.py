"""Whatever is sent, both ports answer as their documents say, never with a fault of their own."""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import CheckFunction, not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from src_system.networks import PROFILES
from tests.conftest import RunningServer
from tests.openapi.truth import Case, Json, Truth, fetched

_CHECKS: list[CheckFunction] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
Complete = Callable[[Case, str, int], None]
_MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
_QUIET = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
_EXAMPLES = 6
_STORIES = 10
_STEPS = 6
_SECONDS = 20


def some(examples: int) -> settings:
    """The same examples at every run."""
    return settings(
        max_examples=examples,
        stateful_step_count=_STEPS,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=_QUIET,
    )


@pytest.fixture(scope="module")
def protocol(server: RunningServer) -> Json:
    """The protocol port's document, without what lies outside of the SRC API."""
    document = fetched(f"{server.protocol}/openapi.json")
    document["paths"] = {
        path: item for path, item in document["paths"].items() if "servers" not in item
    }
    # No fault is asked for here, so that no other status is to be met.
    for item in document["paths"].values():
        for operation in item.values():
            operation["responses"].pop("default", None)
    return document


@pytest.fixture(scope="module")
def calls() -> Iterator[requests.Session]:
    with requests.Session() as session:
        yield session


def fetched_nothing(url: str) -> None:
    assert requests.delete(url, timeout=_SECONDS).status_code == 204


def each_operation(document: Json) -> list[Any]:
    """The operations that come to an end, those that take something away last."""
    schema = schemathesis.openapi.from_dict(document)
    results: Iterator[Any] = schema.get_all_operations()
    found = [one for one in (result.ok() for result in results) if not is_stream(one)]
    return sorted(found, key=lambda one: one.method == "delete" or name_of(one) == "resetSandbox")


def is_stream(operation: Any) -> bool:
    success = next(iter(operation.definition.raw["responses"].values()))
    return "text/event-stream" in success.get("content", ())


def name_of(operation: Any) -> str:
    return str(operation.definition.raw["operationId"])


def try_operation(
    operation: Any,
    base: str,
    calls: requests.Session,
    prepare: Callable[[Case, int], None],
) -> set[int]:
    """Send examples of one operation, good ones and bad ones; the statuses that came back."""
    statuses: set[int] = set()
    numbers = itertools.count()
    raw = operation.definition.raw
    # What takes nothing cannot be sent anything wrong.
    modes = _MODES if "parameters" in raw or "requestBody" in raw else _MODES[:1]
    for mode in modes:

        @some(_EXAMPLES)
        @given(case=operation.as_strategy(generation_mode=mode))
        def send(case: Case) -> None:
            prepare(case, next(numbers))
            response = case.call(base_url=base, session=calls, timeout=_SECONDS)
            case.validate_response(response, checks=_CHECKS)
            statuses.add(response.status_code)

        send()
    return statuses


@pytest.mark.parametrize("network", PROFILES)
def test_each_network_answers_anything_as_the_document_says(
    server: RunningServer, protocol: Json, calls: requests.Session, network: str
) -> None:
    truth = Truth(server, network, "fuzz")
    statuses = {
        name_of(operation): try_operation(operation, truth.base, calls, truth.put_into)
        for operation in each_operation(protocol)
    }

    good = {name for name, seen in statuses.items() if seen & {200, 202, 204}}
    refused = {name for name, seen in statuses.items() if seen & {400, 401, 403, 404, 405, 409}}
    assert {"enrollCard", "getCard", "identityLookup", "getSrcProfile", "keys"} <= good
    assert refused == set(statuses) - {"keys"}


def tell(document: Json, names: set[str], base: str, complete: Complete) -> set[str]:
    """Follow the links between the operations *names*; those that went well."""
    schema = schemathesis.openapi.from_dict(document).include(operation_id=sorted(names))
    schema.config.update(base_url=base)
    numbers = itertools.count()
    good: set[str] = set()

    class Story(schema.as_state_machine()):  # type: ignore[misc]  # made at run time
        def before_call(self, case: Case) -> None:
            complete(case, name_of(case.operation), next(numbers))

        def after_call(self, response: Any, case: Case) -> None:
            if response.status_code in (200, 201, 204):
                good.add(name_of(case.operation))

        def validate_response(self, response: Any, case: Case, **_: Any) -> None:
            case.validate_response(response, checks=_CHECKS)

    Story.run(settings=some(_STORIES))
    return good


@pytest.mark.parametrize("network", PROFILES)
def test_the_stories_of_the_links_hold_on_each_network(
    server: RunningServer, protocol: Json, network: str
) -> None:
    stories = (
        {"enrollCard", "getCard", "deleteCard"},
        {"initiateIdentityValidation", "completeIdentityValidation", "getSrcProfile"},
        {"enrollCard", "checkout", "getPayload"},
        {"enrollCard", "checkout", "confirmation"},
    )
    for number, names in enumerate(stories):
        truth = Truth(server, network, f"story-{number}")
        good = tell(protocol, names, truth.base, truth.complete)

        assert good >= names - (set() if PROFILES[network].payload_by_get else {"getPayload"})


def test_the_control_port_answers_anything_as_the_document_says(
    server: RunningServer, calls: requests.Session
) -> None:
    truth = Truth(server, "visa", "fuzz-control")
    document = fetched(f"{server.control}/openapi.json")
    statuses = {
        name_of(operation): try_operation(
            operation, server.control, calls, truth.put_into_control(name_of(operation))
        )
        for operation in each_operation(document)
    }

    for made in truth.other_sandboxes(server):
        fetched_nothing(f"{server.control}/v1/sandboxes/{made}")
    good = {name for name, seen in statuses.items() if seen & {200, 201, 204}}
    assert {"postSandbox", "getSandbox", "postFixtures", "getClock", "listOtps", "getCard"} <= good


def test_the_stories_of_the_control_port_hold(server: RunningServer) -> None:
    document = fetched(f"{server.control}/openapi.json")
    stories = (
        {"postSandbox", "getSandbox", "getClock", "listOtps", "deleteSandbox"},
        {"postClient", "getClient", "deleteClient"},
    )
    truth = Truth(server, "visa", "story-control")
    for names in stories:
        assert tell(document, names, server.control, truth.complete_control) >= names

    for made in truth.other_sandboxes(server):
        fetched_nothing(f"{server.control}/v1/sandboxes/{made}")
