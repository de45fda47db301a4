"""Who is calling: from a request's credentials to a registered client."""

from collections.abc import Mapping
from typing import Any

from src_system.model.errors import MissingMember, PermissionDenied, Unauthenticated
from src_system.model.identifiers import check_identifier
from src_system.model.participant import Client
from src_system.system import System

_CLIENT_HEADER = "x-openapi-clientid"
_OPEN = "open"


async def authenticate(
    system: System, body: Mapping[str, Any], query: Mapping[str, str], headers: Mapping[str, str]
) -> Client:
    """The calling client.

    Its srcClientId stands in the body, the query, the header x-openapi-clientid or the query's
    apikey (spec 1.3, 2.6); where it stands twice, it must be the same. Raises MissingMember,
    UnknownClient, PermissionDenied, Unauthenticated.
    """
    in_body, in_header = body.get("srcClientId"), headers.get(_CLIENT_HEADER)
    if in_body is not None and not isinstance(in_body, str):
        raise MissingMember("srcClientId must be text.", source="srcClientId")
    src_client_id = (
        in_body
        or query.get("srcClientId")
        or in_header
        or query.get("apikey")
        or query.get("apiKey")
    )
    if not src_client_id:
        raise MissingMember(source="srcClientId")
    check_identifier(src_client_id, source="srcClientId")
    if query.get("srcClientId", src_client_id) != src_client_id:
        raise PermissionDenied(
            "The query and the body name different clients.",
            source="srcClientId",
            source_type="QUERY",
        )
    if in_header and in_header != src_client_id:
        raise PermissionDenied(
            "The header and srcClientId name different clients.",
            source=_CLIENT_HEADER,
            source_type="HEADER",
        )
    client = await system.client(src_client_id)
    if client.authentication.get("scheme", _OPEN) != _OPEN:
        raise Unauthenticated("This client must sign its requests.", source="srcClientId")
    return client
