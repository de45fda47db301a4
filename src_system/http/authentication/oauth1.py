"""OAuth 1.0a with RSA-SHA256 and a body hash, as Mastercard's gateway asks for (spec 8.4)."""

import hmac

from src_system.crypto import oauth1
from src_system.crypto.oauth1 import OAuthHeader, OAuthRefused
from src_system.http.authentication.freshness import use_once
from src_system.http.authentication.presented import Presented
from src_system.model.client_authentication import GatewayCause, Section
from src_system.model.errors import GatewayRefused
from src_system.payloads.credentials import Credentials
from src_system.system import System


def client_name(presented: Presented) -> str | None:
    """The consumer key of a well-formed header."""
    header = _header(presented)
    return None if header is None else header.consumer_key


async def verify(system: System, credentials: Credentials, presented: Presented) -> None:
    """Raise GatewayRefused unless the client's signing key signed these bytes, just now, once."""
    challenge = f'OAuth realm="{system.profile.name}"'
    header = _header(presented)
    if header is None:
        raise GatewayRefused(GatewayCause.MISSING, challenge=challenge)
    if not oauth1.is_body_of(header, presented.raw):
        raise GatewayRefused(GatewayCause.BODY_CHANGED, challenge=challenge)
    candidates = _base_strings(header, presented, system.installation.public_url)
    key = credentials.signing_key
    consumer_key = credentials.member(Section.OAUTH1, "consumerKey") or ""
    is_signed = (
        key is not None
        and hmac.compare_digest(consumer_key, header.consumer_key)
        and any(oauth1.is_signature(header.signature, text, key) for text in candidates)
    )
    if not is_signed:
        hint = f"Acceptable signature base string: {candidates[0]}" if candidates else None
        raise GatewayRefused(GatewayCause.INVALID, challenge=challenge, hint=hint)
    await use_once(
        system,
        Section.OAUTH1,
        header.consumer_key,
        header.nonce,
        timestamp=header.timestamp,
        challenge=challenge,
    )


def _header(presented: Presented) -> OAuthHeader | None:
    authorization = presented.authorization
    if authorization is None:
        return None
    try:
        return oauth1.parse_header(authorization)
    except OAuthRefused:
        return None


def _base_strings(header: OAuthHeader, presented: Presented, public_url: str) -> list[str]:
    found: list[str] = []
    for url in presented.urls(public_url):
        try:
            found += oauth1.base_strings(presented.request.method, url, header)
        except ValueError:  # a Host header that is no host
            continue
    return list(dict.fromkeys(found))
