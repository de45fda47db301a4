"""The exported archive is HAR 1.2, complete, and holds no number, code or cryptogram."""

import json
import re
from collections.abc import Awaitable, Callable
from typing import Any

import jsonschema
import pytest

from tests.http.initiator import CARDS, Initiator
from tests.http.test_main_line import Story, part, pay, sign_in
from tests.journal.entries import journal, look_up

PAIRS = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["name", "value"],
        "properties": {"name": {"type": "string"}, "value": {"type": "string"}},
    },
}
SIZE = {"type": "integer", "minimum": -1}
# http://www.softwareishard.com/blog/har-12-spec: everything that is not optional there.
HAR = {
    "type": "object",
    "required": ["log"],
    "properties": {
        "log": {
            "type": "object",
            "required": ["version", "creator", "entries"],
            "properties": {
                "version": {"const": "1.2"},
                "creator": {"type": "object", "required": ["name", "version"]},
                "entries": {"type": "array", "items": {"$ref": "#/$defs/entry"}},
            },
        }
    },
    "$defs": {
        "entry": {
            "type": "object",
            "required": ["startedDateTime", "time", "request", "response", "cache", "timings"],
            "properties": {
                "startedDateTime": {"type": "string", "format": "date-time"},
                "time": {"type": "number", "minimum": 0},
                "request": {"$ref": "#/$defs/request"},
                "response": {"$ref": "#/$defs/response"},
                "cache": {"type": "object"},
                "timings": {
                    "type": "object",
                    "required": ["send", "wait", "receive"],
                    "additionalProperties": {"type": "number"},
                },
            },
            "patternProperties": {"^_": {}},
            "additionalProperties": {"type": ["string"]},
        },
        "request": {
            "type": "object",
            "required": [
                *("method", "url", "httpVersion", "cookies", "headers", "queryString"),
                *("headersSize", "bodySize"),
            ],
            "properties": {
                "url": {"type": "string", "pattern": "^http://[^ ]+$"},
                "headers": PAIRS,
                "queryString": PAIRS,
                "cookies": PAIRS,
                "headersSize": SIZE,
                "bodySize": SIZE,
                "postData": {"type": "object", "required": ["mimeType", "params", "text"]},
            },
        },
        "response": {
            "type": "object",
            "required": [
                *("status", "statusText", "httpVersion", "cookies", "headers", "content"),
                *("redirectURL", "headersSize", "bodySize"),
            ],
            "properties": {
                "status": {"type": "integer"},
                "headers": PAIRS,
                "cookies": PAIRS,
                "headersSize": SIZE,
                "bodySize": SIZE,
                "content": {"type": "object", "required": ["size", "mimeType"]},
            },
        },
    },
}


async def archive(initiator: Initiator, query: str = "") -> Any:
    answer = await initiator.manage("GET", f"/journal.har?{query}")
    assert answer.status == 200, answer.body
    return answer.body


async def test_an_archive_is_well_formed_and_tells_every_call(initiator: Initiator) -> None:
    await initiator.call("visa", "identities/lookup", look_up(1))
    await initiator.send("GET", f"{initiator.sandbox['urls']['amex']['keys']}?a=b%20c&a=d")
    await initiator.send("DELETE", f"{initiator.sandbox['urls']['visa']['src']}/nothing")
    await initiator.send(
        "POST", f"{initiator.sandbox['urls']['visa']['src']}/cards", data=b"\xff\xfe"
    )
    await journal(initiator, least=4)
    document = await archive(initiator)
    entries = document["log"]["entries"]

    jsonschema.validate(
        document, HAR, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )
    assert [entry["_operation"] for entry in entries][:2] == ["identityLookup", "keys"]
    assert [entry["_place"] for entry in entries] == [1, 2, 3, 4]
    assert entries[0]["request"]["postData"]["mimeType"] == "application/json"
    assert entries[1]["request"]["queryString"] == [{"name": "a", "value": "d"}]
    assert (await archive(initiator, "status=4xx"))["log"]["entries"] == entries[2:]
    assert (await archive(initiator, "after=3"))["log"]["entries"] == entries[3:]
    assert (await archive(initiator, "network=discover"))["log"]["entries"] == []


async def test_an_archive_longer_than_a_page_is_written_whole(initiator: Initiator) -> None:
    for number in range(120):
        await initiator.call("visa", "identities/lookup", look_up(number))
    await journal(initiator, least=120)

    entries = (await archive(initiator))["log"]["entries"]

    assert [entry["_place"] for entry in entries] == list(range(1, 121))


@pytest.mark.parametrize("network", CARDS)
async def test_nothing_secret_is_in_an_archive_or_in_any_view(
    new_sandbox: Callable[..., Awaitable[Initiator]], network: str
) -> None:
    """A consumer's whole story: enrolled, validated by code, paid in every way, gone."""
    story = Story(await new_sandbox(), network)
    codes = await sign_in(story)
    await pay(story)
    await part(story)
    page = await journal(story.initiator, least=10)
    texts = {"har": json.dumps(await archive(story.initiator)), "list": json.dumps(page)}
    for entry in page["entries"]:
        for view in ("", "/decoded"):
            place = entry["place"]
            answer = await story.initiator.manage("GET", f"/journal/{place}{view}")
            texts[f"{place}{view}"] = json.dumps(answer.body)
    clear = json.dumps(await archive(story.initiator, "unmasked=true"))
    secrets = {CARDS[network]} | story.numbers | story.cryptograms

    assert len(story.numbers) >= 1
    assert len(story.cryptograms) >= 3
    assert [
        (view, secret)
        for view, text in texts.items()
        for secret in secrets
        if secret in text.replace(" ", "")
    ] == []
    assert [
        (view, code)
        for view, text in texts.items()
        for code in codes
        if re.search(rf'"{code}"', text)
    ] == []
    # They were there to be seen.
    assert all(secret in clear for secret in secrets)
    assert any(f'"{code}"' in clear or f'\\"{code}\\"' in clear for code in codes)
