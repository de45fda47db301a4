"""Stories of cards in the wrong place, deleted, suspended, pending."""

from tests.verdict.conversation import OTHER_SHOP, Conversation
from tests.verdict.shopping import Shopper, masked_card
from tests.verdict.story import flawed, sound

NETWORK, CLIENT = "src.card.of-another-network", "src.card.of-another-client"
DELETED, UNUSABLE = "src.card.used-after-deletion", "src.card.unusable"
PENDING = "src.card.pending-not-settled"


def of_her_card(ana: Shopper, operation: str, status: int = 200, reason: str = "") -> None:
    """A call about the shopper's card."""
    shown = {"maskedCard": masked_card(ana.network, "ACTIVE", ana.card_id)}
    ana.says(
        operation,
        {},
        shown if status == 200 else None,
        status=status,
        reason=reason,
        card=ana.card_id,
    )


@flawed(NETWORK, "checkout at mastercard is about a card of visa")
def visas_card_at_mastercard(talk: Conversation) -> None:
    visa, mastercard = Shopper(talk, "visa"), Shopper(talk, "mastercard")
    visa.signs_in()
    mastercard.shows_her_cards(visa.token)
    mastercard.pays(srcDigitalCardId=visa.card_id)
    mastercard.confirms()


@sound(NETWORK)
def each_card_at_home_also_in_another_spelling(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.signs_in()
    ana.pays(srcDigitalCardId=ana.card_id.replace("-", ""))
    ana.confirms()


@sound(NETWORK, UNUSABLE)
def a_card_that_the_journal_never_saw(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.pays()
    ana.confirms()


@flawed(CLIENT, "getCard is about another client's card")
def somebody_elses_card(talk: Conversation) -> None:
    Shopper(talk, "visa").buys()
    thief = Shopper(talk, "visa", "trip-2", client=OTHER_SHOP)
    of_her_card(thief, "getCard", 403, "PERMISSION_DENIED")


@sound(CLIENT)
def ones_own_card_in_a_session_without_its_owner(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.buys()
    of_her_card(ana, "getCard", 403, "PERMISSION_DENIED")


@flawed(DELETED, "checkout is about a card that was deleted")
def a_deleted_card_is_checked_out(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.signs_in()
    of_her_card(ana, "deleteCard", 204)
    ana.pays(refusal="CARD_NOT_FOUND")


@sound(DELETED)
def a_card_is_enrolled_again_after_it_was_deleted(talk: Conversation) -> None:
    ana = Shopper(talk, "mastercard")
    ana.enrols()
    of_her_card(ana, "deleteCard", 204)
    ana.enrols()
    ana.pays()
    ana.confirms()


@sound(DELETED)
def a_card_is_deleted_twice(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    of_her_card(ana, "deleteCard", 204)
    of_her_card(ana, "deleteCard", 404, "NOT_FOUND")
    ana.enrols()
    of_her_card(ana, "getCard")


@flawed(UNUSABLE, "The card was last shown as SUSPENDED")
def a_suspended_card_is_offered(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.shows_her_cards(status="SUSPENDED")
    ana.pays(refusal="SUSPENDED_CARD")


@sound(UNUSABLE)
def a_card_came_back_to_life(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.shows_her_cards(status="SUSPENDED")
    ana.shows_her_cards(status="ACTIVE")
    ana.pays()
    ana.confirms()


@sound(UNUSABLE)
def only_her_bank_was_told_that_it_suspended_the_card(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.signs_in()
    Shopper(talk, "visa", "at the bank", client=OTHER_SHOP).shows_her_cards(status="SUSPENDED")
    ana.pays(refusal="SUSPENDED_CARD")


@flawed(PENDING, "The checkout is repeated, and nothing was settled")
def hoping_that_it_will_work_the_second_time(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.signs_in()
    ana.pays(code="PENDING_AUTHENTICATION", payload=None)
    ana.pays(code="PENDING_AUTHENTICATION", payload=None)


@sound(PENDING)
def the_security_code_is_given_first(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.signs_in()
    ana.pays(code="PENDING_AUTHENTICATION", payload=None)
    ana.authenticates()
    ana.pays()
    ana.confirms()
