"""The federated ID token: issued by one network, accepted by the others (spec 5.22, 8.7)."""

import base64
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from src_system.clock import epoch_seconds
from src_system.crypto import jws
from src_system.crypto.keyring import Key, Keyring
from src_system.model.errors import AuthInvalid
from src_system.model.fault_effects import Artefact
from src_system.model.sandbox import Sandbox
from src_system.networks import PROFILES
from src_system.payloads.seals import PLAIN_SEALS, Seals
from src_system.payloads.verified_tokens import SignedClaims, VerifiedTokens

TOKEN_TYPE = "JWT+ext.id_token"
TOKEN_CHARACTERS_MAX = 8_192
CLOCK_LEEWAY_SECONDS = 60
_BRIEF_CHARACTERS = 200
_HASH_BYTES = 32
_ISSUERS = {profile.issuer: profile.name for profile in PROFILES.values()}
_CLAIMS = msgspec.json.Decoder(dict[str, Any])


class Identification(msgspec.Struct, frozen=True):
    """What is known of a person when a token is issued. `identity_hash` has 32 bytes."""

    identity_hash: bytes
    is_email: bool
    masked_identity_value: str
    amr: tuple[str, ...]
    auth_time: datetime


class IdToken(msgspec.Struct, frozen=True):
    """A verified token: whose it is, who issued it, and how and when the person was validated."""

    network: str
    identification: Identification
    jti: str
    expires_at: datetime


def issue_id_token(
    identification: Identification,
    *,
    network: str,
    sandbox: Sandbox,
    audience: tuple[str, ...],
    keyring: Keyring,
    jti: str,
    now: datetime,
    life_seconds: int,
    seals: Seals = PLAIN_SEALS,
) -> str:
    """A signed token of *network* for every SRC System and the client's *audience*."""
    key = keyring.signing(now)
    subject = base64.b64encode(identification.identity_hash).decode()
    issued_at = epoch_seconds(now)
    claims: dict[str, Any] = {
        "iss": PROFILES[network].issuer,
        "sub": subject,
        "aud": [*_ISSUERS, *audience],
        "amr": list(identification.amr),
        "auth_time": epoch_seconds(identification.auth_time),
        "iat": issued_at,
        "exp": issued_at + life_seconds,
        "jti": base64.b64encode(jti.encode()).decode(),
        "simulated": True,
        "sandbox": sandbox.name,
        "sandboxEra": sandbox.era,
    }
    if identification.is_email:
        claims["email"] = subject
        claims["email_verified"] = True
        claims["src_email_mask"] = identification.masked_identity_value
    else:
        claims["phone_number"] = subject
        claims["phone_number_verified"] = True
        claims["src_phone_number_mask"] = identification.masked_identity_value
    header = {"kid": key.kid, "typ": TOKEN_TYPE}
    return seals.sign(Artefact.ID_TOKEN, msgspec.json.encode(claims), key=key, header=header)


