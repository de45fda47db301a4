"""What a refusal is answered with beside its body: headers, and the forms of gateways."""

import msgspec
from aiohttp import web

from src_system.http.events import RequestEvent
from src_system.model.errors import (
    GatewayRefused,
    MethodNotAllowed,
    ResourceExhausted,
    SrcError,
)
from src_system.networks.profile import NetworkProfile
from src_system.wire.gateway import write_gateway_refusal


def headers_of(error: SrcError) -> dict[str, str]:
    """The headers that say what to do about the refusal."""
    if isinstance(error, MethodNotAllowed) and error.allowed:
        return {"Allow": ", ".join(error.allowed)}
    if isinstance(error, ResourceExhausted) and error.retry_after_seconds is not None:
        return {"Retry-After": str(error.retry_after_seconds)}
    return {}


def refuse_at_gateway(
    error: GatewayRefused, profile: NetworkProfile, event: RequestEvent
) -> web.Response:
    """What the network's gateway answers; a body, where it has one, bears srcCorrelationId too."""
    event.reason = error.cause
    written = write_gateway_refusal(error, profile)
    if written.document is None:
        return web.Response(status=written.status, headers=written.headers)
    document = {**written.document, "srcCorrelationId": event.src_correlation_id}
    return web.Response(
        status=written.status,
        body=msgspec.json.encode(document),
        content_type="application/json",
        headers=written.headers,
    )
