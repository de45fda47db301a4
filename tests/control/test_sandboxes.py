"""Sandboxes on the control port: what a new one looks like, its clock, its end, who may call."""

import asyncio
import time
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
from jwcrypto.jwk import JWK

from src_system.client import Refused

NETWORKS = ["amex", "discover", "mastercard", "visa"]


async def test_a_new_sandbox_tells_all_that_a_client_needs(control, server):
    body = {"seed": 7, "clock": {"mode": "frozen", "at": "2026-11-23T09:00:00Z"}}
    async with control.post("/v1/sandboxes", json=body) as answer:
        assert answer.status == 201
        document = await answer.json()
    assert document["seed"] == "7"
    assert document["clock"] == {"mode": "frozen", "now": "2026-11-23T09:00:00.000Z"}
    assert sorted(document["urls"]) == NETWORKS
    source = f"{server.protocol}/s/{document['name']}/visa/src/v1"
    assert document["urls"]["visa"]["src"] == source
    client, dpa = document["clients"][0], document["dpas"][0]
    assert client["kind"] == "SRC_INITIATOR"
    assert client["authentication"] == {"scheme": "open"}
    assert JWK(**client["jwks"]["keys"][0]).has_private
    assert dpa["srcClientId"] == client["srcClientId"]
    assert len(dpa["markets"]) == 15


async def test_the_same_seed_gives_the_same_ids(port):
    ids = []
    for _ in range(2):
        async with port.new_sandbox(seed="same") as sandbox:
            ids.append(
                (sandbox.details.clients[0].src_client_id, sandbox.details.dpas[0].src_dpa_id)
            )
    assert ids[0] == ids[1]


async def test_a_sandbox_is_made_without_waiting_for_a_key(control):
    took = []
    for _ in range(5):
        begin = time.perf_counter()
        async with control.post("/v1/sandboxes", json={}) as answer:
            assert answer.status == 201
        took.append(time.perf_counter() - begin)
    print(f"a sandbox in {sorted(took)[2] * 1000:.1f} ms (median of five)")
    assert min(took) < 1


@pytest.mark.parametrize(
    ("body", "source"),
    [
        ({"name": "No Capitals"}, "name"),
        ({"name": 5}, "name"),
        ({"clock": {"mode": "sideways"}}, "clock.mode"),
        ({"clock": {"mode": "frozen", "at": "yesterday"}}, "clock.at"),
        ({"clock": {"mode": "offset"}}, "clock.offsetSeconds"),
        ({"clock": "offset"}, "clock.offsetSeconds"),
        ({"ttl": "soon"}, "ttl"),
        ({"profile": "hard"}, "profile"),
        ({"fixtures": {"consumers": [{}]}}, "fixtures.consumers[0].networks"),
    ],
)
async def test_a_bad_member_is_named(control, body, source):
    async with control.post("/v1/sandboxes", json=body) as answer:
        assert answer.status == 400
        document = await answer.json()
    assert document["errordetail"][0]["source"] == source


@pytest.mark.parametrize("raw", [b"{", b"[]", b"\xff", b'{"name": "\\u0000"}', b"[" * 50_000])
async def test_what_is_no_json_object_is_the_callers_fault(control, raw):
    async with control.post("/v1/sandboxes", data=raw) as answer:
        assert answer.status == 400
        assert (await answer.json())["reason"] == "INVALID_ARGUMENT"


async def test_a_name_is_given_once(control, sandbox):
    async with control.post("/v1/sandboxes", json={"name": sandbox["name"]}) as answer:
        assert answer.status == 409
        assert (await answer.json())["reason"] == "ALREADY_EXISTS"


async def test_a_deleted_sandbox_is_gone_and_its_name_is_free(control, server, sandbox):
    url = sandbox["urls"]["visa"]["keys"]
    async with control.get(url) as answer:
        assert answer.status == 200
    async with control.delete(sandbox["path"]) as answer:
        assert answer.status == 204
    for path in (sandbox["path"], url):
        async with control.get(path) as answer:
            assert answer.status == 404
    body = {"name": sandbox["name"], "seed": "another"}
    async with control.post("/v1/sandboxes", json=body) as answer:
        assert answer.status == 201
        assert (await answer.json())["seed"] == "another"


@pytest.mark.parametrize(
    "query",
    ["otps?channel=PIGEON", "otps?undelivered=x", "notifications?state=x", "clock/due?until=x"],
)
async def test_a_query_parameter_at_fault_is_told_as_one(control, sandbox, query):
    async with control.get(f"{sandbox['path']}/{query}") as answer:
        [detail] = (await answer.json())["errordetail"]
        assert answer.status == 400
    name = query.partition("?")[2].partition("=")[0]
    assert (detail["source"], detail["sourceType"]) == (name, "QUERY")


