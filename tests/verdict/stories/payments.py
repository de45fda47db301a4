"""Stories of payloads and confirmations."""

from datetime import timedelta

from tests.verdict.conversation import Conversation
from tests.verdict.shopping import Shopper, price
from tests.verdict.story import flawed, sound

FETCHED, EXPIRED = "src.payload.fetched-twice", "src.payload.expired-used"
MISSING, UNKNOWN = "src.confirmation.missing", "src.confirmation.unknown-session"
NOT_PAID, BEFORE = "src.confirmation.not-paid", "src.confirmation.before-payload"
AMOUNT, TWICE = "src.confirmation.amount-differs", "src.confirmation.twice"
ORDER, AHEAD = "src.confirmation.out-of-order", "src.confirmation.dated-ahead"
LOST = ({"transport": "reset"},)


@flawed(FETCHED, "visa handed out the payload again")
def two_services_of_the_shop_fetch_the_payload(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.signs_in()
    ana.pays(payload=None)
    ana.fetches_the_payload()
    ana.fetches_the_payload()
    ana.confirms()


@flawed(FETCHED, "mastercard handed out the payload again")
def the_second_leg_is_done_twice(talk: Conversation) -> None:
    ana = Shopper(talk, "mastercard")
    ana.signs_in()
    ana.pays(payload=None)
    ana.fetches_the_payload()
    ana.fetches_the_payload()
    ana.confirms()


@sound(FETCHED)
def the_first_answer_was_lost(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.signs_in()
    ana.pays(payload=None)
    ana.fetches_the_payload(effects=LOST)
    ana.fetches_the_payload()
    ana.confirms()


@sound(FETCHED, TWICE)
def an_order_is_shipped_and_paid_in_two_parts(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.signs_in()
    ana.pays(payload=None)
    for _ in range(2):
        ana.fetches_the_payload()
        ana.confirms()


@flawed(MISSING, "visa was told nothing after it had handed out the credentials")
def nobody_says_what_became_of_it(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.signs_in()
    ana.pays()


@flawed(MISSING, "visa was told nothing after it had handed out the credentials")
def a_confirmation_that_failed_is_not_sent_again(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.signs_in()
    ana.pays()
    ana.confirms(status=503, reason="UNAVAILABLE")


@sound(MISSING)
def a_declined_payment_is_confirmed_too(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.signs_in()
    ana.pays()
    ana.confirms(checkoutEventStatus="03", confirmationStatus="02")


@flawed(UNKNOWN, "visa knows no checkout of this srcCorrelationId")
def a_confirmation_of_another_session(talk: Conversation) -> None:
    ana = Shopper(talk, "visa", transaction=None)
    ana.signs_in()
    ana.pays()
    ana.confirms()
    ana.confirms(session="wrong", status=400, reason="INVALID_STATE", checkoutEventType="02")


@sound(UNKNOWN, NOT_PAID)
def a_confirmation_of_its_own_session(talk: Conversation) -> None:
    Shopper(talk, "visa").buys()


@flawed(NOT_PAID, "The checkout had ended in CANCEL")
def she_left_and_is_charged(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.signs_in()
    ana.pays(code="CANCEL")
    ana.confirms(status=400, reason="INVALID_STATE")


@flawed(BEFORE, "Nobody had the credentials yet")
def a_summary_is_authorised(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.signs_in()
    ana.pays(payload=None)
    ana.confirms()


@flawed(BEFORE, "Nobody had the credentials yet")
def an_address_is_authorised(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.signs_in()
    ana.pays(payload="NON_PAYMENT")
    ana.confirms()


@sound(BEFORE, EXPIRED)
def the_payload_is_fetched_and_then_authorised(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.signs_in()
    ana.pays(payload="NON_PAYMENT")
    ana.fetches_the_payload()
    ana.confirms()


@flawed(EXPIRED, "The authorisation came after dynamicDataExpiration")
def the_payload_lay_about_for_an_hour(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.signs_in()
    ana.pays(minutes=15)
    talk.wait(3600)
    ana.confirms()


@flawed(EXPIRED, "The authorisation came after dynamicDataExpiration")
def the_sandboxes_clock_went_on_and_the_machines_did_not(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.signs_in()
    ana.pays(minutes=15)
    talk.move_clock(3600)
    ana.confirms()


@flawed(EXPIRED, "The authorisation came after dynamicDataExpiration")
def the_payload_is_used_at_the_instant_of_its_end(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.signs_in()
    end = talk.now + timedelta(minutes=15)
    ana.pays(minutes=15)
    talk.wait(3600)
    ana.confirms(confirmationTimestamp=end.isoformat())


@sound(EXPIRED)
def the_payload_is_used_a_second_before_its_end(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.signs_in()
    end = talk.now + timedelta(minutes=15)
    ana.pays(minutes=15)
    talk.wait(3600)
    ana.confirms(confirmationTimestamp=(end - timedelta(seconds=1)).isoformat())


@sound(EXPIRED)
def a_timely_payment_is_confirmed_in_the_evening(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.signs_in()
    ana.pays(minutes=15)
    stamp = talk.now.isoformat()
    talk.wait(6 * 3600)
    ana.confirms(confirmationTimestamp=stamp)


@sound(EXPIRED)
def an_expired_payload_is_replaced_first(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.signs_in()
    ana.pays(minutes=15)
    talk.wait(3600)
    ana.fetches_the_payload()
    ana.confirms()


@flawed(AMOUNT, "49.90 USD was checked out, and 4990 USD is confirmed")
def cents_are_taken_for_dollars(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.signs_in()
    ana.pays()
    ana.confirms(transactionAmount=price("4990")["transactionAmount"])


@sound(AMOUNT)
def the_same_amount_in_other_words(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.signs_in()
    ana.pays()
    ana.confirms(transactionAmount=price(49.9)["transactionAmount"])
    ana.confirms(checkoutEventType="03", transactionAmount=price("5.00")["transactionAmount"])


@flawed(TWICE, "The checkout's authorisation is confirmed again")
def one_payload_and_two_payments(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.signs_in()
    ana.pays()
    ana.confirms()
    ana.confirms()


@sound(TWICE, ORDER)
def authorised_and_captured(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.signs_in()
    ana.pays()
    ana.confirms()
    ana.confirms(checkoutEventType="02")


@sound(TWICE)
def a_confirmation_is_sent_again_after_an_error(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.signs_in()
    ana.pays()
    ana.confirms(status=500, reason="INTERNAL")
    ana.confirms()


@flawed(ORDER, "A refund is confirmed first")
def money_goes_back_that_never_came(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.signs_in()
    ana.pays()
    ana.confirms(checkoutEventType="03")


@flawed(AHEAD, "confirmationTimestamp lies in the future")
def a_clock_in_another_time_zone(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.signs_in()
    ana.pays()
    ana.confirms(confirmationTimestamp="2026-11-23T14:00:00")


@sound(AHEAD)
def a_clock_that_runs_with_the_sandboxes(talk: Conversation) -> None:
    talk.move_clock(86_400)
    ana = Shopper(talk, "visa")
    ana.signs_in()
    ana.pays()
    ana.confirms(confirmationTimestamp="2026-11-24T12:00:05Z")
