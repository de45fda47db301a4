"""unbindAppInstance: forget a remembered device (spec 4.8, 10h)."""

from dataclasses import dataclass
from datetime import datetime

from src_system.model.errors import AuthInvalid
from src_system.model.participant import Client
from src_system.payloads.id_token import IdToken
from src_system.payloads.recognition_token import RecognitionToken, verify_recognition_token
from src_system.store import app_instances, checkout_sessions, consumers, revoked_id_tokens
from src_system.store.checkout_sessions import SessionOpening
from src_system.store.database import Tx
from src_system.system import System


@dataclass(frozen=True, slots=True, repr=False)
class UnbindAppInstanceRequest:
    """Which device: by recognition tokens or the browser's cookie.

    By an idToken, or with nothing at all by the session's own consumer: all devices that the
    client bound for that person.
    """

    session: SessionOpening
    recognition_tokens: tuple[str, ...]
    id_tokens: tuple[str, ...]
    recognition_cookie: str | None = None


@dataclass(frozen=True, slots=True)
class UnbindAppInstanceResult:
    """The binding is gone, whether it was there or not."""

    src_correlation_id: str


async def unbind_app_instance(
    system: System, caller: Client, request: UnbindAppInstanceRequest
) -> UnbindAppInstanceResult:
    """Revoke the bindings, and the idTokens that came with the call; at this network alone.

    The session forgets whom it validated. An unknown binding is no error. AuthInvalid for a bad
    token; a cookie that is no longer good is only cleared.
    """
    now = system.now()
    recognised = [
        _recognised(system, token, now, f"recognitionTokens[{place}]")
        for place, token in enumerate(request.recognition_tokens)
    ]
    cookie = _cookie(system, request, now)
    identified = [
        system.verify_id_token(token, now=now, source="idToken") for token in request.id_tokens
    ]
    async with system.database.transaction(system.count) as tx:
        session = await system.open_session(tx, request.session, now=now)
        for token in recognised:
            if token.src_client_id == caller.src_client_id:
                await app_instances.revoke_app_instance(
                    tx, system.key, token.app_instance_id, now=now
                )
        if cookie is not None:
            await app_instances.revoke_app_instance(tx, system.key, cookie.app_instance_id, now=now)
        for verified in identified:
            await _sign_off(system, tx, caller, verified, now)
        if not (recognised or cookie or identified) and session.src_consumer_id is not None:
            await _revoke_all(system, tx, caller, session.src_consumer_id, now)
        await checkout_sessions.forget_consumer(tx, system.key, session.src_correlation_id)
    return UnbindAppInstanceResult(session.src_correlation_id)


def _recognised(system: System, token: str, now: datetime, source: str) -> RecognitionToken:
    return verify_recognition_token(
        token,
        network=system.key.network,
        sandbox=system.sandbox,
        keyrings=system.installation.keyrings,
        now=now,
        source=source,
        may_be_expired=True,
    )


def _cookie(
    system: System, request: UnbindAppInstanceRequest, now: datetime
) -> RecognitionToken | None:
    if request.recognition_cookie is None:
        return None
    try:
        return _recognised(system, request.recognition_cookie, now, "cookie")
    except AuthInvalid:
        return None  # nothing of ours is in it: clearing it is all there is to do


async def _sign_off(
    system: System, tx: Tx, caller: Client, verified: IdToken, now: datetime
) -> None:
    """Forget the devices of the token's owner, and take the token back."""
    consumer = await consumers.find_by_identity_hash(
        tx, system.key, verified.identification.identity_hash
    )
    if consumer is not None:
        await _revoke_all(system, tx, caller, consumer.src_consumer_id, now)
    await revoked_id_tokens.revoke_id_token(
        tx, system.key, verified.jti, expires_at=verified.expires_at, now=now
    )


async def _revoke_all(
    system: System, tx: Tx, caller: Client, src_consumer_id: str, now: datetime
) -> None:
    await app_instances.revoke_client_bindings(
        tx,
        system.key,
        src_consumer_id=src_consumer_id,
        src_client_id=caller.src_client_id,
        now=now,
    )
