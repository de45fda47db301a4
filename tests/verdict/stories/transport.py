"""Stories of bodies, types, headers and addresses."""

from tests.verdict.conversation import Conversation
from tests.verdict.shopping import Shopper
from tests.verdict.story import flawed, sound


@flawed("src.transport.get-with-body", "GET getPayload has a body")
def a_payload_is_fetched_with_a_json_body(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.signs_in()
    ana.pays(payload=None)
    ana.fetches_the_payload(body=b"{}")
    ana.confirms()


@flawed("src.transport.get-with-body", "GET getPayload has a body")
def a_payload_is_fetched_with_a_length(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.signs_in()
    ana.pays(payload=None)
    ana.fetches_the_payload(headers={"content-length": "17"})
    ana.confirms()


@sound("src.transport.get-with-body")
def a_payload_is_fetched_by_its_query(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.signs_in()
    ana.pays(payload=None)
    ana.fetches_the_payload(headers={"Content-Length": "0"})
    ana.confirms()


@flawed("src.transport.content-type", "Content-Type is text/plain")
def a_look_up_is_sent_as_text(talk: Conversation) -> None:
    talk.call(
        "visa",
        "identityLookup",
        {"consumerIdentity": {"identityType": "EMAIL_ADDRESS", "identityValue": "a@shop.test"}},
        headers={"Content-Type": "text/plain"},
        status=415,
        reason="INVALID_FORMAT",
    )


@sound("src.transport.content-type")
def a_look_up_says_that_it_is_json_in_utf_8(talk: Conversation) -> None:
    Shopper(talk, "visa").says(
        "isRecognized", {}, headers={"content-type": "Application/JSON; charset=utf-8"}
    )


@sound("src.transport.content-type")
def whoever_asks_for_a_token_sends_a_form(talk: Conversation) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    talk.call("discover", "accessToken", body=b"grant_type=client_credentials", headers=form)
    Shopper(talk, "discover").is_looked_up()


@flawed("src.transport.client-id-header", "x-openapi-clientid is missing")
def mastercard_is_called_without_its_header(talk: Conversation) -> None:
    Shopper(talk, "mastercard").says("isRecognized", {}, headers={"x-openapi-clientid": None})


@flawed("src.transport.client-id-header", "is not the srcClientId of the body")
def mastercard_is_called_in_the_name_of_another(talk: Conversation) -> None:
    Shopper(talk, "mastercard").says("isRecognized", {}, headers={"x-openapi-clientid": "else"})


@sound("src.transport.client-id-header")
def mastercard_is_called_as_it_wants(talk: Conversation) -> None:
    Shopper(talk, "mastercard").is_recognised(recognised=False)


@flawed("src.privacy.card-in-clear", "card.primaryAccountNumber is sent in clear")
def a_card_is_enrolled_in_clear(talk: Conversation) -> None:
    Shopper(talk, "visa").says(
        "enrollCard",
        {"card": {"primaryAccountNumber": "4111111111111111"}},
        status=400,
        reason="CANNOT_BE_NULL",
    )


@flawed("src.privacy.card-in-clear", "A card number stands in the address")
def a_card_is_looked_for_by_its_number(talk: Conversation) -> None:
    talk.call("visa", "getCard", card="4111111111111111", status=404, reason="NOT_FOUND")


@flawed("src.privacy.card-in-clear", "A card number stands in the address")
def a_card_is_looked_for_by_its_encoded_number(talk: Conversation) -> None:
    talk.call("visa", "getCard", card="4111%201111%201111%201111", status=404, reason="NOT_FOUND")


@flawed("src.privacy.card-in-clear", "A card number stands in the address")
def a_real_card_is_looked_for_by_its_number(talk: Conversation) -> None:
    talk.call("visa", "getCard", card="************1486", status=404, reason="NOT_FOUND")


@sound("src.privacy.card-in-clear")
def a_security_code_is_the_proof_of_an_authentication(talk: Conversation) -> None:
    ana = Shopper(talk, "visa", transaction="1700000000000")
    ana.says("completeAuthentication", {"methodAttributes": {"cardSecurityCode": "123"}})


@flawed("src.privacy.person-in-address", "holds an e-mail address")
def a_payload_is_fetched_by_an_address(talk: Conversation) -> None:
    talk.call(
        "visa", "getPayload", query={"customer": "ana@shop.test"}, status=400, reason="INVALID"
    )


@flawed("src.privacy.person-in-address", "holds phoneNumber")
def a_payload_is_fetched_by_a_number(talk: Conversation) -> None:
    talk.call("visa", "getPayload", query={"phoneNumber": "2025550143"}, status=400, reason="X")


@sound("src.privacy.person-in-address")
def a_person_is_looked_up_in_the_body(talk: Conversation) -> None:
    Shopper(talk, "visa").is_looked_up()
