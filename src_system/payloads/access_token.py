"""The OAuth 2 access token of a client (RFC 6749, RFC 9068 in form; spec 2.4, 8.6)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from src_system.clock import epoch_seconds
from src_system.crypto import jws
from src_system.crypto.keyring import Keyring
from src_system.model.errors import AuthInvalid
from src_system.model.sandbox import Sandbox
from src_system.networks import PROFILES
from src_system.payloads.id_token import check_times, read_token, verify_signature

TOKEN_TYPE = "at+jwt"
_SOURCE = "Authorization"


def issue_access_token(
    *,
    client_id: str,
    network: str,
    sandbox: Sandbox,
    keyring: Keyring,
    jti: str,
    now: datetime,
    life_seconds: int,
) -> str:
    """A bearer token for *client_id*, signed by the network's key."""
    key = keyring.signing(now)
    issuer, issued_at = PROFILES[network].issuer, epoch_seconds(now)
    claims: dict[str, Any] = {
        "iss": issuer,
        "aud": [issuer],
        "sub": client_id,
        "client_id": client_id,
        "iat": issued_at,
        "exp": issued_at + life_seconds,
        "jti": jti,
        "simulated": True,
        "sandbox": sandbox.name,
        "sandboxEra": sandbox.era,
    }
    return jws.sign(
        msgspec.json.encode(claims), key=key.private, header={"kid": key.kid, "typ": TOKEN_TYPE}
    )


def verify_access_token(
    token: str,
    *,
    network: str,
    sandbox: Sandbox,
    keyrings: Mapping[str, Keyring],
    now: datetime,
) -> str:
    """The client_id of a token of this network and sandbox, or AuthInvalid."""
    unverified, claims = read_token(token, token_type=TOKEN_TYPE, source=_SOURCE)
    is_ours = sandbox.has_issued(claims.get("sandbox"), claims.get("sandboxEra"))
    if claims.get("iss") != PROFILES[network].issuer or not is_ours:
        raise AuthInvalid("The token was issued elsewhere.", source=_SOURCE)
    verify_signature(unverified, keyrings[network], source=_SOURCE)
    check_times(claims, now, source=_SOURCE)
    client_id = claims.get("client_id")
    if not isinstance(client_id, str):
        raise AuthInvalid("The token names no client.", source=_SOURCE)
    return client_id


def claimed_client(token: str) -> str | None:
    """The client_id that *token* claims, believed by nobody yet; None for another kind of token."""
    try:
        _, claims = read_token(token, token_type=TOKEN_TYPE, source=_SOURCE)
    except AuthInvalid:
        return None
    client_id = claims.get("client_id")
    return client_id if isinstance(client_id, str) else None
