"""What a body says, for a reader: its JSON with secrets cut, and the JWS and JWE inside opened."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import msgspec

from src_system.client import Refused
from src_system.crypto import jwe, jws
from src_system.crypto.rsa_keys import KeyRefused, PrivateKey, private_from_jwk
from src_system.scenario.recording import Exchange
from src_system.scenario.texts import texts_in

CUT = "… (a secret, cut)"
_REFUSED = 400
_TOKEN_CHARACTERS_MAX = 262_144
_DEEPEST = 4  # an idToken in a payload in a checkoutResponse is the third
_COMPACT = re.compile(r"[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){2}(?:(?:\.[A-Za-z0-9_-]+){2})?")
# RFC 7518, 6.2.2, 6.3.2 and 6.4.1: what makes a key private.
_PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_SECRET_MEMBERS = frozenset(
    {"privateKey", "sharedSecret", "clientSecret", "client_secret", "access_token"}
)
_SECRET_IN_FORM = re.compile(r"(client_secret|access_token)=[^&]*")


@dataclass(frozen=True, slots=True)
class Artefact:
    """A JWS or JWE found in a body: where, and what is in it. `content` is None when unopened.

    `note` says what was not done, and why. Whether a signature is good is not told here: the step
    that read it has judged that.
    """

    path: str
    kind: str
    token: str = field(repr=False)
    header: Mapping[str, Any]
    content: Any
    note: str = ""


def reasons_in(exchange: Exchange) -> frozenset[str]:
    """The reasons of a refusal, those of its details too; none where nothing was refused."""
    if exchange.status is None or exchange.status < _REFUSED:
        return frozenset()
    document = json_in(exchange.response_body)
    if not isinstance(document, dict):
        return frozenset()
    return Refused(exchange.operation, exchange.status, document).reasons


def json_in(body: bytes) -> Any:
    """The JSON that a body is; None for anything else."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def shown(body: bytes) -> str:
    """A body as text, JSON with a member a line, secrets cut."""
    if not body:
        return ""
    document = json_in(body)
    if document is None:
        return _SECRET_IN_FORM.sub(rf"\1={CUT}", body.decode(errors="replace"))
    return pretty(document)


def pretty(document: Any) -> str:
    """JSON with a member a line, secrets cut."""
    return msgspec.json.format(msgspec.json.encode(without_secrets(document)), indent=2).decode()


def without_secrets(value: Any) -> Any:
    """*value* without private keys and what clients authenticate themselves with."""
    if isinstance(value, Mapping):
        private = _PRIVATE_MEMBERS if "kty" in value else frozenset()
        return {
            name: CUT
            if name in private or (name in _SECRET_MEMBERS and isinstance(one, str))
            else without_secrets(one)
            for name, one in value.items()
        }
    if isinstance(value, list):
        return [without_secrets(one) for one in value]
    return value


def artefacts(document: Any, private_keys: Sequence[Mapping[str, Any]]) -> Iterator[Artefact]:
    """Every JWS and JWE in a document, and in what those hold; outer ones first."""
    yield from _artefacts(document, "$", private_keys, 0)


def _artefacts(
    value: Any, path: str, keys: Sequence[Mapping[str, Any]], depth: int
) -> Iterator[Artefact]:
    if depth >= _DEEPEST:
        return
    for where, text in texts_in(value, path):
        found = _opened(where, text, keys)
        if found is not None:
            yield found
            yield from _artefacts(found.content, f"{where} → $", keys, depth + 1)


def _opened(path: str, text: str, keys: Sequence[Mapping[str, Any]]) -> Artefact | None:
    if not text.startswith("ey") or _COMPACT.fullmatch(text) is None:
        return None
    is_encrypted = text.count(".") == 4
    read: Callable[[str, str, Sequence[Mapping[str, Any]]], Artefact]
    read = _jwe if is_encrypted else _jws
    try:
        return read(path, text, keys)
    except (jws.JwsRefused, jwe.JweRefused) as refused:
        return Artefact(path, "JWE" if is_encrypted else "JWS", text, {}, None, str(refused))


def _jws(path: str, text: str, _keys: Sequence[Mapping[str, Any]]) -> Artefact:
    parts = jws.parse(text, max_length=_TOKEN_CHARACTERS_MAX)
    content = json_in(parts.payload)
    if content is None:
        content = parts.payload.decode(errors="replace")
    return Artefact(path, "JWS", text, parts.header, content)


def _jwe(path: str, text: str, keys: Sequence[Mapping[str, Any]]) -> Artefact:
    parts = jwe.parse(text, max_length=_TOKEN_CHARACTERS_MAX)
    kid = parts.header.get("kid")
    jwk = next((one for one in keys if one.get("kid") == kid), None)
    if jwk is None:
        note = f"It is encrypted to {kid!r}, whose private key the runner does not have."
        return Artefact(path, "JWE", text, parts.header, None, note)
    try:
        clear = jwe.open_jwe(
            parts, _private_key(msgspec.json.encode(jwk)), enc_allowed=tuple(jwe.CONTENT_KEY_BYTES)
        )
    except (jwe.JweRefused, KeyRefused) as refused:
        return Artefact(path, "JWE", text, parts.header, None, f"It does not open: {refused}")
    content = json_in(clear)
    return Artefact(
        path,
        "JWE",
        text,
        parts.header,
        clear.decode(errors="replace") if content is None else content,
    )


@lru_cache(maxsize=64)
def _private_key(jwk: bytes) -> PrivateKey:
    """The key of a JWK of the run's own; reading it again would take as long as opening."""
    return private_from_jwk(msgspec.json.decode(jwk), is_ours=True)
