"""Forms of the identifiers that cross the wire, and the names of networks and sandboxes."""

import re
from typing import NamedTuple, NewType

from src_system.model.errors import InvalidFormat

NETWORK_NAMES = ("visa", "mastercard", "amex", "discover")

# What a sandbox is called by. Its rows belong to its sandbox_id, another text, which changes when
# the sandbox is put back: never the one for the other.
SandboxName = NewType("SandboxName", str)

DEFAULT_SANDBOX = SandboxName("default")


class SystemKey(NamedTuple):
    """Which SRC System: the first two columns of the key of almost every table."""

    sandbox_id: str
    network: str


_UUID = "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
_CORRELATION_ID = re.compile(rf"([0-9a-f]{{8}}[.-])?{_UUID}")  # spec 2.7
_FLOW_ID = re.compile(rf"([0-9a-f]{{8}}\.)?{_UUID}(\.[0-9]{{10}})?")  # spec 2.6
_LOOSE_FLOW_ID = re.compile("[0-9a-zA-Z_#-]+")  # spec 2.6, as the Confirmations API takes it
_SANDBOX_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_PRINTABLE = re.compile(r"[\x21-\x7e]+")

FLOW_ID_CHARACTERS_MAX = 255


def is_correlation_id(text: str) -> bool:
    """Whether *text* has the form of a srcCorrelationId (spec 2.7)."""
    return _CORRELATION_ID.fullmatch(text) is not None


def is_flow_id(text: str) -> bool:
    """Whether *text* has the form of an X-Src-Cx-Flow-Id (spec 2.6)."""
    return len(text) <= FLOW_ID_CHARACTERS_MAX and (
        _FLOW_ID.fullmatch(text) is not None or _LOOSE_FLOW_ID.fullmatch(text) is not None
    )


def is_sandbox_name(text: str) -> bool:
    """Whether *text* may name a sandbox: it is a path segment and a DNS label."""
    return _SANDBOX_NAME.fullmatch(text) is not None


def check_identifier(text: str, *, source: str, characters_max: int = 255) -> str:
    """*text* when it is an opaque identifier: printable ASCII without spaces, not too long."""
    if len(text) > characters_max or _PRINTABLE.fullmatch(text) is None:
        raise InvalidFormat(
            f"An identifier has 1 to {characters_max} printable characters.", source=source
        )
    return text
