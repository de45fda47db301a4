"""Visa's x-pay-token with its API key in the query (spec 8.5)."""

import hmac

from src_system.crypto import x_pay_token
from src_system.crypto.x_pay_token import XPayTokenRefused
from src_system.http.authentication.freshness import use_once
from src_system.http.authentication.presented import Presented
from src_system.model.client_authentication import GatewayCause, Section
from src_system.model.errors import GatewayRefused
from src_system.payloads.credentials import Credentials
from src_system.system import System


def client_name(presented: Presented) -> str | None:
    """The API key that goes with a token."""
    return None if presented.x_pay_token is None else presented.api_key


async def verify(system: System, credentials: Credentials, presented: Presented) -> None:
    """Raise GatewayRefused unless the secret made the token of these bytes, just now, once."""
    challenge = f'x-pay-token realm="{system.profile.name}"'
    text, api_key = presented.x_pay_token, presented.api_key
    if text is None or api_key is None:
        raise GatewayRefused(GatewayCause.MISSING, challenge=challenge)
    try:
        token = x_pay_token.parse(text)
    except XPayTokenRefused:
        raise GatewayRefused(challenge=challenge) from None
    secret = credentials.member(Section.X_PAY_TOKEN, "sharedSecret")
    expected = credentials.member(Section.X_PAY_TOKEN, "apiKey") or ""
    is_ours = (
        secret is not None
        and hmac.compare_digest(expected.encode(), api_key.encode(errors="replace"))
        and x_pay_token.is_token_of(
            token,
            secret=secret,
            path=presented.resource_path,
            query=presented.query,
            raw=presented.raw,
        )
    )
    if not is_ours:
        raise GatewayRefused(challenge=challenge)
    # By its digest: the same token in other letters is the same token.
    await use_once(
        system,
        Section.X_PAY_TOKEN,
        expected,
        token.digest,
        timestamp=token.timestamp,
        challenge=challenge,
    )
