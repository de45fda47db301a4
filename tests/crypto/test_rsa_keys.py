"""RSA keys: through JWK, DER and certificates and back; weak or malformed ones are refused."""

import base64
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given
from hypothesis import strategies as st
from jwcrypto import jwk as jwcrypto_jwk

from src_system.crypto import rsa_keys

NOT_BEFORE = datetime(2026, 1, 1, tzinfo=UTC)
NOT_AFTER = datetime(2027, 1, 1, tzinfo=UTC)
SHORT_BITS = 1024
FACTS: dict[str, Any] = {
    "kid": "k1",
    "use": "enc",
    "alg": "RSA-OAEP-256",
    "key_ops": ("wrapKey", "encrypt"),
}


def b64_of(number):
    raw = number.to_bytes(max(1, (number.bit_length() + 7) // 8), "big")
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def refusal(function, *arguments):
    with pytest.raises(rsa_keys.KeyRefused) as caught:
        function(*arguments)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def certificate_of(key):
    name = x509.Name([])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOT_BEFORE)
        .not_valid_after(NOT_AFTER)
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.PEM)
        .decode()
    )


def test_a_public_jwk_has_the_members_of_the_spec_and_no_private_ones(public_key):
    jwk = rsa_keys.public_jwk(public_key, **FACTS)
    assert set(jwk) == {"kty", "e", "n", "use", "kid", "key_ops", "alg"}
    assert (jwk["kty"], jwk["e"], jwk["key_ops"]) == ("RSA", "AQAB", ["wrapKey", "encrypt"])


def test_a_public_jwk_gives_its_key_back_and_jwcrypto_reads_the_same_key(public_key):
    jwk = rsa_keys.public_jwk(public_key, **FACTS)
    assert rsa_keys.public_from_jwk(jwk) == public_key
    theirs = jwcrypto_jwk.JWK(**jwk).get_op_key("encrypt")
    assert theirs.public_numbers() == public_key.public_numbers()


def test_a_private_jwk_gives_its_key_back_and_jwcrypto_reads_the_same_key(private_key):
    jwk = rsa_keys.private_jwk(private_key, **FACTS)
    assert rsa_keys.private_from_jwk(jwk).private_numbers() == private_key.private_numbers()
    theirs = jwcrypto_jwk.JWK(**{**jwk, "key_ops": ["unwrapKey", "decrypt"]}).get_op_key("decrypt")
    assert theirs.private_numbers() == private_key.private_numbers()


def test_a_private_key_goes_through_der_and_back(private_key):
    der = rsa_keys.private_to_der(private_key)
    assert rsa_keys.private_from_der(der).private_numbers() == private_key.private_numbers()


def test_der_that_is_no_rsa_key_is_refused(private_key):
    elliptic = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    assert "not an RSA key" in refusal(rsa_keys.private_from_der, elliptic)
    assert "PKCS #8" in refusal(rsa_keys.private_from_der, b"no key")
    assert "PKCS #8" in refusal(
        rsa_keys.private_from_der, rsa_keys.private_to_der(private_key)[:-9]
    )


def test_a_key_of_fewer_than_2048_bits_is_neither_made_nor_read():
    assert "2048" in refusal(rsa_keys.generate_private_key, SHORT_BITS)
    short = rsa.generate_private_key(65_537, SHORT_BITS)
    public = rsa_keys.public_jwk(short.public_key(), **FACTS)
    assert "1024 bits" in refusal(rsa_keys.public_from_jwk, public)
    private = rsa_keys.private_jwk(short, **FACTS)
    assert "1024 bits" in refusal(rsa_keys.private_from_jwk, private)
    assert "1024 bits" in refusal(rsa_keys.public_from_pem_certificate, certificate_of(short))


@pytest.mark.parametrize(
    "exponent", [0, 1, 2, 3, 17, 65_535, 65_536, 65_538, 2**64 + 1, 2**300 + 1]
)
def test_a_small_even_or_huge_exponent_is_refused(public_key, exponent):
    jwk = rsa_keys.public_jwk(public_key, **FACTS) | {"e": b64_of(exponent)}
    assert "exponent" in refusal(rsa_keys.public_from_jwk, jwk)


