"""Stories of sessions, flow ids, hosts and transactions."""

from tests.verdict.conversation import OTHER_SHOP, SCREENS, Conversation
from tests.verdict.shopping import Shopper, price
from tests.verdict.story import flawed, sound

NOT_CARRIED = "src.correlation.not-carried"
FLOW = "src.flow-id.not-carried"
HOST = "src.response-host.not-used"
REUSED, DIFFERS = "src.transaction.id-reused", "src.transaction.id-differs"
TOLD = "https://site-2.mastercard.test/src"


@flawed(NOT_CARRIED, "initiateIdentityValidation at visa brings no srcCorrelationId")
def the_code_is_asked_for_in_a_session_of_its_own(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.is_looked_up()
    ana.is_sent_a_code(srcCorrelationId=None)


@flawed(NOT_CARRIED, "getSrcProfile at visa brings another srcCorrelationId")
def each_call_makes_up_an_id(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.is_looked_up()
    ana.shows_her_cards(srcCorrelationId="made-up")


@flawed(NOT_CARRIED, "completeIdentityValidation at visa brings no srcCorrelationId")
def without_a_transaction_the_code_tells_what_belongs_together(talk: Conversation) -> None:
    ana = Shopper(talk, "visa", transaction=None, carries=False)
    ana.is_sent_a_code()
    ana.brings_the_code()


@sound(NOT_CARRIED, FLOW)
def one_session_from_look_up_to_confirmation(talk: Conversation) -> None:
    Shopper(talk, "visa").buys()


@sound(NOT_CARRIED, FLOW)
def calls_at_the_same_time_cannot_know_the_session_yet(talk: Conversation) -> None:
    ana = Shopper(talk, "visa", carries=False)
    ana.says("isRecognized", {}, {"recognized": False}, milliseconds=400)
    talk.wait(-0.3)
    ana.says("identityLookup", {}, {"consumerPresent": True}, pause=0)


@sound(NOT_CARRIED)
def a_refused_call_names_no_session(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.says("identityLookup", {}, status=400, reason="CONSUMER_ID_MISSING")
    ana.is_looked_up()


@sound(NOT_CARRIED)
def the_client_opens_the_session_itself(talk: Conversation) -> None:
    ana = Shopper(talk, "mastercard")
    ana.is_looked_up(srcCorrelationId=ana.session)
    ana.is_sent_a_code()


@flawed("src.correlation.other-network", "mastercard is sent a srcCorrelationId of visa")
def one_session_for_all_networks(talk: Conversation) -> None:
    Shopper(talk, "visa").is_looked_up()
    Shopper(talk, "mastercard", session="visa-session").is_looked_up(
        srcCorrelationId="visa-session"
    )


@sound("src.correlation.other-network")
def the_client_names_the_session_at_both(talk: Conversation) -> None:
    for network in ("visa", "mastercard"):
        ana = Shopper(talk, network, session="chosen")
        ana.is_looked_up(srcCorrelationId="chosen")


@flawed("src.correlation.of-another-client", "getPayload names another client's session")
def the_payload_of_somebody_else(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.buys()
    thief = Shopper(talk, "visa", "trip-2", client=OTHER_SHOP)
    thief.says(
        "getPayload", {"srcCorrelationId": ana.session}, status=403, reason="PERMISSION_DENIED"
    )


@sound("src.correlation.of-another-client")
def a_shop_may_be_refused_in_its_own_session(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.is_looked_up()
    ana.says("checkout", {}, status=403, reason="PERMISSION_DENIED")


@sound("src.correlation.of-another-client")
def a_client_that_was_suspended_meanwhile_is_not_another_one(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.is_looked_up()
    ana.client = None  # the journal names only clients that may call
    ana.says("checkout", {}, status=403, reason="PERMISSION_DENIED")


@flawed(FLOW, "initiateIdentityValidation at visa is sent with no X-Src-Cx-Flow-Id")
def the_flow_id_is_left_behind(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.is_looked_up()
    ana.says("initiateIdentityValidation", {}, headers={"X-Src-Cx-Flow-Id": None})


@flawed(FLOW, "is sent with another X-Src-Cx-Flow-Id")
def the_flow_id_changes(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.is_looked_up()
    ana.says("initiateIdentityValidation", {}, headers={"X-Src-Cx-Flow-Id": "mine"})


def answers_from(ana: Shopper, address: str, host: str, **headers: str) -> None:
    """A call to *host* that answers with the address to go on at."""
    ana.says(
        "isRecognized",
        {},
        {"recognized": False},
        headers={"Host": host, **headers},
        answer_headers={"X-Src-Response-Host": address},
    )


@flawed(HOST, "isRecognized at mastercard goes elsewhere")
def the_second_call_goes_where_the_first_went(talk: Conversation) -> None:
    ana = Shopper(talk, "mastercard")
    answers_from(ana, TOLD, "api.mastercard.test")
    answers_from(ana, TOLD, "api.mastercard.test")


@sound(HOST)
def the_second_call_goes_where_it_was_told_to(talk: Conversation) -> None:
    ana = Shopper(talk, "mastercard")
    answers_from(ana, TOLD, "api.mastercard.test")
    answers_from(ana, TOLD, "site-2.mastercard.test")


@sound(HOST)
def the_second_call_brings_the_host_along(talk: Conversation) -> None:
    ana = Shopper(talk, "mastercard")
    answers_from(ana, TOLD, "api.mastercard.test")
    answers_from(ana, TOLD, "api.mastercard.test", **{"X-Src-Response-Host": TOLD})


@sound(HOST)
def this_machine_has_several_names(talk: Conversation) -> None:
    ana = Shopper(talk, "mastercard")
    answers_from(ana, "http://127.0.0.1:8080/mastercard", "mastercard.localhost:8080")
    answers_from(ana, "http://127.0.0.1:8080/mastercard", "localhost:8080")


@flawed(
    REUSED,
    "A checkout bears the id of a transaction that was paid and confirmed",
    also=[NOT_CARRIED, FLOW],
)
def the_next_basket_is_called_the_same(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.buys()
    again = Shopper(talk, "visa", session="visa-session-2")
    again.pays(dpaTransactionOptions=price("12.00"), srcCorrelationId=again.session)
    again.confirms()


@flawed(REUSED, "Two consumers paid in one transaction")
def two_people_at_one_till(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.signs_in()
    ana.pays(payer="consumer-1")
    ana.pays(payer="consumer-2")
    ana.confirms()


@sound(REUSED)
def a_checkout_is_repeated_before_it_is_confirmed(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.signs_in()
    ana.pays()
    ana.pays()
    ana.confirms()
    ana.confirms(checkoutEventType="02")


@sound(REUSED)
def mastercard_is_asked_for_the_payload_after_the_confirmation(talk: Conversation) -> None:
    ana = Shopper(talk, "mastercard")
    ana.buys()
    ana.fetches_the_payload()


@flawed(DIFFERS, "mastercard hears of another transaction than visa")
def each_network_has_its_own_transaction(talk: Conversation) -> None:
    visa = Shopper(talk, "visa", "trip-1")
    visa.signs_in()
    Shopper(talk, "mastercard", "trip-2").shows_her_cards(visa.token)


@sound(DIFFERS)
def one_transaction_at_two_networks(talk: Conversation) -> None:
    visa = Shopper(talk, "visa")
    visa.signs_in()
    Shopper(talk, "mastercard").shows_her_cards(visa.token)


@sound(DIFFERS)
def a_second_purchase_with_the_same_token(talk: Conversation) -> None:
    visa = Shopper(talk, "visa", "trip-1")
    visa.buys()
    Shopper(talk, "mastercard", "trip-2").shows_her_cards(visa.token)


@sound(NOT_CARRIED, FLOW)
def a_facilitator_finishes_what_the_shop_began(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.signs_in()
    ana.pays(client=SCREENS, checkoutRequestJws="a.b.c", idToken=None)
    ana.confirms()
