"""Mastercard's own npm packages and jose against the server: signed calls and a whole checkout."""

import pytest

from .dialects import DIALECTS, SHORT_FORM
from .exchange import Json, call
from .expectations import check_full
from .node_packages import NodePackages, install
from .shopper import PANS, card, consent, new_consumer, options
from .src_client import OpenedCheckout, Sandbox, Server


@pytest.fixture(scope="session")
def node(pytestconfig: pytest.Config) -> NodePackages:
    """The Node.js programs, ready to run."""
    assert pytestconfig.cache is not None
    return install(pytestconfig.cache.mkdir("node"))


class Signer:
    """A client of the scheme `native` in a sandbox of its own, at Mastercard."""

    def __init__(self, server: Server, node: NodePackages) -> None:
        self.sandbox = Sandbox.create(server.control)
        registered = {
            "srcClientId": self.sandbox.src_client_id,
            "authentication": {"scheme": "native"},
        }
        client = call("POST", f"{self.sandbox.address}/clients", registered).expect(201)
        self.credentials: Json = client["authentication"]["oauth1"]
        self.src: str = self.sandbox.urls["mastercard"]["src"]
        self._node = node

    def story(self, **members: object) -> Json:
        """What each program has to know."""
        return {
            "credentials": self.credentials,
            "clientId": self.sandbox.src_client_id,
            **members,
        }

    def calls(self, *calls: Json) -> list[Json]:
        """The answers to these calls, each signed by the vendor's package."""
        answers: list[Json] = self._node.run("call.mjs", self.story(calls=list(calls)))
        return answers

    def lookup(self, email: str = "ana@shop.test") -> Json:
        """A call of identityLookup, not sent yet."""
        document = (
            f'{{"srcClientId":"{self.sandbox.src_client_id}",'
            f'"consumerIdentity":{{"identityType":"EMAIL_ADDRESS","identityValue":"{email}"}}}}'
        )
        return {"method": "POST", "url": f"{self.src}/identities/lookup", "text": document}


@pytest.fixture
def signer(server: Server, node: NodePackages) -> Signer:
    """Somebody who signs."""
    return Signer(server, node)


def check_gateway(answer: Json, reason_code: str) -> None:
    """The answer is a refusal of Mastercard's gateway."""
    (error,) = answer["body"]["Errors"]["Error"]
    assert (answer["status"], error["ReasonCode"]) == (401, reason_code), answer
    assert (error["Source"], error["Recoverable"], error["Details"]) == ("Gateway", False, None)
    assert answer["flowId"]


def test_what_mastercards_signer_signs_is_accepted_unchanged(signer: Signer) -> None:
    answers = signer.calls(signer.lookup(), signer.lookup("tøm+1@shop.test"))

    assert [answer["status"] for answer in answers] == [200, 200], answers


def test_a_signed_call_sent_again_is_refused_at_the_gateway(signer: Signer) -> None:
    first, again = signer.calls(signer.lookup(), {**signer.lookup(), "repeat": True})

    assert first["status"] == 200
    check_gateway(again, "AUTHENTICATION_FAILED")


def test_other_bytes_than_were_signed_are_refused_at_the_gateway(signer: Signer) -> None:
    text = signer.lookup()["text"]
    (answer,) = signer.calls({**signer.lookup(), "sentText": text + " "})

    check_gateway(answer, "INVALID_BODY_HASH")


def test_another_clients_key_is_refused_at_the_gateway(server: Server, node: NodePackages) -> None:
    signer, stranger = Signer(server, node), Signer(server, node)
    signer.credentials = {**signer.credentials, "privateKey": stranger.credentials["privateKey"]}

    (answer,) = signer.calls(signer.lookup())

    check_gateway(answer, "AUTHENTICATION_FAILED")


def test_a_query_is_part_of_what_is_signed(signer: Signer) -> None:
    url = f"{signer.src}/cards/none?srcClientId={signer.sandbox.src_client_id}&b=2&a=x%20y&a=1"

    (answer,) = signer.calls({"method": "GET", "url": url})

    assert (answer["status"], answer["body"]["reason"]) == (404, "NOT_FOUND")


def test_mastercards_packages_and_jose_play_a_whole_checkout(
    signer: Signer, node: NodePackages
) -> None:
    told = node.run(
        "checkout.mjs",
        signer.story(
            src=signer.src,
            keys=signer.sandbox.urls["mastercard"]["keys"],
            payloadKey=signer.sandbox.private_keys[0],
            card=card("mastercard"),
            common={
                "srcClientId": signer.sandbox.src_client_id,
                "srcDpaId": signer.sandbox.src_dpa_id,
                "srciTransactionId": "0a4e0d3e-1b5c-4c58-9f0c-1f1c3b7a9d10",
            },
            consumer=new_consumer(),
            complianceSettings=consent(),
            dpaTransactionOptions=options("mastercard"),
            confirmationData={
                "checkoutEventType": "01",
                "checkoutEventStatus": "02",
                "confirmationStatus": "01",
                "confirmationTimestamp": "2026-11-23T09:00:00Z",
                "networkTransactionIdentifier": "UNAVLB",
            },
        ),
    )

    assert told["cardShown"]["status"] == 200, told["cardShown"]
    assert told["jwsHeader"]["alg"] == "RS256"
    assert told["jweHeader"]["enc"] == "A128GCM"
    assert told["checkoutResponse"]["srciTransactionId"] == "0a4e0d3e-1b5c-4c58-9f0c-1f1c3b7a9d10"
    assert told["payloadByJose"] == told["payloadByVendor"]
    opened = OpenedCheckout(
        told["jwsHeader"], told["checkoutResponse"], told["payloadByJose"], told["jweHeader"]
    )
    check_full(DIALECTS["mastercard"], opened, PANS["mastercard"], SHORT_FORM)
    assert told["confirmationStatus"] == 204
