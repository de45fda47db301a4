"""The words of the SRC API: members as they are called today, as they were, and free objects."""

from collections.abc import Iterator
from functools import cache, lru_cache

import msgspec

from src_system.payloads import transaction_options
from src_system.payloads.documents import Document
from src_system.wire import documents, issuer, onboarding, queries

# Known members that nothing here hangs on, so that no document of ours has them.
_UNREAD = frozenset(
    """
    acceptedVersion accountReference acquirerMerchantData acsTransId additionalData
    additionalSellerData affiliateCommunicationsOptIn allowCall allowEmail allowPush allowText
    appInstance applicationName applicationType assuranceData authenticationContext
    authenticationCredentialReference authenticationReasons authorization billingAddress
    bindingStatus brand cardholderFirstName cardholderFullName cardholderLastName
    cardSecurityCode cardSource challenge challengeIndicator checkoutDescription
    checkoutReference checkoutRequestUri checkoutType communications communicationsOptIn
    confirmPayment consumerId consumerInputData contentType cookie createTime customInputData
    dateConsumerAdded dateConsumerLastUsed dcf debitTokenRequested decisioningData deviceData
    deviceInputMethods deviceLocation dfpSessionId digitalTransactionData
    dpaAcceptedBillingCountries dpaAcceptedShippingCountries dpaAddress dpaEmailAddress
    dpaLogoUri dpaName dpaPanRequested dpaPhoneNumber dpaPresentationName dpaSupportEmailAddress
    dpaSupportPhoneNumber dpaSupportUri dpaThreeDsPreference dpaUri dsTransId eci
    emailAddressFormat encryptedConsumer enrollmentReferenceData enrollmentReferenceId
    enrollmentReferenceProvider enrollmentReferenceType forceChallenge geoLocation
    initializationSessionId initiationMethod ipAddress isGuestCheckout lastUsedTime
    latestVersion latestVersionUri manufacturer merchantAccountInformation merchantChannel
    merchantName merchantOrderId methodResults model orderType originDomains otpValue
    panExpirationMonth panExpirationYear payloadRequested payloadTypeIndicator
    paymentAccountReference posEntryMode primaryAccountNumber privacy profileName recipientId
    recipientIdCheckout recognitionTokenRequested requestRecognitionToken
    returnValidationChannels reviewAction saveDevice sellerPresentedData shippingAddress
    shippingAddressIds srcConsumerId srciActionCode srciDpaId srcInitiatorId srcPaymentCardId
    srcTokenRequestData stepUpIdentifier style supportedCardBrands supportedCheckoutTypes
    suppressChallenge terminalData threeDsInputData tnc traceId transactionType transStatus
    unpredictableNumber userAgent userVerified validationChannelId validationMessage
    verificationData verificationEntity verificationEvents verificationMethod
    verificationResults verificationTimestamp verificationType version windowRef
    """.split()
)

# Whatever is in them is between two parties.
FREE_OBJECTS = frozenset(
    "additionalData additionalSellerData consumerInputData customInputData customOutputData"
    " decisioningData methodAttributes methodResults networkSpecificOutputData nvPairs"
    " sellerPresentedData srcTokenRequestData uriData windowRef".split()
)

OLD_NAMES = {
    "acquirerBin": "acquirerBIN",
    "acquirerId": "acquirerBIN",
    "acquirerMid": "acquirerMerchantId",
    "dpaDynamicDataTTLMinutes": "dpaDynamicDataTtlMinutes",
    "dpaPanRequested": "dynamicDataType NONE",
    "dpaThreeDsPreference": "threeDsPreference",
    "logoUrl": "logoUri",
    "requestorId": "authenticationPreferences",
    "threeDSInputData": "threeDsInputData",
    **{
        f"{what}Verification{part}": "verificationData"
        for what in ("card", "cardholder", "consumer", "device", "relationship")
        for part in ("Entity", "Method", "Results", "Timestamp")
    },
}
OLD_VALUES = {
    ("identityType", "EMAIL"): "EMAIL_ADDRESS",
    ("identityType", "MOBILE_NUMBER"): "MOBILE_PHONE_NUMBER",
    ("identityType", "CUSTOM_IDENTIFIER"): "EXTERNAL_ACCOUNT_ID",
    ("type", "EMAIL"): "EMAIL_ADDRESS",
    ("type", "MOBILE_NUMBER"): "MOBILE_PHONE_NUMBER",
    ("type", "CUSTOM_IDENTIFIER"): "EXTERNAL_ACCOUNT_ID",
    ("dynamicDataType", "TAVV"): "CARD_APPLICATION_CRYPTOGRAM_LONG_FORM",
    ("dynamicDataType", "DTVV"): "DYNAMIC_CARD_SECURITY_CODE",
    ("dpaBillingPreference", "ALL"): "FULL",
    ("dpaShippingPreference", "ALL"): "FULL",
    ("payloadTypeIndicatorCheckout", "NONE"): "SUMMARY",
    ("payloadTypeIndicatorPayload", "NONE"): "SUMMARY",
    ("payloadTypeIndicator", "NONE"): "SUMMARY",
    ("transactionType", "MONEY TRANSFER"): "MONEY_TRANSFER",
    ("transactionType", "P_2_P"): "P2P",
}

_CHARACTERS_MIN = 5  # shorter words are near to too many others
_LONG_WORD = 9
_SLIPS_KEPT = 4_096


@cache
def known_names() -> frozenset[str]:
    """Every member that is somewhere in the API, today or in an older spelling."""
    read = {
        name
        for module in (documents, queries, issuer, onboarding, transaction_options)
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, Document)
        for name in members_of(kind)
    }
    return frozenset(read | _UNREAD | set(OLD_NAMES) | FREE_OBJECTS | {"type"})


def members_of(kind: type[Document]) -> Iterator[str]:
    """The members of a document's type, as they stand in JSON."""
    for field in msgspec.structs.fields(kind):
        yield field.encode_name


@cache
def near_names() -> dict[int, tuple[str, ...]]:
    """The known names that are long enough to be mistyped, by their length."""
    found: dict[int, tuple[str, ...]] = {}
    for name in sorted(known_names()):
        if len(name) >= _CHARACTERS_MIN:
            found[len(name)] = (*found.get(len(name), ()), name)
    return found


@lru_cache(maxsize=_SLIPS_KEPT)
def meant(name: str) -> str | None:
    """The known member that *name* is a slip of: other capitals, or one or two letters off."""
    if name in known_names() or not name.isidentifier() or len(name) < _CHARACTERS_MIN:
        return None
    slips = 1 if len(name) < _LONG_WORD else 2
    best: tuple[int, str] | None = None
    for length in range(len(name) - slips, len(name) + slips + 1):
        for known in near_names().get(length, ()):
            if known.lower() == name.lower():
                return known
            distance = _distance(name, known, slips)
            if distance <= slips and (best is None or distance < best[0]):
                best = distance, known
    return None if best is None else best[1]


def _distance(one: str, other: str, most: int) -> int:
    """Letters to add, drop, change or swap with their neighbour; more than *most* is *most* + 1."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        earlier, before, row = before, row, [i]
        for j, opposite in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != opposite))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == opposite:
                cost = min(cost, earlier[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return row[-1]
