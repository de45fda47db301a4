"""Where things are.

Published keys, unknown networks and sandboxes, sandboxes that share nothing.
"""

import base64

import pytest

from .dialects import LOOSE_UUID, NETWORKS
from .exchange import call
from .shopper import by_email, fixture_consumer
from .src_client import Initiator, Sandbox, Server

PRIVATE_MEMBERS = {"d", "p", "q", "dp", "dq", "qi", "k"}


@pytest.mark.parametrize("network", NETWORKS)
def test_a_network_publishes_a_key_for_cards_and_one_for_signatures(
    server: Server, network: str
) -> None:
    initiator = Initiator(Sandbox.create(server.control), network)
    published = initiator.keys.fetch()
    algorithms = {(key["use"], key["alg"]) for key in published}
    assert algorithms == {("enc", "RSA-OAEP-256"), ("sig", "RS256")}
    for key in published:
        assert key["kty"] == "RSA"
        assert not PRIVATE_MEMBERS & set(key)
        assert len(base64.urlsafe_b64decode(key["n"] + "==")) * 8 >= 2048
    assert initiator.keys.for_cards()["use"] == "enc"
    assert len({key["kid"] for key in published}) == len(published)
    beside = call("GET", f"{initiator.base}/keys").expect(200)["keys"]
    assert {key["kid"] for key in beside} == {key["kid"] for key in published}


def test_no_two_networks_share_a_key(server: Server) -> None:
    sandbox = Sandbox.create(server.control)
    moduli = [key["n"] for one in NETWORKS for key in Initiator(sandbox, one).keys.fetch()]
    assert len(set(moduli)) == len(moduli)


@pytest.mark.parametrize("path", ["s/{sandbox}/nosuch", "s/no-such-sandbox/visa", "nosuch"])
def test_an_unknown_network_or_sandbox_is_not_found_with_an_error_body(
    server: Server, path: str
) -> None:
    sandbox = Sandbox.create(server.control)
    url = f"{server.protocol}/{path.format(sandbox=sandbox.name)}/src/v1/identities/lookup"
    document = {"srcClientId": sandbox.src_client_id, "consumerIdentity": by_email()}
    refused = call("POST", url, document).expect(404)
    assert str(refused["status"]) == "404"
    assert refused["reason"] == "NOT_FOUND"
    assert refused["message"]
    assert LOOSE_UUID.fullmatch(refused["srcCorrelationId"])


@pytest.mark.parametrize("network", NETWORKS)
def test_a_member_of_the_wrong_type_and_a_client_nobody_knows_are_refused(
    server: Server, network: str
) -> None:
    initiator = Initiator(Sandbox.create(server.control), network)
    refused = initiator.send("POST", "identities/lookup", {"srcClientId": 7})
    assert refused.status == 400, refused.body
    unknown_client = {"srcClientId": "nobody", "consumerIdentity": by_email()}
    assert initiator.send("POST", "identities/lookup", unknown_client).status in (401, 403)


@pytest.mark.parametrize("network", NETWORKS)
def test_members_that_nobody_knows_are_ignored(server: Server, network: str) -> None:
    initiator = Initiator(Sandbox.create(server.control), network)
    answer = initiator.post(
        "identities/lookup", consumerIdentity={**by_email(), "mood": "good"}, weather=["sun"]
    )
    assert answer.expect(200)["consumerPresent"] is False


def test_a_consumer_of_one_sandbox_is_unknown_in_another_and_gone_with_it(server: Server) -> None:
    here, there = (Sandbox.create(server.control) for _ in range(2))
    here.fixtures(fixture_consumer("visa"))
    assert Initiator(here, "visa").identity_lookup(by_email()).expect(200)["consumerPresent"]
    elsewhere = Initiator(there, "visa").identity_lookup(by_email()).expect(200)
    assert elsewhere["consumerPresent"] is False
    assert here.delete().status in (200, 204)
    url = f"{here.urls['visa']['src']}/identities/lookup"
    call("POST", url, {"consumerIdentity": by_email()}).expect(404)


def test_fixtures_sent_twice_are_there_once(server: Server) -> None:
    sandbox = Sandbox.create(server.control)
    first, again = (sandbox.fixtures(fixture_consumer(*NETWORKS)) for _ in range(2))
    assert first == again
