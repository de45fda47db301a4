"""The running server as the black-box client and the control port's own callers need it."""

from collections.abc import Callable

import pytest

from tests.clients.exchange import Json, call
from tests.clients.src_client import Sandbox

Judge = Callable[..., Json]


@pytest.fixture
def verdict_of() -> Judge:
    """The verdict on a sandbox; keyword arguments go into the query."""

    def ask(sandbox: Sandbox, **query: str) -> Json:
        extra = "&".join(f"{name}={value}" for name, value in query.items())
        return call("GET", f"{sandbox.address}/verdict?{extra}").expect(200)

    return ask
