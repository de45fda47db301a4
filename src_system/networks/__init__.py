"""What differs between the networks and between the markets, as data."""

from src_system.networks.amex import AMEX
from src_system.networks.discover import DISCOVER
from src_system.networks.mastercard import MASTERCARD
from src_system.networks.profile import NetworkProfile
from src_system.networks.visa import VISA

PROFILES: dict[str, NetworkProfile] = {
    profile.name: profile for profile in (VISA, MASTERCARD, AMEX, DISCOVER)
}
