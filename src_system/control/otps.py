"""The inbox of one-time codes: what a consumer would have received by mail or text message."""

import asyncio
from datetime import datetime

from aiohttp import web

from src_system.clock import iso_millis, monotonic
from src_system.control.answer_documents import OneTimeCodes, OneTimeCodeView
from src_system.control.described import described
from src_system.control.parts import (
    LEAVING,
    json_answer,
    network_filter,
    page_of,
    parts_of,
    query_number,
    world_of,
)
from src_system.control.queries import OneTimeCodeQuery
from src_system.crypto.one_time_code import one_time_code
from src_system.derive import Derivation
from src_system.fixtures.document import bare_digits, one_of
from src_system.model.consumer import IdentityType
from src_system.model.errors import InvalidFormat
from src_system.model.identity_validation import OneTimeCodeState
from src_system.store import identity_validations
from src_system.store.identity_validations import IssuedCode

POLL_SECONDS = 0.05

_CHANNELS = {
    "EMAIL_ADDRESS": IdentityType.EMAIL_ADDRESS,
    "EMAIL": IdentityType.EMAIL_ADDRESS,
    "MOBILE_PHONE_NUMBER": IdentityType.MOBILE_PHONE_NUMBER,
    "MOBILE_NUMBER": IdentityType.MOBILE_PHONE_NUMBER,
    "SMS": IdentityType.MOBILE_PHONE_NUMBER,
}


@described(answer=OneTimeCodes, query=OneTimeCodeQuery)
async def list_otps(request: web.Request) -> web.Response:
    """GET …/otps?identity=&channel=&network=&after=&wait=&limit=: the codes sent, oldest first.

    `wait` seconds (real time) pass before an empty list is answered.
    """
    world = await world_of(request)
    installation = parts_of(request).installation
    limits = installation.limits
    after_text, limit = page_of(request)
    after = _place(after_text)
    identity = _identity(request.query.get("identity"))
    channel = request.query.get("channel")
    if channel is not None:
        channel = _CHANNELS[one_of(channel, tuple(_CHANNELS), source="channel")]
    network = network_filter(request)
    wait = query_number(request, "wait", 0, least=0, most=limits.wait_seconds_max)
    deadline = monotonic() + wait
    while True:
        # Any worker may have sent the code, so that the table is the only place to look.
        async with installation.database.connection() as tx:
            found = await identity_validations.list_codes(
                tx,
                world.sandbox.sandbox_id,
                after=after,
                identity_value=identity,
                channel=channel,
                network=network,
                limit=limit,
            )
        left = deadline - monotonic()
        if found or left <= 0 or request.app[LEAVING].is_set():
            break
        await asyncio.sleep(min(POLL_SECONDS, left))
    world = await world_of(request)  # the clock may have moved meanwhile
    now = world.clock.now()
    codes = [_document(world.derivation, code, limits.one_time_code_digits, now) for code in found]
    cursor = found[-1].place if found else after
    inbox: OneTimeCodes = {"otps": codes, "cursor": str(cursor)}
    return json_answer(inbox)


def _place(text: str) -> int:
    if not text:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise InvalidFormat(
            "after is a cursor of an earlier answer.", source="after", source_type="QUERY"
        )
    return int(text)


def _identity(text: str | None) -> str | None:
    if not text:
        return None
    text = text.strip().lower()
    return text if "@" in text else bare_digits(text)


def _document(
    derivation: Derivation, code: IssuedCode, digits: int, now: datetime
) -> OneTimeCodeView:
    state = OneTimeCodeState(code.state)
    if state is OneTimeCodeState.ISSUED and code.expires_at <= now:
        state = OneTimeCodeState.EXPIRED
    return {
        "id": f"{code.id_validation_session_id}-{code.issue_number}",
        "network": code.network,
        "identity": code.identity_value,
        "destination": code.destination,
        "channel": code.channel,
        "value": one_time_code(
            derivation, code.id_validation_session_id, code.issue_number, digits=digits
        ),
        "state": state,
        "issuedAt": iso_millis(code.issued_at),
        "expiresAt": iso_millis(code.expires_at),
        "idValidationSessionId": code.id_validation_session_id,
    }
