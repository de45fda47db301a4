"""Card encryption with the habits of a widely used npm package.

Long IV, '/' left in the compact form.

Built on bare primitives, because no JOSE library agrees to write it. RFC 7518 asks for a 12-byte IV
and RFC 7515 for the URL-safe alphabet; initiators with these habits exist, and the contract's SRC
System has to open their cards.
"""

import base64
import json
import os

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .exchange import Json

IV_BYTES = 16
TAG_BYTES = 16
CEK_BYTES = {"A128GCM": 16, "A256GCM": 32}


def seal_carelessly(card: Json, key: Json, content_encryption: str) -> str:
    """A compact JWE of the card to the JWK.

    With a 16-byte IV and at least one '/' in its ciphertext.
    """
    header = {
        "kid": key["kid"],
        "cty": "application/json",
        "alg": "RSA-OAEP-256",
        "enc": content_encryption,
    }
    protected = half_url_safe(json.dumps(header).encode())
    clear = json.dumps(card).encode()
    while True:
        cek, iv = os.urandom(CEK_BYTES[content_encryption]), os.urandom(IV_BYTES)
        sealed = AESGCM(cek).encrypt(iv, clear, protected.encode("ascii"))
        ciphertext, tag = sealed[:-TAG_BYTES], sealed[-TAG_BYTES:]
        parts = [_wrap(cek, key), iv, ciphertext, tag]
        if "/" in half_url_safe(ciphertext):
            return ".".join([protected, *(half_url_safe(part) for part in parts)])


def half_url_safe(octets: bytes) -> str:
    """Base64 with '+' mended to '-', '/' forgotten, and no padding."""
    return base64.b64encode(octets).decode("ascii").replace("+", "-").rstrip("=")


def _wrap(cek: bytes, key: Json) -> bytes:
    modulus, exponent = (
        int.from_bytes(base64.urlsafe_b64decode(key[name] + "=="), "big") for name in ("n", "e")
    )
    oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
    return rsa.RSAPublicNumbers(exponent, modulus).public_key().encrypt(cek, oaep)
