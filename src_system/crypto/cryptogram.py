"""Dynamic data from derived entropy (spec 9.3, 9.4)."""

import base64

CRYPTOGRAM_BYTES = 20
_CODE_BELOW = 1_000
_CODE_BYTES_MIN = 8  # the remainder of 64 bits favours no code to speak of


def long_form(entropy: bytes) -> str:
    """A cryptogram: the first 20 bytes as 28 base64 characters, the last of them `=`."""
    _check(entropy, CRYPTOGRAM_BYTES)
    return base64.b64encode(entropy[:CRYPTOGRAM_BYTES]).decode()


def dynamic_card_security_code(entropy: bytes) -> str:
    """A dynamic card security code of three digits."""
    _check(entropy, _CODE_BYTES_MIN)
    return f"{int.from_bytes(entropy[:16], 'big') % _CODE_BELOW:03d}"


def _check(entropy: bytes, bytes_min: int) -> None:
    if len(entropy) < bytes_min:
        raise ValueError(f"at least {bytes_min} bytes of entropy are needed")
