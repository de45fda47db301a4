"""JWE, compact, RSA-OAEP-256 with AES-GCM and nothing else (RFC 7516, 7518).

Real client libraries send a 16-byte IV and leave `/` or `+` inside the compact form; both are read.
"""

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from src_system.crypto import base64url
from src_system.crypto.rsa_keys import PrivateKey, PublicKey

ALGORITHM = "RSA-OAEP-256"
CONTENT_KEY_BYTES = {"A128GCM": 16, "A256GCM": 32}
_IV_BYTES = 12
_IV_BYTES_READ = (12, 16)
_TAG_BYTES = 16
_OAEP = padding.OAEP(mgf=padding.MGF1(hashes.SHA256()), algorithm=hashes.SHA256(), label=None)
_HEADER = msgspec.json.Decoder(dict[str, Any])
_TO_URL_ALPHABET = str.maketrans("+/", "-_")
_CANNOT_OPEN = "The JWE cannot be opened."  # one message for every reason: no oracle


class JweRefused(ValueError):
    """The token is not a JWE that can be opened here."""


@dataclass(frozen=True, slots=True)
class UnopenedJwe:
    """A well-formed JWE, still closed. `aad` is the header part exactly as received."""

    header: dict[str, Any]
    encrypted_key: bytes
    iv: bytes
    ciphertext: bytes
    tag: bytes
    aad: bytes


def seal(
    plaintext: bytes,
    *,
    key: PublicKey,
    enc: str,
    header: Mapping[str, object],
) -> str:
    """A compact JWE of *plaintext* to *key*; *enc* is A128GCM or A256GCM.

    The header begins with alg, enc and kid; the other members follow in the order given.
    """
    if enc not in CONTENT_KEY_BYTES:
        raise ValueError(f"{enc} is not a content encryption of ours")
    members: dict[str, object] = {"alg": ALGORITHM, "enc": enc}
    if "kid" in header:
        members["kid"] = header["kid"]
    protected = base64url.encode(
        msgspec.json.encode(members | {**header, "alg": ALGORITHM, "enc": enc})
    )
    content_key = os.urandom(CONTENT_KEY_BYTES[enc])
    iv = os.urandom(_IV_BYTES)
    sealed = AESGCM(content_key).encrypt(iv, plaintext, protected.encode())
    return ".".join(
        (
            protected,
            base64url.encode(key.encrypt(content_key, _OAEP)),
            base64url.encode(iv),
            base64url.encode(sealed[:-_TAG_BYTES]),
            base64url.encode(sealed[-_TAG_BYTES:]),
        )
    )


def parse(token: str, *, max_length: int) -> UnopenedJwe:
    """The parts of a compact JWE; JweRefused when it is too long or malformed."""
    if len(token) > max_length:
        raise JweRefused("The JWE is too long.")
    parts = token.split(".")
    if len(parts) != 5:
        raise JweRefused("A compact JWE has five parts.")
    try:
        header_raw, *rest = [base64url.decode_mixed(part) for part in parts]
        header = _HEADER.decode(header_raw)
    except (ValueError, msgspec.MsgspecError, RecursionError) as error:
        raise JweRefused("The token is not a compact JWE.") from error
    for part, raw in zip(parts, (header_raw, *rest), strict=True):
        # Either alphabet is read, but unused bits at the end must be zero as every encoder writes.
        if part.rstrip("=").translate(_TO_URL_ALPHABET) != base64url.encode(raw):
            raise JweRefused("The token is not a compact JWE.")
    if "crit" in header or "zip" in header:
        raise JweRefused("Critical header extensions and compression are not supported.")
    encrypted_key, iv, ciphertext, tag = rest
    return UnopenedJwe(header, encrypted_key, iv, ciphertext, tag, parts[0].encode())


def open_jwe(unopened: UnopenedJwe, key: PrivateKey, *, enc_allowed: Collection[str]) -> bytes:
    """The plaintext; the algorithms are checked before the key is used."""
    enc = unopened.header.get("enc")
    if unopened.header.get("alg") != ALGORITHM:
        raise JweRefused("Only RSA-OAEP-256 is accepted.")
    if not isinstance(enc, str) or enc not in enc_allowed or enc not in CONTENT_KEY_BYTES:
        raise JweRefused("Only A128GCM and A256GCM are accepted.")
    if len(unopened.iv) not in _IV_BYTES_READ or len(unopened.tag) != _TAG_BYTES:
        raise JweRefused(_CANNOT_OPEN)
    try:
        content_key = key.decrypt(unopened.encrypted_key, _OAEP)
    except ValueError:
        content_key = b""
    if len(content_key) != CONTENT_KEY_BYTES[enc]:
        # RFC 7516 11.5: go on with a made-up key, so that time does not tell what went wrong.
        content_key = os.urandom(CONTENT_KEY_BYTES[enc])
    try:
        return AESGCM(content_key).decrypt(
            unopened.iv, unopened.ciphertext + unopened.tag, unopened.aad
        )
    except InvalidTag as error:
        raise JweRefused(_CANNOT_OPEN) from error
