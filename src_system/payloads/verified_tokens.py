"""Tokens whose signature was found good: what is sent again is not computed again."""

import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from src_system.crypto.rsa_keys import PublicKey

ENTRIES_MAX = 2_000  # about 4 MB


@dataclass(frozen=True, slots=True)
class SignedClaims:
    """What a token says, and by which key it was signed: true, but perhaps no longer good."""

    claims: dict[str, Any]
    kid: str
    key: PublicKey


class VerifiedTokens:
    """The newest tokens by their SHA-256; the tokens themselves are not kept.

    Only form and signature are remembered. Whether the issuer is trusted and still has the key,
    whether the token has expired, was taken back or is meant for another is asked at each use.
    """

    __slots__ = ("_by_digest",)

    def __init__(self) -> None:
        self._by_digest: OrderedDict[bytes, SignedClaims] = OrderedDict()

    def find(self, token: str) -> SignedClaims | None:
        """What is known of *token*; None when it was not seen, or not for a long time."""
        return self._by_digest.get(_digest(token))

    def remember(self, token: str, signed: SignedClaims) -> None:
        """Keep that *signed* is what *token* says; the oldest is forgotten."""
        self._by_digest[_digest(token)] = signed
        if len(self._by_digest) > ENTRIES_MAX:
            self._by_digest.popitem(last=False)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
