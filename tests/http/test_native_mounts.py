"""A client written for a network's own addresses needs another host and nothing else."""

import json
import uuid

import pytest

from tests.http.initiator import Initiator, Json

LOOKUP = {"consumerIdentity": {"identityType": "EMAIL_ADDRESS", "identityValue": "ana@shop.test"}}
MOUNTS = [
    ("visa", "wallet/payments/src"),
    ("visa", "wallet/src"),
    ("mastercard", "src/api/digital/payments"),
    ("mastercard", "src/api"),
    ("mastercard", "src/onboarding"),
    ("discover", "srci/v1.1"),
    ("discover", "dcf/v1.1"),
]


async def post(initiator: Initiator, url: str, body: Json, headers: Json | None = None):
    full = {"srcClientId": initiator.client_id, "srcDpaId": initiator.dpa_id, **body}
    return await initiator.send(
        "POST",
        url,
        data=json.dumps(full).encode(),
        headers={"Content-Type": "application/json", **(headers or {})},
    )


@pytest.mark.parametrize(("network", "mount"), MOUNTS)
async def test_a_native_mount_leads_to_the_same_operations(
    initiator: Initiator, network: str, mount: str
) -> None:
    await initiator.with_consumer()
    base = initiator.sandbox["urls"][network]["src"].removesuffix("/src/v1")
    assert f"{base}/{mount}" in initiator.sandbox["urls"][network]["native"]

    answer = await post(initiator, f"{base}/{mount}/identities/lookup", LOOKUP)
    keys = await initiator.send("GET", f"{base}/{mount}/keys")

    assert (answer.status, answer.body["consumerPresent"]) == (200, True)
    assert keys.body == (await initiator.send("GET", f"{base}/keys")).body


async def test_a_mount_of_one_network_is_nothing_at_another(initiator: Initiator) -> None:
    base = initiator.sandbox["urls"]["amex"]["src"].removesuffix("/src/v1")

    answer = await post(initiator, f"{base}/srci/v1.1/identities/lookup", LOOKUP)

    assert (answer.status, answer.body["reason"]) == (404, "NOT_FOUND")


async def test_a_whole_mastercard_checkout_runs_on_its_own_addresses(initiator: Initiator) -> None:
    cards = {card["network"]: card for card in await initiator.with_consumer()}
    base = initiator.sandbox["urls"]["mastercard"]["src"].removesuffix("/src/v1")
    token = await initiator.id_token("mastercard")
    flow_id = f"4f339be7.{uuid.uuid4()}.1700000000"

    checkout = await post(
        initiator,
        f"{base}/src/api/digital/payments/transaction/credentials",
        {
            "srcCorrelationId": f"4f339be7.{uuid.uuid4()}",
            "srcDigitalCardId": cards["mastercard"]["srcDigitalCardId"],
            "authorization": token,
            "dpaTransactionOptions": {
                "transactionAmount": {"transactionAmount": 12.5, "transactionCurrencyCode": "USD"}
            },
        },
        {"X-Src-Cx-Flow-Id": flow_id},
    )
    confirmation = await post(
        initiator,
        f"{base}/src/api/confirmations",
        {
            "srcCorrelationId": checkout.body["srcCorrelationId"],
            "serviceId": "SRC",
            "confirmationData": {
                "checkoutEventType": "01",
                "checkoutEventStatus": "02",
                "confirmationTimestamp": "2026-02-26T10:31:47Z",
                "networkTransactionIdentifier": "UNAVLB",
            },
        },
        {"X-Src-Cx-Flow-Id": "a-flow_id#of-the-confirmations-api"},
    )

    assert checkout.status == 200, checkout.body
    assert checkout.body["checkoutResponseJWS"].count(".") == 2
    assert checkout.headers["X-Src-Cx-Flow-Id"] == flow_id
    assert checkout.headers["X-MC-Correlation-ID"] == flow_id
    assert confirmation.status == 204
    assert confirmation.headers["X-Src-Cx-Flow-Id"] == "a-flow_id#of-the-confirmations-api"


async def test_mastercard_names_the_host_of_the_transaction_and_keeps_the_one_sent(
    initiator: Initiator,
) -> None:
    url = initiator.sandbox["urls"]["mastercard"]["src"]

    first = await post(initiator, f"{url}/identities/lookup", LOOKUP)
    again = await post(
        initiator,
        f"{url}/identities/lookup",
        LOOKUP,
        {"X-Src-Response-Host": "https://site-2.test/src"},
    )
    visa = await initiator.call("visa", "identities/lookup", LOOKUP)

    assert first.headers["X-Src-Response-Host"] == url.removesuffix("/src/v1")
    assert again.headers["X-Src-Response-Host"] == "https://site-2.test/src"
    assert "X-Src-Response-Host" not in visa.headers


async def test_discover_takes_the_consumers_token_from_its_header(initiator: Initiator) -> None:
    await initiator.with_consumer()
    base = initiator.sandbox["urls"]["discover"]["src"].removesuffix("/src/v1")
    token = await initiator.id_token("discover")

    answer = await post(
        initiator,
        f"{base}/srci/v1.1/profiles/prepare",
        {},
        {"localAuthorization": f"Bearer {token}"},
    )

    assert answer.status == 200, answer.body
    assert len(answer.body["profiles"][0]["maskedCards"]) == 1
