"""Calling an operation for a step, and reading the answer as a careful initiator does.

Signatures, key ids and decryption are checked always: what must not be believed is `distrusted`.
"""

import asyncio
import re
from collections.abc import Mapping, Sequence
from typing import Any

from src_system.client import (
    Network,
    NotTrusted,
    Refused,
    SrcSystemError,
    UnexpectedAnswer,
)
from src_system.client.checkout_answers import CheckoutAnswer, CheckoutResponse
from src_system.client.dialect import modernise
from src_system.client.src_answers import convert
from src_system.client.transport import Reply
from src_system.scenario.answers import Answer, plain
from src_system.scenario.durations import seconds_of
from src_system.scenario.operations import OPERATIONS, Order, ask, id_token_in, keep_tokens
from src_system.scenario.recording import calling
from src_system.scenario.stage import Stage
from src_system.scenario.steps import Call
from src_system.scenario.words import Json

_PAYING = frozenset({"checkout", "getPayload"})
_PLACE = re.compile(r"([^.\[\]]+)|\[(\d+)\]")


async def call(stage: Stage, step: Call, network_name: str) -> Answer:
    """The answer of one network."""
    network = stage.device(step.device).network(network_name)
    calling(network_name, step.call)
    given = stage.fill(step.with_, network=network_name)
    if step.card is not None:
        card = stage.fill(step.card, network=network_name)
        given = {**given, "encryptedCard": await _sealed(network, card)}
    for place, document in stage.fill(step.encrypt, network=network_name).items():
        given = with_member(given, place, await _sealed(network, document))
    order = Order(
        await stage.time.now(),
        *(
            None if one is None else str(stage.fill(one, network=network_name))
            for one in (step.amount, step.currency)
        ),
    )
    asked = ask(
        network,
        step.call,
        given,
        order=order,
        headers=stage.fill(step.headers, network=network_name),
        raw=None if step.raw is None else stage.fill(step.raw, network=network_name),
    )
    try:
        async with asyncio.timeout(seconds_of(step.give_up_after)):
            reply = await asked
    except (TimeoutError, SrcSystemError) as error:
        said = str(error) or f"No answer within {step.give_up_after}."
        return Answer(broken=said, network=network_name)
    return await read(network, step.call, reply)


async def _sealed(network: Network, document: Any) -> Any:
    """Encrypted to the network's key; text is taken to be that already."""
    return await network.seal(document) if isinstance(document, Mapping) else document


def with_member(document: Json, place: str, value: Any) -> Json:
    """*document* with *value* at a place such as `records[0].enrollmentData`.

    Objects on the way are made where there are none, entries of lists are not: ValueError.
    """
    steps = [found[1] if found[2] is None else int(found[2]) for found in _PLACE.finditer(place)]
    changed: Json = _with(document, steps, value)
    return changed


def _with(found: Any, steps: Sequence[str | int], value: Any) -> Any:
    if not steps:
        return value
    first, rest = steps[0], steps[1:]
    if isinstance(first, int):
        if not isinstance(found, list) or first >= len(found):
            raise ValueError(f"there is no entry [{first}] to put an encrypted member into")
        return [*found[:first], _with(found[first], rest, value), *found[first + 1 :]]
    around = found if isinstance(found, Mapping) else {}
    return {**around, first: _with(around.get(first), rest, value)}


async def read(network: Network, operation: str, reply: Reply) -> Answer:
    """*reply* in its parts, with every signature in it verified and every payload opened."""
    answer = Answer(status=reply.status, network=network.network)
    answer.sections["headers"] = dict(reply.headers)
    try:
        document = reply.document()
    except UnexpectedAnswer as error:
        answer.broken = str(error)
        return answer
    answer.sections["wire"] = document
    answer.sections["body"] = plain(modernise(document))
    found = document.get("srcCorrelationId")
    answer.src_correlation_id = found if isinstance(found, str) else network.src_correlation_id
    if reply.status >= _REFUSED:
        _read_refusal(answer, Refused(reply.call, reply.status, document, reply.headers))
        return answer
    if reply.status != OPERATIONS[operation].success:
        answer.broken = f"{operation} is answered {OPERATIONS[operation].success} when all is well."
    keep_tokens(network, operation, answer.sections["body"])
    try:
        await _verify(network, operation, answer, document)
    except NotTrusted as distrust:
        answer.distrusted = str(distrust)
    except UnexpectedAnswer as error:
        answer.broken = str(error)
    return answer


_REFUSED = 400


def _read_refusal(answer: Answer, refused: Refused) -> None:
    answer.reasons = (refused.reason, *(refused.reasons - {refused.reason}))
    answer.source = refused.source
    answer.message = refused.message


async def _verify(
    network: Network, operation: str, answer: Answer, document: Mapping[str, Any]
) -> None:
    token = id_token_in(answer.sections["body"])
    if isinstance(token, str):
        answer.sections["idToken"] = (await network.verify_id_token(token)).claims
    remembered = answer.sections["body"].get("recognitionToken")
    if isinstance(remembered, str):
        answer.sections["recognitionToken"] = (
            await network.verify_recognition_token(remembered)
        ).claims
    if operation not in _PAYING:
        return
    by_get = operation == "getPayload" and not network.dialect.payload_by_post
    if by_get:
        paid = await network.open_fetched(
            convert(dict(document), CheckoutResponse, "The answer of getPayload")
        )
    else:
        paid = await network.open_checkout(
            convert(dict(document), CheckoutAnswer, "The answer of checkout")
        )
    if paid.response is not None and not by_get:
        answer.sections["response"] = plain(modernise(paid.response.document))
        answer.sections["responseHeader"] = paid.header
    if paid.payload is not None:
        answer.sections["payload"] = plain(modernise(paid.payload.document))
        answer.sections["payloadHeader"] = paid.payload_header
