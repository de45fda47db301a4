"""Keys of the four networks and of a client, made once."""

from datetime import UTC, datetime

import pytest

from src_system.crypto.keyring import Key, Keyring
from src_system.crypto.rsa_keys import generate_private_key
from src_system.networks import PROFILES

BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)


def made(kid, use):
    private = generate_private_key()
    return Key(kid, use, private, private.public_key(), BEGINNING, None)


@pytest.fixture(scope="session")
def keys():
    """The key of each network and use."""
    return {
        (network, use): made(f"{network}-{use}", use)
        for network in PROFILES
        for use in ("sig", "enc")
    }


@pytest.fixture(scope="session")
def keyrings(keys):
    return {network: Keyring([keys[network, "sig"], keys[network, "enc"]]) for network in PROFILES}


@pytest.fixture(scope="session")
def client_key():
    """The private key that payloads are encrypted to."""
    return generate_private_key()
