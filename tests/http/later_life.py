"""What begins in the first part of a life and is done in the second: batches and their fruit."""

from collections.abc import Awaitable, Callable, Mapping

from tests.http.initiator import CARDS, CONSENT, Initiator, Json
from tests.http.life import FIRST, Person
from tests.http.test_card_batches import OTHER_CARD
from tests.http.test_dpa_batches import item


def issuer_of(initiator: Initiator) -> str:
    """The sandbox's issuer."""
    kinds = {one["kind"]: one["srcClientId"] for one in initiator.sandbox["clients"]}
    return str(kinds["PARTICIPATING_ISSUER"])


async def shopkeeping(person: Person) -> None:
    """Have a shop registered in a batch."""
    client_id = person.life.initiator.client_id
    accepted = await person.ask(
        f"srci/{client_id}/dpas/batch", {"items": [item("ADD", shop(person))]}
    )
    await person.ask(f"srci/{client_id}/dpas/batch/status/{accepted['batchId']}", method="GET")
    person.life.kept["shopkeeping", person.network] = accepted["batchId"]


def shop(person: Person) -> Json:
    """A shop of the network's own."""
    return {"srcDpaId": f"shop-{person.network}", "dpaData": {"dpaName": "Corner Shop"}}


async def selling(person: Person) -> None:
    """See the shop registered, and pay there."""
    client_id = person.life.initiator.client_id
    batch_id = person.life.kept["shopkeeping", person.network]
    done = await person.ask(f"srci/{client_id}/dpas/batch/status/{batch_id}", method="GET")
    assert done["batchStatus"] == "COMPLETED_SUCCESSFULLY", done
    card_id = await person.enrol()
    token = (await person.sign_in())["idToken"]
    await person.pay(card_id, idToken=token, srcDpaId=f"shop-{person.network}")


async def banking(person: Person) -> None:
    """Have two cards of one person, and a third that cannot be, enrolled by their issuer."""
    records = []
    numbers = (CARDS[person.network], OTHER_CARD[person.network], "4916000000007310")
    for place, number in enumerate(numbers):
        data = {
            "card": {
                "primaryAccountNumber": number,
                "panExpirationMonth": "12",
                "panExpirationYear": "2030",
            },
            "consumer": person.consumer,
            "complianceSettings": CONSENT,
        }
        records.append(
            {
                "externalConsumerId": f"person-{person.network}",
                "externalCredentialId": f"card-{place}",
                "enrollmentData": await person.sealed(data),
            }
        )
    issuer = issuer_of(person.life.initiator)
    body = {"externalBatchId": f"batch-{person.network}", "records": records}
    accepted = await person.ask("cards/batch", body, status=202, client_id=issuer)
    person.life.kept["banking", person.network] = accepted["batchId"]


async def spending(person: Person) -> None:
    """See the cards enrolled, and pay with one."""
    batch_id = person.life.kept["banking", person.network]
    issuer = issuer_of(person.life.initiator)
    await person.ask(f"cards/batch/{batch_id}", method="GET", client_id=issuer)
    holder = Person(person.life, "banking", person.network, person.number)
    session, profile = await holder.profile((await holder.sign_in())["idToken"])
    assert len(profile["maskedCards"]) == 2, profile
    for card in profile["maskedCards"]:
        await holder.pay(card["srcDigitalCardId"], srcCorrelationId=session)


Ways = Mapping[str, Callable[[Person], Awaitable[None]]]

BEFORE: Ways = {**FIRST, "shopkeeping": shopkeeping, "banking": banking}
AFTER: Ways = {"selling": selling, "spending": spending}
