"""A DCF acts for the SRC initiator whose checkout it finishes (spec 1, 4.9)."""

from datetime import timedelta
from typing import Any

from src_system.model.errors import PermissionDenied
from src_system.model.identifiers import is_correlation_id
from src_system.model.participant import Client, ClientKind
from src_system.payloads.checkout_request import verify_checkout_request
from src_system.store import checkout_sessions
from src_system.system import System

_PREPARED = "checkoutRequestJws"
# What the signed request says and nobody may change on the way back.
_FIXED = ("srcCorrelationId", "srciTransactionId", "srcDpaId", "dpaTransactionOptions")


async def principal(system: System, client: Client, named: object) -> Client:
    """The client for whom *client* calls: itself, unless it is a DCF in somebody's session."""
    if client.kind is not ClientKind.DCF:
        return client
    if not isinstance(named, str) or not is_correlation_id(named):
        return client
    async with system.database.connection(system.count) as tx:
        session = await checkout_sessions.find_session(tx, system.key, named)
    return client if session is None else await system.client(session.src_client_id)


async def unfold_prepared_checkout(
    system: System, client: Client, body: dict[str, Any]
) -> tuple[Client, dict[str, Any]]:
    """The SRC initiator and the members of a checkout that was prepared (spec 4.9).

    Members of the call itself win, but for those that were agreed on. Raises CorruptData,
    InvalidState, and PermissionDenied when another SRC initiator brings the request.
    """
    token = body.get(_PREPARED)
    if not isinstance(token, str):
        return client, body
    signed = verify_checkout_request(
        token,
        sandbox=system.sandbox,
        network=system.key.network,
        keyring=system.keyring,
        now=system.now(),
        life=timedelta(minutes=system.limits.checkout_session_minutes),
    )
    initiator = str(signed.get("srcInitiatorId"))
    if client.kind is not ClientKind.DCF and client.src_client_id != initiator:
        raise PermissionDenied(
            "Another client prepared this checkout.",
            source=_PREPARED,
            seen={"prepared_by": initiator, "src_client_id": client.src_client_id},
        )
    added = {name: value for name, value in body.items() if name not in _FIXED}
    return await system.client(initiator), {**signed, **added}
