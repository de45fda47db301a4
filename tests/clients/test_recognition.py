"""Remember me: the recognition token, what it opens, and the end of it."""

import pytest

from .dialects import NETWORKS
from .shopper import by_email, fixture_consumer, remember_me
from .src_client import Initiator, Sandbox, Server


@pytest.mark.parametrize("network", NETWORKS)
def test_a_remembered_shopper_is_recognised_until_she_is_unbound(
    server: Server, network: str
) -> None:
    sandbox = Sandbox.create(server.control)
    sandbox.fixtures(fixture_consumer(network))
    signed_in = Initiator(sandbox, network).validate(by_email(), remember_me())
    recognition_token = signed_in["recognitionToken"]

    later = Initiator(sandbox, network)
    recognised = later.is_recognized(recognition_token).expect(200)
    assert recognised["recognized"] is True
    (id_token,) = recognised["idTokens"]
    later.check_id_token(id_token)
    profile, _ = later.profile_of(id_token)
    assert len(profile["maskedCards"]) == 1

    assert later.unbind_app_instance(recognition_token, id_token=id_token).expect(200)
    afterwards = Initiator(sandbox, network)
    forgotten = afterwards.is_recognized(recognition_token).expect(200)
    assert forgotten["recognized"] is False
    assert not forgotten.get("idTokens")
    assert afterwards.unbind_app_instance(recognition_token).expect(200), "not idempotent"


@pytest.mark.parametrize("network", NETWORKS)
def test_a_recognition_token_says_nothing_to_another_network(server: Server, network: str) -> None:
    sandbox = Sandbox.create(server.control)
    sandbox.fixtures(fixture_consumer(*NETWORKS))
    token = Initiator(sandbox, network).validate(by_email(), remember_me())["recognitionToken"]
    other = next(one for one in NETWORKS if one != network)
    assert Initiator(sandbox, other).is_recognized(token).expect(200)["recognized"] is False
