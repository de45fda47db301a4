"""isRecognized: whether this is a remembered device (spec 4.8)."""

from dataclasses import dataclass

from src_system.clock import iso_millis
from src_system.model.app_instance import AppInstance
from src_system.model.consumer import Consumer, IdentityType, refuse_inaccessible
from src_system.model.errors import AuthInvalid
from src_system.model.participant import Client
from src_system.model.session import SessionState
from src_system.payloads.id_token import Identification
from src_system.payloads.masked import mask_identity
from src_system.payloads.recognition_token import verify_recognition_token
from src_system.store import app_instances, checkout_sessions, consumers
from src_system.store.checkout_sessions import SessionOpening
from src_system.store.database import Tx
from src_system.system import System

_AMR_REMEMBERED = ("swk",)  # a bound device (spec 5.22)


@dataclass(frozen=True, slots=True, repr=False)
class IsRecognizedRequest:
    """The recognition tokens that the client kept for this browser or device.

    Or the cookie that the browser itself keeps for the network: it recognises whichever client
    asks, while a token is good for the client that it was given to.
    """

    session: SessionOpening
    recognition_tokens: tuple[str, ...]
    recognition_cookie: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class IsRecognizedResult:
    """`id_tokens` has an entry for each person recognised."""

    src_correlation_id: str
    id_tokens: tuple[str, ...]


async def is_recognized(
    system: System, caller: Client, request: IsRecognizedRequest
) -> IsRecognizedResult:
    """idTokens for the persons that the tokens remember.

    A token that is expired, revoked, foreign or another client's recognises nobody: the answer is
    `recognized: false`, never a refusal. A locked consumer is AccountInaccessible.
    """
    now = system.now()
    async with system.database.transaction(system.count) as tx:
        session = await system.open_session(tx, request.session, now=now)
        recognised: dict[str, tuple[Consumer, AppInstance]] = {}
        kept: list[tuple[str, str | None]] = [
            (token, caller.src_client_id) for token in request.recognition_tokens
        ]
        if request.recognition_cookie is not None:
            kept.append((request.recognition_cookie, None))
        for token, src_client_id in kept:
            found = await _recognise(system, tx, token, src_client_id)
            if found is not None:
                refuse_inaccessible(found[0], now)
                recognised[found[0].src_consumer_id] = found
        tokens = [
            await _id_token(system, tx, caller, consumer, binding, session.src_correlation_id)
            for consumer, binding in recognised.values()
        ]
        if recognised:
            first, binding = next(iter(recognised.values()))
            await checkout_sessions.advance_session(
                tx,
                system.key,
                session,
                SessionState.VALIDATED,
                src_consumer_id=first.src_consumer_id,
                amr=_AMR_REMEMBERED,
                auth_time=binding.bound_at,
            )
    return IsRecognizedResult(session.src_correlation_id, tuple(tokens))


async def _recognise(
    system: System, tx: Tx, token: str, src_client_id: str | None
) -> tuple[Consumer, AppInstance] | None:
    """Whom the token remembers, and by which binding.

    Only for the client of *src_client_id*, unless it is None.
    """
    now = system.now()
    try:
        verified = verify_recognition_token(
            token,
            network=system.key.network,
            sandbox=system.sandbox,
            keyrings=system.installation.keyrings,
            now=now,
            source="recognitionTokens",
        )
    except AuthInvalid:
        return None  # not recognised; which check failed is nobody's business here
    binding = await app_instances.find_app_instance(tx, system.key, verified.app_instance_id)
    if binding is None or not binding.is_bound(now):
        return None
    if src_client_id not in (None, binding.src_client_id):
        return None
    consumer = await consumers.find_consumer(tx, system.key, binding.src_consumer_id)
    return None if consumer is None else (consumer, binding)


async def _id_token(
    system: System,
    tx: Tx,
    caller: Client,
    consumer: Consumer,
    binding: AppInstance,
    src_correlation_id: str,
) -> str:
    now = system.now()
    identities = await consumers.list_identities(tx, system.key, consumer.src_consumer_id)
    identity_type, identity_value, hashed = identities[0]
    kind = IdentityType(identity_type)
    return system.issue_id_token(
        caller,
        Identification(
            identity_hash=hashed,
            is_email=kind is IdentityType.EMAIL_ADDRESS,
            masked_identity_value=mask_identity(system.profile.mask, kind, identity_value),
            amr=_AMR_REMEMBERED,
            auth_time=binding.bound_at,  # of the code once given, not of this call (spec 5.22)
        ),
        jti=system.derivation.uuid(
            "id_token_jti",
            "isRecognized",
            system.key.network,
            src_correlation_id,
            binding.app_instance_id,  # bound anew, the token is not the one that was taken back
            iso_millis(now),
        ),
        now=now,
    )
