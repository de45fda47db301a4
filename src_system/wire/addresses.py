"""Cards updated and addresses kept: the calls read and their answers written (spec 4.2, 4.3)."""

from typing import TypedDict

from src_system.model.address import Address
from src_system.model.digital_card import DigitalCardStatus
from src_system.model.identifiers import check_identifier
from src_system.operations.add_billing_address import (
    AddBillingAddressRequest,
    AddBillingAddressResult,
)
from src_system.operations.add_shipping_address import (
    AddShippingAddressRequest,
    AddShippingAddressResult,
)
from src_system.operations.delete_billing_address import DeleteBillingAddressRequest
from src_system.operations.delete_shipping_address import DeleteShippingAddressRequest
from src_system.operations.update_card import UpdateCardRequest
from src_system.operations.update_shipping_address import (
    UpdateShippingAddressRequest,
    UpdateShippingAddressResult,
)
from src_system.payloads.masked import masked_address
from src_system.payloads.masked_documents import MaskedAddress
from src_system.system import System
from src_system.wire.documents import (
    AddressDocument,
    BillingAddressDocument,
    ShippingAddressDocument,
    UpdateCardDocument,
    convert,
)
from src_system.wire.origins import token_origin
from src_system.wire.reading import Call, read_address, read_enum, read_session
from src_system.wire.requests import card_id_of, query_session

_SETTABLE = "digitalCardData.status"


def read_update_card(call: Call) -> UpdateCardRequest:
    """spec 4.2."""
    document = convert(call.body, UpdateCardDocument)
    card_id = card_id_of(call)
    data = document.digital_card_data
    return UpdateCardRequest(
        session=read_session(call, document, card_id),
        src_digital_card_id=card_id,
        id_token=document.id_token or None,
        encrypted_card=document.encrypted_card or None,
        pan_expiration_month=document.pan_expiration_month or None,
        pan_expiration_year=document.pan_expiration_year or None,
        cardholder_full_name=document.cardholder_full_name or None,
        billing_address=read_address(document.billing_address),
        status=read_enum(DigitalCardStatus, data.status if data else None, _SETTABLE),
        presentation_name=data.presentation_name if data else None,
        art_uri=data.art_uri if data else None,
    )


def read_add_billing_address(call: Call) -> AddBillingAddressRequest:
    """spec 4.3."""
    document = convert(call.body, BillingAddressDocument)
    card_id = card_id_of(call)
    return AddBillingAddressRequest(
        session=read_session(call, document, card_id),
        src_digital_card_id=card_id,
        address=read_address(document.billing_address or document.address),
        encrypted_address=document.encrypted_billing_address or None,
    )


def read_delete_billing_address(call: Call) -> DeleteBillingAddressRequest:
    """spec 4.3."""
    return DeleteBillingAddressRequest(query_session(call), card_id_of(call))


def read_add_shipping_address(call: Call) -> AddShippingAddressRequest:
    """spec 4.3."""
    document = convert(call.body, ShippingAddressDocument)
    address = document.shipping_address or document.address
    return AddShippingAddressRequest(
        session=read_session(call, document, *_origin(address, document.id_token)),
        id_token=document.id_token or None,
        address=read_address(address),
        encrypted_address=document.encrypted_shipping_address or None,
    )


def read_update_shipping_address(call: Call) -> UpdateShippingAddressRequest:
    """spec 4.3."""
    document = convert(call.body, ShippingAddressDocument)
    address = document.shipping_address or document.address
    return UpdateShippingAddressRequest(
        session=read_session(call, document, *_origin(address, document.id_token)),
        address_id=_address_id(call),
        id_token=document.id_token or None,
        address=read_address(address),
        encrypted_address=document.encrypted_shipping_address or None,
    )


def read_delete_shipping_address(call: Call) -> DeleteShippingAddressRequest:
    """spec 4.3; no idToken stands in a URL: the session says whose."""
    return DeleteShippingAddressRequest(query_session(call), _address_id(call))


def _address_id(call: Call) -> str:
    return check_identifier(call.path["addressId"], source="addressId", characters_max=64)


def _origin(address: AddressDocument | None, id_token: str | None) -> tuple[str | None, ...]:
    """What tells this call from another of the same client."""
    if address is None:
        return (token_origin(id_token),)
    return (address.line1, address.zip, address.country_code, token_origin(id_token))


class BillingAddressAnswer(TypedDict):
    """spec 4.3: the address as it was kept, masked."""

    addressId: str
    maskedBillingAddress: MaskedAddress


class ShippingAddressAnswer(TypedDict):
    """spec 4.3: the address as it was kept, masked."""

    addressId: str
    maskedShippingAddress: MaskedAddress


def write_add_billing_address(
    result: AddBillingAddressResult, system: System
) -> BillingAddressAnswer:
    """spec 4.3."""
    return {
        "addressId": result.address_id,
        "maskedBillingAddress": _masked(system, result.address, result.address_id),
    }


def write_shipping_address(
    result: AddShippingAddressResult | UpdateShippingAddressResult, system: System
) -> ShippingAddressAnswer:
    """spec 4.3."""
    return {
        "addressId": result.address_id,
        "maskedShippingAddress": _masked(system, result.address, result.address_id),
    }


def _masked(system: System, address: Address, address_id: str) -> MaskedAddress:
    return masked_address(system.profile, address, address_id)
