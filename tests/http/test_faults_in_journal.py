"""What went wrong on purpose is read back from the journal: rules, headers and magic values."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest

from src_system.model.fault_reading import EFFECTS
from src_system.model.magic import MagicValue, Trigger
from src_system.model.magic_values import MAGIC_VALUES
from tests.http.initiator import CARDS, Initiator, Json
from tests.http.magic_calls import SENDERS, Sender
from tests.http.test_fault_rules import EMAIL, add
from tests.journal.entries import journal, shown

SECONDS = 10
# For each kind of effect the document of one, and the operation that meets it.
MET: dict[str, tuple[Any, str]] = {
    "error": ({"reason": "LOCKED", "status": 423}, "identityLookup"),
    "http": ({"status": 503, "retryAfter": 7}, "identityLookup"),
    "latency": ({"fixed": "PT0.01S"}, "identityLookup"),
    "transport": ("reset", "identityLookup"),
    "tamper": ({"artefact": "idToken", "how": "badSignature"}, "completeIdentityValidation"),
    "otp": ({"delivery": "lost"}, "initiateIdentityValidation"),
    "state": ({"consumer": "LOCKED"}, "initiateIdentityValidation"),
    "quota": ({"limit": 1, "per": "PT1H"}, "identityLookup"),
}
HEADERS = {
    "error": "error=LOCKED; status=423",
    "http": "http=503; retryAfter=7",
    "latency": "latency=PT0.01S",
    "transport": "transport=reset",
    "tamper": "tamper=idToken:badSignature",
    "otp": "otp=lost",
    "state": "state=consumer:LOCKED",
}


async def meet(initiator: Initiator, operation: str, header: str | None = None) -> None:
    """One call of *operation* about Ana, whatever becomes of it; an earlier step goes before."""
    headers = {} if header is None else {"X-Src-Simulate": header}
    resource = "identities/lookup"
    body: Json = dict(EMAIL)
    if operation == "initiateIdentityValidation":
        resource = "identities/validation/initiate"
    if operation == "completeIdentityValidation":
        begun = await initiator.initiated("visa")
        resource = "identities/validation/complete"
        body = {
            "idValidationSessionId": begun["idValidationSessionId"],
            "validationData": await initiator.code(),
        }
    url = f"{initiator.sandbox['urls']['visa']['src']}/{resource}"
    full = {"srcClientId": initiator.client_id, **body}
    try:
        async with initiator.session.post(url, json=full, headers=headers) as answer:
            await answer.read()
    except aiohttp.ClientError:
        assert "transport" in str(headers) or header is None


async def faulty(initiator: Initiator) -> list[Json]:
    """The entries that were told of a fault, once there are some."""
    async with asyncio.timeout(SECONDS):
        while True:
            entries = (await journal(initiator))["entries"]
            found = [entry for entry in entries if entry["faults"]]
            if found:
                return found


def test_every_kind_of_effect_is_tried_here() -> None:
    assert set(MET) == set(EFFECTS)
    assert set(HEADERS) == set(EFFECTS) - {"quota"}


@pytest.mark.parametrize("kind", MET)
async def test_an_effect_of_a_rule_is_told_with_the_rule(initiator: Initiator, kind: str) -> None:
    value, operation = MET[kind]
    await initiator.with_consumer()
    rule = await add(initiator, {kind: value}, match={"operation": operation})
    await meet(initiator, operation)
    if kind == "quota":
        await meet(initiator, operation)
    [entry] = await faulty(initiator)
    account = await shown(initiator, entry["place"], "/explain")

    assert entry["operation"] == operation
    assert entry["faults"] == [{"source": "rule", "id": rule["id"], "effect": {kind: value}}]
    assert account["faults"] == entry["faults"]
    assert entry["status"] == {
        "error": 423,
        "http": 503,
        "transport": 0,
        "quota": 429,
        "state": 403,
    }.get(kind, 200)


@pytest.mark.parametrize("kind", HEADERS)
async def test_an_effect_of_the_header_is_told_with_its_words(
    initiator: Initiator, kind: str
) -> None:
    await initiator.with_consumer()
    await meet(initiator, MET[kind][1], HEADERS[kind])
    [entry] = await faulty(initiator)

    assert entry["operation"] == MET[kind][1]
    [fault] = entry["faults"]
    assert (fault["source"], fault["id"]) == ("header", HEADERS[kind])
    assert set(fault["effect"]) == {kind}


async def test_effects_of_several_kinds_are_all_told(initiator: Initiator) -> None:
    slow = await add(initiator, {"latency": {"fixed": "PT0.01S"}})
    locked = await add(initiator, {"error": {"reason": "LOCKED"}})
    cut = await add(initiator, {"transport": "truncate"})
    await meet(initiator, "identityLookup")
    [entry] = await faulty(initiator)

    assert {fault["id"] for fault in entry["faults"]} == {slow["id"], locked["id"], cut["id"]}


async def test_a_rule_that_was_not_met_is_not_told(initiator: Initiator) -> None:
    await add(initiator, {"error": {"reason": "LOCKED"}}, match={"network": "amex"})
    await meet(initiator, "identityLookup")
    page = await journal(initiator)

    assert [entry["faults"] for entry in page["entries"]] == [[]]


def of_each_trigger() -> list[MagicValue]:
    """A value for each place in a call and each kind of effect that it can have."""
    found: dict[tuple[Trigger, str], MagicValue] = {}
    for value in MAGIC_VALUES:
        kind = json.dumps(value.effect) if "code" in value.effect else min(value.effect)
        found.setdefault((value.trigger, kind), value)
    return [value for value in found.values() if "latency" not in value.effect]


@pytest.mark.parametrize("value", of_each_trigger(), ids=lambda value: str(value.magic_id))
async def test_a_magic_value_is_told_once_and_explained_by_its_name(
    new_sandbox: Callable[..., Awaitable[Initiator]], value: MagicValue
) -> None:
    initiator = await new_sandbox()
    for operation in sorted(value.operations):
        await SENDERS[value.trigger](Sender(initiator, "visa", operation, value))
    entries: list[Json] = []
    async with asyncio.timeout(SECONDS):
        while len(entries) < len(value.operations):
            entries = await faulty(initiator)

    assert {entry["operation"] for entry in entries} == value.operations
    for entry in entries:
        assert entry["faults"] == [
            {"source": "magic", "id": value.magic_id, "effect": dict(value.effect)}
        ]
        account = await shown(initiator, entry["place"], "/explain")
        if value.reason is not None:
            assert value.magic_id in account["rule"]["text"]
            assert (
                account["seen"].items()
                >= {"faultSource": "magic", "faultId": value.magic_id}.items()
            )
            assert account["wouldPass"].startswith("The same call with another value")
        else:
            assert account["faults"] == entry["faults"]


@pytest.mark.parametrize("network", CARDS)
@pytest.mark.parametrize("asked", [None, "http=503", "nonsense"])
async def test_keys_that_are_refused_on_purpose_are_keys_in_the_journal(
    initiator: Initiator, network: str, asked: str | None
) -> None:
    headers = {} if asked is None else {"X-Src-Simulate": asked}
    if asked is None:
        await add(initiator, {"error": {"reason": "UNAVAILABLE"}}, match={"operation": "keys"})
    url = initiator.sandbox["urls"][network]["keys"]
    async with initiator.session.get(url, headers=headers) as answer:
        assert answer.status in (400, 503)

    [entry] = (await journal(initiator))["entries"]
    assert entry["operation"] == "keys"
