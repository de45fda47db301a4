"""What a sandbox has recorded, as its control port tells it: calls, codes, fault rules, numbers."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import msgspec

from src_system.client import ControlPort, Sandbox, SrcSystemError
from src_system.client.answers import FaultRule, NetworkTestPans, OneTimeCode
from src_system.clock import parse_iso
from src_system.scenario.texts import texts_in
from src_system.scenario.words import Json

_PAGE = 1000
_REFUSED = 400


@dataclass(frozen=True, slots=True)
class Artefact:
    """A JWS or JWE in a call or its answer. `content` is None where it stayed closed."""

    kind: str
    header: Json
    content: Json | None = field(repr=False)
    is_valid: bool | None
    problem: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A call and its answer, in clear. `at` is the sandbox's time; names of headers are lower case.

    `body` is the request's text, None for none or for what is no text. `request` is the JSON object
    in it; None for anything else. `artefacts` are found by their path, `request.` or `response.`
    before it.
    """

    place: int
    network: str
    operation: str
    method: str
    path: str
    status: int
    reason: str
    at: datetime
    src_client_id: str | None
    faults: list[Json]
    query: dict[str, str] = field(repr=False)
    headers: dict[str, str] = field(repr=False)
    body: str | None = field(repr=False)
    request: Json | None = field(repr=False)
    answer_headers: dict[str, str] = field(repr=False)
    answer_body: bytes = field(repr=False)
    artefacts: dict[str, Artefact] = field(repr=False)

    @property
    def answer(self) -> Json:
        """The JSON object that was answered; {} for anything else."""
        return _object(self.answer_body) or {}

    @property
    def call(self) -> str:
        """How notes name it."""
        return f"{self.operation} at {self.network} (place {self.place})"

    @property
    def members(self) -> Json:
        """What was sent: the body's object, or the query where there is no body."""
        return self.query if self.request is None else self.request

    def tokens(self) -> dict[str, Artefact]:
        """Every JWS and JWE of call and answer, by its own text."""
        found: dict[str, Artefact] = {}
        documents: list[tuple[str, Any]] = [
            ("request", self.request or {}),
            ("request", self.query),
            ("response", self.answer),
        ]
        while documents:
            prefix, document = documents.pop()
            for path, text in texts_in(document, prefix):
                artefact = self.artefacts.get(path)
                if artefact is not None:
                    found[text] = artefact
                    if artefact.content is not None:
                        documents.append((path, artefact.content))
        return found


@dataclass(frozen=True, slots=True)
class Recording:
    """Everything of a sandbox that a story is made of.

    `seen` is the state that refused calls met, by their place.
    """

    sandbox: Sandbox
    has_magic: bool
    entries: list[Entry]
    codes: list[OneTimeCode]
    rules: list[FaultRule]
    test_pans: Mapping[str, NetworkTestPans]
    dropped: int
    verdict: str
    seen: Mapping[int, Json]

    @property
    def first_at(self) -> datetime:
        """The sandbox's time at the first call."""
        return min(one.at for one in self.entries)


async def read_recording(
    port: ControlPort,
    name: str,
    *,
    client: str | None = None,
    since: int = 0,
    until: int | None = None,
) -> Recording:
    """The calls behind place *since*, up to place *until*, of one *client*; SrcSystemError.

    They are read without masks, which the server writes down: a story has to say again what was
    said.
    """
    sandbox = await port.sandbox(name)
    below = f"/v1/sandboxes/{sandbox.name}"
    own = (await port.send("GET", below)).expect(200)
    filters: dict[str, str] = {} if client is None else {"client": client}
    summaries, dropped = await _summaries(port, below, filters, since, until)
    entries: list[Entry] = []
    if summaries:
        query = urlencode({**filters, "unmasked": "true", "after": since})
        archive = (await port.send("GET", f"{below}/journal.har?{query}")).expect(200)
        entries = [
            _entry(summaries[one["_place"]], one)
            for one in archive["log"]["entries"]
            if one["_place"] in summaries
        ]
    return Recording(
        sandbox=sandbox,
        has_magic=own.get("magic") is not False,
        entries=sorted(entries, key=lambda one: one.place),
        codes=await sandbox.otps.list(undelivered=True),
        rules=await sandbox.faults.list(),
        test_pans=await port.test_pans(),
        dropped=dropped,
        verdict=(await sandbox.verdict()).verdict,
        seen={
            one.place: (await port.send("GET", f"{below}/journal/{one.place}/explain"))
            .expect(200)
            .get("seen", {})
            for one in entries
            if one.status >= _REFUSED and not one.faults
        },
    )


async def _summaries(
    port: ControlPort, below: str, filters: Mapping[str, str], after: int, until: int | None
) -> tuple[dict[int, Json], int]:
    """By place, what the list of entries shows of them; and how many were given up."""
    found: dict[int, Json] = {}
    cursor, dropped = str(after), 0
    while True:
        query = urlencode({**filters, "after": cursor, "limit": _PAGE})
        page = (await port.send("GET", f"{below}/journal?{query}")).expect(200)
        cursor, dropped = page["cursor"], page["dropped"]
        for one in page["entries"]:
            if until is None or one["place"] <= until:
                found[one["place"]] = one
        if len(page["entries"]) < _PAGE:
            return found, dropped


def _entry(summary: Json, archived: Json) -> Entry:
    sent, answered = archived["request"], archived["response"]
    posted = sent.get("postData", {})
    body = posted.get("text") if "_encoding" not in posted else None
    content = answered["content"]
    raw = content["text"].encode()
    if content.get("encoding") == "base64":
        raw = base64.b64decode(content["text"])
    try:
        return Entry(
            place=summary["place"],
            network=summary["network"],
            operation=summary["operation"],
            method=summary["method"],
            path=urlsplit(sent["url"]).path,
            status=summary["status"],
            reason=summary["reason"],
            at=parse_iso(archived["_simulatedTime"]),
            src_client_id=summary["srcClientId"],
            faults=archived["_faults"],
            query=dict(parse_qsl(urlsplit(sent["url"]).query, keep_blank_values=True)),
            headers=_headers(sent["headers"]),
            body=body,
            request=None if body is None else _object(body.encode()),
            answer_headers=_headers(answered["headers"]),
            answer_body=raw,
            artefacts={
                path: Artefact(
                    one["kind"],
                    one["header"],
                    one["content"],
                    one["isValid"],
                    one["problem"] or "It is not valid.",
                )
                for path, one in archived["_artefacts"].items()
            },
        )
    except (KeyError, TypeError) as error:
        raise SrcSystemError(f"The journal has an entry that cannot be read: {error!r}") from error


def _headers(pairs: list[Json]) -> dict[str, str]:
    return {one["name"].lower(): one["value"] for one in pairs}


def _object(raw: bytes) -> Json | None:
    try:
        found = msgspec.json.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
