"""A client hears of the cards it holds: an integrator's receiver over the standard library."""

import json
import queue
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from jwcrypto.jwe import JWE  # type: ignore[import-untyped, unused-ignore]
from jwcrypto.jwk import JWK  # type: ignore[import-untyped, unused-ignore]
from jwcrypto.jws import JWS  # type: ignore[import-untyped, unused-ignore]

from .dialects import NETWORKS
from .exchange import Json, call
from .shopper import by_email, fixture_consumer, options
from .src_client import Initiator, Sandbox, Server

ARRIVAL_SECONDS = 10


class Receiver:
    """Keeps what arrives and answers 204."""

    def __init__(self) -> None:
        arrived: queue.Queue[tuple[dict[str, str], bytes]] = queue.Queue()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                arrived.put(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *arguments: object) -> None:
                """Say nothing."""

        self.arrived = arrived
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/cards"

    def next(self, initiator: Initiator) -> Json:
        """The next notification's one entry, its signature verified against the network's keys."""
        headers, body = self.arrived.get(timeout=ARRIVAL_SECONDS)
        token = JWS()
        token.allowed_algs = ["RS256"]
        token.deserialize(headers["x-src-notification-signature"])
        key = initiator.keys.for_signature(token.jose_header["kid"])
        token.verify(JWK(**key), detached_payload=body)
        assert token.jose_header["jti"] == headers["x-src-notification-id"]
        assert token.jose_header["iss"] == initiator.dialect.issuer
        [entry] = json.loads(body)["digitalCardUpdateNotifications"]
        assert entry["eventTimeStamp"].isdigit()
        found: Json = entry
        return found


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    one = Receiver()
    thread = threading.Thread(target=one.server.serve_forever)
    thread.start()
    yield one
    one.server.shutdown()
    thread.join()
    one.server.server_close()


@pytest.mark.parametrize("network", NETWORKS)
def test_a_suspended_card_and_a_refreshed_token_are_told(
    server: Server, receiver: Receiver, network: str
) -> None:
    sandbox = Sandbox.create(server.control)
    sandbox.fixtures(fixture_consumer(network))
    client_url = f"{sandbox.address}/clients/{sandbox.src_client_id}"
    call("PUT", client_url, {"notificationUrl": receiver.url}).expect(200)
    initiator = Initiator(sandbox, network)
    profile, token = initiator.profile_of(initiator.validate(by_email())["idToken"])
    card_id = profile["maskedCards"][0]["srcDigitalCardId"]
    initiator.checkout(
        token,
        srcDigitalCardId=card_id,
        payloadTypeIndicatorCheckout="FULL",
        dpaTransactionOptions=options(network),
    ).expect(200)
    card_url = f"{sandbox.address}/cards/{network}/{card_id}"

    call("POST", f"{card_url}/suspend", {}).expect(200)
    suspended = receiver.next(initiator)
    call("POST", f"{card_url}/resume", {}).expect(200)
    resumed = receiver.next(initiator)
    call("POST", f"{card_url}/refresh-tokens", {}).expect(200)
    refreshed = receiver.next(initiator)
    sealed = JWE()
    sealed.allowed_algs = ["RSA-OAEP-256", initiator.dialect.content_encryption]
    sealed.deserialize(refreshed["paymentData"])
    kid = sealed.jose_header["kid"]
    sealed.decrypt(JWK(**next(one for one in sandbox.private_keys if one["kid"] == kid)))
    number = json.loads(sealed.payload)["token"]["paymentToken"]

    assert suspended["maskedCard"]["digitalCardData"]["status"] == "SUSPENDED"
    assert "panLastFour" not in suspended["maskedCard"]
    assert resumed["maskedCard"]["digitalCardData"]["status"] == "ACTIVE"
    assert refreshed["reasonCode"] == "TOKEN_REFRESH"
    assert refreshed["maskedCard"]["srcDigitalCardId"] == card_id
    assert number.endswith(refreshed["maskedCard"]["tokenLastFour"])
    assert receiver.arrived.empty()
