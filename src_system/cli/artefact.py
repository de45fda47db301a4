"""What a JWS or JWE is, which network made it, and whether it is valid: found out offline."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import msgspec

from src_system.clock import epoch_seconds
from src_system.crypto import base64url, jwe, jws
from src_system.crypto.rsa_keys import KeyRefused, private_from_jwk, public_from_jwk
from src_system.networks import PROFILES

Json = dict[str, Any]

TOKEN_CHARACTERS_MAX = 1_048_576
LEEWAY_SECONDS = 60
_DEPTH_MAX = 6
_TYPES = {"JWT+ext.id_token": "idToken", "JWT+ext.recognition_token": "recognitionToken"}


class NotDecodable(ValueError):
    """There is no JWS or JWE in the text; the message says why."""


@dataclass(frozen=True, slots=True)
class Artefact:
    """One decoded JWS or JWE. `payload` is None while it is closed; `problems` make it invalid."""

    where: str
    form: str
    what: str
    network: str | None
    network_by: str
    header: Json
    payload: Any
    seal: str  # JWS: valid, invalid, unknown; JWE: opened, closed, invalid
    seal_reason: str
    issued_at: str | None
    expires_at: str | None
    times: str
    problems: tuple[str, ...]
    nested: "tuple[Artefact, ...]"

    @property
    def is_valid(self) -> bool:
        """Whether nothing is wrong with it and what it holds; an unknown signature is not wrong."""
        return not self.problems and all(inner.is_valid for inner in self.nested)


@dataclass(frozen=True, slots=True)
class Reading:
    """What tokens are read with: the moment to judge by, and JWKs (RSA)."""

    at: datetime
    public_keys: Sequence[Json]
    private_keys: Sequence[Json]


def decode_text(text: str, reading: Reading) -> list[Artefact]:
    """Every JWS and JWE in *text*: a token, a JSON string, JSON that holds some; NotDecodable."""
    text = text.strip()
    if text.startswith(("{", "[", '"')):
        try:
            document = msgspec.json.decode(text)
        except (msgspec.MsgspecError, RecursionError):
            raise NotDecodable("The input begins like JSON but is not.") from None
        if not isinstance(document, str):
            found = list(_tokens(document, ""))
            if not found:
                raise NotDecodable("The JSON holds no JWS or JWE.")
            return [_decode_token(token, where, reading, None, 0) for where, token in found]
        text = document.strip()
    text = text.removeprefix("Bearer ").strip()
    if text.count(".") not in {2, 4}:
        raise NotDecodable("The input is no JWS (three parts), no JWE (five parts) and no JSON.")
    return [_decode_token(text, "", reading, None, 0)]


def _tokens(document: Any, path: str) -> Iterator[tuple[str, str]]:
    """Path and text of every string in *document* that looks like a JWS or JWE."""
    if isinstance(document, dict):
        for name, inner in document.items():
            yield from _tokens(inner, f"{path}.{name}" if path else name)
    elif isinstance(document, list):
        for number, inner in enumerate(document):
            yield from _tokens(inner, f"{path}[{number}]")
    elif isinstance(document, str) and looks_like_token(document):
        yield path, document


def looks_like_token(text: str) -> bool:
    """Whether *text* has the parts of a JWS or JWE and a JOSE header."""
    if text.count(".") not in {2, 4}:
        return False
    try:
        header = msgspec.json.decode(base64url.decode_mixed(text.split(".", 1)[0]))
    except (ValueError, msgspec.MsgspecError):
        return False
    return isinstance(header, dict) and "alg" in header


def _decode_token(
    token: str, where: str, reading: Reading, parent: Artefact | None, depth: int
) -> Artefact:
    try:
        if token.count(".") == 2:
            return _decode_jws(token, where, reading, depth)
        return _decode_jwe(token, where, reading, parent, depth)
    except (jws.JwsRefused, jwe.JweRefused) as refused:
        place = f"{where}: " if where else ""
        raise NotDecodable(f"{place}{refused}") from None


def _decode_jws(token: str, where: str, reading: Reading, depth: int) -> Artefact:
    unverified = jws.parse(token, max_length=TOKEN_CHARACTERS_MAX)
    header, payload = unverified.header, _read_payload(unverified.payload)
    claims = payload if isinstance(payload, dict) else {}
    seal, reason = _verify(unverified, reading.public_keys)
    network, network_by, problems = _network(header, claims)
    if seal == "invalid":
        problems.append(f"the signature is invalid: {reason}")
    issued, expires, times, wrong = _times({**header, **claims}, reading.at)
    problems += wrong
    artefact = Artefact(
        where=where,
        form="JWS",
        what=_what_jws(header, claims),
        network=network,
        network_by=network_by,
        header=header,
        payload=payload,
        seal=seal,
        seal_reason=reason,
        issued_at=issued,
        expires_at=expires,
        times=times,
        problems=tuple(problems),
        nested=(),
    )
    return _with_nested(artefact, reading, depth)


def _decode_jwe(
    token: str, where: str, reading: Reading, parent: Artefact | None, depth: int
) -> Artefact:
    unopened = jwe.parse(token, max_length=TOKEN_CHARACTERS_MAX)
    header = unopened.header
    seal, reason, clear = _open(unopened, reading.private_keys)
    payload = None if clear is None else _read_payload(clear)
    recipient = _network_of_kid(str(header.get("kid")))
    network = recipient or (parent.network if parent else None)
    network_by = "the network whose key it is encrypted to" if recipient else "the JWS around it"
    issued, expires, times, wrong = _times(header, reading.at)
    if seal == "invalid":
        wrong = [f"it cannot be opened: {reason}", *wrong]
    artefact = Artefact(
        where=where,
        form="JWE",
        what=_what_jwe(where, payload, is_for_network=recipient is not None),
        network=network,
        network_by=network_by if network else "",
        header=header,
        payload=payload,
        seal=seal,
        seal_reason=reason,
        issued_at=issued,
        expires_at=expires,
        times=times,
        problems=tuple(wrong),
        nested=(),
    )
    return _with_nested(artefact, reading, depth)


def _with_nested(artefact: Artefact, reading: Reading, depth: int) -> Artefact:
    if depth >= _DEPTH_MAX:
        return artefact
    nested = tuple(
        _decode_token(token, where, reading, artefact, depth + 1)
        for where, token in _tokens(artefact.payload, "")
    )
    return replace(artefact, nested=nested)


def _read_payload(raw: bytes) -> Any:
    try:
        return msgspec.json.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        try:
            return raw.decode()
        except UnicodeDecodeError:
            return f"{len(raw)} bytes that are not text"


def _verify(unverified: jws.UnverifiedJws, keys: Sequence[Json]) -> tuple[str, str]:
    algorithm = unverified.header.get("alg")
    if algorithm != jws.ALGORITHM:
        return "invalid", f"alg {algorithm!r} is refused, only {jws.ALGORITHM} is accepted"
    if not keys:
        return "unknown", "no key was given (--jwks)"
    kid = unverified.header.get("kid")
    candidates = [key for key in keys if kid is None or key.get("kid") == kid]
    if not candidates:
        return "unknown", f"--jwks has no key {kid!r}"
    reason = ""
    for key in candidates:
        try:
            jws.verify(unverified, public_from_jwk(key))
        except KeyRefused as refused:
            reason = str(refused)
        except jws.JwsRefused:
            reason = f"it was not made with key {kid!r}, or the token was changed"
        else:
            return "valid", f"made with key {kid!r}"
    return "invalid", reason


def _open(unopened: jwe.UnopenedJwe, keys: Sequence[Json]) -> tuple[str, str, bytes | None]:
    kid, algorithm = unopened.header.get("kid"), unopened.header.get("alg")
    if algorithm != jwe.ALGORITHM or unopened.header.get("enc") not in jwe.CONTENT_KEY_BYTES:
        accepted = f"{jwe.ALGORITHM} with {' or '.join(jwe.CONTENT_KEY_BYTES)}"
        return "invalid", f"only {accepted} is accepted", None
    if not keys:
        return "closed", f"no private key was given (--key); it needs {kid!r}", None
    candidates = [key for key in keys if kid is None or key.get("kid") in {kid, None}]
    if not candidates:
        return "closed", f"--key has no key {kid!r}", None
    reason = ""
    for key in candidates:
        try:
            allowed = tuple(jwe.CONTENT_KEY_BYTES)
            clear = jwe.open_jwe(unopened, private_from_jwk(key), enc_allowed=allowed)
        except (KeyRefused, jwe.JweRefused) as refused:
            reason = str(refused)
        else:
            return "opened", f"with key {key.get('kid')!r}", clear
    return "invalid", reason, None


# --- Meaning ----------------------------------------------------------------------------------


def _what_jws(header: Json, claims: Json) -> str:
    named = _TYPES.get(str(header.get("typ")))
    if named is not None:
        return named
    if "srcCorrelationId" in claims and ("maskedCard" in claims or "encryptedPayload" in claims):
        return "checkoutResponse"
    return "signed document"


def _what_jwe(where: str, payload: Any, *, is_for_network: bool) -> str:
    members = payload if isinstance(payload, dict) else {}
    if members.keys() & {"dynamicData", "token", "card"} or where.endswith("encryptedPayload"):
        return "checkout payload"
    if "primaryAccountNumber" in members or where.endswith("encryptedCard") or is_for_network:
        return "encryptedCard"
    return "encrypted document"


def _network(header: Json, claims: Json) -> tuple[str | None, str, list[str]]:
    issuers = {profile.issuer: profile.name for profile in PROFILES.values()}
    issuer = issuers.get(str(claims.get("iss", header.get("iss"))))
    by_kid = _network_of_kid(str(header.get("kid")))
    if issuer and by_kid and issuer != by_kid:
        return issuer, "iss", [f"iss names {issuer}, but the key id is one of {by_kid}"]
    if issuer:
        return issuer, "iss", []
    return by_kid, "the form of kid" if by_kid else "", []


def _network_of_kid(kid: str) -> str | None:
    for profile in PROFILES.values():
        for pattern in (profile.signature_kid, profile.encryption_kid):
            if re.fullmatch(re.escape(pattern).replace(r"\{stamp\}", r"\d{14}"), kid):
                return profile.name
    return None


def _times(members: Json, at: datetime) -> tuple[str | None, str | None, str, list[str]]:
    """Issue and expiry in ISO form, both in words, and what is wrong with them."""
    issued, expires = _moment(members.get("iat")), _moment(members.get("exp"))
    begins = _moment(members.get("nbf")) or issued
    words, problems = [], []
    if issued is not None:
        words.append(f"issued {write_moment(issued)} ({_distance(issued, at)})")
    if expires is not None:
        words.append(f"expires {write_moment(expires)} ({_distance(expires, at)})")
        if expires <= at:
            problems.append(f"it expired {write_moment(expires)}")
    if begins is not None and (begins - at).total_seconds() > LEEWAY_SECONDS:
        problems.append(f"it is not valid before {write_moment(begins)}")
    if issued is not None and expires is None:
        words.append("has no expiry")
    return (
        None if issued is None else write_moment(issued),
        None if expires is None else write_moment(expires),
        ", ".join(words) or "bears no times",
        problems,
    )


def _moment(value: object) -> datetime | None:
    """Seconds since 1970 as number or text, some clients' milliseconds too; else None."""
    try:
        seconds = float(str(value))
        if seconds > 1e11:
            seconds /= 1000
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def write_moment(instant: datetime) -> str:
    """*instant* (UTC) to the second."""
    return f"{instant:%Y-%m-%dT%H:%M:%SZ}"


def _distance(instant: datetime, at: datetime) -> str:
    seconds = epoch_seconds(instant) - epoch_seconds(at)
    amount, unit = abs(seconds), "second"
    for size, larger in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if amount >= 2 * size:
            amount, unit = amount // size, larger
            break
    words = f"{amount} {unit}{'' if amount == 1 else 's'}"
    return f"in {words}" if seconds > 0 else f"{words} ago"
