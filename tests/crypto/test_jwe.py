"""JWE: RSA-OAEP-256 with AES-GCM, checked in both directions against two independent libraries."""

import base64
import json
import os
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc import jwe as joserfc_jwe
from joserfc.jwk import RSAKey
from jwcrypto import jwe as jwcrypto_jwe
from jwcrypto import jwk as jwcrypto_jwk

from src_system.crypto import jwe
from src_system.crypto.rsa_keys import private_to_der

LENGTH_MAX = 65_536
NO_KEY: Any = None  # whoever uses it fails
BOTH = ("A128GCM", "A256GCM")
CANNOT_OPEN = "The JWE cannot be opened."
OAEP_256 = padding.OAEP(mgf=padding.MGF1(hashes.SHA256()), algorithm=hashes.SHA256(), label=None)
SHA1 = hashes.SHA1()  # noqa: S303  what RSA-OAEP means, and what we must refuse
OAEP_SHA1 = padding.OAEP(mgf=padding.MGF1(SHA1), algorithm=SHA1, label=None)
shared_keys = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def b64(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unpadded(part):
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def open_token(token, key, enc_allowed=BOTH):
    return jwe.open_jwe(jwe.parse(token, max_length=LENGTH_MAX), key, enc_allowed=enc_allowed)


def foreign(public_key, *, header=None, content_key=None, iv_bytes=12, oaep=OAEP_256):
    """A JWE of b"card" put together by hand, so that every part can be wrong."""
    header = header or {"alg": "RSA-OAEP-256", "enc": "A256GCM"}
    content_key = content_key or os.urandom(32)
    protected, iv = b64(json.dumps(header).encode()), os.urandom(iv_bytes)
    sealed = AESGCM(content_key).encrypt(iv, b"card", protected.encode())
    wrapped = public_key.encrypt(content_key, oaep)
    return ".".join((protected, *map(b64, (wrapped, iv, sealed[:-16], sealed[-16:]))))


@pytest.mark.parametrize("enc", BOTH)
def test_joserfc_and_jwcrypto_open_what_we_seal(private_key, public_key, enc):
    token = jwe.seal(b"plaintext", key=public_key, enc=enc, header={"kid": "k1"})
    key = RSAKey.import_key(private_to_der(private_key))
    opened = joserfc_jwe.decrypt_compact(token, key, algorithms=["RSA-OAEP-256", enc])
    assert opened.plaintext == b"plaintext"
    theirs = jwcrypto_jwe.JWE(algs=["RSA-OAEP-256", enc])
    theirs.deserialize(token, jwcrypto_jwk.JWK.from_pyca(private_key))
    assert theirs.payload == b"plaintext"


@pytest.mark.parametrize("enc", BOTH)
def test_we_open_what_joserfc_and_jwcrypto_seal(private_key, public_key, enc):
    header = {"alg": "RSA-OAEP-256", "enc": enc, "kid": "k1", "typ": "JOSE"}
    key = RSAKey.import_key(private_to_der(private_key))
    by_joserfc = joserfc_jwe.encrypt_compact(
        header, b"plaintext", key, algorithms=["RSA-OAEP-256", enc]
    )
    theirs = jwcrypto_jwe.JWE(b"plaintext", protected=json.dumps(header))
    theirs.add_recipient(jwcrypto_jwk.JWK.from_pyca(public_key))
    for token in (by_joserfc, theirs.serialize(compact=True)):
        assert open_token(token, private_key) == b"plaintext"


def test_the_header_begins_with_alg_enc_and_kid(public_key):
    token = jwe.seal(
        b"",
        key=public_key,
        enc="A256GCM",
        header={"typ": "JOSE", "enc": "A128GCM", "iat": 1, "alg": "dir", "kid": "k1"},
    )
    assert unpadded(token.split(".")[0]) == (
        b'{"alg":"RSA-OAEP-256","enc":"A256GCM","kid":"k1","typ":"JOSE","iat":1}'
    )


def test_iv_and_tag_have_the_lengths_of_rfc_7518_and_are_fresh_each_time(public_key):
    first, second = (
        jwe.seal(b"x", key=public_key, enc="A128GCM", header={}).split(".") for _ in range(2)
    )
    assert [len(unpadded(part)) for part in first[1:]] == [256, 12, 1, 16]
    assert all(first[part] != second[part] for part in (1, 2, 4))


def test_sealing_knows_two_content_encryptions_only(public_key):
    with pytest.raises(ValueError, match="A128CBC-HS256"):
        jwe.seal(b"x", key=public_key, enc="A128CBC-HS256", header={})


@pytest.mark.parametrize("algorithm", ["RSA1_5", "RSA-OAEP", "RSA-OAEP-512", "dir", "A256KW", None])
def test_another_key_encryption_is_refused_before_a_key_is_touched(public_key, algorithm):
    token = foreign(public_key, header={"alg": algorithm, "enc": "A256GCM"})
    with pytest.raises(jwe.JweRefused, match="Only RSA-OAEP-256"):
        open_token(token, NO_KEY)


@pytest.mark.parametrize("enc", ["A192GCM", "A128CBC-HS256", "A256CBC-HS512", "", 7, None, []])
def test_another_content_encryption_is_refused_before_a_key_is_touched(public_key, enc):
    token = foreign(public_key, header={"alg": "RSA-OAEP-256", "enc": enc})
    with pytest.raises(jwe.JweRefused, match="A128GCM"):
        open_token(token, NO_KEY, enc_allowed=(*BOTH, "A192GCM", "A128CBC-HS256"))


def test_a_content_encryption_that_the_caller_does_not_allow_is_refused(private_key, public_key):
    token = foreign(public_key)
    assert open_token(token, private_key, enc_allowed=["A256GCM"]) == b"card"
    with pytest.raises(jwe.JweRefused):
        open_token(token, private_key, enc_allowed=["A128GCM"])


@pytest.mark.parametrize("extension", [{"zip": "DEF"}, {"crit": ["exp"]}])
def test_compression_and_critical_extensions_are_refused(public_key, extension):
    header = {"alg": "RSA-OAEP-256", "enc": "A256GCM"} | extension
    with pytest.raises(jwe.JweRefused, match="not supported"):
        jwe.parse(foreign(public_key, header=header), max_length=LENGTH_MAX)


def test_whatever_fails_in_decryption_gives_one_and_the_same_message(
    private_key, other_private_key, public_key
):
    good = foreign(public_key).split(".")
    flipped = b64(bytes([unpadded(good[4])[0] ^ 1]) + unpadded(good[4])[1:])
    broken = [
        foreign(other_private_key.public_key()),
        foreign(public_key, oaep=OAEP_SHA1),
        foreign(public_key, content_key=os.urandom(16)),
        foreign(public_key, iv_bytes=13),
        ".".join([good[0], "", *good[2:]]),
        ".".join([good[0], b64(b"short"), *good[2:]]),
        ".".join([good[0], b64(b"\xff" * 256), *good[2:]]),
        ".".join([*good[:2], "", *good[3:]]),
        ".".join([*good[:4], flipped]),
        ".".join([*good[:4], b64(unpadded(good[4])[:12])]),
    ]
    for token in broken:
        with pytest.raises(jwe.JweRefused) as caught:
            open_token(token, private_key)
        assert str(caught.value) == CANNOT_OPEN


def test_a_sixteen_byte_iv_as_real_clients_send_it_is_read(private_key, public_key):
    assert open_token(foreign(public_key, iv_bytes=16), private_key) == b"card"


def test_mixed_alphabets_and_padding_are_read_in_every_part(private_key, public_key):
    token = jwe.seal(
        os.urandom(5_000), key=public_key, enc="A256GCM", header={"kid": "\u00ff\u00fe?>~~~"}
    )
    header, *rest = token.split(".")
    rest = [part.replace("_", "/").replace("-", "+") + "=" * (-len(part) % 4) for part in rest]
    assert "/" in "".join(rest) and "+" in "".join(rest) and "=" in "".join(rest)
    mended = open_token(token, private_key)
    assert open_token(".".join([header, *rest]), private_key) == mended


@pytest.mark.parametrize("is_padded", [True, False])
def test_the_additional_data_is_the_header_part_as_received(private_key, public_key, is_padded):
    raw = json.dumps({"alg": "RSA-OAEP-256", "enc": "A256GCM", "kid": "~~~???>>>"}).encode()
    protected = base64.b64encode(raw + b" " * (1 + -len(raw) % 3)).decode()
    assert protected.endswith("==")
    protected = protected if is_padded else protected.rstrip("=")
    content_key, iv = os.urandom(32), os.urandom(12)
    sealed = AESGCM(content_key).encrypt(iv, b"card", protected.encode())
    wrapped = public_key.encrypt(content_key, OAEP_256)
    token = ".".join((protected, *map(b64, (wrapped, iv, sealed[:-16], sealed[-16:]))))
    assert open_token(token, private_key) == b"card"
    with pytest.raises(jwe.JweRefused):
        open_token(
            token.replace("=", "") if is_padded else token.replace(".", "=.", 1), private_key
        )


@pytest.mark.parametrize(
    "token",
    [
        "",
        "....",
        "a.b.c.d",
        "a.b.c.d.e.f",
        "é.AAAA.AAAA.AAAA.AAAA",
        "e30\n.AAAA.AAAA.AAAA.AAAA",
        "e30.A.AAAA.AAAA.AAAA",
        b64(b"[]") + ".AAAA.AAAA.AAAA.AAAA",
        b64(b"nonsense") + ".AAAA.AAAA.AAAA.AAAA",
        b64(b'{"alg":' + b"[" * 20_000 + b"]" * 20_000 + b"}") + ".AAAA.AAAA.AAAA.AAAA",
    ],
)
def test_what_is_no_compact_jwe_is_refused_in_one_line(token):
    with pytest.raises(jwe.JweRefused) as caught:
        jwe.parse(token, max_length=LENGTH_MAX)
    assert "\n" not in str(caught.value)


def test_a_part_has_one_spelling_only_in_each_alphabet(public_key):
    token = foreign(public_key)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    sibling = token[:-1] + alphabet[alphabet.index(token[-1]) + 1]
    with pytest.raises(jwe.JweRefused, match="not a compact JWE"):
        jwe.parse(sibling, max_length=LENGTH_MAX)


def test_an_overlong_token_is_refused_before_it_is_read(public_key):
    token = foreign(public_key)
    with pytest.raises(jwe.JweRefused, match="too long"):
        jwe.parse(token, max_length=len(token) - 1)
    assert jwe.parse(token, max_length=len(token)).header["enc"] == "A256GCM"


@shared_keys
@given(plaintext=st.binary(max_size=400), enc=st.sampled_from(BOTH), kid=st.text(max_size=20))
def test_what_is_sealed_opens_again(private_key, public_key, plaintext, enc, kid):
    token = jwe.seal(plaintext, key=public_key, enc=enc, header={"kid": kid})
    unopened = jwe.parse(token, max_length=LENGTH_MAX)
    assert unopened.header["kid"] == kid
    assert jwe.open_jwe(unopened, private_key, enc_allowed=[enc]) == plaintext


@shared_keys
@given(data=st.data())
def test_a_token_with_any_character_changed_is_refused(private_key, public_key, data):
    token = jwe.seal(b"card", key=public_key, enc="A256GCM", header={"kid": "k1"})
    place = data.draw(st.integers(0, len(token) - 1))
    # Outside the header the two alphabets say the same, so swapping them changes nothing.
    same = {"-": "+", "_": "/"}.get(token[place]) if place > token.index(".") else None
    character = data.draw(
        st.characters(max_codepoint=127).filter(lambda c: c not in {token[place], same})
    )
    with pytest.raises(jwe.JweRefused):
        open_token(token[:place] + character + token[place + 1 :], private_key)


@given(st.text(alphabet=st.characters(max_codepoint=300), max_size=80))
def test_arbitrary_text_is_read_or_refused_and_nothing_else(text):
    try:
        unopened = jwe.parse(text, max_length=LENGTH_MAX)
    except jwe.JweRefused:
        return
    assert isinstance(unopened.header, dict)
