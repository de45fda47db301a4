"""A gateway's refusal on the wire: status, body, headers in the network's own form (spec 7.1)."""

from dataclasses import dataclass
from typing import Any

from src_system.model.errors import GatewayRefused
from src_system.networks.gateways import GatewayAnswer, GatewayBody
from src_system.networks.profile import NetworkProfile


@dataclass(frozen=True, slots=True)
class GatewayResponse:
    """What is sent; `document` None is an empty body."""

    status: int
    document: dict[str, Any] | None
    headers: dict[str, str]


def write_gateway_refusal(refused: GatewayRefused, profile: NetworkProfile) -> GatewayResponse:
    """The response that *profile*'s gateway gives."""
    gateway = profile.gateway
    answer = gateway.answers[refused.cause]
    return GatewayResponse(
        answer.status,
        _envelope(answer, refused.hint) if gateway.body is GatewayBody.ERRORS_ENVELOPE else None,
        {} if refused.challenge is None else {"WWW-Authenticate": refused.challenge},
    )


def _envelope(answer: GatewayAnswer, hint: str | None) -> dict[str, Any]:
    error = {
        "Source": "Gateway",
        "ReasonCode": answer.reason_code,
        "Description": answer.description.replace("{hint}", f" {hint}" if hint else ""),
        "Recoverable": False,
        "Details": None,
    }
    return {"Errors": {"Error": [error]}}
