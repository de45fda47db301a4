"""Card numbers in addresses and forms, where a blank is `%20` or `+` and any digit may be `%34`."""

import re
from collections.abc import Callable
from urllib.parse import quote, unquote_plus

from src_system.log import mask_numbers

_DELIMITERS = re.compile(r"([/?&=;#])")
_ENCODINGS_MAX = 3  # of one upon the other; nobody's server undoes more


def mask_address(address: str, is_spared: Callable[[str], bool] | None = None) -> str:
    """*address* with card numbers masked as by `mask_numbers`; all else stays as it was written."""
    return "".join(_mask_part(part, is_spared) for part in _DELIMITERS.split(address))


def _mask_part(part: str, is_spared: Callable[[str], bool] | None) -> str:
    clear = part
    for _ in range(_ENCODINGS_MAX + 1):
        masked = mask_numbers(clear, is_spared)
        if masked != clear:
            return masked if clear == part else quote(masked, safe="*")
        clear = unquote_plus(clear)
    return part
