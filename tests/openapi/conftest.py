"""A client session for tests of the documents."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.conftest import RunningServer


@pytest.fixture(scope="session")
async def http(server: RunningServer) -> AsyncIterator[aiohttp.ClientSession]:
    """One client session for all tests."""
    async with aiohttp.ClientSession() as session:
        yield session
