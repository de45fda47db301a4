"""Durations as people type them, 5s or 1h30m, as the server reads them: ISO 8601."""

import re

_AMOUNT = r"\d{1,9}(?:\.\d{1,6})?"
_TYPED = re.compile(
    rf"(?=\d)(?P<days>(?:{_AMOUNT}w)?(?:{_AMOUNT}d)?)"
    rf"(?P<time>(?:{_AMOUNT}h)?(?:{_AMOUNT}m)?(?:{_AMOUNT}s)?)"
)


def iso_duration(text: str) -> str:
    """PT5S for 5s, PT1H30M for 1h30m; anything else as it is, for its reader to refuse.

    So is a capital M: one takes it for months and the next for minutes.
    """
    typed = None if "M" in text else _TYPED.fullmatch(text.lower())
    if typed is None:
        return text
    return f"P{typed['days']}{'T' if typed['time'] else ''}{typed['time']}".upper()
