"""The client on the session's server, and a sandbox of the test's own."""

from collections.abc import AsyncIterator

import pytest

from src_system.client import ControlPort, Initiator, Sandbox
from tests.payload_keys import JWKS

PANS = {  # published test numbers
    "visa": "4111111111111111",
    "mastercard": "5120350100064537",
    "amex": "378282246310005",
    "discover": "6011111111111117",
}
EMAIL = "ana@shop.test"


@pytest.fixture
async def sandbox(port: ControlPort) -> AsyncIterator[Sandbox]:
    """A sandbox of this test's own."""
    async with port.new_sandbox(seed="42", jwks=JWKS) as made:
        yield made


@pytest.fixture
async def shop(sandbox: Sandbox) -> Initiator:
    """An SRC initiator, where Ana has a card on every network."""
    await sandbox.add_consumer(
        EMAIL,
        cards=PANS,
        firstName="Ana",
        lastName="Lopez",
        countryCode="US",
        mobileNumber={"countryCode": "1", "phoneNumber": "2025550143"},
    )
    return sandbox.initiator()
