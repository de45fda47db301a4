"""A gateway's refusal on the wire: status, body, headers in the network's own form (spec 7.1)."""

from dataclasses import dataclass
from typing import Literal, TypedDict

from src_system.model.errors import GatewayRefused
from src_system.networks.gateways import GatewayAnswer, GatewayBody
from src_system.networks.profile import NetworkProfile


class GatewayErrorDocument(TypedDict):
    """One fault that the gateway found."""

    Source: Literal["Gateway"]
    ReasonCode: str
    Description: str
    Recoverable: bool
    Details: None


class GatewayErrors(TypedDict):
    """The gateway's list."""

    Error: list[GatewayErrorDocument]


class GatewayErrorsDocument(TypedDict):
    """A request that did not pass the gateway (spec 7.1)."""

    Errors: GatewayErrors


@dataclass(frozen=True, slots=True)
class GatewayResponse:
    """What is sent; `document` None is an empty body."""

    status: int
    document: GatewayErrorsDocument | None
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


def _envelope(answer: GatewayAnswer, hint: str | None) -> GatewayErrorsDocument:
    error: GatewayErrorDocument = {
        "Source": "Gateway",
        "ReasonCode": answer.reason_code,
        "Description": answer.description.replace("{hint}", f" {hint}" if hint else ""),
        "Recoverable": False,
        "Details": None,
    }
    return {"Errors": {"Error": [error]}}
