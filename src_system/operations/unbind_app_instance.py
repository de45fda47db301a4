"""unbindAppInstance: forget a remembered device (spec 4.8, 10h)."""

from dataclasses import dataclass

from src_system.model.participant import Client
from src_system.payloads.recognition_token import verify_recognition_token
from src_system.store import app_instances, consumers
from src_system.store.checkout_sessions import SessionOpening
from src_system.system import System


@dataclass(frozen=True, slots=True, repr=False)
class UnbindAppInstanceRequest:
    """Which device: by its recognition tokens.

    Or all that the client bound for the idToken's owner.
    """

    session: SessionOpening
    recognition_tokens: tuple[str, ...]
    id_tokens: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UnbindAppInstanceResult:
    """The binding is gone, whether it was there or not."""

    src_correlation_id: str


async def unbind_app_instance(
    system: System, caller: Client, request: UnbindAppInstanceRequest
) -> UnbindAppInstanceResult:
    """Revoke the bindings; an unknown binding is no error. AuthInvalid for a bad token."""
    now = system.now()
    recognised = [
        verify_recognition_token(
            token,
            network=system.key.network,
            sandbox_id=system.sandbox.sandbox_id,
            keyrings=system.installation.keyrings,
            now=now,
            source=f"recognitionTokens[{place}]",
            may_be_expired=True,
        )
        for place, token in enumerate(request.recognition_tokens)
    ]
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
        for verified in identified:
            consumer = await consumers.find_by_identity_hash(
                tx, system.key, verified.identification.identity_hash
            )
            if consumer is not None:
                await app_instances.revoke_client_bindings(
                    tx,
                    system.key,
                    src_consumer_id=consumer.src_consumer_id,
                    src_client_id=caller.src_client_id,
                    now=now,
                )
    return UnbindAppInstanceResult(session.src_correlation_id)
