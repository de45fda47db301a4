"""An address as a call gives it: in clear, or encrypted to the network's key (spec 4.3)."""

from src_system.crypto.keyring import Keyring
from src_system.model.address import Address
from src_system.networks.market_rules import check_address
from src_system.payloads.encrypted_card import open_encrypted_address


def given_address(
    address: Address | None, encrypted_address: str | None, *, keyring: Keyring, member: str
) -> Address:
    """The address in its normal form; refusals name `shippingAddress.zip` for the member so named.

    What is encrypted wins over what is in clear, and stands in `encryptedShippingAddress`. Raises
    CorruptData, MissingMember, InvalidFormat, InvalidValue.
    """
    if encrypted_address is None:
        return check_address(address or Address(), source=member, is_shipping=True)
    source = f"encrypted{member[0].upper()}{member[1:]}"
    opened = open_encrypted_address(encrypted_address, keyring=keyring, source=source)
    return check_address(opened, source=source, is_shipping=True)
