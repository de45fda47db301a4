"""A sandbox: a world of its own inside one installation."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from src_system.model.identifiers import NETWORK_NAMES


class StrictnessProfile(StrEnum):
    """How closely requests are held to the specification."""

    DEFAULT = "default"
    STRICT = "strict"
    LENIENT = "lenient"


class ClockMode(StrEnum):
    """How a sandbox's time runs."""

    REAL = "real"
    FROZEN = "frozen"
    OFFSET = "offset"


@dataclass(frozen=True, slots=True)
class Sandbox:
    """Settings of a sandbox; `version` grows with every change of settings or participants."""

    sandbox_id: str
    seed: str
    clock_mode: ClockMode
    clock_at: datetime | None
    clock_offset_seconds: float
    profile: StrictnessProfile
    version: int
    created_at: datetime
    expires_at: datetime | None
    trusted_networks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def trusted_by(self, network: str) -> tuple[str, ...]:
        """The networks whose idTokens *network* takes: all of them unless the sandbox says so."""
        return self.trusted_networks.get(network, NETWORK_NAMES)