def test_an_even_or_enormous_modulus_is_refused(public_key):
    jwk = rsa_keys.public_jwk(public_key, **FACTS)
    assert "even" in refusal(rsa_keys.public_from_jwk, jwk | {"n": b64_of(2**2047)})
    assert "at most" in refusal(rsa_keys.public_from_jwk, jwk | {"n": b64_of(2**9000 + 1)})


@pytest.mark.parametrize(
    "change",
    [
        {"kty": "EC"},
        {"kty": "oct"},
        {"kty": None},
        {"n": None},
        {"n": 5},
        {"n": ""},
        {"n": "!!!!"},
        {"n": "é"},
        {"n": ["AQAB"]},
        {"e": None},
        {"e": "AQ AB"},
    ],
)
def test_a_malformed_public_jwk_is_refused(public_key, change):
    assert refusal(rsa_keys.public_from_jwk, rsa_keys.public_jwk(public_key, **FACTS) | change)


def test_characters_outside_base64url_are_not_skipped_over(public_key):
    jwk = rsa_keys.public_jwk(public_key, **FACTS)
    text = str(jwk["n"])
    assert refusal(rsa_keys.public_from_jwk, jwk | {"n": text[:9] + "\n!" + text[9:]})


@pytest.mark.parametrize("member", ["kty", "n", "e", "d", "p", "q", "dp", "dq", "qi"])
def test_a_private_jwk_without_one_of_its_members_is_refused(private_key, member):
    jwk = rsa_keys.private_jwk(private_key, **FACTS)
    del jwk[member]
    assert refusal(rsa_keys.private_from_jwk, jwk)


def test_a_private_jwk_whose_primes_do_not_fit_is_refused(private_key, other_private_key):
    jwk = rsa_keys.private_jwk(private_key, **FACTS)
    foreign = rsa_keys.private_jwk(other_private_key, **FACTS)
    assert refusal(rsa_keys.private_from_jwk, jwk | {"p": foreign["p"]})


@given(
    st.dictionaries(
        st.sampled_from(["kty", "n", "e"]),
        st.one_of(st.just("RSA"), st.text(), st.integers(), st.none(), st.lists(st.text())),
    )
)
def test_an_arbitrary_jwk_is_refused_and_nothing_worse(jwk):
    assert refusal(rsa_keys.public_from_jwk, jwk)


def test_a_certificate_gives_key_serial_subject_and_end(private_key, public_key):
    pem = rsa_keys.self_signed_certificate(
        private_key, common_name="shop.test", not_before=NOT_BEFORE, not_after=NOT_AFTER
    )
    read = rsa_keys.public_from_pem_certificate(pem)
    assert read.public == public_key
    assert (read.subject, read.not_after) == ("CN=shop.test", NOT_AFTER)
    assert int(read.serial_number, 16) == x509.load_pem_x509_certificate(pem.encode()).serial_number


@pytest.mark.parametrize(
    "pem", ["", "nonsense", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"]
)
def test_what_is_no_certificate_is_refused(pem):
    assert "PEM" in refusal(rsa_keys.public_from_pem_certificate, pem)


def test_a_certificate_of_another_kind_of_key_is_refused():
    pem = certificate_of(ec.generate_private_key(ec.SECP256R1()))
    assert "not an RSA key" in refusal(rsa_keys.public_from_pem_certificate, pem)


def test_the_fingerprint_is_the_sha_256_of_the_public_key_info(public_key, other_private_key):
    digest = hashes.Hash(hashes.SHA256())
    digest.update(
        public_key.public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )
    assert rsa_keys.fingerprint(public_key) == digest.finalize().hex()
    assert rsa_keys.fingerprint(other_private_key.public_key()) != rsa_keys.fingerprint(public_key)