def verify_id_token(
    token: str,
    *,
    network: str,
    sandbox: Sandbox,
    keyrings: Mapping[str, Keyring],
    now: datetime,
    authentication_age_max: timedelta,
    source: str,
    seen_before: VerifiedTokens,
) -> IdToken:
    """The token's content, or AuthInvalid naming *source* (spec 8.7 and 10f, in this order).

    Form and signature of a token *seen_before* are not looked at again; all the rest is.
    """
    # 1. The form: compact JWS of bounded length, claims a JSON object, the type of an ID token.
    known = seen_before.find(token) if len(token) <= TOKEN_CHARACTERS_MAX else None
    if known is None:
        unverified, claims = read_token(token, token_type=TOKEN_TYPE, source=source)
    else:
        claims = known.claims
    # 2. The issuer is a network that this one trusts.
    issuer = _trusted_issuer(claims, sandbox, network, source)
    # 3. The key is one of that issuer's, and the signature is good.
    if known is None:
        key = verify_signature(unverified, keyrings[issuer], source=source)
        seen_before.remember(token, SignedClaims(claims, key.kid, key.public))
    else:
        _refuse_other_key(known, keyrings[issuer], source)
    # 4. The token was issued in this sandbox, or in one that it is a copy of, before it was.
    # 5. This network is in the audience.
    _refuse_elsewhere(claims, sandbox, network, source)
    # 6. It is valid now.
    check_times(claims, now, source=source)
    # 7. It has an id, by which it can be taken back, and a person, whose identity was verified.
    # Only then is the hash believed; the mask never is.
    jti = read_name(claims, "jti", source=source)
    is_email = claims.get("email_verified") is True
    if not is_email and claims.get("phone_number_verified") is not True:
        raise AuthInvalid("The token holds no verified identity.", source=source)
    # 8. Another network's word is good for so long after the person was validated (10f).
    auth_time = _read_auth_time(claims, now, source)
    if issuer != network and now - auth_time > authentication_age_max:
        raise AuthInvalid(
            "The token's authentication is too long ago.",
            source=source,
            seen={"authenticated_at": auth_time, "days_max": authentication_age_max.days},
        )
    return IdToken(
        network=issuer,
        identification=Identification(
            identity_hash=_read_hash(claims, source),
            is_email=is_email,
            masked_identity_value="",
            amr=_read_amr(claims),
            auth_time=auth_time,
        ),
        jti=jti,
        expires_at=datetime.fromtimestamp(int(claims["exp"]), now.tzinfo),
    )


def _trusted_issuer(claims: Mapping[str, Any], sandbox: Sandbox, network: str, source: str) -> str:
    issuer = _ISSUERS.get(str(claims.get("iss")))
    trusted = sandbox.trusted_by(network)
    if issuer is None or issuer not in trusted:
        raise AuthInvalid(
            "The token's issuer is not trusted here.",
            source=source,
            seen={"token_issuer": _brief(claims.get("iss")), "trusted_networks": list(trusted)},
        )
    return issuer


def _refuse_elsewhere(
    claims: Mapping[str, Any], sandbox: Sandbox, network: str, source: str
) -> None:
    if not sandbox.has_issued(claims.get("sandbox"), claims.get("sandboxEra")):
        raise AuthInvalid(
            "The token was issued in another sandbox.",
            source=source,
            seen={"token_sandbox": _brief(claims.get("sandbox")), "sandbox": sandbox.name},
        )
    check_audience(claims, network, source=source)


def check_audience(claims: Mapping[str, Any], network: str, *, source: str) -> None:
    """Raise AuthInvalid unless *network* is among those that the token is meant for."""
    audience = claims.get("aud")
    if not isinstance(audience, list) or PROFILES[network].issuer not in audience:
        raise AuthInvalid(
            "The token is not meant for this SRC System.",
            source=source,
            seen={"token_audience": _brief(audience), "network": PROFILES[network].issuer},
        )


def read_name(claims: Mapping[str, Any], name: str, *, source: str) -> str:
    """A claim that has to be there, as a text with something in it; else AuthInvalid."""
    value = claims.get(name)
    if not isinstance(value, str) or not value:
        raise AuthInvalid(f"The token has no {name}.", source=source, seen={"missing_claim": name})
    return value


def read_token(
    token: str, *, token_type: str, source: str
) -> tuple[jws.UnverifiedJws, dict[str, Any]]:
    """The parsed token with its unverified claims, or AuthInvalid."""
    try:
        unverified = jws.parse(token, max_length=TOKEN_CHARACTERS_MAX)
        claims = _CLAIMS.decode(unverified.payload)
    except (jws.JwsRefused, msgspec.MsgspecError, RecursionError, ValueError) as error:
        raise AuthInvalid(
            "The token is not a JWT.", source=source, seen={"unreadable": _problem(error)}
        ) from error
    if unverified.header.get("typ") != token_type:
        raise AuthInvalid(
            f"The token's typ is not {token_type}.",
            source=source,
            seen={"token_type": _brief(unverified.header.get("typ"))},
        )
    return unverified, claims


