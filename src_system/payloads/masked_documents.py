"""The JSON shapes of masked cards, consumers and addresses (spec 5.4, 5.5, 5.8, 5.9, 5.12)."""

from typing import Annotated, Literal, NotRequired, TypedDict

import msgspec

from src_system.model.consumer import ConsumerStatus, IdentityType
from src_system.model.digital_card import DigitalCardStatus
from src_system.networks.dialects import written_by

Digits4 = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{4}$")]
Uri = Annotated[str, msgspec.Meta(extra_json_schema={"format": "uri"})]
Instant = Annotated[
    str,
    msgspec.Meta(
        description="ISO 8601, UTC, with milliseconds.", extra_json_schema={"format": "date-time"}
    ),
]
InstantOrMillis = Annotated[
    str,
    msgspec.Meta(
        description="ISO 8601 in UTC; at Visa milliseconds since 1970 as text (spec 2.9).",
        pattern=r"^([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z|[0-9]{1,16})$",
    ),
]


class MaskedAddress(TypedDict):
    """spec 5.12: country and state are clear, the rest as the network masks it."""

    addressId: NotRequired[str]
    name: NotRequired[str]
    line1: NotRequired[str]
    line2: NotRequired[str]
    line3: NotRequired[str]
    city: NotRequired[str]
    state: NotRequired[str]
    countryCode: NotRequired[str]
    zip: NotRequired[str]


class DigitalCardData(TypedDict):
    """spec 5.9."""

    status: DigitalCardStatus
    presentationName: str
    descriptorName: str
    artUri: Uri
    artHeight: Annotated[int, msgspec.Meta(description="In pixels.")]
    artWidth: Annotated[int, msgspec.Meta(description="In pixels.")]
    pendingEvents: NotRequired[
        Annotated[list[str], msgspec.Meta(description="What a PENDING card waits for.")]
    ]


class DigitalCardFacilitator(TypedDict):
    """spec 5.10."""

    name: str
    uri: Uri
    logoUri: Uri
    applicationType: Literal["WEB_BROWSER"]


class MaskedCard(TypedDict):
    """spec 5.8: of the number only its first six and last four digits."""

    srcDigitalCardId: Annotated[str, msgspec.Meta(max_length=36)]
    srcPaymentCardId: str
    panBin: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{6}$")]
    panLastFour: Digits4
    tokenBinRange: NotRequired[Annotated[str, msgspec.Meta(pattern=r"^[0-9]{6,9}$")]]
    tokenLastFour: NotRequired[Digits4]
    panExpirationMonth: Annotated[str, msgspec.Meta(pattern=r"^(0[1-9]|1[0-2])$")]
    panExpirationYear: Digits4
    paymentAccountReference: Annotated[str, msgspec.Meta(min_length=29, max_length=29)]
    paymentCardDescriptor: str
    paymentCardType: str
    countryCode: str
    digitalCardData: DigitalCardData
    dcf: DigitalCardFacilitator
    dateOfCardCreated: Instant
    dateOfCardLastUsed: NotRequired[Instant]
    dateofCardCreated: NotRequired[
        Annotated[
            int,
            written_by(
                lambda profile: profile.emits_old_card_date_key,
                "The old spelling of dateOfCardCreated, in milliseconds since 1970 (spec 0.5).",
            ),
        ]
    ]
    maskedBillingAddress: Annotated[
        MaskedAddress,
        msgspec.Meta(description="Always there; an empty object when the card has no address."),
    ]


class MaskedConsumerIdentity(TypedDict):
    """spec 5.2."""

    identityProvider: Literal["SRC"]
    identityType: IdentityType
    maskedIdentityValue: str


class MaskedPhoneNumber(TypedDict):
    """spec 5.3, 5.5: the calling code is clear."""

    countryCode: str
    phoneNumber: str


class MaskedConsumer(TypedDict):
    """spec 5.4."""

    srcConsumerId: str
    status: ConsumerStatus
    dateConsumerAdded: InstantOrMillis
    dateConsumerLastUsed: NotRequired[InstantOrMillis]
    maskedConsumerIdentity: NotRequired[MaskedConsumerIdentity]
    maskedEmailAddress: NotRequired[str]
    maskedMobileNumber: NotRequired[MaskedPhoneNumber]
    maskedFirstName: NotRequired[str]
    maskedLastName: NotRequired[str]
    maskedFullName: NotRequired[str]
    maskedNationalIdentifier: NotRequired[str]
    countryCode: NotRequired[str]
    languageCode: NotRequired[str]
