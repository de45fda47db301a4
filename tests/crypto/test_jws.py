"""JWS: RS256 and nothing else, checked against RFC 7515 and two libraries we did not write."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc import jws as joserfc_jws
from joserfc.jwk import OctKey, RSAKey
from jwcrypto import jwk as jwcrypto_jwk
from jwcrypto import jws as jwcrypto_jws

from src_system.crypto import jws
from src_system.crypto.rsa_keys import private_from_jwk, private_to_der, public_from_jwk

LENGTH_MAX = 65_536
NO_KEY: Any = None  # whoever uses it fails
RFC_7515_A2 = json.loads((Path(__file__).parent / "vectors" / "rfc7515_a2.json").read_text())
shared_keys = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def compact(header, payload=b"{}", signature=b"s"):
    raw = header if isinstance(header, bytes) else json.dumps(header).encode()
    return ".".join(
        base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in (raw, payload, signature)
    )


def refusal(token, max_length=LENGTH_MAX):
    with pytest.raises(jws.JwsRefused) as caught:
        jws.parse(token, max_length=max_length)
    return str(caught.value)


def test_the_example_of_rfc_7515_a2_verifies():
    verified = jws.verify(
        jws.parse(RFC_7515_A2["token"], max_length=LENGTH_MAX), public_from_jwk(RFC_7515_A2["jwk"])
    )
    assert verified.header == {"alg": "RS256"}
    assert verified.payload == RFC_7515_A2["payload"].encode()


def test_signing_the_example_of_rfc_7515_a2_gives_its_very_token():
    key = private_from_jwk(RFC_7515_A2["jwk"])
    assert jws.sign(RFC_7515_A2["payload"].encode(), key=key, header={}) == RFC_7515_A2["token"]


def test_joserfc_and_jwcrypto_verify_what_we_sign(private_key):
    token = jws.sign(b"payload", key=private_key, header={"kid": "k1", "typ": "JOSE"})
    der = private_to_der(private_key)
    assert joserfc_jws.deserialize_compact(token, RSAKey.import_key(der)).payload == b"payload"
    theirs = jwcrypto_jws.JWS()
    theirs.deserialize(token, jwcrypto_jwk.JWK.from_pyca(private_key.public_key()), alg="RS256")
    assert theirs.payload == b"payload"


def test_we_verify_what_joserfc_and_jwcrypto_sign(private_key, public_key):
    key = RSAKey.import_key(private_to_der(private_key))
    by_joserfc = joserfc_jws.serialize_compact({"alg": "RS256"}, b"payload", key)
    theirs = jwcrypto_jws.JWS(b"payload")
    theirs.add_signature(
        jwcrypto_jwk.JWK.from_pyca(private_key), protected=json.dumps({"alg": "RS256"})
    )
    for token in (by_joserfc, theirs.serialize(compact=True)):
        verified = jws.verify(jws.parse(token, max_length=LENGTH_MAX), public_key)
        assert verified.payload == b"payload"


def test_the_header_says_rs256_whatever_the_caller_asked(private_key):
    token = jws.sign(b"", key=private_key, header={"kid": "k1", "alg": "none", "iat": 1})
    header = jws.parse(token, max_length=LENGTH_MAX).header
    assert header == {"alg": "RS256", "kid": "k1", "iat": 1}


def test_a_signature_is_the_same_each_time(private_key):
    first, second = (jws.sign(b"x", key=private_key, header={"kid": "k"}) for _ in range(2))
    assert first == second


@pytest.mark.parametrize(
    "algorithm", ["none", "None", "HS256", "RS384", "RS512", "PS256", "ES256", "rs256", 5, None]
)
def test_an_algorithm_other_than_rs256_is_refused_before_a_key_is_touched(algorithm):
    unverified = jws.parse(compact({"alg": algorithm}), max_length=LENGTH_MAX)
    with pytest.raises(jws.JwsRefused, match="Only RS256"):
        jws.verify(unverified, NO_KEY)


def test_the_public_key_used_as_an_hmac_secret_gets_nowhere(public_key):
    der = public_key.public_numbers().n.to_bytes(256, "big")
    token = joserfc_jws.serialize_compact({"alg": "HS256"}, b"{}", OctKey.import_key(der))
    with pytest.raises(jws.JwsRefused):
        jws.verify(jws.parse(token, max_length=LENGTH_MAX), public_key)


def test_a_header_without_an_algorithm_is_refused(public_key):
    with pytest.raises(jws.JwsRefused):
        jws.verify(jws.parse(compact({"kid": "k"}), max_length=LENGTH_MAX), public_key)


def test_another_key_does_not_verify(private_key, other_private_key):
    token = jws.sign(b"x", key=private_key, header={})
    with pytest.raises(jws.JwsRefused, match="signature"):
        jws.verify(jws.parse(token, max_length=LENGTH_MAX), other_private_key.public_key())


@pytest.mark.parametrize(
    "token",
    [
        "",
        "a.b",
        "a.b.c.d",
        "..",
        "é.e30.c2ln",
        compact({"alg": "RS256"}) + "=",
        compact({"alg": "RS256"}) + "\n",
        " " + compact({"alg": "RS256"}),
        "+/+/.e30.c2ln",
        "A.e30.c2ln",
        compact(b"[1]"),
        compact(b'"RS256"'),
        compact(b"not json"),
        compact(b"\xff\xfe"),
        compact(b'{"alg":' + b"[" * 20_000 + b"]" * 20_000 + b"}"),
    ],
)
def test_what_is_no_compact_jws_is_refused_in_one_line(token):
    assert "\n" not in refusal(token)


def test_an_overlong_token_is_refused_before_it_is_read():
    token = compact({"alg": "RS256"})
    assert jws.parse(token, max_length=len(token)).header == {"alg": "RS256"}
    assert "too long" in refusal(token, max_length=len(token) - 1)


@pytest.mark.parametrize("extension", [{"crit": ["exp"]}, {"crit": []}, {"b64": False}])
def test_critical_extensions_are_refused(extension):
    assert "extensions" in refusal(compact({"alg": "RS256"} | extension))


def test_a_signature_has_one_spelling_only(private_key):
    token = jws.sign(b"x", key=private_key, header={})
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    sibling = token[:-1] + alphabet[alphabet.index(token[-1]) + 1]
    assert refusal(sibling) == "The token is not a compact JWS."


@shared_keys
@given(payload=st.binary(max_size=300), kid=st.text(max_size=20))
def test_what_is_signed_verifies_and_comes_back(private_key, public_key, payload, kid):
    token = jws.sign(payload, key=private_key, header={"kid": kid})
    verified = jws.verify(jws.parse(token, max_length=LENGTH_MAX), public_key)
    assert (verified.payload, verified.header["kid"]) == (payload, kid)


@shared_keys
@given(data=st.data())
def test_a_token_with_any_character_changed_is_refused(private_key, public_key, data):
    token = jws.sign(b'{"sub":"abc"}', key=private_key, header={"kid": "k1"})
    place = data.draw(st.integers(0, len(token) - 1))
    character = data.draw(st.characters(max_codepoint=127).filter(lambda c: c != token[place]))
    tampered = token[:place] + character + token[place + 1 :]
    with pytest.raises(jws.JwsRefused):
        jws.verify(jws.parse(tampered, max_length=LENGTH_MAX), public_key)


@given(st.text(alphabet=st.characters(max_codepoint=300), max_size=80))
def test_arbitrary_text_is_read_or_refused_and_nothing_else(text):
    try:
        unverified = jws.parse(text, max_length=LENGTH_MAX)
    except jws.JwsRefused:
        return
    assert isinstance(unverified.header, dict)
