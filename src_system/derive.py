"""Everything a sandbox makes up is derived here from its seed: equal calls give equal answers.

Values are HMAC-SHA256 of seed, purpose and parts, never drawn from a stream, so that calls which
run at the same time do not disturb one another. The few values that must be random come from here
too.
"""

import hashlib
import hmac
import secrets
import uuid
from builtins import bytes as Bytes  # noqa: N812 - the method of that name hides the type

_BLOCK_BYTES = 32
_UUID_BYTES = 16


class Derivation:
    """Derives bytes, ids and digits for one seed. The same parts give the same value, always."""

    __slots__ = ("_keyed",)

    def __init__(self, seed: str) -> None:
        self._keyed = hmac.new(hashlib.sha256(seed.encode()).digest(), digestmod=hashlib.sha256)

    def bytes(self, purpose: str, *parts: str | int | Bytes, size: int) -> Bytes:
        """*size* bytes."""
        message = _encode(purpose, parts)
        blocks = []
        for counter in range(-(-size // _BLOCK_BYTES)):
            block = self._keyed.copy()
            block.update(counter.to_bytes(4, "big") + message)
            blocks.append(block.digest())
        return b"".join(blocks)[:size]

    def number(self, purpose: str, *parts: str | int | Bytes, below: int) -> int:
        """A number from 0 to *below* - 1; the bias of 128 spare bits is nothing."""
        size = (below.bit_length() + 7) // 8 + 16
        return int.from_bytes(self.bytes(purpose, *parts, size=size), "big") % below

    def digits(self, purpose: str, *parts: str | int | Bytes, count: int) -> str:
        """*count* decimal digits, leading zeros kept."""
        return str(self.number(purpose, *parts, below=10**count)).zfill(count)

    def text(self, purpose: str, *parts: str | int | Bytes, alphabet: str, size: int) -> str:
        """*size* characters of *alphabet*."""
        base = len(alphabet)
        number = self.number(purpose, *parts, below=base**size)
        characters = []
        for _ in range(size):
            number, place = divmod(number, base)
            characters.append(alphabet[place])
        return "".join(characters)

    def uuid(self, purpose: str, *parts: str | int | Bytes) -> str:
        """A UUID of version 4 in form."""
        raw = self.bytes(purpose, *parts, size=_UUID_BYTES)
        return str(uuid.UUID(bytes=raw, version=4))


def random_seed() -> str:
    """A seed for a sandbox that was given none; the sandbox says which it got."""
    return str(secrets.randbelow(10**12))


def random_token() -> str:
    """A bearer token of 256 bits."""
    return secrets.token_urlsafe(32)


def random_name() -> str:
    """Six hex digits for a name nobody chose."""
    return secrets.token_hex(3)


def _encode(purpose: str, parts: tuple[str | int | bytes, ...]) -> bytes:
    """One byte string for purpose and parts: type, length and value of each, so none collide."""
    encoded = [_part(b"p", purpose.encode())]
    for part in parts:
        if isinstance(part, bytes):
            encoded.append(_part(b"b", part))
        elif isinstance(part, int):
            encoded.append(_part(b"i", str(part).encode()))
        else:
            encoded.append(_part(b"s", part.encode()))
    return b"".join(encoded)


def _part(kind: bytes, value: bytes) -> bytes:
    return kind + len(value).to_bytes(4, "big") + value
