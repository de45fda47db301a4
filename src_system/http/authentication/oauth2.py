"""OAuth 2 bearer tokens (RFC 6750), as Discover's gateway asks for (spec 8.6)."""

import hmac

from src_system.http.authentication.presented import Presented
from src_system.model.client_authentication import GatewayCause, Section
from src_system.model.errors import AuthInvalid, GatewayRefused
from src_system.payloads.access_token import claimed_client, verify_access_token
from src_system.payloads.credentials import Credentials
from src_system.system import System

_SCHEME = "bearer "


def client_name(presented: Presented) -> str | None:
    """The client id that a bearer token claims, verified by nobody yet."""
    token = _bearer(presented)
    return None if token is None else claimed_client(token)


async def verify(system: System, credentials: Credentials, presented: Presented) -> None:
    """Raise GatewayRefused unless the token is this network's, the client's, and still lives."""
    challenge = f'Bearer realm="{system.profile.name}"'
    token = _bearer(presented)
    if token is None:
        raise GatewayRefused(GatewayCause.MISSING, challenge=challenge)
    try:
        client_id = verify_access_token(
            token,
            network=system.key.network,
            sandbox=system.sandbox,
            keyrings=system.installation.keyrings,
            now=system.now(),
        )
    except AuthInvalid:
        client_id = ""
    expected = credentials.member(Section.OAUTH2, "clientId") or ""
    if not client_id or not hmac.compare_digest(expected.encode(), client_id.encode()):
        raise GatewayRefused(challenge=f'{challenge}, error="invalid_token"')


def _bearer(presented: Presented) -> str | None:
    authorization = presented.authorization
    if authorization is None or authorization[: len(_SCHEME)].lower() != _SCHEME:
        return None
    return authorization[len(_SCHEME) :].strip()
