"""Members that only some networks write, said once for the types of the wire and their schema."""

from collections.abc import Callable, Iterable, Mapping

import msgspec

from src_system.networks import PROFILES
from src_system.networks.profile import NetworkProfile

# The schema keyword that names the networks of a member; the networks' differences are data.
NETWORKS_KEYWORD = "x-src-networks"
# Of a member that is not in every answer: another member, and the values of it that bring this one.
WHEN_KEYWORD = "x-src-when"


def written_by(
    writes: Callable[[NetworkProfile], bool],
    description: str,
    *,
    when: Mapping[str, Iterable[str]] | None = None,
) -> msgspec.Meta:
    """The mark of a member that the networks for which *writes* holds have, and no others.

    They always have it, or where another member has one of the values *when* says.
    """
    names = [name for name, profile in PROFILES.items() if writes(profile)]
    marks: dict[str, object] = {NETWORKS_KEYWORD: names}
    if when is not None:
        marks[WHEN_KEYWORD] = {name: list(values) for name, values in when.items()}
    return msgspec.Meta(description=description, extra_json_schema=marks)
