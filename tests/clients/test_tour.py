"""No operation of the SRC API is left out: each is called on every network, right and wrong."""

import pytest

from .contract import OPERATIONS, called, operation_of
from .dialects import NETWORKS
from .exchange import Answer
from .facilitator import Facilitator, prepare_checkout, signed_request
from .onboarding import dpa_batch, register, shop
from .returning_shopper import ReturningShopper, native_address
from .shopper import PANS
from .src_client import Sandbox, Server
from .tour import Tour, not_offered

BASE = "http://src.test/s/mine/visa/src/v1"
# The key set asks for nothing, so nobody can ask for it wrongly but by another method.
NEVER_WRONG = {"keys"}
# What clients written for a network's own addresses are configured with (spec 2.2 to 2.4).
MOUNTS = [
    ("visa", "wallet/payments/src"),
    ("visa", "wallet/src"),
    ("mastercard", "src/api/digital/payments"),
    ("mastercard", "src/api/digital"),
    ("mastercard", "src/api"),
    ("mastercard", "src/onboarding"),
    ("discover", "srci/v1.1"),
    ("discover", "dcf/v1.1"),
]


@pytest.mark.parametrize("network", NETWORKS)
def test_every_operation_is_done_and_refused_on_every_network(server: Server, network: str) -> None:
    tour = Tour(server, network)
    tour.walk()
    done, refused = called(tour.base, tour.heard)

    assert done == set(OPERATIONS) - not_offered(network)
    assert refused == set(OPERATIONS) - NEVER_WRONG


@pytest.mark.parametrize(("network", "mount"), MOUNTS)
def test_a_native_address_is_all_a_client_has_to_change(
    server: Server, network: str, mount: str
) -> None:
    tour = Tour(server, network, mount)
    tour.walk()
    done, refused = called(tour.base, tour.heard)

    assert done == set(OPERATIONS) - not_offered(network)
    assert refused == set(OPERATIONS) - NEVER_WRONG


def test_the_native_addresses_are_those_that_a_sandbox_names(server: Server) -> None:
    urls = Sandbox.create(server.control).urls
    named = {(network, url) for network in NETWORKS for url in urls[network].get("native", [])}
    listed = {
        (network, f"{urls[network]['src'].removesuffix('/src/v1')}/{mount}")
        for network, mount in MOUNTS
    }
    assert listed == named


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("POST", "cards/batch", "enrollCardsBatch"),
        ("GET", "cards/batch/7", "getCardsBatch"),
        ("GET", "cards/7?srcClientId=1", "getCard"),
        ("POST", "cards/7/billingaddress", "addBillingAddress"),
        ("PATCH", "cards/7", None),
        ("POST", "apps/bind", None),
    ],
)
def test_an_answer_tells_the_operation_it_belongs_to(
    method: str, path: str, name: str | None
) -> None:
    assert operation_of(BASE, Answer(200, {}, b"", method, f"{BASE}/{path}")) == name


def test_a_mastercard_client_spreads_over_three_native_addresses(server: Server) -> None:
    shopper = ReturningShopper(server, "mastercard", mount="src/api/digital/payments")
    client = shopper.initiator
    assert shopper.pay().payload is not None
    flow_id = client.flow_id
    for mount in ("src/api", "src/onboarding"):
        client.base = native_address(shopper.sandbox, "mastercard", mount)
        if mount == "src/api":
            assert client.confirmation(serviceId="SRC").status == 204
        else:
            batch_id = register(client, "ADD", shop("one")).expect(200)["batchId"]
            assert dpa_batch(client, batch_id).expect(200)["batchId"] == batch_id

    assert client.flow_id == flow_id
    assert client.heard[0].headers["x-src-response-host"]


def test_discovers_facilitator_reads_the_profile_at_its_own_address(server: Server) -> None:
    shopper = ReturningShopper(server, "discover", mount="srci/v1.1")
    client = shopper.initiator
    prepared = prepare_checkout(
        client, shopper.token, srcDigitalCardId=shopper.src_digital_card_id
    ).expect(200)
    compact, request = signed_request(client, prepared)
    dcf = Facilitator.of(client, request)
    dcf.base = native_address(shopper.sandbox, "discover", "dcf/v1.1")
    profile = dcf.consumer_profile().expect(200)

    assert profile["maskedCards"][0]["panLastFour"] == PANS["discover"][-4:]
    assert client.open_checkout(dcf.finish(compact).expect(200)).payload is not None
