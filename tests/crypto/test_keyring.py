"""The keyring: which key signs, which are published, which opens, as time goes by."""

from datetime import UTC, datetime, timedelta

import pytest

from src_system.crypto.keyring import Key, Keyring
from src_system.crypto.rsa_keys import public_from_jwk

START = datetime(2026, 1, 1, tzinfo=UTC)
ROTATION = START + timedelta(days=30)
DAY = timedelta(days=1)
INSTANT = timedelta(microseconds=1)


@pytest.fixture
def make(private_key, public_key):
    def key(kid, use="sig", active_from=START, retired_at=None):
        return Key(kid, use, private_key, public_key, active_from, retired_at)

    return key


@pytest.fixture
def rotated(make):
    """A signature key in its last month, its successor, and an encryption key."""
    return Keyring(
        [
            make("new", active_from=ROTATION - DAY),
            make("old", retired_at=ROTATION),
            make("box", use="enc"),
        ]
    )


def kid_of(key):
    return None if key is None else key.kid


def published(keyring, now):
    return {jwk["kid"] for jwk in keyring.jwks(now)["keys"]}


def test_the_successor_signs_from_the_instant_its_predecessor_retires(rotated):
    assert rotated.signing(ROTATION - INSTANT).kid == "old"
    assert rotated.signing(ROTATION).kid == "new"


def test_both_signature_keys_are_published_while_they_overlap(rotated):
    assert published(rotated, ROTATION - INSTANT) == {"old", "new", "box"}


def test_a_retired_key_stays_published_for_24_hours(rotated):
    assert published(rotated, ROTATION + DAY - INSTANT) == {"old", "new", "box"}
    assert published(rotated, ROTATION + DAY) == {"new", "box"}


def test_whatever_signs_is_published_even_before_the_first_day(rotated):
    for now in (START - 9_000 * DAY, START, ROTATION, ROTATION + 9_000 * DAY):
        assert rotated.signing(now).kid in published(rotated, now)


def test_the_published_key_set_has_the_facts_of_each_use_and_no_private_member(rotated, public_key):
    keys = {jwk["kid"]: jwk for jwk in rotated.jwks(START)["keys"]}
    assert (keys["old"]["alg"], keys["old"]["key_ops"]) == ("RS256", ["verify"])
    assert (keys["box"]["alg"], keys["box"]["key_ops"]) == (
        "RSA-OAEP-256",
        ["wrapKey", "encrypt"],
    )
    for jwk in keys.values():
        assert set(jwk) == {"kty", "e", "n", "use", "kid", "key_ops", "alg"}
        assert public_from_jwk(jwk) == public_key


def test_a_key_is_found_by_its_kid_or_not_at_all(rotated):
    assert kid_of(rotated.by_kid("old")) == "old"
    assert kid_of(rotated.by_kid("box")) == "box"
    assert rotated.by_kid("nobody") is None


def test_only_encryption_keys_open(rotated):
    assert kid_of(rotated.decryption("box")) == "box"
    assert rotated.decryption("old") is None
    assert rotated.decryption("nobody") is None


def test_a_retired_encryption_key_still_opens_what_names_it(make):
    keyring = Keyring([make("gone", use="enc", retired_at=ROTATION), make("box", use="enc")])
    assert kid_of(keyring.decryption("gone")) == "gone"


def test_without_a_kid_the_newest_encryption_key_in_use_opens(make):
    keyring = Keyring(
        [
            make("second", use="enc", active_from=START + DAY),
            make("first", use="enc"),
            make("gone", use="enc", active_from=START + 2 * DAY, retired_at=ROTATION),
        ]
    )
    assert kid_of(keyring.decryption(None)) == "second"
    assert Keyring([make("sig")]).decryption(None) is None


def test_the_repr_of_a_key_shows_no_key_object(make):
    text = repr(make("k1"))
    assert "k1" in text
    assert "RSA" not in text and "object at" not in text


def test_when_every_signature_key_is_retired_the_last_one_signs_on(make):
    keyring = Keyring(
        [make("old", retired_at=START), make("new", active_from=START + DAY, retired_at=ROTATION)]
    )
    assert keyring.signing(ROTATION + DAY).kid == "new"
