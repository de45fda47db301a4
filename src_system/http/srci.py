"""The operations that an SRC initiator calls: where each lives, and who reads, runs, writes it."""

from operator import attrgetter

from src_system.http.operation import ANYBODY, Operation
from src_system.networks.offers import offers
from src_system.networks.profile import NetworkProfile
from src_system.operations.add_billing_address import add_billing_address
from src_system.operations.add_shipping_address import add_shipping_address
from src_system.operations.checkout import checkout
from src_system.operations.complete_identity_validation import complete_identity_validation
from src_system.operations.confirmation import confirm
from src_system.operations.delete_billing_address import delete_billing_address
from src_system.operations.delete_card import delete_card
from src_system.operations.delete_shipping_address import delete_shipping_address
from src_system.operations.enroll_card import enroll_card
from src_system.operations.get_card import get_card
from src_system.operations.get_payload import get_payload
from src_system.operations.get_src_profile import get_src_profile
from src_system.operations.identity_lookup import identity_lookup
from src_system.operations.initiate_identity_validation import initiate_identity_validation
from src_system.operations.is_recognized import is_recognized
from src_system.operations.unbind_app_instance import unbind_app_instance
from src_system.operations.update_card import update_card
from src_system.operations.update_shipping_address import update_shipping_address
from src_system.payloads.checkout_response import CheckoutResponseDocument
from src_system.wire import addresses, answer_documents, answers, documents, queries, requests


def _has_get_payload(profile: NetworkProfile) -> bool:
    return offers(profile, "getPayload")


def _forgotten(_result: object) -> str:
    """Unbinding takes the cookie away, whatever it held (spec 4.8)."""
    return ""


SRCI_OPERATIONS = (
    Operation(
        "enrollCard",
        "POST",
        "cards",
        requests.read_enroll_card,
        enroll_card,
        answers.write_enroll_card,
        documents.EnrollCardDocument,
        answer=answer_documents.EnrollCardAnswer,
        callers=ANYBODY,
    ),
    Operation(
        "getCard",
        "GET",
        "cards/{srcDigitalCardId}",
        requests.read_get_card,
        get_card,
        answers.write_get_card,
        answer=answer_documents.GetCardAnswer,
        query=queries.SessionQuery,
        callers=ANYBODY,
    ),
    Operation(
        "deleteCard",
        "DELETE",
        "cards/{srcDigitalCardId}",
        requests.read_delete_card,
        delete_card,
        None,
        query=queries.SessionQuery,
        callers=ANYBODY,
    ),
    Operation(
        "updateCard",
        "PUT",
        "cards/{srcDigitalCardId}",
        addresses.read_update_card,
        update_card,
        answers.write_get_card,
        documents.UpdateCardDocument,
        answer=answer_documents.GetCardAnswer,
        callers=ANYBODY,
    ),
    Operation(
        "addBillingAddress",
        "POST",
        "cards/{srcDigitalCardId}/billingaddress",
        addresses.read_add_billing_address,
        add_billing_address,
        addresses.write_add_billing_address,
        documents.BillingAddressDocument,
        answer=addresses.BillingAddressAnswer,
        callers=ANYBODY,
    ),
    Operation(
        "deleteBillingAddress",
        "DELETE",
        "cards/{srcDigitalCardId}/billingaddress",
        addresses.read_delete_billing_address,
        delete_billing_address,
        None,
        query=queries.SessionQuery,
        callers=ANYBODY,
    ),
    Operation(
        "addShippingAddress",
        "POST",
        "shippingaddresses",
        addresses.read_add_shipping_address,
        add_shipping_address,
        addresses.write_shipping_address,
        documents.ShippingAddressDocument,
        answer=addresses.ShippingAddressAnswer,
    ),
    Operation(
        "updateShippingAddress",
        "PUT",
        "shippingaddresses/{addressId}",
        addresses.read_update_shipping_address,
        update_shipping_address,
        addresses.write_shipping_address,
        documents.ShippingAddressDocument,
        answer=addresses.ShippingAddressAnswer,
    ),
    Operation(
        "deleteShippingAddress",
        "DELETE",
        "shippingaddresses/{addressId}",
        addresses.read_delete_shipping_address,
        delete_shipping_address,
        None,
        query=queries.SessionQuery,
    ),
    Operation(
        "isRecognized",
        "POST",
        "identities/recognize",
        requests.read_is_recognized,
        is_recognized,
        answers.write_is_recognized,
        documents.TokensDocument,
        answer=answer_documents.IsRecognizedAnswer,
    ),
    Operation(
        "identityLookup",
        "POST",
        "identities/lookup",
        requests.read_identity_lookup,
        identity_lookup,
        answers.write_identity_lookup,
        documents.IdentityLookupDocument,
        answer=answer_documents.IdentityLookupAnswer,
    ),
    Operation(
        "initiateIdentityValidation",
        "POST",
        "identities/validation/initiate",
        requests.read_initiate_identity_validation,
        initiate_identity_validation,
        answers.write_initiate_identity_validation,
        documents.InitiateIdentityValidationDocument,
        answer=answer_documents.InitiateIdentityValidationAnswer,
    ),
    Operation(
        "completeIdentityValidation",
        "POST",
        "identities/validation/complete",
        requests.read_complete_identity_validation,
        complete_identity_validation,
        answers.write_complete_identity_validation,
        documents.CompleteIdentityValidationDocument,
        answer=answer_documents.CompleteIdentityValidationAnswer,
        recognition=attrgetter("recognition_token"),
    ),
    Operation(
        "getSrcProfile",
        "POST",
        "profiles/prepare",
        requests.read_get_src_profile,
        get_src_profile,
        answers.write_get_src_profile,
        documents.TokensDocument,
        answer=answer_documents.GetSrcProfileAnswer,
    ),
    Operation(
        "unbindAppInstance",
        "POST",
        "apps/unbind",
        requests.read_unbind_app_instance,
        unbind_app_instance,
        answers.write_unbind_app_instance,
        documents.TokensDocument,
        answer=answer_documents.UnbindAppInstanceAnswer,
        recognition=_forgotten,
    ),
    Operation(
        "checkout",
        "POST",
        "transaction/credentials",
        requests.read_checkout,
        checkout,
        answers.write_checkout,
        documents.CheckoutDocument,
        answer=answer_documents.CheckoutAnswer,
        brings_version=True,
        takes_prepared=True,
        recognition=attrgetter("recognition_token"),
    ),
    Operation(
        "getPayload",
        "GET",
        "transaction/credentials",
        requests.read_get_payload,
        get_payload,
        answers.write_get_payload,
        answer=CheckoutResponseDocument,
        query=queries.PayloadQuery,
        offered=_has_get_payload,
    ),
    Operation(
        "confirmation",
        "POST",
        "confirmations",
        requests.read_confirmation,
        confirm,
        None,
        documents.ConfirmationDocument,
    ),
)
