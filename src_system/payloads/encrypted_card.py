"""Opening encryptedCard: a card encrypted by the client to this network's key (spec 5.7, 8.1)."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from src_system.crypto import jwe
from src_system.crypto.keyring import Keyring
from src_system.model.address import Address
from src_system.model.card import Card
from src_system.model.errors import CorruptData, InvalidFormat
from src_system.model.pan import read_expiry, read_pan, refuse_past_expiry
from src_system.networks.market_rules import check_address

ENCRYPTED_CARD_CHARACTERS_MAX = 16_384
CONTENT_ENCRYPTIONS = ("A128GCM", "A256GCM")
_SECURITY_CODE = re.compile("[0-9]{3,4}")
_FULL_NAME_CHARACTERS_MAX = 256
_BRIEF_CHARACTERS = 200
_TEXT_DECODER = msgspec.json.Decoder(dict[str, Any])
_ADDRESS_MEMBERS = {
    "name": "name",
    "line1": "line1",
    "line2": "line2",
    "line3": "line3",
    "city": "city",
    "state": "state",
    "countryCode": "country_code",
    "zip": "zip",
}


def open_encrypted_card(
    encrypted_card: str, *, keyring: Keyring, now: datetime, source: str = "encryptedCard"
) -> Card:
    """The card inside, checked for form and expiry.

    Raises CorruptData when it cannot be opened, else a refusal that names the member inside as
    *source*.member.
    """
    members = open_members(encrypted_card, keyring=keyring, source=source)
    return read_card(members, now=now, source=source)


def open_encrypted_address(encrypted_address: str, *, keyring: Keyring, source: str) -> Address:
    """The address inside (spec 4.3); CorruptData, or InvalidFormat naming *source*.member."""
    members = open_members(encrypted_address, keyring=keyring, source=source)
    address = read_address(members, source)
    if address is None:
        raise CorruptData(source=source)
    return address


def open_security_code(encrypted_card: str, *, keyring: Keyring, source: str) -> str | None:
    """The cardSecurityCode in an encrypted Card of which nothing else need be given."""
    return read_security_code(
        open_members(encrypted_card, keyring=keyring, source=source), source=source
    )


def open_members(encrypted: str, *, keyring: Keyring, source: str) -> dict[str, Any]:
    """The JSON object in a JWE to this network's key.

    Raises CorruptData for an unknown kid, another key, a forbidden algorithm, or no object.
    """
    try:
        unopened = jwe.parse(encrypted, max_length=ENCRYPTED_CARD_CHARACTERS_MAX)
        kid = unopened.header.get("kid")
        key = keyring.decryption(None if kid is None else str(kid))
        if key is None:
            raise CorruptData(
                "The kid is not a key of this SRC System.",
                source=source,
                seen={"jwe_kid": str(kid)[:_BRIEF_CHARACTERS]},
            )
        plaintext = jwe.open_jwe(unopened, key.private, enc_allowed=CONTENT_ENCRYPTIONS)
        return _TEXT_DECODER.decode(plaintext)
    except (jwe.JweRefused, msgspec.MsgspecError, RecursionError, ValueError) as error:
        raise CorruptData(source=source, seen={"unreadable": _problem(error)}) from error


def _problem(error: Exception) -> str:
    """What kept a JWE from being read; of what stands inside it nothing is told."""
    return str(error) if isinstance(error, jwe.JweRefused) else "It holds no JSON object."


def read_card(members: Mapping[str, Any], *, now: datetime, source: str) -> Card:
    """The card in JSON *members*, checked; refusals name *source*.member."""
    pan = read_pan(
        _text(members, "primaryAccountNumber", source), source=f"{source}.primaryAccountNumber"
    )
    expiry = read_expiry(
        _text(members, "panExpirationMonth", source),
        _text(members, "panExpirationYear", source),
        source=source,
    )
    refuse_past_expiry(expiry, now, source=source)
    code = read_security_code(members, source=source)
    return Card(
        pan=pan,
        expiry=expiry,
        security_code=code,
        cardholder_full_name=_cardholder(members, source),
        billing_address=_billing_address(members, f"{source}.billingAddress"),
    )


def read_security_code(members: Mapping[str, Any], *, source: str) -> str | None:
    """The cardSecurityCode, None when it is not given; InvalidFormat unless 3 or 4 digits."""
    code = _text(members, "cardSecurityCode", source)
    if code is not None and _SECURITY_CODE.fullmatch(code) is None:
        raise InvalidFormat(
            "A card security code has three or four digits.", source=f"{source}.cardSecurityCode"
        )
    return code


def _billing_address(members: Mapping[str, Any], source: str) -> Address | None:
    address = read_address(members.get("billingAddress"), source)
    if address is None:
        return None
    return check_address(address, source=source, is_shipping=False)


def read_address(members: object, source: str) -> Address | None:
    """An Address from JSON members, or None when there is none."""
    if members is None:
        return None
    if not isinstance(members, dict):
        raise InvalidFormat("An address is a JSON object.", source=source)
    values = {ours: _text(members, theirs, source) for theirs, ours in _ADDRESS_MEMBERS.items()}
    return Address(**values)


def _cardholder(members: Mapping[str, Any], source: str) -> str | None:
    name = _text(members, "cardholderFullName", source)
    if name is None:
        parts = [_text(members, f"cardholder{part}Name", source) for part in ("First", "Last")]
        name = " ".join(part for part in parts if part) or None
    if name is not None and len(name) > _FULL_NAME_CHARACTERS_MAX:
        raise InvalidFormat(
            f"A name has at most {_FULL_NAME_CHARACTERS_MAX} characters.",
            source=f"{source}.cardholderFullName",
        )
    return name


def _text(members: Mapping[str, Any], name: str, source: str) -> str | None:
    value = members.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or "\x00" in value:
        raise InvalidFormat("The member must be text.", source=f"{source}.{name}")
    return value
