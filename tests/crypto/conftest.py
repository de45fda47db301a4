"""Keys for the tests of crypto: made once, since making one takes a twentieth of a second."""

import pytest

from src_system.crypto.rsa_keys import generate_private_key


@pytest.fixture(scope="session")
def private_key():
    return generate_private_key()


@pytest.fixture(scope="session")
def other_private_key():
    return generate_private_key()


@pytest.fixture(scope="session")
def public_key(private_key):
    return private_key.public_key()
