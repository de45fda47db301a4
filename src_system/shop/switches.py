"""What a visitor may let go wrong, network by network: each switch as a fault rule."""

from collections.abc import Mapping, Sequence
from typing import Any

_Rule = Mapping[str, Any]

# Names are also the keys of their texts. An empty mapping is no rule but a matter of federation.
RULES: Mapping[str, _Rule] = {
    "switchDown": {"effect": {"http": {"status": 503}}},
    "switchSlow": {"effect": {"latency": {"fixed": "PT3S"}}},
    "switchLocked": {
        "match": {"operation": "identityLookup"},
        "effect": {"error": {"reason": "ACCT_INACCESSIBLE"}},
    },
    "switchLostCode": {
        "match": {"operation": "initiateIdentityValidation"},
        "effect": {"otp": {"delivery": "lost"}},
    },
    "switchDistrust": {},
    "switchRisk": {
        "match": {"operation": "checkout"},
        "effect": {"error": {"reason": "RISK_DECISION"}},
    },
    "switchTampered": {
        "match": {"operation": "checkout"},
        "effect": {"tamper": {"artefact": "checkoutResponse", "how": "badSignature"}},
    },
}
DISTRUST = "switchDistrust"


class SwitchesRefused(ValueError):
    """There is no such switch, or no such network; the text says which."""


def read_switches(document: object, networks: Sequence[str]) -> dict[str, list[str]]:
    """Switch to the networks at which it is on, from a visitor; SwitchesRefused."""
    if not isinstance(document, dict):
        raise SwitchesRefused("Switches are an object: a list of networks for each name.")
    for name, chosen in document.items():
        if name not in RULES:
            raise SwitchesRefused(f"There is no switch {str(name)[:40]!r}.")
        if not isinstance(chosen, list) or any(one not in networks for one in chosen):
            raise SwitchesRefused(f"{name} takes a list of {', '.join(networks)}.")
    return {name: sorted(set(chosen)) for name, chosen in document.items() if chosen}


def fault_rules(switches: Mapping[str, Sequence[str]]) -> list[dict[str, Any]]:
    """The rules of all that is on."""
    return [
        {
            **RULES[name],
            "name": name,
            "match": {**RULES[name].get("match", {}), "network": list(networks)},
        }
        for name, networks in switches.items()
        if RULES[name]
    ]


def trusted_networks(
    switches: Mapping[str, Sequence[str]], networks: Sequence[str]
) -> dict[str, list[str]]:
    """Whose idTokens each network takes: one that distrusts, its own alone."""
    distrusting = switches.get(DISTRUST, ())
    return {name: [name] if name in distrusting else list(networks) for name in networks}
