"""A sandbox: a world of its own inside one installation."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from src_system.model.identifiers import DEFAULT_SANDBOX, NETWORK_NAMES, SandboxName


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
class Eras:
    """Eras of the sandbox called *name*, from *first* to *last*: a copy taken ends an era."""

    name: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Sandbox:
    """Settings of a sandbox; `version` grows with every change of settings or participants.

    `sealed_for` is what its sealed values are bound to, in every copy. `lineage` are the eras
    before this sandbox was copied, or put back: what was issued in them is good here too.
    """

    sandbox_id: str
    name: SandboxName
    seed: str
    clock_mode: ClockMode
    clock_at: datetime | None
    clock_offset_seconds: float
    profile: StrictnessProfile
    version: int
    created_at: datetime
    expires_at: datetime | None
    trusted_networks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sealed_for: str = ""
    era: int = 0
    first_era: int = 0
    lineage: tuple[Eras, ...] = ()
    has_magic: bool = True  # whether magic values mean anything

    @property
    def path(self) -> str:
        """What comes before the network in addresses of this sandbox."""
        return "" if self.name == DEFAULT_SANDBOX else f"/s/{self.name}"

    def trusted_by(self, network: str) -> tuple[str, ...]:
        """The networks whose idTokens *network* takes: all of them unless the sandbox says so."""
        return self.trusted_networks.get(network, NETWORK_NAMES)

    def has_issued(self, name: object, era: object) -> bool:
        """Whether a token of the sandbox called *name*, issued in *era*, is good here."""
        if not isinstance(era, int):
            return False
        if name == self.name and era >= self.first_era:
            return True
        return any(name == one.name and one.first <= era <= one.last for one in self.lineage)
