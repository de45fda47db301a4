"""A client that checks everything, with libraries that are not ours, and names what it minds."""

import base64
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey
from joserfc.jwt import JWTClaimsRegistry

SESSION_SECONDS = 30 * 60
OAEP = padding.OAEP(mgf=padding.MGF1(hashes.SHA256()), algorithm=hashes.SHA256(), label=None)
# Networks put members of their own, such as iat, into headers.
_OPEN_MINDED = jws.JWSRegistry(algorithms=["RS256"], strict_check_header=False)
Json = dict[str, Any]


def raw(part: str) -> bytes:
    """Base64url without padding, in the one spelling that it has."""
    decoded = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    assert base64.urlsafe_b64encode(decoded).rstrip(b"=").decode() == part
    return decoded


def header_of(token: str) -> Json:
    """The header of a JWS or JWE."""
    header: Json = json.loads(raw(token.split(".", maxsplit=1)[0]))
    return header


def claims_of(token: str) -> Json:
    """What a JWS holds, verified by nobody."""
    claims: Json = json.loads(raw(token.split(".")[1]))
    return claims


def is_signed_by(token: str, keys: Iterable[Json]) -> bool:
    """Whether one of *keys*, whatever its kid, made the signature."""
    for key in keys:
        bare: Json = {name: key[name] for name in ("kty", "n", "e") if name in key}
        try:
            jws.deserialize_compact(token, RSAKey.import_key(bare), registry=_OPEN_MINDED)
        except (JoseError, ValueError):
            continue
        return True
    return False


@dataclass
class Examiner:
    """Checks one at a time; `minded` are the names of those that failed.

    *jwks* is the network's key set, *mine* the client's private key, *now* epoch seconds.
    """

    jwks: list[Json]
    mine: Json
    now: int
    minded: set[str] = field(default_factory=set)

    def jws(self, token: str, members: Iterable[str]) -> Json:
        """Algorithm, key, signature and mandatory members; the content whatever was minded."""
        header, claims = header_of(token), claims_of(token)
        keys = [key for key in self.jwks if key["kid"] == header["kid"] and key["use"] == "sig"]
        signature = raw(token.split(".")[2])
        if header["alg"] != "RS256":
            self.minded.add("algorithm")
            assert (header["alg"], signature) == ("none", b"")
        elif not keys:
            self.minded.add("key")
        elif not {"kty", "n", "e"} <= set(keys[0]):
            self.minded.add("key set")
        elif not is_signed_by(token, keys):
            self.minded.add("signature")
            assert len(signature) == 256
        if not set(members) <= set(claims):
            self.minded.add("members")
        return claims

    def times(self, claims: Json) -> None:
        """exp, iat and nbf, each by itself."""
        for name in ("exp", "iat", "nbf"):
            registry = JWTClaimsRegistry(now=self.now)
            try:
                registry.validate({one: value for one, value in claims.items() if one == name})
            except JoseError:
                self.minded.add("expiry" if name == "exp" else "begin")

    def audience(self, claims: Json, me: str) -> None:
        """Whether the token is meant for *me*."""
        registry = JWTClaimsRegistry(now=self.now, aud={"essential": True, "values": [me]})
        try:
            registry.validate({"aud": claims.get("aud")})
        except JoseError:
            self.minded.add("audience")

    def issued(self, token: str) -> None:
        """A checkoutResponse says in its header when it was made: within the session."""
        age = self.now - int(header_of(token)["iat"])
        if age < -60:
            self.minded.add("begin")
        if age > SESSION_SECONDS:
            self.minded.add("expiry")

    def jwe(self, token: str) -> Json | None:
        """The content of a JWE for the client's key, by hand so that each step shows."""
        header = header_of(token)
        assert header["alg"] == "RSA-OAEP-256"
        if header["kid"] != self.mine["kid"]:
            self.minded.add("key")
        private = RSAKey.import_key(self.mine).private_key
        assert isinstance(private, RSAPrivateKey)
        protected, key, iv, ciphertext, tag = token.split(".")
        try:
            content_key = private.decrypt(raw(key), OAEP)
        except ValueError:
            self.minded.add("recipient")
            return None
        sealed = raw(ciphertext) + raw(tag)
        try:
            opened = AESGCM(content_key).decrypt(raw(iv), sealed, protected.encode())
        except InvalidTag:
            self.minded.add("tag")
            mended = sealed[:-1] + bytes([sealed[-1] ^ 1])  # all but one bit is right
            opened = AESGCM(content_key).decrypt(raw(iv), mended, protected.encode())
        content: Json = json.loads(opened)
        return content
