"""One writer per operation: the operation's result becomes the answer's JSON."""

from src_system.clock import iso_millis
from src_system.model.digital_card import DigitalCard
from src_system.model.payment_token import PaymentToken
from src_system.networks.profile import NetworkProfile
from src_system.operations.checkout import CheckoutResult
from src_system.operations.complete_identity_validation import (
    CompleteIdentityValidationResult,
)
from src_system.operations.enroll_card import EnrollCardResult
from src_system.operations.get_card import GetCardResult
from src_system.operations.get_payload import GetPayloadResult
from src_system.operations.get_src_profile import GetSrcProfileResult, SrcProfile
from src_system.operations.identity_lookup import IdentityLookupResult
from src_system.operations.initiate_identity_validation import (
    InitiateIdentityValidationResult,
    ValidationChannel,
)
from src_system.operations.is_recognized import IsRecognizedResult
from src_system.operations.update_card import UpdateCardResult
from src_system.payloads.checkout_response import CheckoutResponseDocument
from src_system.payloads.masked import (
    masked_card,
    masked_consumer,
    masked_shipping_address,
)
from src_system.payloads.masked_documents import MaskedCard
from src_system.system import System
from src_system.wire.answer_documents import (
    CheckoutAnswer,
    CompleteIdentityValidationAnswer,
    EnrollCardAnswer,
    GetCardAnswer,
    GetSrcProfileAnswer,
    IdentityLookupAnswer,
    InitiateIdentityValidationAnswer,
    IsRecognizedAnswer,
    SrcProfileDocument,
    UnbindAppInstanceAnswer,
    ValidationChannelDocument,
)


def write_identity_lookup(result: IdentityLookupResult, _system: System) -> IdentityLookupAnswer:
    """spec 4.4."""
    return {"consumerPresent": result.consumer_present}


def write_initiate_identity_validation(
    result: InitiateIdentityValidationResult, system: System
) -> InitiateIdentityValidationAnswer:
    """spec 4.5: Visa names all its channels in one text."""
    profile = system.profile
    masked = (
        ",".join(channel.masked_validation_channel for channel in result.supported_channels)
        if profile.masked_channels_joined
        else result.channel.masked_validation_channel
    )
    return {
        "idValidationSessionId": result.id_validation_session_id,
        "maskedValidationChannel": masked,
        "supportedValidationChannels": [
            _channel(profile, channel) for channel in result.supported_channels
        ],
        "validationExpiresAt": iso_millis(result.expires_at),
    }


def _channel(profile: NetworkProfile, channel: ValidationChannel) -> ValidationChannelDocument:
    return {
        "validationChannelId": channel.validation_channel_id,
        "identityProvider": "SRC",
        "identityType": profile.validation_channel_names[channel.identity_type],
        "maskedValidationChannel": channel.masked_validation_channel,
    }


def write_complete_identity_validation(
    result: CompleteIdentityValidationResult, _system: System
) -> CompleteIdentityValidationAnswer:
    """spec 4.6."""
    document: CompleteIdentityValidationAnswer = {"idToken": result.id_token}
    if result.recognition_token is not None:
        document["recognitionToken"] = result.recognition_token
    return document


def write_is_recognized(result: IsRecognizedResult, _system: System) -> IsRecognizedAnswer:
    """spec 4.8."""
    document: IsRecognizedAnswer = {"recognized": bool(result.id_tokens)}
    if result.id_tokens:
        document["idTokens"] = list(result.id_tokens)
    return document


def write_get_src_profile(result: GetSrcProfileResult, system: System) -> GetSrcProfileAnswer:
    """spec 4.7, 5.21."""
    return {"profiles": [_profile(profile, system) for profile in result.profiles]}


def _profile(profile: SrcProfile, system: System) -> SrcProfileDocument:
    now = system.now()
    document: SrcProfileDocument = {
        "maskedConsumer": masked_consumer(system.profile, profile.consumer, now=now),
        "maskedCards": [
            _card(system, card, profile.tokens.get(card.src_digital_card_id))
            for card in profile.cards
        ],
    }
    document[system.profile.profile_token_member] = profile.id_token
    if profile.shipping_addresses:
        document["maskedShippingAddresses"] = [
            masked_shipping_address(system.profile, address)
            for address in profile.shipping_addresses
        ]
    return document


def write_enroll_card(result: EnrollCardResult, system: System) -> EnrollCardAnswer:
    """spec 4.1."""
    document: EnrollCardAnswer = {
        "maskedCard": _card(system, result.card, result.token),
        "maskedConsumer": masked_consumer(system.profile, result.consumer, now=system.now()),
    }
    if result.id_token is not None:
        document["idToken"] = result.id_token
    return document


def write_get_card(result: GetCardResult | UpdateCardResult, system: System) -> GetCardAnswer:
    """spec 4.2: the card as it is."""
    return {
        "maskedCard": _card(system, result.card, result.token),
        "maskedConsumer": masked_consumer(system.profile, result.consumer, now=system.now()),
    }


def _card(system: System, card: DigitalCard, token: PaymentToken | None) -> MaskedCard:
    return masked_card(system.profile, card, token=token, address=system.address, now=system.now())


def write_checkout(result: CheckoutResult, system: System) -> CheckoutAnswer:
    """spec 4.10: the signed response under the network's name for it."""
    document: CheckoutAnswer = {"dcfActionCode": result.dcf_action_code}
    if result.checkout_response is not None:
        document[system.profile.checkout_response_member] = result.checkout_response
    if result.unbind_app_instance:
        document["unbindAppInstance"] = True
    if result.recognition_token is not None:
        document["recognitionToken"] = result.recognition_token
        document["bindingStatus"] = "BIND"
    return document


def write_get_payload(result: GetPayloadResult, _system: System) -> CheckoutResponseDocument:
    """spec 4.11."""
    return result.document


def write_unbind_app_instance(_result: object, _system: System) -> UnbindAppInstanceAnswer:
    """spec 4.8: the srcCorrelationId that every answer has."""
    return {}
