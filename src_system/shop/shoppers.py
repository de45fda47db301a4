"""Who shops: one invented person per market, known at every network, with one card gone stale."""

from typing import Any

from src_system.fixtures.personas import Persona, PersonaCard, fixture_of
from src_system.networks import PROFILES

_HANDLES = {
    "US": "maya",
    "AU": "ruby",
    "BR": "joana",
    "CA": "luc",
    "HK": "mei",
    "IE": "aoife",
    "KW": "noor",
    "MY": "aisyah",
    "MX": "ximena",
    "NZ": "tane",
    "QA": "hamad",
    "SA": "sara",
    "SG": "wen",
    "AE": "khalid",
    "GB": "gareth",
}
# Of python-stdnum's own examples; whoever saves a first card in these markets is asked for one.
NATIONAL_IDENTIFIERS = {"BR": "390.533.447-05", "MX": "BOXW310820HNERXN09"}


def shopper_of(market: str) -> dict[str, Any]:
    """The fixtures' entry of the market's person."""
    cards = (*(PersonaCard(network) for network in PROFILES), PersonaCard("mastercard", "EXPIRED"))
    return fixture_of(Persona(_HANDLES[market], market, cards))
