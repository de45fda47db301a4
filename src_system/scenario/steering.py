"""Steps of the tester's hand: codes, clock, fixtures, faults, control calls, journal, verdict."""

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import msgspec

from src_system.client import NotTrusted, Refused, SrcSystemError, TimedOut
from src_system.client.answers import Placed
from src_system.client.dialect import modernise
from src_system.client.effects import read_effect
from src_system.clock import monotonic
from src_system.scenario.answers import Answer, Failure, compiled, plain
from src_system.scenario.durations import seconds_of
from src_system.scenario.matchers import MISSING, mismatch
from src_system.scenario.problems import Mark
from src_system.scenario.receiving import Arrived, document_of, opened
from src_system.scenario.recording import RECEIVER, Exchange, calling, record
from src_system.scenario.stage import Stage
from src_system.scenario.steps import (
    Advance,
    Code,
    Control,
    Fault,
    Journal,
    Notification,
    Open,
    Place,
    SetClock,
    SignIn,
    Verdict,
)

_LONG_POLL_SECONDS = 30.0
_SETTLED_SECONDS = 0.2
_JWE_DOTS = 4
_EXPLAIN_TRIES = 5
_EXPLAIN_PAUSE_SECONDS = 0.05


async def code(stage: Stage, step: Code) -> Answer:
    """The next one-time code."""
    found = await stage.sandbox.otps.next(
        stage.fill(step.code),
        network=stage.fill(step.on),
        channel=stage.fill(step.channel),
        seconds=seconds_of(step.within),
    )
    return _of(msgspec.to_builtins(found))


async def sign_in(stage: Stage, step: SignIn) -> Answer:
    """From an identity to the profiles of all networks of the session."""
    initiator = stage.device(step.device).initiator
    on = stage.fill(step.on)
    calling(on or "", "signIn")
    try:
        profiles = await initiator.sign_in(
            stage.fill(step.sign_in),
            stage.sandbox.otps.code,
            network=on,
            remember_me=step.remember_me,
        )
    except Refused as refused:
        return refusal(refused)
    return _of({name: _modern(found.document) for name, found in profiles.items()})


async def advance(stage: Stage, step: Advance) -> Answer:
    """Move the clock on."""
    stage.time.forget()
    return _of(msgspec.to_builtins(await stage.sandbox.clock.advance(stage.fill(step.advance))))


async def set_clock(stage: Stage, step: SetClock) -> None:
    """Stop the clock at an instant, or let it run."""
    at = stage.fill(step.set_clock)
    stage.time.forget()
    await (stage.sandbox.clock.run() if at == "real" else stage.sandbox.clock.freeze(at))


async def place(stage: Stage, step: Place) -> Answer:
    """Put fixtures in place."""
    await stage.prepare(step.place)
    try:
        placed = await place_fixtures(stage, stage.fill(step.place))
    except Refused as refused:
        return refusal(refused)
    return _of(placed)


async def place_fixtures(stage: Stage, document: Mapping[str, Any]) -> dict[str, Any]:
    """Put *document* in place; its ids are the variable `given` from now on."""
    placed: Placed = await stage.sandbox.fixtures(**document)
    await stage.sandbox.refresh()
    stage.set_sandbox_variables()
    found: dict[str, Any] = msgspec.to_builtins(placed)
    cards = [one for consumer in found["consumers"] for one in consumer["cards"]]
    found["cards"] = {one["network"]: one["srcDigitalCardId"] for one in reversed(cards)}
    stage.variables["given"] = found
    return found


async def fault(stage: Stage, step: Fault, where: Mark) -> None:
    """Add a fault rule; whether it was met is looked at in the end."""
    written = stage.fill(step.fault)
    effect = read_effect(written) if isinstance(written, str) else written
    rule: dict[str, Any] = {"effect": effect}
    if step.title is not None:
        rule["name"] = step.title
    for name, words in (("match", step.match), ("when", step.when)):
        given = {key: one for key, one in msgspec.to_builtins(words).items() if one is not None}
        if given:
            rule[name] = stage.fill(given)
    (made,) = await stage.sandbox.faults.add_all([rule])
    if not step.may_stay_unmatched:
        stage.fault_rules[made.id] = where


