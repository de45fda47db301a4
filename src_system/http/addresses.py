"""Which SRC System and which resource a URL means (contract, addresses on the protocol port)."""

from dataclasses import dataclass

from src_system.model.identifiers import DEFAULT_SANDBOX, NETWORK_NAMES

_API = "src/v1/"
_HOSTS = {f"{name}.localhost": name for name in NETWORK_NAMES}


@dataclass(frozen=True, slots=True)
class Target:
    """A URL taken apart. `resource` is the path behind `src/v1/`, or `None` for none of the API.

    `other` is the path behind the network for what is not the SRC API: `keys`, `card-art.svg`.
    """

    sandbox_id: str
    network: str
    resource: str | None
    other: str


def resolve(path: str, host: str) -> Target:
    """The target of *path*; a `Host` such as `visa.localhost` names the network as well."""
    rest = path.lstrip("/")
    sandbox_id = DEFAULT_SANDBOX
    if rest.startswith("s/"):
        sandbox_id, _, rest = rest[2:].partition("/")
    network = _HOSTS.get(host.partition(":")[0].lower())
    first, _, behind = rest.partition("/")
    if network is None or first == network:
        network, rest = first, behind
    if rest.startswith(_API):
        return Target(sandbox_id, network, rest[len(_API) :], rest)
    return Target(sandbox_id, network, None, rest)
