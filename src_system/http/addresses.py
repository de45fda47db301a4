"""Which SRC System and which resource a URL means (contract, addresses on the protocol port)."""

import msgspec

from src_system.model.identifiers import DEFAULT_SANDBOX, NETWORK_NAMES, SandboxName
from src_system.networks import PROFILES

_API = "src/v1/"
_HOSTS = {f"{name}.localhost": name for name in NETWORK_NAMES}
_SANDBOX = "s/"
# Files that only one network has: there the path names it, as at the network's real host.
_ALONE = {
    "checkout-widget/": "visa",
    "sdk/srcsdk.mastercard.js": "mastercard",
    "sdk/srcsdk.amex.js": "amex",
    "sdk/srcsdk.discover.js": "discover",
    "srci/": "mastercard",
}


class Target(msgspec.Struct, frozen=True):
    """A URL taken apart. `resource` is the path behind `src/v1/`, or `None` for none of the API.

    `other` is the path behind the network for what is not the SRC API: `keys`, `card-art.svg`.
    `base` is what lies before: the network's place in its sandbox, without a trailing slash.
    """

    sandbox: SandboxName
    network: str
    resource: str | None
    other: str
    base: str


def resolve(path: str, host: str) -> Target:
    """The target of *path*; a `Host` such as `visa.localhost` names the network as well.

    A network's own mounts lead to the same resources (contract, native mounts).
    """
    rest = path.lstrip("/")
    sandbox = DEFAULT_SANDBOX
    base = ""
    if rest.startswith(_SANDBOX):
        named, _, rest = rest[len(_SANDBOX) :].partition("/")
        sandbox = SandboxName(named)
        base = f"/{_SANDBOX}{sandbox}"
    network = _HOSTS.get(host.partition(":")[0].lower())
    first, _, behind = rest.partition("/")
    if network is None and first not in PROFILES:
        network = next((named for begin, named in _ALONE.items() if rest.startswith(begin)), None)
        if network is not None:
            return Target(sandbox, network, None, rest, f"{base}/{network}")
    if network is None or first == network:
        network, rest = first, behind
        base = f"{base}/{network}"
    if rest.startswith(_API):
        return Target(sandbox, network, rest[len(_API) :], rest, base)
    return Target(sandbox, network, _native_resource(network, rest), rest, base)


def _native_resource(network: str, rest: str) -> str | None:
    """The resource behind one of the network's own mounts, None when it is none."""
    profile = PROFILES.get(network)
    if profile is not None:
        for mount in profile.native_mounts:
            if rest.startswith(mount):
                return rest[len(mount) :]
    return None
