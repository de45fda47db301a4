"""The JSON shapes of answers: what the writers give back, and what the OpenAPI document says.

Every answer also has the srcCorrelationId, which the protocol port adds (contract, section 4).
"""

from typing import Annotated, Literal, NotRequired, TypedDict

import msgspec

from src_system.model.checkout import DcfActionCode
from src_system.networks.dialects import written_by
from src_system.payloads.masked_documents import Instant, MaskedAddress, MaskedCard, MaskedConsumer

IdToken = Annotated[
    str,
    msgspec.Meta(description="A JWT that every SRC System of the sandbox accepts (spec 5.22)."),
]
RecognitionToken = Annotated[
    str, msgspec.Meta(description="For a browser that shall be remembered (spec 4.8).")
]


class IdentityLookupAnswer(TypedDict):
    """spec 4.4: never a 404."""

    consumerPresent: bool


class ValidationChannelDocument(TypedDict):
    """spec 4.5."""

    validationChannelId: str
    identityProvider: Literal["SRC"]
    identityType: Annotated[
        str,
        msgspec.Meta(
            description="EMAIL_ADDRESS or MOBILE_PHONE_NUMBER; at Visa EMAIL or SMS.",
            extra_json_schema={"enum": ["EMAIL_ADDRESS", "MOBILE_PHONE_NUMBER", "EMAIL", "SMS"]},
        ),
    ]
    maskedValidationChannel: str


class InitiateIdentityValidationAnswer(TypedDict):
    """spec 4.5."""

    idValidationSessionId: str
    maskedValidationChannel: Annotated[
        str, msgspec.Meta(description="Where the code went; Visa names all channels, with commas.")
    ]
    supportedValidationChannels: list[ValidationChannelDocument]
    validationExpiresAt: Instant


class CompleteIdentityValidationAnswer(TypedDict):
    """spec 4.6."""

    idToken: IdToken
    recognitionToken: NotRequired[RecognitionToken]


class IsRecognizedAnswer(TypedDict):
    """spec 4.8."""

    recognized: bool
    idTokens: NotRequired[
        Annotated[list[str], msgspec.Meta(description="One for each recognized person.")]
    ]


class SrcProfileDocument(TypedDict):
    """spec 5.21."""

    idToken: NotRequired[
        Annotated[
            str,
            written_by(
                lambda profile: profile.profile_token_member == "idToken",
                "The token to pass on to checkout.",
            ),
        ]
    ]
    authorization: NotRequired[
        Annotated[
            str,
            written_by(
                lambda profile: profile.profile_token_member == "authorization",
                "The token to pass on to checkout.",
            ),
        ]
    ]
    maskedConsumer: MaskedConsumer
    maskedCards: list[MaskedCard]
    maskedShippingAddresses: NotRequired[list[MaskedAddress]]


class GetSrcProfileAnswer(TypedDict):
    """spec 4.7: one profile for each person; an empty list when nobody is known here."""

    profiles: list[SrcProfileDocument]


class EnrollCardAnswer(TypedDict):
    """spec 4.1."""

    maskedCard: MaskedCard
    maskedConsumer: MaskedConsumer
    idToken: NotRequired[
        Annotated[str, msgspec.Meta(description="When the enrolment made the profile.")]
    ]


class GetCardAnswer(TypedDict):
    """spec 4.2."""

    maskedCard: MaskedCard
    maskedConsumer: MaskedConsumer


# The others say what the consumer did instead of paying (spec 6.1).
WITH_RESPONSE = (DcfActionCode.COMPLETE, DcfActionCode.PENDING_AUTHENTICATION)


class CheckoutAnswer(TypedDict):
    """spec 4.10: what is inside the JWS is CheckoutResponseDocument (spec 5.16)."""

    checkoutResponse: NotRequired[
        Annotated[
            str,
            written_by(
                lambda profile: profile.checkout_response_member == "checkoutResponse",
                "The checkout response as a compact JWS (spec 8.2).",
                when={"dcfActionCode": WITH_RESPONSE},
            ),
        ]
    ]
    checkoutResponseJWS: NotRequired[
        Annotated[
            str,
            written_by(
                lambda profile: profile.checkout_response_member == "checkoutResponseJWS",
                "The checkout response as a compact JWS (spec 8.2).",
                when={"dcfActionCode": WITH_RESPONSE},
            ),
        ]
    ]
    unbindAppInstance: NotRequired[
        Annotated[bool, msgspec.Meta(description="Unbind at every SRC System (spec 10h).")]
    ]
    bindingStatus: NotRequired[
        Annotated[Literal["BIND"], msgspec.Meta(description="The device is remembered.")]
    ]
    dcfActionCode: DcfActionCode
    recognitionToken: NotRequired[RecognitionToken]


class UnbindAppInstanceAnswer(TypedDict):
    """spec 4.8: nothing but the srcCorrelationId, whether or not there was anything to forget."""
