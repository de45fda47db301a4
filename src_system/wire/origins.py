"""What makes a call this call: all that it says, but not how that was signed or encrypted.

Ids are derived from it. Keys and ciphertexts are random, so that a token counts by its issuer and
its jti, and a ciphertext not at all: the same calls get the same ids from every fresh server.
"""

from typing import Any

import msgspec

from src_system.crypto import jws
from src_system.wire.documents import ConsumerDocument, TransactionOptionsDocument

_TOKEN_CHARACTERS_MAX = 65_536
_JWS_DOTS, _JWE_DOTS = 2, 4
_COMPACT = "ey"  # {" in base64url: how every compact JWS and JWE begins
_CLAIMS = msgspec.json.Decoder(dict[str, Any])


def token_origin(token: str | None) -> str | None:
    """The token's issuer and id, believed by nobody; what is no token stands for itself."""
    if not token:
        return None
    try:
        claims = _CLAIMS.decode(jws.parse(token, max_length=_TOKEN_CHARACTERS_MAX).payload)
    except (jws.JwsRefused, msgspec.MsgspecError, RecursionError, ValueError):
        return token
    named = [claims[name] for name in ("iss", "jti") if isinstance(claims.get(name), str)]
    return " ".join(named) or token


def person_origin(consumer: ConsumerDocument | None) -> str | None:
    """By what the person is told from others: the e-mail address, else the phone number."""
    if consumer is None:
        return None
    if consumer.email_address or consumer.mobile_number is None:
        return consumer.email_address
    return consumer.mobile_number.phone_number


def amount_origin(options: TransactionOptionsDocument | None) -> str | None:
    """How much is to be paid."""
    amount = None if options is None else options.transaction_amount
    return None if amount is None else str(amount.transaction_amount)


def said(value: Any) -> Any:
    """*value* with issuer and id in place of every signed document, and no encrypted one."""
    if isinstance(value, dict):
        return {name: said(member) for name, member in value.items()}
    if isinstance(value, list):
        return [said(member) for member in value]
    if isinstance(value, str) and value.startswith(_COMPACT):
        if value.count(".") == _JWE_DOTS:
            return None
        if value.count(".") == _JWS_DOTS:
            return token_origin(value)
    return value
