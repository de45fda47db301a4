"""The recognition token: what a remembered device shows instead of a one-time code (spec 4.8)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from src_system.clock import epoch_seconds
from src_system.crypto.keyring import Keyring
from src_system.model.app_instance import AppInstance
from src_system.model.errors import AuthInvalid
from src_system.model.fault_effects import Artefact
from src_system.model.sandbox import Sandbox
from src_system.networks import PROFILES
from src_system.payloads.id_token import (
    check_audience,
    check_times,
    read_name,
    read_token,
    verify_signature,
)
from src_system.payloads.seals import PLAIN_SEALS, Seals

TOKEN_TYPE = "JWT+ext.recognition_token"


@dataclass(frozen=True, slots=True)
class RecognitionToken:
    """A verified token; whether its binding still holds is for the store to say."""

    app_instance_id: str
    src_consumer_id: str
    src_client_id: str


def issue_recognition_token(
    app_instance: AppInstance,
    *,
    network: str,
    sandbox: Sandbox,
    keyring: Keyring,
    now: datetime,
    seals: Seals = PLAIN_SEALS,
) -> str:
    """A signed token for *app_instance*, as long-lived as the binding."""
    key = keyring.signing(now)
    issuer = PROFILES[network].issuer
    claims: dict[str, Any] = {
        "iss": issuer,
        "aud": [issuer],
        "appInstanceId": app_instance.app_instance_id,
        "consumerId": app_instance.src_consumer_id,
        "srciClientId": app_instance.src_client_id,
        "scopes": ["DEFAULT"],
        "programId": "SRC",
        "iat": epoch_seconds(now),
        "exp": epoch_seconds(app_instance.expires_at),
        "jti": app_instance.jti,
        "simulated": True,
        "sandbox": sandbox.name,
        "sandboxEra": sandbox.era,
    }
    header = {"kid": key.kid, "typ": TOKEN_TYPE}
    return seals.sign(
        Artefact.RECOGNITION_TOKEN, msgspec.json.encode(claims), key=key, header=header
    )


def verify_recognition_token(
    token: str,
    *,
    network: str,
    sandbox: Sandbox,
    keyrings: Mapping[str, Keyring],
    now: datetime,
    source: str,
    may_be_expired: bool = False,
) -> RecognitionToken:
    """The token's content, or AuthInvalid: only the network that issued it takes it, for itself.

    With *may_be_expired* an old token is good: forgetting a device may come late (spec 10h).
    """
    unverified, claims = read_token(token, token_type=TOKEN_TYPE, source=source)
    is_ours = sandbox.has_issued(claims.get("sandbox"), claims.get("sandboxEra"))
    if claims.get("iss") != PROFILES[network].issuer or not is_ours:
        raise AuthInvalid(
            "The token was issued elsewhere.",
            source=source,
            seen={"token_issuer": str(claims.get("iss"))[:200], "network": network},
        )
    verify_signature(unverified, keyrings[network], source=source)
    check_audience(claims, network, source=source)
    if not may_be_expired:
        check_times(claims, now, source=source)
    read_name(claims, "jti", source=source)
    return RecognitionToken(
        app_instance_id=read_name(claims, "appInstanceId", source=source),
        src_consumer_id=read_name(claims, "consumerId", source=source),
        src_client_id=read_name(claims, "srciClientId", source=source),
    )
