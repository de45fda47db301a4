"""Who shops: one invented person per market, known at every network, with one card gone stale."""

from typing import Any

from src_system.fixtures.personas import Persona, PersonaCard, fixture_of
from src_system.networks import PROFILES

# In Latin letters, as names stand on cards.
_NAMES = {
    "US": ("Maya", "Brooks"),
    "AU": ("Ruby", "Whitlam"),
    "BR": ("Joana", "Duarte"),
    "CA": ("Luc", "Tremblay"),
    "HK": ("Mei", "Lau"),
    "IE": ("Aoife", "Brennan"),
    "KW": ("Noor", "Mutairi"),
    "MY": ("Aisyah", "Rahman"),
    "MX": ("Ximena", "Robles"),
    "NZ": ("Tane", "Parata"),
    "QA": ("Hamad", "Kuwari"),
    "SA": ("Sara", "Otaibi"),
    "SG": ("Wen", "Tan"),
    "AE": ("Khalid", "Suwaidi"),
    "GB": ("Gareth", "Pritchard"),
}
# Of python-stdnum's own examples; whoever saves a first card in these markets is asked for one.
NATIONAL_IDENTIFIERS = {"BR": "390.533.447-05", "MX": "BOXW310820HNERXN09"}


def shopper_of(market: str) -> dict[str, Any]:
    """The fixtures' entry of the market's person."""
    cards = (*(PersonaCard(network) for network in PROFILES), PersonaCard("mastercard", "EXPIRED"))
    first_name, last_name = _NAMES[market]
    name = f"{first_name} {last_name}"
    person = fixture_of(Persona(first_name.lower(), market, cards))
    return {
        **person,
        "firstName": first_name,
        "lastName": last_name,
        "fullName": name,
        "cards": [{**card, "cardholderFullName": name} for card in person["cards"]],
        "shippingAddresses": [{**one, "name": name} for one in person["shippingAddresses"]],
    }
