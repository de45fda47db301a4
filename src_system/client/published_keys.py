"""A network's published keys: signatures are verified with them, cards sealed to them."""

import asyncio
import functools
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec

from src_system.client.errors import Json, NotTrusted, UnexpectedAnswer
from src_system.client.transport import Reply
from src_system.clock import epoch_seconds
from src_system.crypto import jwe, jws
from src_system.crypto.rsa_keys import KeyRefused, PrivateKey, private_from_jwk, public_from_jwk

TOKEN_CHARACTERS_MAX = 262_144
LEEWAY = timedelta(seconds=60)
_OBJECT = msgspec.json.Decoder(Json)


@dataclass(frozen=True, slots=True)
class Verified:
    """A JWS that the network signed, and that is good now: header and claims."""

    header: Json
    claims: Json


@dataclass(frozen=True, slots=True)
class Opened:
    """A JWE that one of our keys opened: header and content."""

    header: Json
    content: Json


class PublishedKeys:
    """The JWKS of one network, fetched when first needed, and again for a key id unknown so far."""

    def __init__(
        self,
        url: str,
        fetch: Callable[[str], Awaitable[Reply]],
        now: Callable[[], Awaitable[datetime]],
    ) -> None:
        self.url = url
        self._fetch = fetch
        self._now = now
        self._keys: list[Json] = []

    async def fetch(self) -> list[Json]:
        """The keys as they are published now."""
        keys = (await self._fetch(self.url)).expect(200).get("keys")
        if not isinstance(keys, list) or not all(isinstance(key, dict) for key in keys):
            raise UnexpectedAnswer(f"{self.url} gives no list of keys.")
        self._keys = keys
        return keys

    async def verify(self, token: str) -> Verified:
        """Header and claims of a JWS; NotTrusted unless this network signed it and it is good now.

        Only RS256 with a published signature key is believed. `exp`, `nbf` and `iat` hold where
        they stand, in the header or among the claims.
        """
        try:
            unverified = jws.parse(token, max_length=TOKEN_CHARACTERS_MAX)
            if unverified.header.get("alg") != jws.ALGORITHM:
                raise NotTrusted(
                    f"The signature's algorithm is {unverified.header.get('alg')!r},"
                    f" and only {jws.ALGORITHM} is believed."
                )
            key = await self._signature_key(unverified.header.get("kid"))
            verified = jws.verify(unverified, public_from_jwk(key))
            claims = _OBJECT.decode(verified.payload)
        except (jws.JwsRefused, KeyRefused) as error:
            raise NotTrusted(f"The JWS cannot be believed: {error}") from error
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise NotTrusted("The JWS holds no JSON object.") from error
        _check_times({**claims, **verified.header}, await self._now())
        return Verified(verified.header, claims)

    async def seal(self, document: Mapping[str, Any], *, content_encryption: str) -> str:
        """*document* as a compact JWE to this network's key for cards."""
        key = _newest(self._keys or await self.fetch(), "enc")
        if key is None:
            raise UnexpectedAnswer(f"{self.url} publishes no key to encrypt cards to.")
        header = {"kid": key["kid"], "iat": epoch_seconds(await self._now())}
        return await asyncio.to_thread(
            jwe.seal,
            msgspec.json.encode(document),
            key=public_from_jwk(key),
            enc=content_encryption,
            header=header,
        )

    async def _signature_key(self, kid: object) -> Json:
        if not isinstance(kid, str):
            raise NotTrusted("The JWS names no key (kid).")
        for keys in (self._keys, None):
            for key in await self.fetch() if keys is None else keys:
                if key.get("kid") == kid:
                    if key.get("use", "sig") != "sig":
                        raise NotTrusted(f"The key {kid!r} is not one for signatures.")
                    return key
        raise NotTrusted(f"The JWS is signed with {kid!r}, which {self.url} does not publish.")


async def open_jwe(token: str, private_keys: Sequence[Json]) -> Opened:
    """The JSON object in a compact JWE; NotTrusted unless one of *private_keys* opens it."""
    try:
        unopened = jwe.parse(token, max_length=TOKEN_CHARACTERS_MAX)
    except jwe.JweRefused as error:
        raise NotTrusted(str(error)) from error
    kid = unopened.header.get("kid")
    for key in private_keys:
        if key.get("kid") == kid:
            break
    else:
        raise NotTrusted(f"The JWE is encrypted to {kid!r}, which is no key of this client.")
    try:
        clear = await asyncio.to_thread(
            jwe.open_jwe,
            unopened,
            _private_key(msgspec.json.encode(key)),
            enc_allowed=tuple(jwe.CONTENT_KEY_BYTES),
        )
        return Opened(unopened.header, _OBJECT.decode(clear))
    except (jwe.JweRefused, KeyRefused) as error:
        raise NotTrusted(f"The JWE cannot be opened: {error}") from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise NotTrusted("The JWE holds no JSON object.") from error


@functools.lru_cache(maxsize=64)
def _private_key(jwk: bytes) -> PrivateKey:
    """The key of a JWK of the client's own; reading it again would take as long as opening."""
    return private_from_jwk(msgspec.json.decode(jwk), is_ours=True)


def _newest(keys: Sequence[Json], use: str) -> Json | None:
    """The key of that use whose id is the last in order: ids hold the time they were made."""
    found = [key for key in keys if key.get("use") == use and isinstance(key.get("kid"), str)]
    return max(found, key=lambda key: str(key["kid"]), default=None)


def _check_times(members: Mapping[str, Any], now: datetime) -> None:
    moment = epoch_seconds(now)
    expires, begins = _seconds(members.get("exp")), _seconds(members.get("nbf"))
    issued = _seconds(members.get("iat"))
    if expires is not None and moment >= expires:
        raise NotTrusted(f"It has expired, {moment - expires:.0f} s ago.")
    ahead = max((begins or 0.0) - moment, (issued or 0.0) - moment)
    if ahead > LEEWAY.total_seconds():
        raise NotTrusted(f"It is not valid yet, for {ahead:.0f} s.")


def _seconds(value: object) -> float | None:
    """Seconds since 1970, as a number or in text, milliseconds too; None for nothing."""
    if value is None:
        return None
    try:
        number = float(str(value))
    except ValueError as error:
        raise NotTrusted(f"A time in it is malformed: {value!r}.") from error
    return number / 1000 if number > 1e11 else number
