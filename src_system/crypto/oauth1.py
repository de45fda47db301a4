"""OAuth 1.0a, one-legged, RSA-SHA256: RFC 5849 with the body hash extension (spec 8.4)."""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote, unquote, unquote_plus, urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from src_system.crypto.rsa_keys import PrivateKey, PublicKey

SIGNATURE_METHOD = "RSA-SHA256"
HEADER_CHARACTERS_MAX = 8_192
_NONCE_CHARACTERS_MAX = 255
_SCHEME = "oauth "
_SIGNATURE = "oauth_signature"
_PARAMETER = re.compile(r'\s*([A-Za-z0-9_.~-]+)\s*=\s*"([^"]*)"\s*')
_NAME = re.compile(r"[\x21-\x7e]{1,255}")
_TIMESTAMP = re.compile(r"[0-9]{1,12}")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_UNRESERVED = "-._~"
_PKCS1 = padding.PKCS1v15()
_SHA256 = hashes.SHA256()

Pairs = Sequence[tuple[str, str]]


class OAuthRefused(ValueError):
    """The Authorization header does not hold what OAuth 1.0a asks for."""


@dataclass(frozen=True, slots=True)
class OAuthHeader:
    """The protocol parameters of an Authorization header, `realm` left out (RFC 5849 3.5.1).

    `written` holds them as they stand in the header, everything else decoded.
    """

    consumer_key: str
    nonce: str
    timestamp: int
    body_hash: str | None
    signature: bytes
    written: tuple[tuple[str, str], ...]


def is_oauth(authorization: str) -> bool:
    """Whether the header's scheme is OAuth."""
    return authorization[: len(_SCHEME)].lower() == _SCHEME


def parse_header(authorization: str) -> OAuthHeader:
    """The parameters of *authorization*; OAuthRefused unless all that is needed is there, once."""
    if len(authorization) > HEADER_CHARACTERS_MAX or not is_oauth(authorization):
        raise OAuthRefused("This is not an OAuth header.")
    if not (authorization.isascii() and authorization.isprintable()):
        raise OAuthRefused("The OAuth header is malformed.")
    written: dict[str, str] = {}
    for part in authorization[len(_SCHEME) :].split(","):
        match = _PARAMETER.fullmatch(part)
        if match is None:
            raise OAuthRefused("The OAuth header is malformed.")
        name, value = match[1], match[2]
        if name in written or "&" in value:  # a bare & could pass for a border of parameters
            raise OAuthRefused("The OAuth header is malformed.")
        if name != "realm":
            written[name] = value
    values = {name: unquote(value) for name, value in written.items()}
    if values.get("oauth_signature_method") != SIGNATURE_METHOD:
        raise OAuthRefused(f"oauth_signature_method must be {SIGNATURE_METHOD}.")
    if values.get("oauth_version", "1.0") != "1.0":
        raise OAuthRefused("oauth_version must be 1.0.")
    nonce, timestamp = values.get("oauth_nonce", ""), values.get("oauth_timestamp", "")
    if not 0 < len(nonce) <= _NONCE_CHARACTERS_MAX or _TIMESTAMP.fullmatch(timestamp) is None:
        raise OAuthRefused("oauth_nonce or oauth_timestamp is missing or malformed.")
    try:
        signature = base64.b64decode(values[_SIGNATURE], validate=True)
        consumer_key = values["oauth_consumer_key"]
    except (KeyError, ValueError) as error:
        raise OAuthRefused("oauth_consumer_key or oauth_signature is missing.") from error
    if _NAME.fullmatch(consumer_key) is None:
        raise OAuthRefused("oauth_consumer_key is malformed.")
    return OAuthHeader(
        consumer_key=consumer_key,
        nonce=nonce,
        timestamp=int(timestamp),
        body_hash=values.get("oauth_body_hash"),
        signature=signature,
        written=tuple((name, value) for name, value in written.items() if name != _SIGNATURE),
    )


def body_hash(raw: bytes) -> str:
    """`oauth_body_hash` of the exact bytes of a body."""
    return base64.b64encode(hashlib.sha256(raw).digest()).decode()


def is_body_of(header: OAuthHeader, raw: bytes) -> bool:
    """Whether the hash is that of *raw*; it may be left out where there is no body."""
    if header.body_hash is None:
        return not raw
    return hmac.compare_digest(header.body_hash.encode(errors="replace"), body_hash(raw).encode())


def signature_base_string(method: str, url: str, parameters: Pairs) -> str:
    """RFC 5849 3.4.1: method, base string URI, and the parameters (decoded) of query and header."""
    encoded = [(_encode(name), _encode(value)) for name, value in parameters]
    return _base_string(method, url, encoded)


def query_parameters(query: str) -> list[tuple[str, str]]:
    """The decoded parameters of a raw query (RFC 5849 3.4.1.3.1): `+` is a space."""
    return [(unquote_plus(name), unquote_plus(value)) for name, value in _pairs(query)]


def base_strings(method: str, url: str, header: OAuthHeader) -> Iterator[str]:
    """The base strings a signature may have been made of, RFC 5849's first.

    The second takes names and values as they were written, without decoding and encoding them anew:
    so does Mastercard's gateway, and its published signer for Node.js sends an unencoded
    oauth_body_hash. The two differ only when something was not encoded as RFC 5849 has it.
    """
    query = urlsplit(url).query
    decoded = [(name, unquote(value)) for name, value in header.written]
    first = signature_base_string(method, url, [*query_parameters(query), *decoded])
    yield first
    second = _base_string(method, url, [*_pairs(query), *header.written])
    if second != first:
        yield second


def sign(base_string: str, key: PrivateKey) -> str:
    """`oauth_signature`, in base64."""
    return base64.b64encode(key.sign(base_string.encode(), _PKCS1, _SHA256)).decode()


def is_signature(signature: bytes, base_string: str, key: PublicKey) -> bool:
    """Whether *key* made *signature* of *base_string*, with RSA-SHA256."""
    try:
        key.verify(signature, base_string.encode(), _PKCS1, _SHA256)
    except InvalidSignature:
        return False
    return True


def _base_string(method: str, url: str, encoded: Pairs) -> str:
    parameters = "&".join(f"{name}={value}" for name, value in sorted(encoded))
    return "&".join((_encode(method.upper()), _encode(base_string_uri(url)), _encode(parameters)))


def base_string_uri(url: str) -> str:
    """RFC 5849 3.4.1.2: scheme and host in lower case, a default port and the query left out."""
    parts = urlsplit(url)
    scheme, host, port = parts.scheme.lower(), (parts.hostname or "").lower(), parts.port
    if ":" in host:
        host = f"[{host}]"
    if port is not None and port != _DEFAULT_PORTS.get(scheme):
        host = f"{host}:{port}"
    return f"{scheme}://{host}{parts.path or '/'}"


def _pairs(query: str) -> list[tuple[str, str]]:
    found = []
    for part in query.split("&"):
        if part:
            name, _, value = part.partition("=")
            found.append((name, value))
    return found


def _encode(text: str) -> str:
    """RFC 5849 3.6: all but letters, digits and -._~ is percent-encoded."""
    return quote(text, safe=_UNRESERVED, errors="surrogateescape")
