"""Stories of recognising a person, of codes, of consent, and of forgetting again."""

from tests.verdict.conversation import NOON, Conversation, id_token
from tests.verdict.shopping import CONSENT, CONSUMER, EMAIL, Shopper, price
from tests.verdict.story import flawed, sound

AFTER = "src.recognition.lookup-after-recognised"
EXPIRED, ALONE = "src.id-token.expired", "src.id-token.not-federated"
UNBOUND, IGNORED = "src.unbind.one-network", "src.unbind.ignored"
TWICE, ABSENT = "src.identity.validated-twice", "src.identity.code-without-presence"
EXCEEDED, RESENT = "src.code.tried-after-exceeded", "src.code.resent-too-often"
MISSING = "src.consent.missing-at-enrolment"
REMEMBERED, VERSION = "src.consent.remember-me-not-given", "src.consent.without-version"


@flawed(AFTER, "identityLookup follows a recognition")
def a_recognised_person_is_looked_up(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.is_recognised()
    ana.is_looked_up()


@sound(AFTER)
def a_recognised_person_says_that_it_is_not_her(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.is_recognised()
    ana.is_forgotten()
    ana.is_looked_up()


@sound(AFTER)
def nobody_was_recognised(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.is_recognised(recognised=False)
    ana.is_looked_up()


@flawed(EXPIRED, "getSrcProfile is asked with an expired idToken")
def a_token_is_kept_too_long(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.shows_her_cards(id_token(life=480))
    talk.wait(600)
    ana.shows_her_cards(id_token(life=480, made=NOON))


@sound(EXPIRED)
def a_token_is_used_within_its_eight_minutes(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    talk.wait(400)
    ana.shows_her_cards(id_token(life=480))


@sound(EXPIRED)
def what_is_no_token_has_no_end(talk: Conversation) -> None:
    Shopper(talk, "visa").shows_her_cards("not a token")


@flawed(ALONE, "mastercard did not get the idToken of visa")
def one_of_two_networks_is_never_shown_the_token(talk: Conversation) -> None:
    visa, mastercard = Shopper(talk, "visa"), Shopper(talk, "mastercard")
    mastercard.is_looked_up(present=False)
    visa.buys()


@sound(ALONE)
def both_networks_are_shown_the_token(talk: Conversation) -> None:
    visa, mastercard = Shopper(talk, "visa"), Shopper(talk, "mastercard")
    mastercard.is_looked_up(present=False)
    visa.signs_in()
    mastercard.shows_her_cards(visa.token)
    visa.pays()
    visa.confirms()


@sound(ALONE)
def a_network_that_does_not_answer_is_left_out(talk: Conversation) -> None:
    visa, mastercard = Shopper(talk, "visa"), Shopper(talk, "mastercard")
    mastercard.says("identityLookup", {"consumerIdentity": EMAIL}, status=503, reason="UNAVAILABLE")
    visa.buys()


@flawed(UNBOUND, "mastercard still know the device")
def she_is_forgotten_at_one_network(talk: Conversation) -> None:
    visa, mastercard = Shopper(talk, "visa"), Shopper(talk, "mastercard")
    visa.is_recognised()
    mastercard.is_recognised()
    visa.is_forgotten()


@sound(UNBOUND)
def she_is_forgotten_at_both(talk: Conversation) -> None:
    shoppers = [Shopper(talk, network) for network in ("visa", "mastercard")]
    for one in shoppers:
        one.is_recognised()
    for one in shoppers:
        one.is_forgotten()


@flawed(IGNORED, "The checkout goes on as if nobody had left")
def somebody_else_is_at_the_screen_and_stays_bound(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.signs_in()
    ana.pays(code="SWITCH_CONSUMER", answer={"unbindAppInstance": True})
    ana.is_looked_up()


@sound(IGNORED)
def somebody_else_is_at_the_screen_and_ana_is_forgotten(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.signs_in()
    ana.pays(code="SWITCH_CONSUMER", answer={"unbindAppInstance": True})
    ana.is_forgotten()
    ana.is_looked_up()


@flawed(TWICE, "mastercard sends a code after visa did")
def two_networks_send_codes(talk: Conversation) -> None:
    visa, mastercard = Shopper(talk, "visa"), Shopper(talk, "mastercard")
    visa.is_looked_up()
    mastercard.is_looked_up()
    visa.is_sent_a_code()
    mastercard.is_sent_a_code(validation="v-2")


@sound(TWICE)
def the_second_network_is_asked_when_the_first_cannot(talk: Conversation) -> None:
    visa, mastercard = Shopper(talk, "visa"), Shopper(talk, "mastercard")
    visa.is_looked_up()
    mastercard.is_looked_up()
    visa.is_refused_a_code("OTP_SEND_FAILED")
    mastercard.is_sent_a_code(validation="v-2")


@flawed(ABSENT, "visa had said that nobody is present")
def a_code_for_nobody(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.is_looked_up(present=False)
    ana.is_refused_a_code("UNRECOGNIZED_CONSUMER_ID")


@sound(ABSENT)
def a_code_for_somebody_who_enrolled_meanwhile(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.is_looked_up(present=False)
    ana.enrols()
    ana.is_sent_a_code()


@flawed(EXCEEDED, "The validation had ended with RETRIES_EXCEEDED")
def a_fourth_code_is_tried(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.is_sent_a_code()
    for code in ("1", "2"):
        ana.brings_a_wrong_code(code=code)
    ana.brings_a_wrong_code("RETRIES_EXCEEDED", code="3")
    ana.brings_a_wrong_code("RETRIES_EXCEEDED", code="4")


@sound(EXCEEDED)
def a_new_code_is_tried_after_the_old_ended(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.is_sent_a_code()
    ana.brings_a_wrong_code("RETRIES_EXCEEDED")
    ana.is_sent_a_code(validation="v-2")
    ana.brings_the_code(validation="v-2")


@flawed(RESENT, "More than 3 codes within five minutes")
def codes_rain(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    for _ in range(4):
        ana.is_sent_a_code()


@sound(RESENT)
def a_code_is_sent_again_and_again_over_a_morning(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    for _ in range(5):
        ana.is_sent_a_code()
        talk.wait(200)


@sound(RESENT)
def codes_that_were_not_sent_do_not_count(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    for _ in range(3):
        ana.is_sent_a_code()
        ana.is_refused_a_code("INVALID_VALUE")


@sound(RESENT)
def each_code_is_tried(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    for place in range(5):
        ana.is_sent_a_code()
        ana.brings_a_wrong_code(code=str(place))


@flawed(MISSING, "enrollCard brings no TERMS_AND_CONDITIONS and no PRIVACY_POLICY")
def nobody_agreed_to_anything(talk: Conversation) -> None:
    Shopper(talk, "visa").enrols(complianceSettings=None)


@flawed(MISSING, "checkout brings no PRIVACY_POLICY")
def a_checkout_with_half_of_the_consent(talk: Conversation) -> None:
    terms = {"complianceResources": CONSENT["complianceResources"][:1]}
    Shopper(talk, "visa").says(
        "checkout",
        {"consumer": CONSUMER, "complianceSettings": terms, "dpaTransactionOptions": price()},
        status=400,
        reason="COMPLIANCE_REQUIRED",
    )


@sound(MISSING, VERSION)
def everything_was_agreed_to(talk: Conversation) -> None:
    Shopper(talk, "visa").enrols()


@flawed(REMEMBERED, "completeIdentityValidation has saveDevice, and no REMEMBER_ME")
def a_device_is_saved_without_asking(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.is_sent_a_code()
    ana.brings_the_code(saveDevice=True)


@sound(REMEMBERED)
def she_wants_to_be_remembered(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.is_sent_a_code()
    resources = [{"complianceType": "REMEMBER_ME", "uri": ""}]
    ana.brings_the_code(saveDevice=True, complianceSettings={"complianceResources": resources})


@flawed(VERSION, "PRIVACY_POLICY has no version")
def nobody_knows_which_policy(talk: Conversation) -> None:
    terms, privacy = CONSENT["complianceResources"]
    unnamed = {"complianceType": privacy["complianceType"], "uri": privacy["uri"]}
    Shopper(talk, "visa").enrols(complianceSettings={"complianceResources": [terms, unnamed]})
