"""A session of HTTP calls to the running server's control port, and a sandbox of the test's own."""

from collections.abc import AsyncIterator
from typing import Any, Protocol

import aiohttp
import pytest

from src_system.client import ControlPort, Sandbox
from tests.payload_keys import JWKS


class Server(Protocol):
    """The two addresses of a running server."""

    protocol: str
    control: str


@pytest.fixture
async def control(server: Server) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(server.control) as session:
        yield session


@pytest.fixture
async def sandbox(control: aiohttp.ClientSession) -> AsyncIterator[dict[str, Any]]:
    """A sandbox as POST /v1/sandboxes answers it, with `path` added."""
    async with control.post("/v1/sandboxes", json={"seed": "42", "jwks": JWKS}) as answer:
        assert answer.status == 201
        document = await answer.json()
    document["path"] = f"/v1/sandboxes/{document['name']}"
    yield document
    async with control.delete(document["path"]) as answer:
        assert answer.status in (204, 404)


@pytest.fixture
async def box(port: ControlPort) -> AsyncIterator[Sandbox]:
    """A sandbox as the client has it, for tests that look at what it does, not at its JSON."""
    async with port.new_sandbox(seed="42", jwks=JWKS) as sandbox:
        yield sandbox


@pytest.fixture
def ana() -> dict[str, Any]:
    """A consumer of the fixtures with a card on two networks."""
    expiry = {"panExpirationMonth": "12", "panExpirationYear": "2030"}
    return {
        "emailAddress": "Ana@Shop.test",
        "mobileNumber": {"countryCode": "+1", "phoneNumber": "202-555-0143"},
        "firstName": "Ana",
        "lastName": "Lopez",
        "countryCode": "US",
        "locale": "en_US",
        "networks": ["visa", "amex"],
        "cards": [
            {"network": "visa", "primaryAccountNumber": "4111111111111111", **expiry},
            {"network": "mastercard", "primaryAccountNumber": "5555555555554444", **expiry},
        ],
        "shippingAddresses": [{"name": "Ana Lopez", "line1": "1 Main Street", "countryCode": "US"}],
    }
