"""Cases of what a tester asks for: faults with a time of their own, and snapshots."""

from datetime import timedelta

from tests.http.dated.place import MAIL, TICK, Place, case

LOOKUP = "identities/lookup"


@case("stateChange")
async def a_change_of_state_is_made_when_its_time_has_come(place: Place) -> None:
    rule = {
        "match": {"operation": "identityLookup", "network": "visa"},
        "effect": {"state": {"consumer": "SUSPENDED", "after": "PT2M"}},
    }
    assert (await place.initiator.manage("POST", "/faults", rule)).status == 201
    await place.call(LOOKUP, {"consumerIdentity": MAIL})
    listed = (await place.initiator.manage("GET", "/consumers?network=visa")).body["consumers"]

    await place.ends("stateChange", timedelta(minutes=2), listed[0]["srcConsumerId"], "due")

    changed = (await place.initiator.manage("GET", "/consumers?network=visa")).body["consumers"]
    assert (listed[0]["status"], changed[0]["status"]) == ("ACTIVE", "SUSPENDED")


@case("faultRule")
async def a_quota_begins_anew_with_its_period(place: Place) -> None:
    rule = {"effect": {"quota": {"limit": 1, "per": "PT1M"}}, "match": {"network": "visa"}}
    await place.initiator.manage("POST", "/faults", rule)

    async def asked() -> int:
        # No document of the API knows a 429: past the client that compares the two.
        url = f"{place.initiator.sandbox['urls']['visa']['src']}/{LOOKUP}"
        body = {"srcClientId": place.initiator.client_id, "consumerIdentity": MAIL}
        async with place.initiator.session.post(url, json=body) as answer:
            return answer.status

    first, second = await asked(), await asked()
    await place.advance(timedelta(minutes=1) - TICK)
    third = await asked()
    await place.advance(TICK)

    assert [first, second, third, await asked()] == [200, 429, 429, 200]


@case("snapshot")
async def a_snapshot_keeps_the_time_it_was_taken_at(place: Place) -> None:
    taken = await place.initiator.manage("POST", "/snapshots", {"name": "before"})
    await place.advance(timedelta(days=400))
    assert (await place.now()).year > place.start.year

    restored = await place.initiator.manage("POST", "/snapshots/before/restore")

    assert (taken.body["simulatedAt"], restored.status) == (place.after(), 200)
    assert await place.now() == place.start
