"""What is seen of a call when its entry is opened."""

import asyncio

import pytest

from src_system.app import Server
from src_system.journal.reading import entries_of, exchanges_of
from src_system.model.identifiers import SandboxName
from src_system.model.journal import ArtefactKind, Exchange
from tests.http.initiator import CARDS, Initiator


async def exchanges(served: Server, initiator: Initiator, least: int) -> list[Exchange]:
    """What the sandbox's journal holds, when it holds so many entries."""
    world = await served.installation.world(SandboxName(initiator.name))
    for _ in range(500):
        found = await exchanges_of(served.installation, world.sandbox.sandbox_id)
        if len(found) >= least:
            return found
        await asyncio.sleep(0.01)
    raise TimeoutError(f"{len(found)} entries came of {least}")


@pytest.mark.parametrize("network", CARDS)
async def test_a_checkout_is_opened_down_to_the_payload_in_its_response(
    served: Server, initiator: Initiator, network: str
) -> None:
    cards = await initiator.with_consumer()
    card = next(card for card in cards if card["network"] == network)
    token = await initiator.id_token(network)
    answer = await initiator.checkout(
        network, srcDigitalCardId=card["srcDigitalCardId"], idToken=token
    )
    assert answer.status == 200, answer.body
    *_, exchange = await exchanges(served, initiator, 3)
    member = "checkoutResponseJWS" if network == "mastercard" else "checkoutResponse"
    signed = exchange.artefacts[f"response.{member}"]
    sealed = exchange.artefacts[f"response.{member}.encryptedPayload"]

    assert exchange.entry.operation == "checkout"
    assert (signed.kind, signed.is_valid, signed.problem) == (ArtefactKind.JWS, True, None)
    assert (sealed.kind, sealed.is_valid, sealed.problem) == (ArtefactKind.JWE, True, None)
    assert exchange.content(f"response.{member}")["srcCorrelationId"]
    assert {"token", "dynamicData"} <= exchange.content(
        f"response.{member}.encryptedPayload"
    ).keys()
    assert exchange.artefacts["request.idToken"].is_valid is True
    assert exchange.content("request.idToken")["sandbox"] == initiator.name


async def test_a_card_encrypted_to_the_network_is_opened(
    served: Server, initiator: Initiator
) -> None:
    card = await initiator.encrypted_card("visa", CARDS["visa"])
    await initiator.call("visa", "cards", {"encryptedCard": card})
    *_, exchange = await exchanges(served, initiator, 2)

    assert exchange.content("request.encryptedCard")["primaryAccountNumber"] == CARDS["visa"]


async def test_entries_have_the_places_of_their_order(served: Server, initiator: Initiator) -> None:
    for number in range(5):
        identity = {"identityType": "EMAIL_ADDRESS", "identityValue": f"a{number}@shop.test"}
        await initiator.call("visa", "identities/lookup", {"consumerIdentity": identity})
    await exchanges(served, initiator, 5)
    world = await served.installation.world(SandboxName(initiator.name))
    entries = await entries_of(served.installation, world.sandbox.sandbox_id)

    assert [entry.place for entry in entries] == [1, 2, 3, 4, 5]
    assert [b"a%d@" % number in entry.request_body for number, entry in enumerate(entries)] == [
        True
    ] * 5
