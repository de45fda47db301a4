"""The client's own encryption, opened by hand: it has to be right before it may accuse a server."""

import base64
import json

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from jwcrypto.jwe import JWE  # type: ignore[import-untyped, unused-ignore]
from jwcrypto.jwk import JWK  # type: ignore[import-untyped, unused-ignore]

from .careless_sealing import seal_carelessly
from .exchange import Json
from .shopper import card


@pytest.fixture(scope="module")
def recipient() -> JWK:
    """The private half of a key for cards."""
    return JWK.generate(kty="RSA", size=2048, kid="1-src-fpan-encryption", use="enc")


def published(recipient: JWK) -> Json:
    """The public half as networks publish it."""
    return {**recipient.export_public(as_dict=True), "key_ops": ["wrapKey", "encrypt"]}


def open_by_hand(compact: str, private: RSAPrivateKey) -> tuple[bytes, Json]:
    """IV and clear text of a compact JWE in either alphabet."""
    protected, *parts = compact.split(".")
    wrapped, iv, ciphertext, tag = (
        base64.b64decode(part.replace("-", "+").replace("_", "/") + "===") for part in parts
    )
    cek = private.decrypt(
        wrapped, padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
    )
    clear = AESGCM(cek).decrypt(iv, ciphertext + tag, protected.encode("ascii"))
    return iv, json.loads(clear)


@pytest.mark.parametrize("content_encryption", ["A128GCM", "A256GCM"])
def test_a_carelessly_sealed_card_opens_with_its_long_iv(
    recipient: JWK, content_encryption: str
) -> None:
    compact = seal_carelessly(card("mastercard"), published(recipient), content_encryption)
    assert "/" in compact.split(".")[3]
    assert "+" not in compact
    iv, clear = open_by_hand(compact, recipient.get_op_key("unwrapKey"))
    assert len(iv) == 16
    assert clear == card("mastercard")


def test_a_properly_sealed_card_opens_by_hand_with_the_usual_iv(recipient: JWK) -> None:
    header = {"alg": "RSA-OAEP-256", "enc": "A256GCM", "kid": recipient["kid"], "iat": 1}
    sealed = JWE(json.dumps(card("visa")).encode(), protected=json.dumps(header))
    sealed.add_recipient(JWK(**published(recipient)))
    iv, clear = open_by_hand(sealed.serialize(compact=True), recipient.get_op_key("unwrapKey"))
    assert len(iv) == 12
    assert clear == card("visa")