async def test_a_list_of_no_fault_rules_is_refused(control, sandbox):
    async with control.post(f"{sandbox['path']}/faults", json=[]) as answer:
        assert answer.status == 400
        assert (await answer.json())["message"] == "A list of rules has at least one."


async def test_the_default_sandbox_stays(control):
    async with control.delete("/v1/sandboxes/default") as answer:
        assert answer.status == 400
    async with control.get("/v1/sandboxes/default") as answer:
        assert answer.status == 200


async def test_a_sandbox_past_its_time_to_live_disappears(port):
    sandbox = await port.create_sandbox(ttl="PT1S")

    async def looked_at() -> None:
        while True:
            await sandbox.refresh()

    with pytest.raises(Refused, match="404"):
        await asyncio.wait_for(looked_at(), 20)


async def test_the_list_is_paged(control, sandbox):
    names: list[str] = []
    after: str | None = ""
    while after is not None:
        async with control.get("/v1/sandboxes", params={"limit": 2, "after": after}) as answer:
            page = await answer.json()
        names += [entry["name"] for entry in page["sandboxes"]]
        after = page["next"]
    assert sandbox["name"] in names
    assert names == sorted(set(names))


async def test_a_frozen_clock_moves_only_when_told(box):
    with pytest.raises(Refused, match="400"):
        await box.clock.advance("PT10M")  # real time cannot be pushed
    await box.clock.freeze("2030-01-01T00:00:00Z")
    moved = await box.clock.advance("P1DT10M")
    assert (moved.now, moved.fired) == (datetime(2030, 1, 2, 0, 10, tzinfo=UTC), [])
    assert await box.clock.now() == moved.now
    for by in ("PT", "10m", "-PT1M", "P1Y", "P999999999D"):
        with pytest.raises(Refused, match="400"):
            await box.clock.advance(by)


HOSTS: list[tuple[dict[str, str], int]] = [
    ({"Host": "attacker.example"}, 403),
    ({"Origin": "https://attacker.example"}, 403),
    ({"Origin": "null"}, 403),
    ({"Host": "localhost:1", "Origin": "http://localhost:1"}, 200),
    ({"Host": "[::1]:8081"}, 200),
]


@pytest.mark.parametrize(("headers", "status"), HOSTS)
async def test_other_hosts_and_origins_are_kept_out(control, headers, status):
    async with control.get("/v1/sandboxes", headers=headers) as answer:
        assert answer.status == status


async def test_unknown_paths_and_methods_are_answered_in_json(control: aiohttp.ClientSession):
    answers: list[dict[str, Any]] = []
    for method, path in (("GET", "/v2"), ("PATCH", "/v1/sandboxes"), ("GET", "/v1/sandboxes/%00")):
        async with control.request(method, path) as answer:
            answers.append(await answer.json())
    assert [answer["status"] for answer in answers] == [404, 405, 400]


async def test_health_metrics_version_and_test_numbers_can_be_read(control):
    for path in ("/livez", "/readyz", "/metrics", "/version"):
        async with control.get(path) as answer:
            assert answer.status == 200, path
    async with control.get("/v1/test-pans") as answer:
        document = await answer.json()
    assert sorted(document) == NETWORKS
    assert document["visa"]["testPans"][0]["primaryAccountNumber"] == "4111111111111111"


async def test_one_pair_of_keys_serves_a_client_in_many_sandboxes(port):
    key = JWK.generate(kty="RSA", size=2048, kid="our-own", use="enc").export(as_dict=True)
    for _ in range(2):
        async with port.new_sandbox(jwks={"keys": [key]}, issuer=True) as sandbox:
            await sandbox.add_consumer("ana@shop.test", cards={"visa": "4111111111111111"})
            initiator, issuer = sorted(
                sandbox.details.clients, key=lambda one: one.kind, reverse=True
            )
            shop = sandbox.initiator()
            profiles = await shop.sign_in("ana@shop.test", sandbox.otps.code)

            paid = await shop["visa"].checkout(profiles["visa"].cards[0].src_digital_card_id)

            assert paid.payload_header["kid"] == "our-own"
            assert [one["kid"] for one in initiator.jwks.keys] == ["our-own"]
            assert issuer.jwks.keys[0]["kid"] != "our-own"


@pytest.mark.parametrize(
    ("jwks", "source"),
    [
        ({"keys": "none"}, "jwks.keys"),
        ({"keys": [{"kty": "EC"}]}, "jwks.keys[0]"),
        ({"keys": [{"kty": "RSA", "n": "AQ", "e": "AQAB"}]}, "jwks.keys[0]"),
    ],
)
async def test_keys_that_are_none_make_no_sandbox(port, jwks, source):
    with pytest.raises(Refused) as refused:
        await port.create_sandbox("without-keys", jwks=jwks)

    assert refused.value.source == source
    with pytest.raises(Refused, match="404"):
        await port.sandbox("without-keys")
