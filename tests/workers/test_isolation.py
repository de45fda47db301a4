"""Two hundred sandboxes with the same people, cards and ids, driven at once through two workers."""

import asyncio
import json
import time
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import aiohttp

from tests.http.initiator import CARDS, Answer, Initiator, Json
from tests.http.life import AMOUNT, CONFIRMED
from tests.http.opened import claims, opened, payload_key
from tests.workers.conftest import WorkerServer

SANDBOXES = 200
AT_ONCE = 60
FROZEN = {"mode": "frozen", "at": "2026-11-23T09:00:00Z"}
EMAIL = "ana@shop.test"
# The same srcCorrelationIds in every sandbox, chosen by the client.
SESSIONS = {network: f"00000000-0000-4000-8000-{place:012d}" for place, network in enumerate(CARDS)}
# Shorter ones may be equal by chance: last four digits, dynamic codes, one-time codes.
TELLING_CHARACTERS = 12


class Driven(Initiator):
    """An SRC initiator that keeps all it is told; others hold answers against the documents."""

    answers: list[Answer]

    async def send(
        self, method: str, url: str, *, data: bytes | None = None, headers: Json | None = None
    ) -> Answer:
        """One exchange."""
        async with self.session.request(method, url, data=data, headers=headers) as response:
            raw = await response.read()
            body = json.loads(raw) if raw and "json" in response.content_type else {}
            answer = Answer(response.status, body, response.headers)
        assert answer.status in (200, 201, 204), (url, body)
        self.answers.append(answer)
        return answer


async def made(session: aiohttp.ClientSession, control: str, seed: int) -> Driven:
    """A sandbox of that seed, with Ana and her cards."""
    body = {"seed": str(seed), "clock": FROZEN}
    async with session.post(f"{control}/v1/sandboxes", json=body) as response:
        assert response.status == 201
        driven = Driven(session, control, await response.json())
    driven.answers = []
    await driven.with_consumer(EMAIL)
    return driven


async def main_line(driven: Driven, network: str) -> None:
    """Look-up, code, profile, checkout, payload, confirmation."""
    identity = {"identityType": "EMAIL_ADDRESS", "identityValue": EMAIL}
    here = {"srcCorrelationId": SESSIONS[network]}
    await driven.call(network, "identities/lookup", {**here, "consumerIdentity": identity})
    begun = await driven.call(
        network, "identities/validation/initiate", {**here, "consumerIdentity": identity}
    )
    inbox = await driven.manage("GET", f"/otps?identity={EMAIL}&network={network}&wait=5")
    done = await driven.call(
        network,
        "identities/validation/complete",
        {
            **here,
            "idValidationSessionId": begun.body["idValidationSessionId"],
            "validationData": inbox.body["otps"][-1]["value"],
        },
    )
    token = done.body["idToken"]
    profile = await driven.call(network, "profiles/prepare", {**here, "idTokens": [token]})
    [card] = profile.body["profiles"][0]["maskedCards"]
    paying = {
        **here,
        "srcDigitalCardId": card["srcDigitalCardId"],
        "srciTransactionId": "order-1",
        "idToken": token,
        "dpaTransactionOptions": {"transactionAmount": AMOUNT},
    }
    await driven.call(network, "transaction/credentials", paying)
    await driven.call(network, "transaction/credentials", paying)
    await driven.call(network, "confirmations", {**here, "confirmationData": CONFIRMED})


def leaves(value: Any) -> Iterator[str]:
    """Every text in *value*, however deep."""
    if isinstance(value, dict):
        for member in value.values():
            yield from leaves(member)
    elif isinstance(value, list):
        for member in value:
            yield from leaves(member)
    elif isinstance(value, str):
        yield value


def telling(driven: Driven) -> set[str]:
    """What was told in the sandbox, but for its own name."""
    key = payload_key(driven)
    texts = (text for answer in driven.answers for text in leaves(opened(answer.body, key)))
    nameless = (text.replace(driven.name, "SANDBOX") for text in texts)
    return {text for text in nameless if len(text) >= TELLING_CHARACTERS}


async def test_two_hundred_sandboxes_at_once_and_not_one_reads_anothers(
    crew: WorkerServer,
) -> None:
    begun = time.perf_counter()
    connector = aiohttp.TCPConnector(limit=AT_ONCE)
    async with aiohttp.ClientSession(connector=connector) as session:
        every = await asyncio.gather(
            *(made(session, crew.control, seed) for seed in range(SANDBOXES))
        )
        await asyncio.gather(*(main_line(driven, network) for driven in every for network in CARDS))
        took = time.perf_counter() - begun
        owners: dict[str, set[str]] = defaultdict(set)
        for driven in every:
            for text in telling(driven):
                owners[text].add(driven.name)
        tokens = [
            (driven.name, claims(answer.body["idToken"]))
            for driven in every
            for answer in driven.answers
            if "idToken" in answer.body
        ]

    # With seeds that differ, what is derived occurs in one sandbox, and what is given in all.
    own = {text for text, names in owners.items() if len(names) == 1}
    shared = {text for text, names in owners.items() if len(names) == SANDBOXES}
    calls = sum(len(driven.answers) for driven in every)
    print(f"{calls} calls in {SANDBOXES} sandboxes in {took:.0f} s; {len(own)} values of their own")
    assert {text: names for text, names in owners.items() if 1 < len(names) < SANDBOXES} == {}
    assert len(own) > SANDBOXES * len(CARDS) * 10
    assert set(SESSIONS.values()) <= shared
    assert len(tokens) == SANDBOXES * len(CARDS)
    assert all(claimed["sandbox"] == name for name, claimed in tokens)
    assert len({json.dumps(claimed["sub"]) for _, claimed in tokens}) == SANDBOXES
