"""A visit to a DCF opened: for a prepared checkout, or for an authentication alone."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

from src_system.http.facilitator.agent import Agent
from src_system.http.facilitator.steps import Occasion, begin_visit
from src_system.model.dcf_visit import DcfDisplay, DcfProgress, DcfStep, DcfVisit
from src_system.model.errors import InvalidFormat, InvalidValue, MissingMember, PermissionDenied
from src_system.model.identifiers import is_correlation_id
from src_system.payloads.checkout_request import verify_checkout_request
from src_system.store import dcf_visits
from src_system.store.checkout_sessions import SessionOpening
from src_system.system import System

Json = dict[str, Any]

_LIFE = timedelta(minutes=15)
_JWS = "checkoutRequestJws"
_ORIGIN = re.compile(r"https?://[A-Za-z0-9.\-\[\]:]{1,255}")


async def open_visit(agent: Agent, body: Json, origin: str | None) -> DcfVisit:
    """The visit that *body* asks for, told only to *origin*, the page that opens it.

    Raises MissingMember, InvalidValue, CorruptData, PermissionDenied for an origin that neither
    the DPA nor the client has registered, and what the first call of an authentication refuses.
    """
    system, client = agent.system, agent.client
    origin = _told(origin)
    display = str(body.get("display") or DcfDisplay.POPUP)
    if display not in set(DcfDisplay):
        raise InvalidValue("POPUP, IFRAME, WINDOW or WEBVIEW is expected.", source="display")
    if isinstance(body.get(_JWS), str):
        signed = verify_checkout_request(
            body[_JWS],
            sandbox=system.sandbox,
            network=system.key.network,
            keyring=system.keyring,
            now=system.now(),
            life=timedelta(minutes=system.limits.checkout_session_minutes),
        )
        if signed.get("srcInitiatorId") != client.src_client_id:
            raise PermissionDenied("Another client prepared this checkout.", source=_JWS)
        correlation_id = str(signed["srcCorrelationId"])
        dpa_id: object = signed.get("srcDpaId")
        request: Json = {_JWS: body[_JWS]}
    else:
        request = _authentication(body)
        correlation_id = await _session(system, agent, body)
        dpa_id = body.get("srcDpaId")
    await _refuse_foreign_origin(agent, dpa_id, origin)
    now = system.now()
    draft = DcfVisit(
        visit_id="",
        src_correlation_id=correlation_id,
        src_client_id=client.src_client_id,
        opener_origin=origin,
        display=DcfDisplay(display),
        request=request,
        progress=DcfProgress(),
        turn=0,
        result=None,
        expires_at=now + _LIFE,
    )
    if not draft.is_checkout:
        # Begun at once, so that whoever asks for it hears of a refusal.
        outcome = await begin_visit(Occasion(agent, draft, {}, {}), request["authentication"])
        step = DcfStep.DONE if outcome.result is not None else outcome.progress.step
        progress = replace(outcome.progress, step=step)
        draft = replace(draft, progress=progress, result=outcome.result)
    async with system.database.transaction(system.count) as tx:
        return await dcf_visits.open_visit(tx, system.key, system.derivation, draft, now=now)


def _told(origin: str | None) -> str | None:
    """The origin as a browser writes it; None for a page that has none of its own (`null`)."""
    if origin in (None, "null"):
        return None
    if _ORIGIN.fullmatch(origin or "") is None:
        raise InvalidFormat("This is no origin.", source="Origin", source_type="HEADER")
    return origin


def _authentication(body: Json) -> Json:
    """What initiateAuthentication will be asked, a passkey where no method is named."""
    reference = body.get("accountReference")
    if not isinstance(reference, dict):
        raise MissingMember("A checkoutRequestJws or an accountReference is expected.", source=_JWS)
    method = body.get("authenticationMethod")
    if not isinstance(method, dict):
        method = {"authenticationMethodType": "FIDO2"}
    context = body.get("authenticationContext")
    return {
        "authentication": {
            "srciTransactionId": body.get("srciTransactionId"),
            "accountReference": reference,
            "authenticationMethod": method,
            **({"authenticationContext": context} if isinstance(context, dict) else {}),
        },
        "requestRecognitionToken": body.get("requestRecognitionToken") is True,
        "locale": body.get("locale") if isinstance(body.get("locale"), str) else None,
    }


async def _session(system: System, agent: Agent, body: Json) -> str:
    """The session that is named, or a new one."""
    named = body.get("srcCorrelationId")
    if named is not None and not (isinstance(named, str) and is_correlation_id(named)):
        raise InvalidFormat("A srcCorrelationId is a UUID.", source="srcCorrelationId")
    transaction = body.get("srciTransactionId")
    opening = SessionOpening(
        src_correlation_id=named,
        src_client_id=agent.client.src_client_id,
        src_dpa_id=None,
        srci_transaction_id=transaction if isinstance(transaction, str) else None,
        origin=("dcf", str(transaction or "")),
    )
    async with system.database.transaction(system.count) as tx:
        return (await system.open_session(tx, opening, now=system.now())).src_correlation_id


async def _refuse_foreign_origin(agent: Agent, dpa_id: object, origin: str | None) -> None:
    """Whose page may open and frame the DCF: the DPA's, or the client's own."""
    if origin is None:
        return
    allowed = set(agent.client.origins)
    if isinstance(dpa_id, str) and "\x00" not in dpa_id:
        allowed |= set((await agent.system.dpa(agent.client, dpa_id)).origins)
    if not allowed & {origin, "*"}:
        raise PermissionDenied(
            "The DPA has not registered this origin.", source="Origin", source_type="HEADER"
        )
