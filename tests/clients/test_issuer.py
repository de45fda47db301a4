"""An issuer brings its customers' cards, and an SRC initiator finds and uses them."""

import pytest

from .dialects import NETWORKS
from .expectations import check_masked_card
from .issuer import Issuer, advance
from .shopper import PANS, SECOND_PANS, by_email, card, consent, new_consumer, options
from .src_client import Initiator, Sandbox, Server

FROZEN = "frozen"  # at the moment of creation


@pytest.mark.parametrize("network", NETWORKS)
def test_a_card_that_its_issuer_enrolled_pays_at_once(server: Server, network: str) -> None:
    sandbox = Sandbox.create(server.control, issuer=True)
    issuer = Issuer.of(sandbox, network)
    enrolled = issuer.post(
        "cards",
        encryptedCard=issuer.seal_card(card(network)),
        cardSource="ISSUER",
        consumer=new_consumer(),
        complianceSettings=consent(),
    )
    masked = enrolled.expect(200)["maskedCard"]
    check_masked_card(issuer.dialect, masked, PANS[network])
    assert masked["digitalCardData"]["status"] == "ACTIVE"

    initiator = Initiator(sandbox, network)
    profile, token = initiator.profile_of(initiator.validate(by_email())["idToken"])
    [found] = profile["maskedCards"]
    paid = initiator.checkout(
        token,
        srcDigitalCardId=found["srcDigitalCardId"],
        payloadTypeIndicatorCheckout="FULL",
        dpaTransactionOptions=options(network),
    ).expect(200)
    assert found["srcDigitalCardId"] == masked["srcDigitalCardId"]
    assert initiator.open_checkout(paid).payload is not None


@pytest.mark.parametrize("network", NETWORKS)
def test_a_batch_is_taken_first_and_done_when_its_time_comes(server: Server, network: str) -> None:
    sandbox = Sandbox.create(server.control, issuer=True, clock=FROZEN)
    issuer = Issuer.of(sandbox, network)
    taken = issuer.enroll_cards_batch(
        "monday",
        issuer.record(card(network), new_consumer(), "person-1", "card-1"),
        issuer.record(card(network, SECOND_PANS[network]), new_consumer(), "person-1", "card-2"),
        issuer.record({"primaryAccountNumber": "1"}, new_consumer(), "person-2", "card-1"),
    ).expect(202)
    early = issuer.cards_batch(taken["batchId"]).expect(200)
    initiator = Initiator(sandbox, network)
    assert initiator.identity_lookup(by_email()).expect(200)["consumerPresent"] is False

    fired = advance(sandbox, "PT1S")["fired"]
    late = issuer.cards_batch(taken["batchId"]).expect(200)
    profile, _ = initiator.profile_of(initiator.validate(by_email())["idToken"])

    assert early["batchStatus"] == "IN_PROGRESS"
    assert [one["status"] for one in early["records"]] == ["PENDING"] * 3
    assert [(one["kind"], one["id"]) for one in fired] == [("cardBatch", taken["batchId"])]
    assert late["batchStatus"] == "COMPLETED_WITH_ERRORS"
    assert [one["status"] for one in late["records"]] == ["ENROLLED", "ENROLLED", "FAILED"]
    check_masked_card(issuer.dialect, late["records"][0]["maskedCard"], PANS[network])
    assert late["records"][2]["reason"] == "INVALID_FORMAT"
    assert {one["srcDigitalCardId"] for one in profile["maskedCards"]} == {
        one["srcDigitalCardId"] for one in late["records"][:2]
    }


@pytest.mark.parametrize("network", NETWORKS)
def test_an_initiator_may_not_enrol_in_batches(server: Server, network: str) -> None:
    sandbox = Sandbox.create(server.control, issuer=True)
    refused = Initiator(sandbox, network).post("cards/batch", externalBatchId="x", records=[])
    assert refused.status == 403
    assert "PERMISSION_DENIED" in refused.reasons()
