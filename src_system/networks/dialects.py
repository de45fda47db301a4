"""Members that only some networks write, said once for the types of the wire and their schema."""

from collections.abc import Callable

import msgspec

from src_system.networks import PROFILES
from src_system.networks.profile import NetworkProfile

# The schema keyword that names the networks of a member; the networks' differences are data.
NETWORKS_KEYWORD = "x-src-networks"


def written_by(writes: Callable[[NetworkProfile], bool], description: str) -> msgspec.Meta:
    """The mark of a member that the networks for which *writes* holds have, and no others."""
    names = [name for name, profile in PROFILES.items() if writes(profile)]
    return msgspec.Meta(description=description, extra_json_schema={NETWORKS_KEYWORD: names})
