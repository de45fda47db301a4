"""From a request to a registered client: what it is signed with, and whom it names."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from src_system.http.authentication import mtls, oauth1, oauth2, x_pay_token
from src_system.http.authentication.presented import Presented
from src_system.model.client_authentication import AuthenticationScheme, GatewayCause, Section
from src_system.model.errors import (
    GatewayRefused,
    MissingMember,
    PermissionDenied,
    UnknownClient,
)
from src_system.model.identifiers import check_identifier
from src_system.model.participant import Client
from src_system.networks.profile import NetworkProfile
from src_system.payloads.credentials import Credentials, open_credentials
from src_system.store import credentials as stored
from src_system.system import System
from src_system.world import remember_newest

_CLIENT_HEADER = "x-openapi-clientid"
_MISSING = GatewayCause.MISSING
_OPEN = AuthenticationScheme.OPEN
_REMEMBERED_MAX = 2_000
_NAME_CHARACTERS_MAX = 255

Verify = Callable[[System, Credentials, Presented], Awaitable[None]]

_VERIFIERS: dict[AuthenticationScheme, Verify] = {
    AuthenticationScheme.OAUTH1: oauth1.verify,
    AuthenticationScheme.X_PAY_TOKEN: x_pay_token.verify,
    AuthenticationScheme.OAUTH2: oauth2.verify,
    AuthenticationScheme.MTLS: mtls.verify,
}
# In the order in which a request with several is read.
_NAMES: tuple[tuple[Section, Callable[[Presented], str | None]], ...] = (
    (Section.X_PAY_TOKEN, x_pay_token.client_name),
    (Section.OAUTH1, oauth1.client_name),
    (Section.OAUTH2, oauth2.client_name),
)


async def admit(system: System, presented: Presented) -> Client | None:
    """The client whose credentials the request bears, verified over its exact bytes.

    None when it bears none, names nobody by them, or names a client who need not sign. Raises
    GatewayRefused, UnknownClient.
    """
    if presented.authorization is None and presented.x_pay_token is None:
        return None
    for section, client_name in _NAMES:
        name = client_name(presented)
        owner = None if name is None else await _owner(system, section, name)
        if owner is not None:
            client = await system.client(owner)
            return client if await _verify(system, client, presented) else None
    return None


async def authenticate(
    system: System,
    presented: Presented,
    admitted: Client | None,
    body: Mapping[str, Any],
    query: Mapping[str, str],
) -> Client:
    """The calling client, verified unless it is of the scheme `open`.

    Its srcClientId stands in the body, the query, the header x-openapi-clientid or the query's
    apikey (spec 1.3, 2.6); where it stands twice, it must be the same. A client that was *admitted*
    by its credentials need not name itself. Raises GatewayRefused, MissingMember, UnknownClient,
    PermissionDenied.
    """
    src_client_id = _named(body, query, presented.request.headers)
    if admitted is not None:
        if src_client_id is not None and src_client_id != admitted.src_client_id:
            raise PermissionDenied(
                "The credentials and srcClientId name different clients.",
                source="srcClientId",
                seen={"admitted": admitted.src_client_id, "src_client_id": src_client_id},
            )
        return admitted
    src_client_id = src_client_id or query.get("apikey") or query.get("apiKey")
    if not src_client_id:
        if _is_open(system):
            raise MissingMember(source="srcClientId")
        raise GatewayRefused(_MISSING, seen={"client": None})
    try:
        client = await system.client(check_identifier(src_client_id, source="srcClientId"))
    except UnknownClient as unknown:
        if _is_open(system):
            raise
        raise GatewayRefused(seen=unknown.seen) from None
    if client.authentication.get("scheme", _OPEN) != _OPEN:
        await _verify(system, client, presented)
    return client


def _is_open(system: System) -> bool:
    """Whether the installation asks nobody; one that asks does not say who is known behind it."""
    return system.installation.authentication is AuthenticationScheme.OPEN


def _named(
    body: Mapping[str, Any], query: Mapping[str, str], headers: Mapping[str, str]
) -> str | None:
    in_body, in_header = body.get("srcClientId"), headers.get(_CLIENT_HEADER)
    if in_body is not None and not isinstance(in_body, str):
        raise MissingMember("srcClientId must be text.", source="srcClientId")
    src_client_id = in_body or query.get("srcClientId") or in_header
    if not src_client_id:
        return None
    check_identifier(src_client_id, source="srcClientId")
    if query.get("srcClientId", src_client_id) != src_client_id:
        raise PermissionDenied(
            "The query and the body name different clients.",
            source="srcClientId",
            source_type="QUERY",
            seen={"in_query": query["srcClientId"], "src_client_id": src_client_id},
        )
    if in_header and in_header != src_client_id:
        raise PermissionDenied(
            "The header and srcClientId name different clients.",
            source=_CLIENT_HEADER,
            source_type="HEADER",
            seen={"in_header": in_header, "src_client_id": src_client_id},
        )
    return src_client_id


async def _verify(system: System, client: Client, presented: Presented) -> bool:
    """Whether the client must authenticate, and then has done so; raises GatewayRefused."""
    scheme = scheme_of(client, system.profile)
    if scheme is AuthenticationScheme.OPEN:
        return False
    try:
        await _VERIFIERS[scheme](system, credentials_of(system, client), presented)
    except GatewayRefused as refused:
        refused.seen = {"client": client.status, "scheme": scheme, **refused.seen}
        raise
    return True


def scheme_of(client: Client, profile: NetworkProfile) -> AuthenticationScheme:
    """What the client authenticates with on this network."""
    scheme = AuthenticationScheme(client.authentication.get("scheme", "open"))
    return profile.native_scheme if scheme is AuthenticationScheme.NATIVE else scheme


def credentials_of(system: System, client: Client) -> Credentials:
    """The client's opened credentials, kept as long as the sandbox's version."""
    known = system.world.credentials.get(client.src_client_id)
    if known is None:
        known = open_credentials(system.vault, client)
        remember_newest(system.world.credentials, client.src_client_id, known, _REMEMBERED_MAX)
    return known


async def _owner(system: System, section: Section, name: str) -> str | None:
    """The client whose credential has this name; also that there is none is remembered."""
    if not (len(name) <= _NAME_CHARACTERS_MAX and name.isascii() and name.isprintable()):
        return None
    owners, key = system.world.credential_owners, (str(section), name)
    if key not in owners:
        async with system.database.connection(system.count) as tx:
            found = await stored.find_owner(tx, system.sandbox.sandbox_id, section, name)
        remember_newest(owners, key, found, _REMEMBERED_MAX)
    return owners[key]


async def client_of(system: System, section: Section, name: str) -> Client | None:
    """The active client whose credential has this name, or None."""
    owner = await _owner(system, section, name)
    try:
        return None if owner is None else await system.client(owner)
    except UnknownClient:
        return None
