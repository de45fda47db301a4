"""The inbox of one-time codes: what a consumer would have received by mail or text message."""

import asyncio
from dataclasses import replace

from aiohttp import web

from src_system.clock import iso_millis, iso_millis_or_none, machine_now, monotonic
from src_system.config import Limits
from src_system.control.answer_documents import AskedByView, OneTimeCodes, OneTimeCodeView
from src_system.control.described import described
from src_system.control.parts import (
    LEAVING,
    cursor_of,
    json_answer,
    network_filter,
    page_of,
    parts_of,
    query_choice,
    query_number,
    world_of,
)
from src_system.control.queries import OneTimeCodeQuery
from src_system.crypto.one_time_code import one_time_code
from src_system.derive import Derivation
from src_system.fixtures.document import bare_digits
from src_system.model.authentication import AuthenticationMethod, AuthenticationReason
from src_system.model.code_delivery import DeliveryMode
from src_system.model.consumer import IdentityType
from src_system.model.identity_validation import OneTimeCodeState, ValidationPurpose
from src_system.store import issued_codes
from src_system.store.issued_codes import CodeFilter, IssuedCode

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
    """GET …/otps?identity=&channel=&network=&undelivered=&after=&wait=&limit=: codes, oldest first.

    `wait` seconds (real time) pass before an empty list is answered; whoever waits is never given
    a code that a newer one has superseded.
    """
    world = await world_of(request)
    parts = parts_of(request).installation
    after_text, limit = page_of(request)
    after, chosen = cursor_of(after_text), _chosen(request)
    wait = query_number(request, "wait", 0, least=0, most=parts.limits.wait_seconds_max)
    chosen = replace(chosen, has_superseded=wait == 0)
    deadline = monotonic() + wait
    while True:
        # Any worker may have sent the code, so that the table is the only place to look.
        found = await issued_codes.list_codes(
            parts.database,
            world.sandbox.sandbox_id,
            chosen,
            after=after,
            limit=limit,
            machine_now=machine_now(),
        )
        left = deadline - monotonic()
        if found or left <= 0 or request.app[LEAVING].is_set():
            break
        await asyncio.sleep(min(POLL_SECONDS, left))
    codes = [code_view(world.derivation, code, parts.limits) for code in found]
    cursor = found[-1].place if found else after
    inbox: OneTimeCodes = {"otps": codes, "cursor": str(cursor)}
    return json_answer(inbox)


def _chosen(request: web.Request) -> CodeFilter:
    channel = query_choice(request, "channel", tuple(_CHANNELS))
    undelivered = query_choice(request, "undelivered", ("true", "false"))
    return CodeFilter(
        identity_value=_identity(request.query.get("identity")),
        channel=None if channel is None else _CHANNELS[channel],
        network=network_filter(request),
        has_undelivered=undelivered == "true",
    )


def _identity(text: str | None) -> str | None:
    if not text:
        return None
    text = text.strip().lower()
    return text if "@" in text else bare_digits(text)


def code_view(derivation: Derivation, code: IssuedCode, limits: Limits) -> OneTimeCodeView:
    """The code as a tester sees it, with its value."""
    state = OneTimeCodeState(code.state)
    if state is OneTimeCodeState.ISSUED and code.expires_at <= code.seen_at:
        state = OneTimeCodeState.EXPIRED
    is_usable = state is OneTimeCodeState.ISSUED
    session, number = code.id_validation_session_id, code.issue_number
    copy = f"-{code.copy_number}" if code.copy_number > 1 else ""
    return {
        "id": f"{session}-{number}{copy}",
        "network": code.network,
        "identity": code.identity_value,
        "destination": code.destination,
        "channel": code.channel,
        "value": one_time_code(derivation, session, number, digits=limits.one_time_code_digits),
        "state": state,
        "triesLeft": limits.one_time_code_wrong_tries_max - code.wrong_tries if is_usable else 0,
        "delivery": DeliveryMode(code.delivery),
        "issuedAt": iso_millis(code.issued_at),
        "expiresAt": iso_millis(code.expires_at),
        "arrivesAt": iso_millis_or_none(code.arrives_at),
        "idValidationSessionId": session,
        "purpose": ValidationPurpose(code.purpose),
        "authentication": _asked_by(code),
    }


def _asked_by(code: IssuedCode) -> AskedByView | None:
    if code.authentication_method is None or code.authentication_reason is None:
        return None
    return {
        "authenticationMethodType": AuthenticationMethod(code.authentication_method),
        "authenticationReason": AuthenticationReason(code.authentication_reason),
    }
