"""The prepared checkout: signed here, carried by the browser to the DCF and back (spec 4.9)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from src_system.clock import epoch_seconds
from src_system.crypto import jws
from src_system.crypto.keyring import Keyring
from src_system.model.errors import CorruptData, InvalidState
from src_system.model.sandbox import Sandbox

HEADER_TYPE = "JOSE"
CHARACTERS_MAX = 65_536
_SOURCE = "checkoutRequestJws"
_MEMBERS = msgspec.json.Decoder(dict[str, Any])


def sign_checkout_request(
    document: Mapping[str, Any], *, sandbox: Sandbox, network: str, keyring: Keyring, now: datetime
) -> str:
    """The document as a JWS; `iat` stands in the header, as in Visa's own (spec 4.9)."""
    key = keyring.signing(now)
    members = {
        **document,
        "sandbox": sandbox.name,
        "sandboxEra": sandbox.era,
        "network": network,
        "simulated": True,
    }
    return jws.sign(
        msgspec.json.encode(members),
        key=key.private,
        header={"typ": HEADER_TYPE, "iat": epoch_seconds(now), "kid": key.kid},
    )


def verify_checkout_request(
    token: str,
    *,
    sandbox: Sandbox,
    network: str,
    keyring: Keyring,
    now: datetime,
    life: timedelta,
) -> dict[str, Any]:
    """The signed members; CorruptData unless ours and intact, InvalidState after *life*."""
    try:
        unverified = jws.parse(token, max_length=CHARACTERS_MAX)
        key = keyring.by_kid(str(unverified.header.get("kid")))
        if key is None or key.use != "sig":
            raise CorruptData("The kid is not a key of this SRC System.", source=_SOURCE)
        jws.verify(unverified, key.public)
        members = _MEMBERS.decode(unverified.payload)
    except (jws.JwsRefused, msgspec.MsgspecError, RecursionError, ValueError) as error:
        raise CorruptData("It is not signed by this SRC System.", source=_SOURCE) from error
    if unverified.header.get("typ") != HEADER_TYPE:
        raise CorruptData("It is no prepared checkout.", source=_SOURCE)
    is_ours = sandbox.has_issued(members.get("sandbox"), members.get("sandboxEra"))
    if members.get("network") != network or not is_ours:
        raise CorruptData("It was prepared elsewhere.", source=_SOURCE)
    issued_at = unverified.header.get("iat")
    if not isinstance(issued_at, int) or epoch_seconds(now) >= issued_at + life.total_seconds():
        raise InvalidState("The prepared checkout has expired.", source=_SOURCE)
    return members
