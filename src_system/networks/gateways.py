"""How the gateways before the SRC Systems turn a request away: tables, one per form (spec 7.1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from src_system.model.client_authentication import GatewayCause


class GatewayBody(StrEnum):
    """What a refusal's body holds."""

    ERRORS_ENVELOPE = "ERRORS_ENVELOPE"  # {"Errors": {"Error": [{"Source": "Gateway", …}]}}
    EMPTY = "EMPTY"


@dataclass(frozen=True, slots=True)
class GatewayAnswer:
    """One refusal; an empty body has neither code nor description.

    `description` may hold `{hint}`: what the request itself says about the fault.
    """

    status: int
    reason_code: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class Gateway:
    """A gateway's form of refusals."""

    body: GatewayBody
    answers: Mapping[GatewayCause, GatewayAnswer]


# Reason codes seen in public reports of Mastercard's gateway; STALE and REPLAYED are our wording.
# As there, a wrong signature is answered with the base string that would have been signed: it is
# made of the request alone.
ERRORS_ENVELOPE = Gateway(
    GatewayBody.ERRORS_ENVELOPE,
    MappingProxyType(
        {
            GatewayCause.MISSING: GatewayAnswer(
                401, "INVALID_AUTH_HEADER", "The Authorization header is missing or malformed."
            ),
            GatewayCause.INVALID: GatewayAnswer(
                401, "AUTHENTICATION_FAILED", "OAuth signatures did not match.{hint}"
            ),
            GatewayCause.BODY_CHANGED: GatewayAnswer(
                401,
                "INVALID_BODY_HASH",
                "The provided oauth_body_hash does not match the SHA256 hash of the request"
                " payload.",
            ),
            GatewayCause.STALE: GatewayAnswer(
                401, "AUTHENTICATION_FAILED", "oauth_timestamp is outside the accepted window."
            ),
            GatewayCause.REPLAYED: GatewayAnswer(
                401, "AUTHENTICATION_FAILED", "oauth_nonce was used before."
            ),
            GatewayCause.CERTIFICATE: GatewayAnswer(
                401, "INVALID_CLIENT_CERT", "The client certificate is missing or not accepted."
            ),
        }
    ),
)

EMPTY_BODY = Gateway(
    GatewayBody.EMPTY, MappingProxyType({cause: GatewayAnswer(401) for cause in GatewayCause})
)
