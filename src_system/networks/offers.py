"""Which network has which operation: all have all, but for what stands here."""

from collections.abc import Callable, Mapping
from operator import attrgetter

from src_system.networks.profile import NetworkProfile

_WHERE: Mapping[str, Callable[[NetworkProfile], bool]] = {
    "getPayload": attrgetter("payload_by_get"),  # spec O17
}
# What does the same where an operation is missing.
INSTEAD: Mapping[str, str] = {
    "getPayload": "a payload is fetched there by a checkout that is called again: match checkout"
}


def offers(profile: NetworkProfile, operation: str) -> bool:
    """Whether the network has the operation."""
    where = _WHERE.get(operation)
    return where is None or where(profile)