async def control(stage: Stage, step: Control) -> Answer:
    """Call the control port."""
    await stage.prepare([step.control, step.with_])
    method, _, where = stage.fill_address(step.control).partition(" ")
    where = where.strip()
    if not where.startswith("/"):
        where = f"/v1/sandboxes/{stage.sandbox.name}/{where}".rstrip("/")
    reply = await stage.port.send(method.upper(), where, stage.fill(step.with_))
    stage.time.forget()
    answer = Answer(status=reply.status)
    answer.sections["headers"] = dict(reply.headers)
    try:
        body = reply.json() if reply.body else {}
    except SrcSystemError:
        body = reply.body.decode(errors="replace")
    answer.sections["body"] = answer.sections["wire"] = body
    if reply.status >= 400 and isinstance(body, Mapping):
        answer.reasons = tuple(Refused(reply.call, reply.status, dict(body)).reasons)
        answer.message = str(body.get("message", ""))
    return answer


def journal_query(step: Journal, stage: Stage) -> dict[str, str]:
    """The filters as a query has them."""
    filters = stage.fill(msgspec.to_builtins(step.journal))
    return {name: value for name, value in filters.items() if value is not None}


async def journal(stage: Stage, step: Journal) -> Answer:
    """Wait until the journal has so many entries, and give them."""
    wanted = journal_query(step, stage)
    # What has not been called is looked for a moment only: entries come soon after answers.
    deadline = monotonic() + (seconds_of(step.within) if step.min else _SETTLED_SECONDS)
    below = f"/v1/sandboxes/{stage.sandbox.name}/journal"
    while True:
        left = deadline - monotonic()
        wait = f"{min(max(left, 0.0), _LONG_POLL_SECONDS):.3f}"
        query = {**wanted, "min": str(max(step.min, 1)), "wait": wait}
        page = (await stage.port.send("GET", f"{below}?{urlencode(query)}")).expect(200)
        entries = page["entries"]
        if len(entries) >= max(step.min, 1) or left <= 0:
            break
    if len(entries) < step.min:
        raise TimedOut(
            f"The journal has {len(entries)} such entries after {step.within},"
            f" and {step.min} were expected."
        )
    if step.decoded:
        entries = [
            (await stage.port.send("GET", f"{below}/{one['place']}/decoded")).expect(200)
            for one in entries
        ]
    return _of({"entries": entries, "count": len(entries)})


async def verdict(stage: Stage, step: Verdict) -> list[Failure]:
    """What the server makes of the calls; the failures."""
    found = await stage.sandbox.verdict(waivers=stage.fill(step.waivers))
    said = []
    seen = {one.id for one in found.findings}
    wanted = stage.fill(step.verdict)
    if found.verdict != wanted:
        reasons = "; ".join(f"{one.id}: {one.message}" for one in found.findings if not one.waived)
        said.append(
            Failure(f"The verdict is {found.verdict} instead of {wanted}. {reasons}", ("verdict",))
        )
    for number, one in enumerate(step.findings):
        if stage.fill(one) not in seen:
            message = f"The check {one} has found nothing. Found: {', '.join(sorted(seen)) or '-'}."
            said.append(Failure(message, ("findings", number)))
    return said


async def open_token(stage: Stage, step: Open) -> Answer:
    """Verify a JWS of a network, or open a JWE to the client."""
    name = stage.fill(step.on) or stage.networks[0]
    network = stage.device(None).network(name)
    calling(name, "keys")
    token = str(stage.fill(step.open, network=name))
    answer = Answer(network=name)
    try:
        if token.count(".") == _JWE_DOTS:
            opened = await network.open_payload(token)
            answer.sections["headers"], content = opened.header, opened.content
        else:
            verified = await network.keys.verify(token)
            answer.sections["headers"], content = verified.header, verified.claims
    except NotTrusted as distrust:
        answer.distrusted = str(distrust)
    else:
        answer.sections["body"] = answer.sections["wire"] = plain(content)
    return answer


