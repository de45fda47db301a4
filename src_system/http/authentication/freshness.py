"""No signature is good for long, and none is good twice (spec 8.8)."""

import hashlib
from datetime import UTC, datetime, timedelta

from src_system.clock import epoch_seconds, machine_now
from src_system.model.client_authentication import GatewayCause
from src_system.model.errors import GatewayRefused
from src_system.model.sandbox import ClockMode
from src_system.store import credentials
from src_system.system import System

_SEPARATOR = b"\x00"


async def use_once(
    system: System, kind: str, *parts: str | bytes, timestamp: int, challenge: str
) -> None:
    """Let what *parts* stand for be used now and never again on this network.

    What is now, the sandbox's clock says.

    Only asked when the signature is good: nobody else's guess uses up a nonce. Raises
    GatewayRefused STALE or REPLAYED.
    """
    now, limits = system.now(), system.limits
    if abs(timestamp - epoch_seconds(now)) > limits.authentication_skew_seconds:
        raise GatewayRefused(
            GatewayCause.STALE,
            challenge=challenge,
            seen={
                "signed_at_seconds": timestamp,
                "now": now,
                "skew_seconds_max": limits.authentication_skew_seconds,
            },
        )
    encoded = [kind.encode(), str(timestamp).encode()]
    encoded += [part if isinstance(part, bytes) else part.encode() for part in parts]
    digest = hashlib.sha256()
    # An SRC System knows what was used with it, not with the other networks: a client that calls
    # all four at once may send each the same x-pay-token.
    for part in (system.key.network.encode(), *encoded):
        digest.update(len(part).to_bytes(4, "big") + _SEPARATOR + part)
    # A time in the future may be shown again until it is past: it counts from there.
    since = max(now, datetime.fromtimestamp(timestamp, UTC))
    used, sandbox_id = digest.digest(), system.sandbox.sandbox_id
    async with system.database.connection(system.count) as tx:
        is_new = await credentials.use_nonce(
            tx,
            sandbox_id,
            used,
            expires_at=since + timedelta(seconds=limits.nonce_seconds),
            now=now,
            machine_now=machine_now(),
        )
        # Where time stands still no nonce ever expires: one use in 256 looks how many there are.
        if used[0] == 0 and system.sandbox.clock_mode is ClockMode.FROZEN:
            await credentials.prune_nonces_by_number(
                tx, sandbox_id, keep=limits.nonces_of_frozen_clock_max
            )
    if not is_new:
        raise GatewayRefused(GatewayCause.REPLAYED, challenge=challenge)
