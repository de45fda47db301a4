"""Who calls an SRC System: SRC initiators and other clients, their DPAs and payload keys."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class ClientKind(StrEnum):
    """The role a client plays (spec 1)."""

    SRC_INITIATOR = "SRC_INITIATOR"
    PARTICIPATING_ISSUER = "PARTICIPATING_ISSUER"
    DCF = "DCF"


class ParticipantStatus(StrEnum):
    """Whether a client or DPA may be used."""

    ACTIVE = "ACTIVE"
    DISABLED = "DISABLED"


@dataclass(frozen=True, slots=True)
class Client:
    """A client known to a sandbox by its srcClientId (spec 1.3).

    `authentication` names its scheme; the secrets that go with it are sealed by the vault.
    """

    src_client_id: str
    kind: ClientKind
    name: str
    status: ParticipantStatus
    token_requestor_id: str
    business: str | None
    origins: tuple[str, ...]
    authentication: Mapping[str, Any] = field(default_factory=lambda: {"scheme": "open"})
    credentials_sealed: bytes | None = field(default=None, repr=False)
    notification_url: str | None = None  # where card update notifications go (spec 4.16)
    notification_encrypted: bool = False  # the whole message, to the client's payload key


@dataclass(frozen=True, slots=True)
class Dpa:
    """A Digital Payment Application, the merchant, under one SRC initiator (spec 5.13).

    `registration` is what a registration said beside dpaData, in wire names (spec 4.15).
    """

    src_dpa_id: str
    srci_dpa_id: str
    src_client_id: str
    status: ParticipantStatus
    dpa_data: Mapping[str, Any]
    dpa_transaction_options: Mapping[str, Any]
    markets: tuple[str, ...]
    origins: tuple[str, ...]
    registration: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RecipientKey:
    """A public RSA key that payloads may be encrypted to (spec 8.1).

    `recipient_id` is the srcClientId or a recipient registered under it; `jwk` is the public key.
    """

    src_client_id: str
    recipient_id: str
    kid: str
    fingerprint: str
    jwk: Mapping[str, Any]
    not_after: datetime | None

    def is_expired(self, now: datetime) -> bool:
        """Whether the key may no longer be used at *now*."""
        return self.not_after is not None and self.not_after <= now

    @property
    def private_context(self) -> tuple[str, ...]:
        """What the seal of its private part is bound to, within the sandbox."""
        return ("client-key", self.src_client_id, self.kid)