async def notification(stage: Stage, step: Notification) -> Answer:
    """Wait for a notification that is as described; others that come before are passed over."""
    name = stage.fill(step.on) or stage.networks[0]
    network = stage.device(None).network(name)
    calling(name, "notification")
    wanted = stage.fill(step.notification, network=name)
    passed_over: list[str] = []
    try:
        async with asyncio.timeout(seconds_of(step.within)):
            while True:
                arrived = await stage.receiver.next()
                record(_exchange(arrived, name))
                document = await document_of(arrived, network.keys)
                content = await opened(document, network.registration.private_keys)
                why = _difference(content, wanted)
                if why is None:
                    return _of_notification(arrived, document, content)
                passed_over.append(why)
    except TimeoutError:
        others = (
            f" Others came: {'; '.join(passed_over)}"
            if passed_over
            else " None came at all: has the client a notificationUrl, and does it hold the card?"
        )
        raise TimedOut(f"No such notification came in {step.within}.{others}") from None


def _of_notification(arrived: Arrived, document: Any, content: Any) -> Answer:
    """The body is what it says, `wire` how it came, `headers` those it came with."""
    headers = {name.lower(): value for name, value in arrived.headers.items()}
    return Answer({"body": plain(content), "wire": document, "headers": headers})


def _exchange(arrived: Arrived, network: str) -> Exchange:
    return Exchange(
        party=RECEIVER,
        operation="notification",
        method="POST",
        url=arrived.url,
        request_headers=arrived.headers,
        request_body=arrived.body,
        status=204,
        response_headers={},
        response_body=b"",
        began=arrived.at,
        seconds=0.0,
        caller=network,
    )


def _difference(content: Mapping[str, Any], wanted: Mapping[str, Any]) -> str | None:
    for path, matcher in wanted.items():
        found = compiled(path).findall(content)
        why = mismatch(found[0] if found else MISSING, matcher)
        if why is not None:
            return f"{path}: {why}"
    return None


async def unmatched_rules(stage: Stage) -> list[str]:
    """The fault rules of the story that no call has met, by id."""
    if not stage.fault_rules:
        return []
    rules = {one.id: one for one in await stage.sandbox.faults.list()}
    return [
        rule_id for rule_id in stage.fault_rules if rule_id in rules and rules[rule_id].applied == 0
    ]


async def explanation(stage: Stage, src_correlation_id: str | None) -> str:
    """What the server says of the newest refusal in a session; empty where it says nothing."""
    if src_correlation_id is None:
        return ""
    query = urlencode({"correlation": src_correlation_id})
    place = f"/v1/sandboxes/{stage.sandbox.name}/journal/explain?{query}"
    try:
        for _ in range(_EXPLAIN_TRIES):
            reply = await stage.port.send("GET", place)
            if reply.status == 200:
                break
            await asyncio.sleep(_EXPLAIN_PAUSE_SECONDS)  # journals are written behind the answer
        found = reply.document() if reply.status == 200 else {}
    except SrcSystemError:  # a server without a journal: the failure stands without it
        return ""
    rule = found.get("rule")
    said = [str(rule["text"])] if isinstance(rule, Mapping) and "text" in rule else []
    if found.get("seen"):
        said.append(f"Seen: {msgspec.json.encode(found['seen']).decode()}.")
    if found.get("wouldPass"):
        said.append(f"What would pass: {found['wouldPass']}")
    return " ".join(said)


def refusal(refused: Refused) -> Answer:
    """A refusal as an answer."""
    return Answer(
        {"body": refused.document, "wire": refused.document, "headers": dict(refused.headers)},
        status=refused.status,
        reasons=(refused.reason, *(refused.reasons - {refused.reason})),
        source=refused.source,
        message=refused.message,
        src_correlation_id=refused.src_correlation_id,
    )


def _of(document: Any) -> Answer:
    return Answer({"body": document, "wire": document})


def _modern(document: Mapping[str, Any]) -> Any:
    return plain(modernise(document))
