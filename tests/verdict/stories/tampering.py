"""Stories of artefacts that a fault made wrong, and of clients that looked or did not."""

from functools import cache

from src_system.crypto import jws
from src_system.crypto.rsa_keys import PrivateKey, generate_private_key, public_jwk
from tests.verdict.conversation import Conversation, Json, id_token
from tests.verdict.shopping import Shopper
from tests.verdict.story import flawed, sound

RESPONSE, PAYLOAD = "src.verify.checkout-response", "src.verify.payload"
ID_TOKEN, RECOGNITION = "src.verify.id-token", "src.verify.recognition-token"
KEYS, REJECTED = "src.verify.keys", "src.verify.rejected"


def tampered(artefact: str, how: str = "badSignature") -> tuple[Json, ...]:
    """The effect of a fault."""
    return ({"tamper": {"artefact": artefact, "how": how}},)


@flawed(RESPONSE, "A tampered checkoutResponse (badSignature) was used: the payment was confirmed")
def a_forged_response_is_paid(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.signs_in()
    ana.pays(effects=tampered("checkoutResponse"))
    ana.confirms()


@flawed(RESPONSE, "A tampered checkoutResponse (algNone) was used: the payment was confirmed")
def the_payload_is_fetched_behind_a_forged_response(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.signs_in()
    ana.pays(payload=None, effects=tampered("checkoutResponse", "algNone"))
    ana.fetches_the_payload()
    ana.confirms()


@flawed(RESPONSE, "A tampered checkoutResponse (unknownKid) was used: the payment was confirmed")
def a_forged_second_leg_is_paid(talk: Conversation) -> None:
    ana = Shopper(talk, "mastercard")
    ana.signs_in()
    ana.pays(payload=None)
    ana.fetches_the_payload(effects=tampered("checkoutResponse", "unknownKid"))
    ana.confirms()


@flawed(RESPONSE, "A tampered checkoutResponse (badSignature) was used: the payment was to be")
def a_forged_response_is_confirmed_and_the_network_refuses(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.signs_in()
    ana.pays(effects=tampered("checkoutResponse"))
    ana.confirms(status=400, reason="MISSING_PARAMETER", networkTransactionIdentifier=None)


@flawed(RESPONSE, "A tampered checkoutResponse (badSignature) was used: the payment was to be")
def a_forged_response_is_confirmed_and_the_network_is_down(talk: Conversation) -> None:
    ana = Shopper(talk, "mastercard")
    ana.signs_in()
    ana.pays(effects=tampered("checkoutResponse"))
    ana.confirms(status=503, reason="UNAVAILABLE")


@flawed(RESPONSE, "A tampered checkoutResponse (badSignature) was used: the payment was to be")
def a_forged_response_is_confirmed_without_saying_what_happened(talk: Conversation) -> None:
    ana = Shopper(talk, "amex")
    ana.signs_in()
    ana.pays(effects=tampered("checkoutResponse"))
    ana.confirms(status=400, reason="MISSING_PARAMETER", checkoutEventType=None)


@flawed(
    RESPONSE,
    "A tampered checkoutResponse (badSignature) was used: the payment was to be",
    also={"src.correlation.not-carried", "src.flow-id.not-carried"},
)
def a_forged_response_is_confirmed_without_its_session(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.signs_in()
    ana.pays(effects=tampered("checkoutResponse"))
    ana.carries = False
    ana.confirms(status=400, reason="MISSING_PARAMETER")


@flawed(
    RESPONSE,
    "A tampered checkoutResponse (algNone) was used: the payload was fetched",
    also={"src.confirmation.missing"},
)
def the_payload_is_fetched_behind_a_forged_response_and_not_paid(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.signs_in()
    ana.pays(payload=None, effects=tampered("checkoutResponse", "algNone"))
    ana.fetches_the_payload()


@flawed(RESPONSE, "A tampered checkoutResponse (algNone) was used: the payload was fetched")
def the_payload_behind_a_forged_response_is_refused(talk: Conversation) -> None:
    ana = Shopper(talk, "discover")
    ana.signs_in()
    ana.pays(payload=None, effects=tampered("checkoutResponse", "algNone"))
    ana.fetches_the_payload(status=400, reason="INVALID_STATE")


@sound(RESPONSE)
def a_forged_response_is_asked_for_again_and_its_payload_fetched(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.signs_in()
    ana.pays(payload=None, effects=tampered("checkoutResponse"))
    ana.pays(payload=None)
    ana.fetches_the_payload()
    ana.confirms()


@sound(RESPONSE)
def a_forged_response_ends_the_purchase_and_the_network_does_not_listen(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.signs_in()
    ana.pays(effects=tampered("checkoutResponse"))
    ana.confirms(
        status=503,
        reason="UNAVAILABLE",
        checkoutEventType="04",
        checkoutEventStatus="03",
        confirmationStatus="02",
    )


@sound(RESPONSE)
def a_forged_response_is_declined_and_the_network_refuses_that(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.signs_in()
    ana.pays(effects=tampered("checkoutResponse"))
    ana.confirms(
        status=400,
        reason="MISSING_PARAMETER",
        confirmationStatus="02",
        networkTransactionIdentifier=None,
    )


@sound(RESPONSE)
def a_second_leg_brings_a_sound_response(talk: Conversation) -> None:
    ana = Shopper(talk, "mastercard")
    ana.signs_in()
    ana.pays(payload=None, effects=tampered("checkoutResponse"))
    ana.fetches_the_payload()


@sound(RESPONSE)
def a_forged_response_is_thrown_away_and_asked_for_again(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.signs_in()
    ana.pays(effects=tampered("checkoutResponse"))
    ana.pays()
    ana.confirms()


@sound(RESPONSE)
def a_forged_response_ends_the_purchase(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.signs_in()
    ana.pays(effects=tampered("checkoutResponse"))
    ana.confirms(checkoutEventType="04", checkoutEventStatus="03", confirmationStatus="02")


@flawed(PAYLOAD, "A tampered payload (badTag) was used: the payment was confirmed")
def a_payload_that_cannot_be_opened_is_paid_with(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.signs_in()
    ana.pays(payload=None)
    ana.fetches_the_payload(effects=tampered("payload", "badTag"))
    ana.confirms()


@flawed(PAYLOAD, "A tampered payload (badTag) was used: the payment was to be confirmed")
def a_payload_that_cannot_be_opened_is_confirmed_in_vain(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.signs_in()
    ana.pays(effects=tampered("payload", "badTag"))
    ana.confirms(status=503, reason="UNAVAILABLE")


@sound(PAYLOAD)
def another_payload_is_fetched(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.signs_in()
    ana.pays(effects=tampered("payload", "wrongKey"))
    ana.fetches_the_payload()
    ana.confirms()


@flawed(ID_TOKEN, "A tampered idToken (wrongAudience) was used: getSrcProfile presented it")
def a_forged_id_token_goes_to_the_other_network(talk: Conversation) -> None:
    visa = Shopper(talk, "visa")
    forged = id_token("visa", who="forged")
    visa.is_sent_a_code()
    answers_with_token(visa, forged, "wrongAudience")
    Shopper(talk, "mastercard").shows_her_cards(forged)


def answers_with_token(ana: Shopper, token: str, how: str) -> None:
    """A code brought, and a token that a fault made wrong."""
    ana.says(
        "completeIdentityValidation",
        {"idValidationSessionId": "v-1", "validationData": "012345"},
        {"idToken": token},
        effects=tampered("idToken", how),
    )


@sound(ID_TOKEN)
def a_forged_id_token_is_thrown_away(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.is_sent_a_code()
    answers_with_token(ana, id_token("visa", who="forged"), "badSignature")
    ana.is_sent_a_code(validation="v-2")
    ana.brings_the_code(validation="v-2")
    ana.shows_her_cards()
    ana.is_forgotten(idToken=id_token("visa", who="forged"))


def is_remembered(ana: Shopper, token: str) -> None:
    """A code brought, and a recognition token that a fault made wrong."""
    ana.says(
        "completeIdentityValidation",
        {"idValidationSessionId": "v-1", "validationData": "012345"},
        {"idToken": ana.token, "recognitionToken": token},
        effects=tampered("recognitionToken", "expired"),
    )


@flawed(RECOGNITION, "A tampered recognitionToken (expired) was used: isRecognized presented it")
def a_forged_recognition_token_is_kept(talk: Conversation) -> None:
    is_remembered(Shopper(talk, "visa"), "forged")
    Shopper(talk, "visa", "trip-2").is_recognised(recognised=False, recognitionTokens=["forged"])


@sound(RECOGNITION)
def a_forged_recognition_token_is_thrown_away(talk: Conversation) -> None:
    is_remembered(Shopper(talk, "visa"), "forged")
    Shopper(talk, "visa", "trip-2").is_recognised(recognised=False, recognitionTokens=["other"])


@cache
def key_pair(_name: str) -> PrivateKey:
    """A key pair by any name, made once."""
    return generate_private_key(2048)


def publishes(talk: Conversation, name: str, kid: str, effects: tuple[Json, ...] = ()) -> None:
    """A key set with one signature key."""
    public = key_pair(name).public_key()
    jwk = public_jwk(public, kid=kid, use="sig", alg="RS256", key_ops=("verify",))
    talk.call("visa", "keys", response={"keys": [jwk]}, client=None, effects=effects)


def pays_signed(ana: Shopper) -> None:
    """A checkout whose answer the network really signed."""
    signed = jws.sign(b'{"a":1}', key=key_pair("network"), header={"kid": "sig-1"})
    ana.signs_in()
    ana.pays(answer={"checkoutResponse": signed})


@flawed(KEYS, "A tampered keys (wrongKey) was used: a checkout was confirmed")
def wrong_keys_verify_everything(talk: Conversation) -> None:
    publishes(talk, "stranger", "sig-1", tampered("keys", "wrongKey"))
    ana = Shopper(talk, "visa")
    pays_signed(ana)
    ana.confirms()


@flawed(KEYS, "A tampered keys (wrongKey) was used: a checkout was to be confirmed")
def wrong_keys_verify_what_cannot_be_confirmed(talk: Conversation) -> None:
    publishes(talk, "stranger", "sig-1", tampered("keys", "wrongKey"))
    ana = Shopper(talk, "visa")
    pays_signed(ana)
    ana.confirms(status=503, reason="UNAVAILABLE")


@sound(KEYS)
def the_key_set_is_fetched_once_more(talk: Conversation) -> None:
    publishes(talk, "network", "sig-2", tampered("keys", "unknownKid"))
    ana = Shopper(talk, "visa")
    pays_signed(ana)
    publishes(talk, "network", "sig-1")
    ana.confirms()


@sound(KEYS)
def the_tampered_set_still_has_the_right_key(talk: Conversation) -> None:
    publishes(talk, "network", "sig-1", tampered("keys", "dropMember"))
    ana = Shopper(talk, "visa")
    pays_signed(ana)
    ana.confirms()


@flawed(REJECTED, "Rejected a tampered checkoutResponse (badSignature)")
def a_client_that_looks(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.signs_in()
    ana.pays(effects=tampered("checkoutResponse"))


@flawed(REJECTED, "Rejected a tampered keys (unknownKid)")
def a_client_that_finds_no_key(talk: Conversation) -> None:
    publishes(talk, "network", "sig-2", tampered("keys", "unknownKid"))
    pays_signed(Shopper(talk, "visa"))


@sound(REJECTED)
def a_client_that_does_not_look(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.signs_in()
    ana.pays(effects=tampered("checkoutResponse"))
    ana.confirms()
