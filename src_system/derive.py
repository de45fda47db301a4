"""Everything a sandbox makes up is derived here from its seed: equal calls give equal answers.

Values are HMAC-SHA256 of seed, purpose and parts, never drawn from a stream, so that calls which
run at the same time do not disturb one another. The few values that must be random come from here
too.
"""

import hashlib
import hmac
import secrets
from builtins import bytes as Bytes  # noqa: N812 - the method of that name hides the type

_BLOCK_BYTES = 32
_UUID_BYTES = 16
_FIRST = bytes(4)  # the first block's counter
_VARIANTS = "89ab"


class Derivation:
    """Derives bytes, ids and digits for one seed. The same parts give the same value, always."""

    __slots__ = ("_keyed",)

    def __init__(self, seed: str) -> None:
        self._keyed = hmac.new(hashlib.sha256(seed.encode()).digest(), digestmod=hashlib.sha256)

    def bytes(self, purpose: str, *parts: str | int | Bytes, size: int) -> Bytes:
        """*size* bytes."""
        message = _encode(purpose, parts)
        block = self._keyed.copy()
        block.update(_FIRST + message)
        made = block.digest()
        for counter in range(1, -(-size // _BLOCK_BYTES)):
            block = self._keyed.copy()
            block.update(counter.to_bytes(4, "big") + message)
            made += block.digest()
        return made[:size]

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
        digits, variant = raw.hex(), _VARIANTS[raw[8] >> 4 & 3]
        # What str(uuid.UUID(bytes=raw, version=4)) gives, at a third of its time.
        return (
            f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"
        )


def random_seed() -> str:
    """A seed for a sandbox that was given none; the sandbox says which it got."""
    return str(secrets.randbelow(10**12))


def random_token() -> str:
    """A bearer token of 256 bits."""
    return secrets.token_urlsafe(32)


def random_id() -> str:
    """80 bits as 20 hex digits, for a name that nobody may guess."""
    return secrets.token_hex(10)


def random_name() -> str:
    """Six hex digits for a name nobody chose."""
    return secrets.token_hex(3)


def _encode(purpose: str, parts: tuple[str | int | bytes, ...]) -> bytes:
    """One byte string for purpose and parts: type, length and value of each, so none collide."""
    text = purpose.encode()
    encoded = b"p" + len(text).to_bytes(4, "big") + text
    for part in parts:
        if isinstance(part, str):
            kind, value = b"s", part.encode()
        elif isinstance(part, int):
            kind, value = b"i", str(part).encode()
        else:
            kind, value = b"b", part
        encoded += kind + len(value).to_bytes(4, "big") + value
    return encoded
