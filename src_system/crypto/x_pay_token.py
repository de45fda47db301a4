"""Visa's x-pay-token: a time and a keyed digest of path, query and body (spec 8.5)."""

import hashlib
import hmac
import re
from dataclasses import dataclass
from urllib.parse import quote, unquote

_TOKEN = re.compile(r"(xv2|x):([0-9]{1,12}):([0-9a-fA-F]{64})")
_UNRESERVED = "-._~"


class XPayTokenRefused(ValueError):
    """The text does not have the form of an x-pay-token."""


@dataclass(frozen=True, slots=True)
class XPayToken:
    """`xv2:<seconds>:<hex digest>`, or the older `x:<seconds>:<hex digest>`."""

    form: str
    timestamp: int
    written_timestamp: str
    digest: bytes


def parse(text: str) -> XPayToken:
    """The token's parts, or XPayTokenRefused."""
    match = _TOKEN.fullmatch(text.strip())
    if match is None:
        raise XPayTokenRefused("This is not an x-pay-token.")
    return XPayToken(match[1], int(match[2]), match[2], bytes.fromhex(match[3]))


def digest(form: str, *, secret: str, timestamp: str, path: str, query: str, raw: bytes) -> bytes:
    """The digest that a token of *form* carries.

    `xv2` is HMAC-SHA256 under the secret of time, path, query and body; `x` is SHA-256 of the
    secret and the same. *path* is the resource path without the first context segment and without
    a slash before it, *query* stands without its question mark.
    """
    message = f"{timestamp}{path}{query}".encode(errors="surrogateescape") + raw
    if form == "xv2":
        return hmac.digest(secret.encode(), message, hashlib.sha256)
    return hashlib.sha256(secret.encode() + message).digest()


def is_token_of(token: XPayToken, *, secret: str, path: str, query: str, raw: bytes) -> bool:
    """Whether *secret* made the token, of the query as it was sent or put in order."""
    return any(
        hmac.compare_digest(
            digest(
                token.form,
                secret=secret,
                timestamp=token.written_timestamp,
                path=path,
                query=written,
                raw=raw,
            ),
            token.digest,
        )
        for written in dict.fromkeys((query, ordered_query(query)))
    )


def ordered_query(query: str) -> str:
    """The query with its parameters sorted by name and encoded as RFC 3986 has it (spec 8.5)."""
    pairs = []
    for part in query.split("&"):
        if part:
            name, _, value = part.partition("=")
            pairs.append((_encode(name), _encode(value)))
    return "&".join(f"{name}={value}" for name, value in sorted(pairs))


def _encode(written: str) -> str:
    return quote(unquote(written), safe=_UNRESERVED, errors="surrogateescape")
