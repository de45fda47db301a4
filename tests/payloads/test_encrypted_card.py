"""Opening encryptedCard: what is read, and every way of being refused (spec 5.7, 8.1)."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src_system.crypto import base64url, jwe
from src_system.crypto.keyring import Keyring
from src_system.crypto.rsa_keys import generate_private_key
from src_system.model.address import Address
from src_system.model.errors import (
    CardExpired,
    CorruptData,
    InvalidFormat,
    MissingMember,
    SrcError,
)
from src_system.networks import PROFILES
from src_system.payloads.encrypted_card import (
    ENCRYPTED_CARD_CHARACTERS_MAX,
    open_encrypted_card,
    read_card,
)
from tests.model.samples import NOW

NUMBER = "4111111111111111"
CARD = {
    "primaryAccountNumber": NUMBER,
    "panExpirationMonth": "12",
    "panExpirationYear": "2030",
    "cardSecurityCode": "123",
    "cardholderFullName": "Ana Lopez",
}


def sealed(key, document=None, *, kid="visa-enc", enc="A256GCM", **header):
    raw = document if isinstance(document, bytes) else json.dumps(document or CARD).encode()
    return jwe.seal(raw, key=key, enc=enc, header=({"kid": kid} if kid else {}) | header)


def opened(token, keyrings):
    return open_encrypted_card(token, keyring=keyrings["visa"], now=NOW)


def read(**changes):
    members = {name: value for name, value in {**CARD, **changes}.items() if value is not None}
    return read_card(members, now=NOW, source="encryptedCard")


@pytest.mark.parametrize("enc", ["A128GCM", "A256GCM"])
@pytest.mark.parametrize("network", PROFILES)
def test_every_network_opens_a_card_that_was_sealed_for_it(keys, keyrings, network, enc):
    token = sealed(keys[network, "enc"].public, kid=f"{network}-enc", enc=enc, iat=1)

    card = open_encrypted_card(token, keyring=keyrings[network], now=NOW)

    assert card.pan.digits == NUMBER
    assert (card.expiry.month, card.expiry.year) == ("12", "2030")
    assert (card.security_code, card.cardholder_full_name) == ("123", "Ana Lopez")
    assert card.billing_address is None


def test_without_a_kid_the_newest_key_in_use_opens_the_card(keys, keyrings):
    assert opened(sealed(keys["visa", "enc"].public, kid=None), keyrings).pan.digits == NUMBER


def test_a_retired_key_still_opens_what_was_sealed_for_it(keys):
    retired = replace(keys["visa", "enc"], retired_at=NOW - timedelta(days=3))
    keyring = Keyring([retired])

    token = sealed(retired.public)
    assert open_encrypted_card(token, keyring=keyring, now=NOW).pan.digits == NUMBER
    with pytest.raises(CorruptData, match="kid is not a key"):
        open_encrypted_card(sealed(retired.public, kid=None), keyring=keyring, now=NOW)


def broken(token, part):
    """*token* with the first character of one of its five parts changed."""
    parts = token.split(".")
    parts[part] = ("A" if parts[part][0] != "A" else "B") + parts[part][1:]
    return ".".join(parts)


def test_whatever_cannot_be_opened_is_corrupt_data(keys, keyrings):
    key = keys["visa", "enc"].public
    stranger = generate_private_key().public_key()
    good = sealed(key)
    head = base64url.encode(b'{"alg":"RSA-OAEP","enc":"A256GCM","kid":"visa-enc"}')
    cbc = base64url.encode(b'{"alg":"RSA-OAEP-256","enc":"A128CBC-HS256","kid":"visa-enc"}')
    rest = good.partition(".")[2]
    cases = {
        "nothing": "",
        "no JWE": "not.a.jwe",
        "another key": sealed(stranger),
        "an unknown kid": sealed(key, kid="nobody"),
        "a signature key's kid": sealed(keys["visa", "sig"].public, kid="visa-sig"),
        "another network's key": sealed(keys["amex", "enc"].public, kid="amex-enc"),
        "another algorithm": f"{head}.{rest}",
        "another encryption": f"{cbc}.{rest}",
        "compression": sealed(key, zip="DEF"),
        "no JSON": sealed(key, b"no json"),
        "a list": sealed(key, b"[]"),
        "a pit": sealed(key, b'{"a":' + b"[" * 5000),
        "too long": good + "A" * ENCRYPTED_CARD_CHARACTERS_MAX,
        **{f"part {part}": broken(good, part) for part in range(5)},
    }

    for name, token in cases.items():
        with pytest.raises(CorruptData) as refused:
            opened(token, keyrings)
        assert refused.value.source == "encryptedCard", name
        assert "4111" not in refused.value.message


@pytest.mark.parametrize(
    ("changes", "refusal", "member"),
    [
        ({"primaryAccountNumber": None}, MissingMember, "primaryAccountNumber"),
        ({"primaryAccountNumber": ""}, MissingMember, "primaryAccountNumber"),
        ({"primaryAccountNumber": "4111"}, InvalidFormat, "primaryAccountNumber"),
        ({"primaryAccountNumber": "4111111111111112"}, InvalidFormat, "primaryAccountNumber"),
        ({"primaryAccountNumber": True}, InvalidFormat, "primaryAccountNumber"),
        ({"primaryAccountNumber": [NUMBER]}, InvalidFormat, "primaryAccountNumber"),
        ({"primaryAccountNumber": 4.1e15}, InvalidFormat, "primaryAccountNumber"),
        ({"panExpirationMonth": None}, MissingMember, "panExpirationMonth"),
        ({"panExpirationMonth": "13"}, InvalidFormat, "panExpirationMonth"),
        ({"panExpirationYear": None}, MissingMember, "panExpirationYear"),
        ({"panExpirationYear": "203"}, InvalidFormat, "panExpirationYear"),
        (
            {"panExpirationMonth": "10", "panExpirationYear": "26"},
            CardExpired,
            "panExpirationYear",
        ),
        ({"cardSecurityCode": "12"}, InvalidFormat, "cardSecurityCode"),
        ({"cardSecurityCode": "12345"}, InvalidFormat, "cardSecurityCode"),
        ({"cardSecurityCode": "abc"}, InvalidFormat, "cardSecurityCode"),
        ({"cardholderFullName": "x" * 257}, InvalidFormat, "cardholderFullName"),
        ({"cardholderFullName": "a\x00b"}, InvalidFormat, "cardholderFullName"),
        ({"billingAddress": "1 Main Street"}, InvalidFormat, "billingAddress"),
        ({"billingAddress": {"line1": {}}}, InvalidFormat, "billingAddress.line1"),
    ],
)
def test_an_unusable_member_is_named_with_the_ciphertext_it_was_in(changes, refusal, member):
    with pytest.raises(refusal) as refused:
        read(**changes)

    assert refused.value.source == f"encryptedCard.{member}"


def test_numbers_are_read_like_texts_and_nothing_is_needed_beyond_number_and_expiry():
    card = read(
        primaryAccountNumber=int(NUMBER),
        panExpirationMonth=1,
        panExpirationYear=30,
        cardSecurityCode=None,
        cardholderFullName=None,
    )

    assert (card.pan.digits, card.expiry.month, card.expiry.year) == (NUMBER, "01", "2030")
    assert (card.security_code, card.cardholder_full_name) == (None, None)


def test_first_and_last_name_make_a_full_name_and_an_address_is_read():
    card = read(
        cardholderFullName=None,
        cardholderFirstName="Ana",
        cardholderLastName="Lopez",
        billingAddress={"line1": "1 Main Street", "countryCode": "US", "zip": 10011, "other": 1},
    )

    assert card.cardholder_full_name == "Ana Lopez"
    assert card.billing_address == Address(line1="1 Main Street", country_code="US", zip="10011")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
MEMBERS = st.sampled_from([*CARD, "cardholderFirstName", "cardholderLastName", "billingAddress"])


@given(st.dictionaries(MEMBERS, JSON))
def test_any_json_inside_is_a_card_or_a_refusal_that_names_a_member(changes):
    source = None
    try:
        assert read(**changes).pan.digits
    except SrcError as refusal:
        source = refusal.source or "nothing"

    assert source is None or source.startswith("encryptedCard.")


def test_a_plaintext_that_is_no_utf_8_is_corrupt_data(keys, keyrings):
    with pytest.raises(CorruptData):
        opened(sealed(keys["visa", "enc"].public, b'{"a": "\xff"}'), keyrings)


def test_a_security_code_has_ascii_digits():
    with pytest.raises(InvalidFormat):
        read(cardSecurityCode="١٢٣")
