"""Stories of names that are old, and of names that are wrong."""

from typing import Any

from tests.verdict.conversation import Conversation, Json
from tests.verdict.shopping import CONSENT, Shopper, price
from tests.verdict.story import flawed, sound

OLD, NEAR = "src.spelling.deprecated", "src.spelling.near-miss"


def looked_up(talk: Conversation, **members: object) -> None:
    """A look-up that names the person in these members."""
    Shopper(talk, "visa").says("identityLookup", dict(members), {"consumerPresent": True})


def paid_with(talk: Conversation, options: Json, **members: Any) -> None:
    """A purchase with these members in its options, and these beside them."""
    ana = Shopper(talk, "visa")
    ana.signs_in()
    ana.pays(dpaTransactionOptions={**price(), **options}, **members)
    ana.confirms()


@flawed(OLD, "type of an identity is old; it is identityType now")
@flawed(OLD, "type EMAIL is old; it is EMAIL_ADDRESS now")
def an_identity_in_the_words_of_the_first_sdk(talk: Conversation) -> None:
    looked_up(talk, consumerIdentity={"type": "EMAIL", "identityValue": "ana@shop.test"})


@flawed(OLD, "identityValue at the top of the body is old")
def an_identity_without_its_object(talk: Conversation) -> None:
    looked_up(talk, identityType="EMAIL_ADDRESS", identityValue="ana@shop.test")


@flawed(OLD, "dynamicDataType TAVV is old; it is CARD_APPLICATION_CRYPTOGRAM_LONG_FORM now")
@flawed(OLD, "dpaDynamicDataTTLMinutes is old; it is dpaDynamicDataTtlMinutes now")
def options_of_api_1_0(talk: Conversation) -> None:
    paid_with(
        talk, {"paymentOptions": [{"dynamicDataType": "TAVV", "dpaDynamicDataTTLMinutes": 15}]}
    )


@flawed(OLD, "paymentOptions as one object is old")
def one_payment_option_without_a_list(talk: Conversation) -> None:
    paid_with(talk, {"paymentOptions": {"dpaDynamicDataTtlMinutes": 15}})


@flawed(OLD, "dpaTransactionOptions.payloadTypeIndicator is old")
@flawed(OLD, "dpaBillingPreference ALL is old; it is FULL now")
@flawed(OLD, "acquirerBin is old; it is acquirerBIN now")
def options_that_say_more_than_they_ought(talk: Conversation) -> None:
    paid_with(
        talk,
        {"payloadTypeIndicator": "FULL", "dpaBillingPreference": "ALL", "acquirerBin": "545301"},
    )


@flawed(OLD, "complianceSettings.privacy is old")
def consent_in_the_older_form(talk: Conversation) -> None:
    accepted = {"acceptedVersion": "LATEST", "latestVersion": "LATEST", "latestVersionUri": "u"}
    Shopper(talk, "visa").enrols(complianceSettings={"privacy": accepted, "tnc": accepted})


@flawed(OLD, "cardholderVerificationMethod is old; it is verificationData now")
def flat_assurance_data(talk: Conversation) -> None:
    paid_with(talk, {}, assuranceData={"cardholderVerificationMethod": "01"})


@flawed(OLD, "a list as idToken is old; it is idTokens now")
def a_list_where_one_token_is_meant(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.says("getSrcProfile", {"idToken": [ana.token]}, {"profiles": []})


@sound(OLD)
def both_forms_of_consent_side_by_side(talk: Conversation) -> None:
    Shopper(talk, "visa").enrols(
        complianceSettings={**CONSENT, "tnc": {"acceptedVersion": "LATEST"}}
    )


@sound(OLD)
def the_token_under_mastercards_own_name(talk: Conversation) -> None:
    Shopper(talk, "mastercard").buys()


@flawed(NEAR, "transactonAmount is not known; transactionAmount is")
@flawed(NEAR, "dpaShipingPreference is not known; dpaShippingPreference is")
def slips_in_the_options(talk: Conversation) -> None:
    paid_with(
        talk,
        {
            "transactonAmount": {"transactionAmount": "1.00"},
            "dpaShipingPreference": "FULL",
        },
    )


@flawed(NEAR, "srcCorrelationID is not known; srcCorrelationId is")
def other_capitals(talk: Conversation) -> None:
    Shopper(talk, "visa").says("isRecognized", {"srcCorrelationID": "x"}, {"recognized": False})


@flawed(NEAR, "srciTransactoinId is not known; srciTransactionId is")
def two_letters_swapped(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.says("getSrcProfile", {"srciTransactoinId": "trip-1"}, {"profiles": []})


@sound(NEAR)
def members_of_the_shops_own(talk: Conversation) -> None:
    paid_with(
        talk,
        {
            "customInputData": {"com.shop.transactonAmount": "x", "idTokesn": 1},
            "merchantOrderId": "o-1",
            "loyaltyProgramme": "gold",
        },
        digitalTransactionData={"ipAddress": "192.0.2.1", "deviceLocation": "1"},
        shopExtension={"basket": 3},
    )
