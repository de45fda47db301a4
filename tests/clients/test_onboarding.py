"""An SRC initiator registers its shops in a batch and lets a shopper pay there."""

import pytest

from .dialects import NETWORKS
from .exchange import Json
from .issuer import advance
from .onboarding import dpa_batch, register, shop
from .shopper import by_email, fixture_consumer, options
from .src_client import Initiator, Sandbox, Server

FROZEN = "frozen"  # at the moment of creation


def finished(initiator: Initiator, batch_id: str) -> Json:
    """Operation getDpaBatch, after the batch's time has come."""
    advance(initiator.sandbox, "PT1S")
    return dpa_batch(initiator, batch_id).expect(200)


@pytest.mark.parametrize("network", NETWORKS)
def test_a_shop_that_was_registered_in_a_batch_can_be_paid_in(server: Server, network: str) -> None:
    sandbox = Sandbox.create(server.control, clock=FROZEN)
    sandbox.fixtures(fixture_consumer(network))
    initiator = Initiator(sandbox, network)
    batch_id = register(initiator, "ADD", shop("one"), shop("two")).expect(200)["batchId"]
    early = dpa_batch(initiator, batch_id).expect(200)
    late = finished(initiator, batch_id)
    assert early["batchStatus"] == "IN_PROGRESS"
    assert late["batchStatus"] == "COMPLETED_SUCCESSFULLY"
    [item] = late["items"]
    assert [one["srcDpaId"] for one in item["dpaResults"]] == ["one", "two"]

    sandbox.src_dpa_id = "two"
    profile, token = initiator.profile_of(initiator.validate(by_email())["idToken"])
    paid = initiator.checkout(
        token,
        srcDigitalCardId=profile["maskedCards"][0]["srcDigitalCardId"],
        payloadTypeIndicatorCheckout="FULL",
        dpaTransactionOptions=options(network),
    ).expect(200)
    assert initiator.open_checkout(paid).payload is not None


@pytest.mark.parametrize("network", NETWORKS)
def test_an_update_and_a_deletion_have_their_results_shop_by_shop(
    server: Server, network: str
) -> None:
    initiator = Initiator(Sandbox.create(server.control, clock=FROZEN), network)
    finished(initiator, register(initiator, "ADD", shop("one")).expect(200)["batchId"])

    renamed = shop("one", dpaPresentationName="One")
    update = register(initiator, "UPDATE", renamed, shop("none")).expect(200)["batchId"]
    updated = finished(initiator, update)
    deletion = register(initiator, "DELETE", {"srcDpaId": "one"}).expect(200)["batchId"]
    deleted = finished(initiator, deletion)

    assert updated["batchStatus"] == "COMPLETED_WITH_ERRORS"
    [item] = updated["items"]
    found, missing = item["dpaResults"]
    assert (item["status"], found["status"], missing["status"]) == (
        "FAILED",
        "SUCCESSFUL",
        "FAILED",
    )
    assert missing["error"]["reason"] == "NOT_FOUND"
    assert deleted["batchStatus"] == "COMPLETED_SUCCESSFULLY"
    initiator.sandbox.src_dpa_id = "one"
    refused = initiator.identity_lookup(by_email())
    assert refused.status == 403


@pytest.mark.parametrize("network", NETWORKS)
def test_a_refusal_comes_wrapped(server: Server, network: str) -> None:
    initiator = Initiator(Sandbox.create(server.control), network)
    refused = register(initiator, "REPLACE", shop("one"))
    assert refused.status == 400
    error = refused.json()["error"]
    initiator.dialect.check_error(400, error)
    assert error["reason"] == "INVALID_VALUE"
