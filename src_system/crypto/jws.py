"""JWS, compact, RS256 and nothing else (RFC 7515, 7518 section 3.3)."""

from collections.abc import Mapping
from typing import Any

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from src_system.crypto import base64url
from src_system.crypto.rsa_keys import PrivateKey, PublicKey

ALGORITHM = "RS256"
_PKCS1 = padding.PKCS1v15()
_SHA256 = hashes.SHA256()
_HEADER = msgspec.json.Decoder(dict[str, Any])


class JwsRefused(ValueError):
    """The token is not a JWS that may be believed."""


class UnverifiedJws(msgspec.Struct, frozen=True):
    """A well-formed JWS whose signature nobody has looked at."""

    header: dict[str, Any]
    payload: bytes
    signing_input: bytes
    signature: bytes


class VerifiedJws(msgspec.Struct, frozen=True):
    """A JWS whose signature was made with the given key."""

    header: dict[str, Any]
    payload: bytes


def sign(payload: bytes, *, key: PrivateKey, header: Mapping[str, object]) -> str:
    """A compact JWS of *payload*; `alg` is always RS256."""
    protected = msgspec.json.encode({"alg": ALGORITHM} | {**header, "alg": ALGORITHM})
    signing_input = f"{base64url.encode(protected)}.{base64url.encode(payload)}"
    signature = key.sign(signing_input.encode(), _PKCS1, _SHA256)
    return f"{signing_input}.{base64url.encode(signature)}"


def parse(token: str, *, max_length: int) -> UnverifiedJws:
    """The parts of a compact JWS; JwsRefused when it is too long or malformed."""
    if len(token) > max_length:
        raise JwsRefused("The token is too long.")
    parts = token.split(".")
    if len(parts) != 3:
        raise JwsRefused("A compact JWS has three parts.")
    try:
        header = _HEADER.decode(base64url.decode(parts[0]))
        payload = base64url.decode(parts[1])
        signature = base64url.decode(parts[2])
    except (ValueError, msgspec.MsgspecError, RecursionError) as error:
        raise JwsRefused("The token is not a compact JWS.") from error
    if base64url.encode(signature) != parts[2]:
        # Unused bits at its end would give one signature several spellings.
        raise JwsRefused("The token is not a compact JWS.")
    if "crit" in header or "b64" in header:
        raise JwsRefused("Critical header extensions are not supported.")
    return UnverifiedJws(header, payload, f"{parts[0]}.{parts[1]}".encode(), signature)


def verify(unverified: UnverifiedJws, key: PublicKey) -> VerifiedJws:
    """The JWS as verified; the algorithm is checked before any key is used."""
    if unverified.header.get("alg") != ALGORITHM:
        raise JwsRefused("Only RS256 is accepted.")
    try:
        key.verify(unverified.signature, unverified.signing_input, _PKCS1, _SHA256)
    except InvalidSignature as error:
        raise JwsRefused("The signature is not valid.") from error
    return VerifiedJws(unverified.header, unverified.payload)