def verify_signature(unverified: jws.UnverifiedJws, keyring: Keyring, *, source: str) -> Key:
    """The key of *keyring* that made the signature, with RS256; AuthInvalid if none did."""
    key = signature_key(unverified.header.get("kid"), keyring, source=source)
    try:
        jws.verify(unverified, key.public)
    except jws.JwsRefused as error:
        raise AuthInvalid(
            "The token's signature is not valid.",
            source=source,
            seen={
                "token_kid": _brief(unverified.header.get("kid")),
                "token_alg": _brief(unverified.header.get("alg")),
            },
        ) from error
    return key


def _refuse_other_key(known: SignedClaims, keyring: Keyring, source: str) -> None:
    """Raise AuthInvalid unless the key that once verified the token is still the issuer's."""
    if signature_key(known.kid, keyring, source=source).public is not known.key:
        raise AuthInvalid(
            "The token's signature is not valid.",
            source=source,
            seen={"token_kid": _brief(known.kid)},
        )


def signature_key(kid: object, keyring: Keyring, *, source: str) -> Key:
    """The key of that id if it is one for signatures, or AuthInvalid."""
    key = keyring.by_kid(str(kid))
    if key is None or key.use != "sig":
        raise AuthInvalid(
            "The token's kid is not a key of its issuer.",
            source=source,
            seen={"token_kid": _brief(kid)},
        )
    return key


def check_times(claims: Mapping[str, Any], now: datetime, *, source: str) -> None:
    """Raise AuthInvalid unless iat ≤ now < exp, with a minute's leeway at the beginning."""
    expiry, issued_at = claims.get("exp"), claims.get("iat")
    moment = epoch_seconds(now)
    if not isinstance(expiry, int) or moment >= expiry:
        raise AuthInvalid(
            "The token has expired.",
            source=source,
            seen={"token_expires_at": _instant(expiry), "now": now},
        )
    if not isinstance(issued_at, int) or issued_at > moment + CLOCK_LEEWAY_SECONDS:
        raise AuthInvalid(
            "The token is not valid yet.",
            source=source,
            seen={"token_issued_at": _instant(issued_at), "now": now},
        )


def _problem(error: Exception) -> str:
    """What kept a token from being read; of what stands inside it nothing is told."""
    return str(error) if isinstance(error, jws.JwsRefused) else "The claims are no JSON object."


def _brief(claim: object) -> str:
    """A claim of a token that nobody believes, for the journal."""
    return str(claim)[:_BRIEF_CHARACTERS]


def _instant(seconds: object) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds, UTC) if isinstance(seconds, int) else None
    except (ValueError, OverflowError, OSError):
        return None


def _read_hash(claims: Mapping[str, Any], source: str) -> bytes:
    subject = read_name(claims, "sub", source=source)
    try:
        digest = base64.b64decode(subject, validate=True)
    except ValueError:  # binascii.Error is one
        digest = b""
    if len(digest) != _HASH_BYTES:
        raise AuthInvalid(
            "The token's subject is malformed.",
            source=source,
            seen={"token_subject": _brief(subject)},
        )
    return digest


def _read_auth_time(claims: Mapping[str, Any], now: datetime, source: str) -> datetime:
    moment = claims.get("auth_time")
    try:
        return datetime.fromtimestamp(moment if isinstance(moment, int) else -1, now.tzinfo)
    except (ValueError, OverflowError, OSError) as error:
        raise AuthInvalid("The token's auth_time is malformed.", source=source) from error


def _read_amr(claims: Mapping[str, Any]) -> tuple[str, ...]:
    amr = claims.get("amr")
    return tuple(str(method) for method in amr) if isinstance(amr, list) else ()
