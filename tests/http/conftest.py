"""A sandbox of its own for every test of the protocol port."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable

import aiohttp
import pytest

from tests.conftest import RunningServer
from tests.http.initiator import Initiator
from tests.payload_keys import JWKS

pytest.register_assert_rewrite("tests.http.dated")


@pytest.fixture(scope="session")
async def http(server: RunningServer) -> AsyncIterator[aiohttp.ClientSession]:
    """One client session for all tests."""
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def new_sandbox(
    server: RunningServer, http: aiohttp.ClientSession
) -> Callable[..., Awaitable[Initiator]]:
    """Make a sandbox; keyword arguments go to the control port."""

    async def make(**members: object) -> Initiator:
        settings = {"jwks": JWKS, **members}
        async with http.post(f"{server.control}/v1/sandboxes", json=settings) as response:
            document = json.loads(await response.read())
            assert response.status == 201, document
        return Initiator(http, server.control, document)

    return make


@pytest.fixture
async def initiator(new_sandbox: Callable[..., Awaitable[Initiator]]) -> Initiator:
    """An SRC initiator in a fresh sandbox."""
    return await new_sandbox()
