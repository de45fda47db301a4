"""A client of the scheme `native` at Visa, Discover and Amex, written without the server's code."""

import json

import pytest

from .exchange import Json, call
from .native_credentials import XPayTokens, access_token, exchange
from .shopper import by_email, fixture_consumer
from .src_client import Sandbox, Server


@pytest.fixture
def sandbox(server: Server) -> Sandbox:
    """A sandbox whose client signs, with a consumer everywhere."""
    sandbox = Sandbox.create(server.control)
    sandbox.fixtures(fixture_consumer("visa", "amex", "discover"))
    return sandbox


@pytest.fixture
def credentials(sandbox: Sandbox) -> Json:
    """What the client was given."""
    registered = {
        "srcClientId": sandbox.src_client_id,
        "authentication": {"scheme": "native"},
    }
    client = call("POST", f"{sandbox.address}/clients", registered).expect(201)
    authentication: Json = client["authentication"]
    return authentication


def test_visa_accepts_the_tokens_of_an_independent_signer(
    sandbox: Sandbox, credentials: Json
) -> None:
    visa = XPayTokens(credentials["xPayToken"], sandbox.urls["visa"]["src"])
    body = json.dumps(
        {"srcClientId": sandbox.src_client_id, "consumerIdentity": by_email()}
    ).encode()

    found = visa.send("POST", "identities/lookup", body).expect(200)
    odd_query = visa.send("GET", "cards/none", b"", srcCorrelationId="a b/c", z="~é")

    assert found["consumerPresent"] is True
    assert odd_query.status not in (401, 500), odd_query.body


def test_visa_refuses_a_wrong_secret_and_says_nothing(sandbox: Sandbox, credentials: Json) -> None:
    wrong = {**credentials["xPayToken"], "sharedSecret": "wrong"}
    visa = XPayTokens(wrong, sandbox.urls["visa"]["src"])

    refused = visa.send("POST", "identities/lookup", b"{}")

    assert (refused.status, refused.body) == (401, b"")
    assert refused.headers["x-src-cx-flow-id"]


@pytest.mark.parametrize("network", ["discover", "amex"])
def test_a_bearer_token_opens_its_own_network_only(
    sandbox: Sandbox, credentials: Json, network: str
) -> None:
    other = {"discover": "amex", "amex": "discover"}[network]
    token = access_token(credentials["oauth2"], sandbox.urls[network]["token"])
    body = json.dumps(
        {"srcClientId": sandbox.src_client_id, "consumerIdentity": by_email()}
    ).encode()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    here = exchange("POST", f"{sandbox.urls[network]['src']}/identities/lookup", body, headers)
    there = exchange("POST", f"{sandbox.urls[other]['src']}/identities/lookup", body, headers)

    assert here.expect(200)["consumerPresent"] is True
    assert there.status == 401
    assert 'error="invalid_token"' in there.headers["www-authenticate"]
