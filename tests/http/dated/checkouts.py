"""Cases of checkout sessions, what is signed and encrypted in them, cards, tokens, and work."""

import json
from datetime import datetime, timedelta

from src_system.clock import parse_iso
from src_system.networks import PROFILES
from tests.http import test_card_batches as card_batches
from tests.http import test_dpa_batches as dpa_batches
from tests.http.dated.place import LIMITS, MAIL, TICK, Place, case
from tests.http.receiver import receiving, verified
from tests.http.test_card_notifications import act, listen
from tests.http.test_dcf import OPTIONS, signed
from tests.http.test_fault_answers import ask

SESSION = timedelta(minutes=LIMITS.checkout_session_minutes)
BATCH = timedelta(seconds=LIMITS.batch_seconds)


@case("checkoutSession")
async def a_session_ends_after_half_an_hour(place: Place) -> None:
    profile = await place.call("profiles/prepare", {"idTokens": [await place.id_token()]})
    session = profile.body["srcCorrelationId"]

    await place.ends("checkoutSession", SESSION, session)

    late = await place.pay(srcCorrelationId=session, idToken=None)
    assert (late.status, late.body["reason"]) == (400, "INVALID_STATE")


@case("checkoutRequest")
async def a_prepared_checkout_is_good_for_half_an_hour(place: Place) -> None:
    token = await prepared(place)
    assert signed(token)[0]["iat"] == place.epoch

    await place.advance(SESSION - TICK)
    in_time = await place.call("transaction/credentials", {"checkoutRequestJws": token})
    await place.advance(TICK)
    late = await place.call("transaction/credentials", {"checkoutRequestJws": token})

    assert in_time.status == 200, in_time.body
    assert late.body["reason"] == "INVALID_STATE"


async def prepared(place: Place) -> str:
    """A signed request for a DCF."""
    answer = await place.call(
        "transaction/preparedata",
        {
            "srcDigitalCardId": place.cards["visa"],
            "srciTransactionId": "tx-1",
            "idToken": await place.id_token(),
            "dpaTransactionOptions": OPTIONS,
            "checkoutResponseUri": "https://shop.test/back",
        },
    )
    return str(answer.body["checkoutResponse"])


@case("dcfVisit")
async def a_visit_to_the_dcf_is_over_after_a_quarter_of_an_hour(place: Place) -> None:
    visit = await place.initiator.visit_dcf("visa", await prepared(place))

    async def state() -> str:
        pages = place.initiator.sandbox["urls"]["visa"]["dcf"].rstrip("/")
        answer = await place.initiator.send("GET", f"{pages}/visits/{visit}")
        return str(answer.body["state"])

    assert await state() == "OPEN"
    await place.ends("dcfVisit", timedelta(minutes=15), visit)
    assert await state() == "EXPIRED"


@case("checkoutResponse")
async def what_is_signed_bears_the_sandboxs_time(place: Place) -> None:
    for network in PROFILES:
        place.network = network
        header, document = place.response(await place.pay())
        done = document["assuranceData"]["verificationData"]
        assert int(header["iat"]) == place.epoch
        assert {int(one["verificationTimestamp"]) for one in done} == {place.epoch}
    await place.advance(timedelta(hours=1))
    header, _ = place.response(await place.pay())
    assert int(header["iat"]) == place.epoch + 3600


@case("cryptogram")
async def dynamic_data_lives_as_long_as_was_asked(place: Place) -> None:
    paid = await place.pay(
        dpaTransactionOptions={"paymentOptions": [{"dpaDynamicDataTtlMinutes": 50}]}
    )
    [dynamic_data] = place.payload(paid)["dynamicData"]
    expires = await place.row("SELECT expires_at FROM cryptogram WHERE sandbox_id = $1")
    assert int(dynamic_data["dynamicDataExpiration"]) == place.epoch + 50 * 60
    assert expires == place.start + timedelta(minutes=50)

    await place.ends("cryptogram", timedelta(minutes=50), f"{paid.body['srcCorrelationId']}-0")


@case("card")
async def a_card_expires_with_its_month(place: Place) -> None:
    life = datetime(place.start.year + 6, 1, 1, tzinfo=place.start.tzinfo) - place.start

    await place.ends("card", life, place.cards["visa"])

    profile = await place.call("profiles/prepare", {"idTokens": [await place.id_token()]})
    card = profile.body["profiles"][0]["maskedCards"][0]
    refused = await place.pay()
    assert card["digitalCardData"]["status"] == "EXPIRED"
    assert "CARD_EXPIRED" in refused.reasons or refused.status == 400


@case("paymentToken")
async def a_token_that_has_expired_is_renewed_by_the_next_payload(place: Place) -> None:
    first = place.payload(await place.pay())["token"]
    last = place.start + timedelta(days=3 * 365)
    year, month = last.year, last.month
    assert (first["tokenExpirationYear"], first["tokenExpirationMonth"]) == (
        str(year),
        f"{month:02}",
    )
    client = place.initiator.sandbox["clients"][0]
    name = f"{place.cards['visa']} {client['tokenRequestorId']}"
    end = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=place.start.tzinfo)

    await place.ends("paymentToken", end - place.start, name)

    renewed = place.payload(await place.pay())["token"]
    kept = place.payload(await place.pay())["token"]
    assert renewed["paymentToken"] == first["paymentToken"]
    assert int(renewed["tokenExpirationYear"]) == year + 3
    assert kept == renewed


