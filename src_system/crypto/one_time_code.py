"""One-time codes: derived from the validation they belong to, so that none is ever kept."""

import hmac

from src_system.derive import Derivation


def one_time_code(
    derivation: Derivation, id_validation_session_id: str, issue_number: int, *, digits: int
) -> str:
    """The code that was the *issue_number*-th sent in the validation."""
    return derivation.digits("one_time_code", id_validation_session_id, issue_number, count=digits)


def matches(expected: str, given: str) -> bool:
    """Whether the codes are equal, in constant time."""
    return hmac.compare_digest(expected.encode(), given.encode(errors="surrogatepass"))
