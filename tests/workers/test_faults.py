"""Fault rules on two workers: in force on both with the next call, bounded on both together."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.workers.conftest import SECONDS, WorkerServer

Json = dict[str, Any]
LOCKED = {"error": {"reason": "ACCT_INACCESSIBLE"}}


def send(url: str, body: Json | None, method: str = "POST") -> tuple[int, Json]:
    """One call over a connection of its own, which any worker may take."""
    request = Request(
        url,
        data=None if body is None else json.dumps(body).encode(),
        method=method,
        headers={"Content-Type": "application/json", "Connection": "close"},
    )
    try:
        with urlopen(request, timeout=SECONDS) as answer:
            raw = answer.read()
            return answer.status, json.loads(raw) if raw else {}
    except HTTPError as refused:
        return refused.code, json.loads(refused.read())


class Sandbox:
    """A sandbox and calls in it."""

    def __init__(self, server: WorkerServer, **members: Any) -> None:
        status, document = send(f"{server.control}/v1/sandboxes", members)
        assert status == 201, document
        self.faults = f"{server.control}/v1/sandboxes/{document['name']}/faults"
        self.src = document["urls"]["visa"]["src"]
        self.client_id = document["clients"][0]["srcClientId"]

    def rule(self, **members: Any) -> str:
        status, made = send(self.faults, {"effect": LOCKED, **members})
        assert status == 201, made
        return str(made["id"])

    def look_up(self, number: int) -> int:
        """The status of a lookup of a transaction of its own."""
        body = {
            "srcClientId": self.client_id,
            "srciTransactionId": f"transaction-{number}",
            "consumerIdentity": {
                "identityType": "EMAIL_ADDRESS",
                "identityValue": f"person{number % 5}@shop.test",
            },
        }
        return send(f"{self.src}/identities/lookup", body)[0]

    def counts(self, rule_id: str) -> tuple[int, int]:
        _, rule = send(f"{self.faults}/{rule_id}", None, "GET")
        return rule["matched"], rule["applied"]


def test_a_rule_holds_on_every_worker_from_the_next_call_on(crew: WorkerServer) -> None:
    sandbox = Sandbox(crew)
    for turn in range(10):
        assert sandbox.look_up(turn) == 200
        rule_id = sandbox.rule()
        # Enough calls that both workers answer some.
        assert {sandbox.look_up(number) for number in range(12)} == {403}
        assert send(f"{sandbox.faults}/{rule_id}", None, "DELETE")[0] == 204
        assert {sandbox.look_up(number) for number in range(12)} == {200}


def test_fifty_calls_at_once_on_two_workers_never_exceed_times(crew: WorkerServer) -> None:
    sandbox = Sandbox(crew)
    rule_id = sandbox.rule(when={"times": 9, "maxConsecutive": 3})

    with ThreadPoolExecutor(50) as threads:
        statuses = list(threads.map(sandbox.look_up, range(50)))

    assert statuses.count(403) == 9
    assert statuses.count(200) == 41
    assert sandbox.counts(rule_id) == (50, 9)


@pytest.fixture(scope="module")
def another(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorkerServer]:
    """A second server, as fresh as the first."""
    home: Path = tmp_path_factory.mktemp("another")
    server = WorkerServer(home, "--ephemeral")
    yield server
    assert server.end() == 0, server.log.read_text()[-2000:]


def test_two_fresh_servers_with_one_seed_roll_the_same_also_at_once(
    crew: WorkerServer, another: WorkerServer
) -> None:
    def rolls(server: WorkerServer, workers: int) -> list[list[int]]:
        sandbox = Sandbox(server, seed="42")
        sandbox.rule(when={"probability": 0.4}, match={"operation": "identityLookup"})

        def of(person: int) -> list[int]:
            return [sandbox.look_up(person + 5 * turn) for turn in range(8)]

        with ThreadPoolExecutor(workers) as threads:
            return list(threads.map(of, range(5)))

    one = rolls(crew, 1)

    assert rolls(another, 5) == one
    assert 0 < sum(statuses.count(403) for statuses in one) < 40
