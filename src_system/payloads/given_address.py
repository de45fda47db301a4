"""An address as a call gives it: in clear, or encrypted to the network's key (spec 4.3)."""

from src_system.crypto.keyring import Keyring
from src_system.model.address import Address
from src_system.networks.address_form import AddressForm, check_address_form
from src_system.networks.market_rules import check_address
from src_system.payloads.encrypted_card import open_encrypted_address


def given_address(
    address: Address | None,
    encrypted_address: str | None,
    *,
    keyring: Keyring,
    form: AddressForm,
    member: str,
    is_whole: bool = True,
) -> Address:
    """The address in its normal form; refusals name `shippingAddress.zip` for the member so named.

    What is encrypted wins over what is in clear, and stands in `encryptedShippingAddress`. An
    address that need not be *is_whole* may lack what its market needs of a shipping address.
    Raises CorruptData, MissingMember, InvalidFormat, InvalidValue.
    """
    source, given = member, address or Address()
    if encrypted_address is not None:
        source = f"encrypted{member[0].upper()}{member[1:]}"
        given = open_encrypted_address(encrypted_address, keyring=keyring, source=source)
    checked = check_address(given, source=source, is_shipping=is_whole)
    check_address_form(checked, form, source=source)
    return checked
