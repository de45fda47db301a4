"""What the members of the SRC API mean, wherever they stand: one meaning and example a name."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Word:
    """What a member means, with an example and its older spellings."""

    meaning: str
    example: object = None
    formerly: str = ""

    @property
    def description(self) -> str:
        """The meaning, and what else is read as the same."""
        return f"{self.meaning} Also read: {self.formerly}." if self.formerly else self.meaning


_CALL = {
    "srcClientId": Word(
        "Who calls: a client of the sandbox. It may stand in the header x-openapi-clientid or in"
        " the query instead.",
        formerly="the query's apikey",
    ),
    "srcCorrelationId": Word(
        "The checkout session, as an earlier answer named it; a new one begins without it."
    ),
    "srciTransactionId": Word("The SRC initiator's own name for the transaction.", "order-1001"),
    "srcDpaId": Word("The shop, by the id that the SRC System gave it."),
    "srciDpaId": Word("The shop, by the SRC initiator's own id."),
    "serviceId": Word("Names a service of the network; read and not judged.", "SRC"),
    "keyFingerprintId": Word("Which of the client's keys to encrypt to."),
}
_PERSON = {
    "consumer": Word("The person, when a profile may have to be made."),
    "consumerIdentity": Word(
        "The person, by e-mail address or mobile number.",
        formerly="its members at the top of the body, as Visa's SDK sends them",
    ),
    "identityProvider": Word("SRC, or left out.", "SRC"),
    "identityType": Word(
        "What kind of identity it is.",
        "EMAIL_ADDRESS",
        "EMAIL, MOBILE_NUMBER, CUSTOM_IDENTIFIER, and `type` for the name",
    ),
    "identityValue": Word("The address, or the number with its calling code.", "ana@shop.test"),
    "emailAddress": Word("In any case of letters.", "ana@shop.test"),
    "mobileNumber": Word("Calling code and number."),
    "phoneNumber": Word("Without the calling code; spaces, brackets, dashes go.", "2025550143"),
    "firstName": Word("Given name.", "Ana"),
    "lastName": Word("Family name.", "Lopez"),
    "fullName": Word("Both names, when they are not told apart.", "Ana Lopez"),
    "nationalIdentifier": Word("A tax number or the like, where the market has one."),
    "languageCode": Word("Language.", "EN"),
    "locale": Word("Language and country.", "en_US"),
    "countryCode": Word("ISO 3166-1 alpha-2; of a phone number its calling code."),
    "idToken": Word(
        "Who was validated: the idToken of any network of the sandbox.",
        formerly="authorization (Mastercard), and a list instead of one",
    ),
    "idTokens": Word("One for each person.", formerly="idToken"),
    "recognitionTokens": Word("What remembered devices were given.", formerly="recognitionToken"),
    "requestedValidationChannelId": Word(
        "Where to send the code; an id of supportedValidationChannels.", "EMAIL_ADDRESS"
    ),
    "idValidationSessionId": Word("The validation, as initiateIdentityValidation named it."),
    "validationData": Word("The one-time code.", "012345"),
    "complianceSettings": Word(
        "What the person agreed to.",
        formerly="its older form with `privacy` and `tnc`, and inside `consumer`",
    ),
    "complianceType": Word(
        "TERMS_AND_CONDITIONS, PRIVACY_POLICY, REMEMBER_ME and others.", "TERMS_AND_CONDITIONS"
    ),
    "datePublished": Word("When the document was published; not judged."),
    "uri": Word("Where the text stands; it may be empty.", "https://shop.test/terms"),
}
_CARD = {
    "encryptedCard": Word("The card (spec 5.7) as a compact JWE to the network's public key."),
    "srcDigitalCardId": Word("A card of the profile."),
    "addressId": Word("An address of the profile."),
    "line1": Word("First line.", "1 Main Street"),
    "line2": Word("Second line."),
    "line3": Word("Third line."),
    "city": Word("Town.", "Foster City"),
    "state": Word("State or province.", "CA"),
    "zip": Word("Postal code.", "94404"),
    "name": Word("A name."),
}
_CHECKOUT = {
    "dpaTransactionOptions": Word("What the shop wants of this transaction (spec 5.14)."),
    "transactionAmount": Word("The amount in major units, as text or number.", "12.34"),
    "transactionCurrencyCode": Word("ISO 4217 alpha-3.", "USD"),
    "dynamicDataType": Word("What kind of dynamic data.", formerly="TAVV, DTVV"),
    "dpaDynamicDataTtlMinutes": Word(
        "How long it is good, where the network lets the shop say.",
        formerly="dpaDynamicDataTTLMinutes",
    ),
    "paymentOptions": Word("Kinds of dynamic data.", formerly="one object instead of a list"),
    "dpaBillingPreference": Word("How much of the address the shop wants.", "NONE", "ALL for FULL"),
    "dpaShippingPreference": Word(
        "How much of the address the shop wants.", "NONE", "ALL for FULL"
    ),
    "payloadTypeIndicator": Word("How much is encrypted.", "FULL", "NONE for SUMMARY"),
    "payloadTypeIndicatorCheckout": Word(
        "What this answer's payload holds.", "FULL", "NONE for SUMMARY"
    ),
    "payloadTypeIndicatorPayload": Word(
        "What a later getPayload shall hold.", "FULL", "NONE for SUMMARY"
    ),
    "recipientId": Word("For whom to encrypt, when not for the caller."),
    "recipientIdCheckout": Word("For whom to encrypt, when not for the caller."),
    "recipientIdPayload": Word("For whom a later getPayload shall encrypt."),
    "shippingAddressId": Word("An address of the profile to ship to."),
    "shippingAddress": Word("An address to ship to, when it is not in the profile."),
    "assuranceData": Word("What was verified, by whom, with what result (spec 5.18)."),
    "confirmationData": Word("What became of the payment."),
    "checkoutEventType": Word(
        "01 authorise, 02 capture, 03 refund, 04 cancel, 05 fraud, 06 chargeback, 07 other.", "01"
    ),
    "checkoutEventStatus": Word("01 created, 02 confirmed, 03 cancelled, …", "02"),
    "confirmationTimestamp": Word("ISO 8601, UTC.", "2026-11-23T09:00:00Z"),
    "confirmationStatus": Word("01 success, 02 failure, 03 other.", "01"),
    "networkTransactionIdentifier": Word("Needed for an authorisation.", "UNAVLB"),
    "dcfActionCode": Word("How the checkout ended."),
    "isNewUser": Word("Whether this checkout made the profile."),
    "eci": Word("Electronic commerce indicator (spec 9.5).", "07"),
}
_MASKED = {
    "srcPaymentCardId": Word("The card's number, under a name of its own."),
    "panBin": Word("The first six digits.", "411111"),
    "panLastFour": Word("The last four digits.", "1111"),
    "panExpirationMonth": Word("01 to 12.", "12"),
    "panExpirationYear": Word("Four digits.", "2030"),
    "tokenBinRange": Word("How the network token begins.", "490624"),
    "tokenLastFour": Word("How the network token ends.", "0007"),
    "paymentAccountReference": Word("29 characters that stay the same for a card's number."),
    "paymentCardDescriptor": Word("The brand.", "visa"),
    "paymentCardType": Word("CREDIT, DEBIT or PREPAID.", "CREDIT"),
    "digitalCardData": Word("State and looks of the card."),
    "dcf": Word("Whose screens the person sees."),
    "dateOfCardCreated": Word("When the card was enrolled."),
    "dateOfCardLastUsed": Word("When the card was last paid with."),
    "srcConsumerId": Word("The person, by the SRC System's own id."),
    "maskedValidationChannel": Word("Where the code goes, masked.", "a*****a@shop.test"),
    "validationChannelId": Word("To ask for this channel."),
    "validationExpiresAt": Word("When the code expires, by the sandbox's clock."),
    "supportedValidationChannels": Word("Where a code can go."),
    "message": Word("For people."),
    "reason": Word("For programs.", "INVALID_ARGUMENT"),
}

GLOSSARY: Mapping[str, Word] = _CALL | _PERSON | _CARD | _CHECKOUT | _MASKED