@case("confirmation")
async def a_confirmation_is_kept_with_the_sandboxs_time(place: Place) -> None:
    paid = await place.pay()
    await place.advance(timedelta(days=40))
    confirmed = await place.call(
        "confirmations",
        {
            "srcCorrelationId": paid.body["srcCorrelationId"],
            "confirmationData": {
                "checkoutEventType": "01",
                "checkoutEventStatus": "02",
                "confirmationTimestamp": place.after(days=40),
                "networkTransactionIdentifier": "UNAVLB",
            },
        },
    )
    assert confirmed.status == 204
    received = await place.row("SELECT received_at FROM confirmation WHERE sandbox_id = $1")
    assert received == place.start + timedelta(days=40)


@case("cardNotification")
async def a_notification_is_dated_and_sent_again_by_the_sandboxs_clock(place: Place) -> None:
    async with receiving() as receiver:
        receiver.answers[:] = [500]
        await listen(place.initiator, receiver.url)
        await place.pay()
        await act(place.initiator, "visa", place.cards["visa"], "suspend")
        failed = await receiver.next()
        keys = place.initiator.sandbox["urls"]["visa"]["keys"]
        header = await verified(place.initiator.session, keys, failed)
        retry = timedelta(seconds=LIMITS.notification_first_retry_seconds)
        query = "/notifications?wait=5&state=PENDING"
        [waiting] = (await place.initiator.manage("GET", query)).body["notifications"]
        while not waiting["attempts"]:
            [waiting] = (await place.initiator.manage("GET", query)).body["notifications"]

        assert failed.entry["eventTimeStamp"] == str(place.epoch * 1000)
        assert header["iat"] == place.epoch
        assert parse_iso(waiting["nextAttemptAt"]) == place.start + retry
        assert waiting["attempts"][0]["attemptedAt"] == place.after()

        await place.ends("cardNotification", retry, waiting["id"], "due")

        assert (await receiver.next()).id == waiting["id"]


@case("dpaBatch")
async def a_batch_of_dpas_is_done_when_its_time_comes(place: Place) -> None:
    accepted = await dpa_batches.register(place.initiator, "visa", dpa_batches.item())
    name = accepted.body["batchId"]
    early = await dpa_batches.status(place.initiator, "visa", name)

    await place.ends("dpaBatch", BATCH, name, "due")

    late = await dpa_batches.status(place.initiator, "visa", name)
    assert early.body["batchStatus"] == "IN_PROGRESS"
    assert late.body["batchStatus"] == "COMPLETED_SUCCESSFULLY"
    assert late.body["batchStartTime"] == place.after()


@case("cardBatch")
async def a_batch_of_cards_is_done_when_its_time_comes(place: Place) -> None:
    record = await card_batches.record(
        place.initiator, "visa", "4012888888881881", holder=card_batches.consumer("bo@shop.test")
    )
    accepted = await card_batches.submitted(place.initiator, "visa", record)
    name = accepted["batchId"]
    early = await card_batches.issue(place.initiator, "GET", "visa", f"cards/batch/{name}")

    await place.ends("cardBatch", BATCH, name, "due")

    late = await card_batches.issue(place.initiator, "GET", "visa", f"cards/batch/{name}")
    assert json.dumps(early.body) != json.dumps(late.body)
    due = "SELECT due_at FROM card_batch WHERE sandbox_id = $1"
    assert await place.row(due) == place.start + BATCH


@case("stateChange")
async def a_fault_changes_a_state_when_its_time_comes(place: Place) -> None:
    rule = {"effect": {"state": {"card": "SUSPENDED", "after": "PT10M"}}}
    added = await place.initiator.manage(
        "POST", "/faults", {"match": {"operation": "checkout"}, **rule}
    )
    assert added.status == 201, added.body
    assert (await place.pay()).status == 200
    shown = f"/cards/visa/{place.cards['visa']}"

    await place.ends("stateChange", timedelta(minutes=10), place.cards["visa"], "due")

    assert (await place.initiator.manage("GET", shown)).body["status"] == "SUSPENDED"


@case("faultRule")
async def a_fault_holds_in_its_time_and_a_quota_for_its_period(place: Place) -> None:
    async def statuses(number: int) -> list[int]:
        return [(await ask(place.initiator))[0] for _ in range(number)]

    when = {"from": place.after(minutes=1), "until": place.after(minutes=2)}
    locked = {"effect": {"error": {"reason": "ACCT_INACCESSIBLE"}}, "when": when}
    quota = {
        "effect": {"quota": {"limit": 1, "per": "PT1M"}},
        "when": {"from": place.after(minutes=3)},
    }
    for rule in (locked, quota):
        assert (await place.initiator.manage("POST", "/faults", rule)).status == 201

    assert await statuses(1) == [200]
    await place.advance(timedelta(minutes=1))
    assert await statuses(1) == [403]
    await place.advance(timedelta(minutes=1))
    assert await statuses(1) == [200]
    await place.advance(timedelta(minutes=1))
    assert await statuses(2) == [200, 429]
    await place.advance(timedelta(minutes=1))
    assert await statuses(2) == [200, 429]


@case("snapshot")
async def a_snapshot_keeps_what_the_clock_showed(place: Place) -> None:
    taken = await place.initiator.manage("POST", "/snapshots", {"name": "before"})
    assert taken.body["simulatedAt"] == place.after()
    await place.advance(timedelta(days=100))

    await place.initiator.manage("POST", "/snapshots/before/restore")

    assert await place.now() == place.start


@case("journalEntry")
async def a_call_is_journaled_at_the_time_it_came(place: Place) -> None:
    await place.advance(timedelta(minutes=7))
    await place.call("identities/lookup", {"consumerIdentity": MAIL})

    found = await place.initiator.manage("GET", "/journal?operation=identityLookup&wait=5")

    assert [entry["at"] for entry in found.body["entries"]] == [place.after(minutes=7)]
