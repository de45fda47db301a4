"""Scenes worth showing, a link each: a market, and what goes wrong in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Scene:
    """`switches` are the networks' (RULES), `page` those that the page keeps for itself."""

    market: str
    switches: Mapping[str, Sequence[str]] = field(default_factory=dict)
    page: Sequence[str] = ()


# Names are the keys of their texts.
SCENES: Mapping[str, Scene] = {
    "sceneCalm": Scene("US"),
    "sceneGulf": Scene("KW"),
    "sceneDistrust": Scene("AE", {"switchDistrust": ["discover"]}),
    "sceneOutage": Scene("GB", {"switchDown": ["visa"], "switchSlow": ["amex"]}),
    "sceneChallenge": Scene("SA", page=("switchChallenge",)),
    "sceneForged": Scene("BR", {"switchTampered": ["visa", "mastercard", "amex", "discover"]}),
}
