"""Calls at once on one card or in one session: each does what it was asked to, and no more."""

import asyncio
import uuid
from urllib.parse import quote

from tests.http.initiator import CARDS, Initiator
from tests.http.test_authentication import MAIL
from tests.http.test_card_care import HOME, fetch, put, validated


async def test_an_address_and_an_expiry_given_at_once_are_both_kept(initiator: Initiator) -> None:
    card_id, session = await validated(initiator, "visa")
    cards = [
        await initiator.encrypted_card("visa", CARDS["visa"], panExpirationYear=str(year))
        for year in range(2031, 2039)
    ]

    for year, card in enumerate(cards, start=2031):
        home = {**HOME, "line1": f"{year} Main Street"}
        updated, addressed = await asyncio.gather(
            put(
                initiator,
                "visa",
                f"cards/{card_id}",
                {"srcCorrelationId": session, "encryptedCard": card},
            ),
            initiator.call(
                "visa",
                f"cards/{card_id}/billingaddress",
                {"srcCorrelationId": session, "billingAddress": home},
            ),
        )
        kept = await initiator.manage("GET", f"/cards/visa/{card_id}")

        assert (updated.status, addressed.status) == (200, 200), (updated.body, addressed.body)
        assert kept.body["panExpirationYear"] == str(year)
        assert kept.body["billingAddress"]["line1"] == f"{year} Main Street"


async def test_a_locked_consumers_card_keeps_its_address(initiator: Initiator) -> None:
    card_id, session = await validated(initiator, "visa")
    given = {"srcCorrelationId": session, "billingAddress": HOME}
    await initiator.call("visa", f"cards/{card_id}/billingaddress", given)
    consumers = await initiator.manage("GET", "/consumers?identity=ana@shop.test&network=visa")
    consumer_id = quote(consumers.body["consumers"][0]["srcConsumerId"], safe="")
    locked = await initiator.manage("POST", f"/consumers/visa/{consumer_id}/lock", {})

    added = await initiator.call("visa", f"cards/{card_id}/billingaddress", given)
    deleted = await fetch(initiator, "DELETE", "visa", f"cards/{card_id}/billingaddress", session)

    assert locked.status == 200, locked.body
    assert added.body["reason"] == deleted.body["reason"] == "ACCT_INACCESSIBLE"


async def test_a_validation_ended_while_another_begins_in_its_session_waits_for_nobody(
    initiator: Initiator,
) -> None:
    await initiator.with_consumer()
    for place in range(12):
        validation = await initiator.initiated("visa")
        session = {"srcCorrelationId": str(uuid.UUID(int=place, version=4))}

        ended, begun = await asyncio.gather(
            initiator.call(
                "visa",
                "identities/validation/complete",
                {
                    **session,
                    "idValidationSessionId": validation["idValidationSessionId"],
                    "validationData": await initiator.code(),
                },
            ),
            initiator.call(
                "visa", "identities/validation/initiate", {**session, "consumerIdentity": MAIL}
            ),
        )
        if begun.status == 200:
            await initiator.call(
                "visa",
                "identities/validation/complete",
                {
                    "idValidationSessionId": begun.body["idValidationSessionId"],
                    "validationData": await initiator.code(),
                },
            )

        # The code that begins may have taken the place of the one that ends.
        assert ended.status in (200, 400), ended.body
        assert begun.status == 200, begun.body
