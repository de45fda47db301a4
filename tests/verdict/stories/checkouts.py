"""Stories of what a checkout is asked with."""

from tests.verdict.conversation import SCREENS, Conversation
from tests.verdict.shopping import CONSENT, CONSUMER, Shopper, price
from tests.verdict.story import flawed, sound

TOKEN, TWO = "src.checkout.no-id-token", "src.checkout.two-cards"
KIND, MISSING = "src.checkout.dynamic-data-not-offered", "src.amount.missing"
CHANGED, UNITS = "src.amount.changed", "src.amount.minor-units"
LONG_FORM = "CARD_APPLICATION_CRYPTOGRAM_LONG_FORM"


@flawed(TOKEN, "A checkout at visa has no idToken")
def only_the_session_knows_who_pays(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.signs_in()
    ana.pays(idToken=None)
    ana.confirms()


@sound(TOKEN, MISSING)
def the_second_leg_at_mastercard_brings_the_card_alone(talk: Conversation) -> None:
    ana = Shopper(talk, "mastercard")
    ana.signs_in()
    ana.pays(payload=None)
    ana.fetches_the_payload()
    ana.confirms()


@sound(TOKEN)
def discovers_token_stands_in_a_header(talk: Conversation) -> None:
    ana = Shopper(talk, "discover")
    ana.says(
        "checkout",
        {"srcDigitalCardId": ana.card_id, "dpaTransactionOptions": price()},
        {"dcfActionCode": "CANCEL"},
        headers={"localAuthorization": f"Bearer {ana.token}"},
    )


@sound(TWO)
def a_new_consumer_pays_with_a_card_just_typed(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.pays(
        srcDigitalCardId=None,
        idToken=None,
        encryptedCard="e.y.j.w.e",
        consumer=CONSUMER,
        complianceSettings=CONSENT,
    )
    ana.confirms()
    ana.pays(client=SCREENS, checkoutRequestJws="a.b.c", idToken=None)


@flawed(TWO, "Both srcDigitalCardId and encryptedCard are sent")
def a_card_on_file_and_a_card_just_typed(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.signs_in()
    ana.pays(encryptedCard="e.y.j.w.e")
    ana.confirms()


@flawed(KIND, "mastercard has no CARD_APPLICATION_CRYPTOGRAM_LONG_FORM")
def mastercard_is_asked_for_visas_cryptogram(talk: Conversation) -> None:
    ana = Shopper(talk, "mastercard")
    ana.signs_in()
    wanted = {**price(), "paymentOptions": [{"dynamicDataType": LONG_FORM}]}
    ana.pays(dpaTransactionOptions=wanted)
    ana.confirms()


@sound(KIND)
def visa_is_asked_for_visas_cryptogram(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.signs_in()
    ana.pays(dpaTransactionOptions={**price(), "paymentOptions": [{"dynamicDataType": LONG_FORM}]})
    ana.confirms()


@flawed(MISSING, "A checkout at visa names no amount")
def nobody_knows_what_is_paid(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.signs_in()
    ana.pays(dpaTransactionOptions={"dpaLocale": "en_US"})
    ana.confirms()


@sound(MISSING, CHANGED)
def the_amount_was_named_at_the_authentication(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.signs_in()
    ana.authenticates("49.90")
    ana.pays(dpaTransactionOptions=None)
    ana.pays(dpaTransactionOptions=price("49.9"))
    ana.confirms()


@flawed(CHANGED, "10.00 USD was authenticated, and 49.90 USD is checked out")
def the_basket_grew_after_the_authentication(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.signs_in()
    ana.authenticates("10.00")
    ana.pays()
    ana.confirms()


@sound(CHANGED)
def an_identity_is_validated_over_nothing(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.signs_in()
    ana.authenticates("0.00")
    ana.pays()
    ana.confirms()


@flawed(UNITS, "dpaTransactionOptions.transactionAmount has 3 decimals; USD has 2")
def a_tenth_of_a_cent(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.pays(dpaTransactionOptions=price("1.005"))
    ana.confirms()


@flawed(UNITS, "dpaTransactionOptions.transactionAmount has 17 decimals; USD has 2")
def the_sum_of_floats(talk: Conversation) -> None:
    ana = Shopper(talk, "mastercard")
    ana.pays(dpaTransactionOptions=price(0.1 + 0.2))
    ana.confirms()


@flawed(UNITS, "has 2 decimals; JPY has none")
def yen_with_sen(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.pays(dpaTransactionOptions=price("100.50", "JPY"))
    ana.confirms()


@flawed(UNITS, "is in usd, which is no currency")
def a_currency_in_small_letters(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.pays(dpaTransactionOptions=price("1.00", "usd"))
    ana.confirms()


@flawed(UNITS, "confirmationData.transactionAmount has 3 decimals; EUR has 2")
def too_exact_a_confirmation(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.pays(dpaTransactionOptions=price("1.00", "EUR"))
    exact = {"transactionAmount": "1.000", "transactionCurrencyCode": "EUR"}
    ana.confirms(transactionAmount=exact)


@sound(UNITS)
def amounts_of_three_currencies(talk: Conversation) -> None:
    for place, options in enumerate((price(49.9), price("1.005", "KWD"), price(100.0, "JPY"))):
        ana = Shopper(talk, "visa", f"trip-{place}", session=f"session-{place}")
        ana.pays(dpaTransactionOptions=options)
        ana.confirms()
