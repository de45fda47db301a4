"""A tour of one network: every operation called once as it should be and once as it should not."""

from collections.abc import Callable

from . import authentication, card_care
from .dialects import DIALECTS
from .exchange import Answer, Json, call
from .facilitator import Facilitator, prepare_checkout, signed_request
from .issuer import Issuer
from .onboarding import dpa_batch, register, shop
from .returning_shopper import native_address
from .shopper import (
    ADDRESS,
    by_email,
    card,
    consent,
    fixture_consumer,
    new_consumer,
    options,
    remember_me,
)
from .src_client import Initiator, Sandbox, Server

ABSENT = "00000000-0000-4000-8000-000000000000"


class Tour:
    """The stations, in an order in which each finds what it needs; `heard` is every answer."""

    def __init__(self, server: Server, network: str, mount: str | None = None) -> None:
        """mount: the end of another base address of the network."""
        self.network = network
        self.sandbox = Sandbox.create(server.control, issuer=True)
        self.sandbox.fixtures(fixture_consumer(network))
        base = mount and native_address(self.sandbox, network, mount)
        self.client = Initiator(self.sandbox, network, base=base)
        self.base = self.client.base
        self.heard = self.client.heard
        self.absent_card = f"{'A' * 22}000000000000US" if network == "mastercard" else ABSENT
        self.card_id = ""
        self.token = ""

    def walk(self) -> None:
        """Every station; each fails where an answer is not what it has to be."""
        for station in STATIONS:
            station(self)

    def refused(self, answer: Answer, *statuses: int) -> None:
        """A wrong call, turned away as a fault of the caller's."""
        assert answer.status in (statuses or (400,)), (answer.method, answer.url, answer.body)

    def same_place(self, other: Initiator) -> None:
        """Let another client of the sandbox call at the tour's base, and listen to it."""
        other.base, other.heard = self.base, self.heard


def keys(tour: Tour) -> None:
    """The key set is for anyone to read, and for nobody to write."""
    for method, status in (("GET", 200), ("POST", 405)):
        answer = call(method, f"{tour.base}/keys", {} if method == "POST" else None)
        assert answer.status == status, (method, answer.status, answer.body)
        tour.heard.append(answer)


def identity(tour: Tour) -> None:
    """A consumer is found, proves herself, and is remembered."""
    client = tour.client
    tour.refused(client.post("identities/lookup"))
    tour.refused(client.post("identities/validation/initiate"))
    started_wrong = client.initiate_identity_validation(by_email()).expect(200)
    code = tour.sandbox.next_code(network=tour.network)["value"]
    session_id = started_wrong["idValidationSessionId"]
    wrong = client.complete_identity_validation(session_id, authentication.another_code(code))
    tour.refused(wrong)
    signed_in = client.validate(by_email(), remember_me())
    token = signed_in["recognitionToken"]
    assert client.is_recognized(token).expect(200)["recognized"] is True
    tour.refused(client.post("identities/recognize", recognitionTokens=7))
    client.unbind_app_instance(token).expect(200)
    tour.refused(client.post("apps/unbind", recognitionTokens=7))
    tour.refused(client.src_profile("not.a.token"), 400, 401)
    profile, tour.token = client.profile_of(signed_in["idToken"])
    tour.card_id = profile["maskedCards"][0]["srcDigitalCardId"]


def cards(tour: Tour) -> None:
    """A card is shown, renewed, given an address, enrolled and deleted."""
    client, card_id = tour.client, tour.card_id
    client.get_card(card_id).expect(200)
    tour.refused(client.get_card(tour.absent_card), 404)
    renewed = client.seal({**card(tour.network), "panExpirationYear": "2034"})
    card_care.update_card(client, card_id, encryptedCard=renewed).expect(200)
    suspended: Json = {"status": "SUSPENDED"}
    tour.refused(card_care.update_card(client, card_id, digitalCardData=suspended), 403)
    card_care.add_billing_address(client, card_id, billingAddress=ADDRESS).expect(200)
    tour.refused(card_care.add_billing_address(client, card_id))
    assert card_care.delete_billing_address(client, card_id).status == 204
    tour.refused(card_care.delete_billing_address(client, card_id), 404)
    fresh = Initiator(tour.sandbox, tour.network)
    tour.same_place(fresh)
    somebody = {**new_consumer(), "emailAddress": "bo@shop.test"}
    somebody["mobileNumber"] = {"countryCode": "1", "phoneNumber": "2025550147"}
    typed = card(tour.network)
    tour.refused(fresh.enroll_card(typed, consumer=somebody))
    enrolled = fresh.enroll_card(typed, consumer=somebody, complianceSettings=consent())
    new_id = enrolled.expect(200)["maskedCard"]["srcDigitalCardId"]
    assert fresh.delete_card(new_id).status == 204
    tour.refused(fresh.delete_card(tour.absent_card), 404)


def shipping(tour: Tour) -> None:
    """A shipping address is kept, changed and forgotten."""
    client = tour.client
    kept = card_care.add_shipping_address(client, shippingAddress=ADDRESS).expect(200)
    tour.refused(card_care.add_shipping_address(client))
    address_id = kept["addressId"]
    moved = {**ADDRESS, "zip": "94405"}
    card_care.update_shipping_address(client, address_id, shippingAddress=moved).expect(200)
    tour.refused(card_care.update_shipping_address(client, ABSENT, shippingAddress=moved), 404)
    assert card_care.delete_shipping_address(client, address_id).status == 204
    tour.refused(card_care.delete_shipping_address(client, address_id), 404)


def authentications(tour: Tour) -> None:
    """The cardholder answers a challenge."""
    client, reference = tour.client, authentication.of_card(tour.card_id)
    authentication.methods_lookup(client, reference).expect(200)
    tour.refused(authentication.methods_lookup(client, {}))
    challenge = authentication.CHALLENGE
    begun = authentication.initiate(client, reference, "3DS", **challenge).expect(200)
    tour.refused(authentication.initiate(client, reference, "RETINA"))
    code = tour.sandbox.next_code(network=tour.network)["value"]
    wrong = {"otpValue": authentication.another_code(code)}
    tour.refused(authentication.complete(client, begun, wrong))
    authentication.complete(client, begun, {"otpValue": code}).expect(200)


def checkouts(tour: Tour) -> None:
    """A checkout goes through a DCF and another does not; payload and confirmation follow."""
    client = tour.client
    tour.refused(prepare_checkout(client, tour.token, checkoutResponseUri=None))
    chosen = {"srcDigitalCardId": tour.card_id}
    prepared = prepare_checkout(client, tour.token, **chosen).expect(200)
    compact, request = signed_request(client, prepared)
    dcf = Facilitator.of(client, request)
    tour.same_place(dcf)
    dcf.consumer_profile().expect(200)
    itself = {"srcClientId": dcf.sandbox.src_client_id}
    tour.refused(dcf.send("GET", "consumerprofile", query=itself))
    tour.refused(dcf.finish(f"{compact[:-8]}AAAAAAAA"))
    assert client.open_checkout(dcf.finish(compact).expect(200)).payload is not None
    paid = client.checkout(
        tour.token, **chosen, dpaTransactionOptions=options(tour.network)
    ).expect(200)
    assert client.open_checkout(paid).payload is not None
    tour.refused(client.checkout(tour.token, srcDigitalCardId=tour.absent_card), 400, 404)
    assert client.get_payload(tour.card_id).status == 200
    if client.dialect.payload_by_post:
        tour.refused(client.get("transaction/credentials"), 405)
    else:
        query = {"srcClientId": tour.sandbox.src_client_id, "srcCorrelationId": ABSENT}
        tour.refused(client.send("GET", "transaction/credentials", query=query), 400, 404)
    assert client.confirmation().status == 204
    tour.refused(client.confirmation(checkoutEventType="99"))


def issuers(tour: Tour) -> None:
    """An issuer hands a batch in."""
    issuer = Issuer.of(tour.sandbox, tour.network)
    tour.same_place(issuer)
    record = issuer.record(card(tour.network), new_consumer(), "person", "card")
    taken = issuer.enroll_cards_batch("monday", record).expect(202)
    tour.refused(issuer.enroll_cards_batch("tuesday"))
    issuer.cards_batch(taken["batchId"]).expect(200)
    tour.refused(issuer.cards_batch(ABSENT), 404)


def shops(tour: Tour) -> None:
    """An SRC initiator registers a shop."""
    batch_id = register(tour.client, "ADD", shop("one")).expect(200)["batchId"]
    tour.refused(register(tour.client, "REPLACE", shop("one")))
    dpa_batch(tour.client, batch_id).expect(200)
    tour.refused(dpa_batch(tour.client, ABSENT), 404)


STATIONS: tuple[Callable[[Tour], None], ...] = (
    keys,
    identity,
    cards,
    shipping,
    authentications,
    checkouts,
    issuers,
    shops,
)


def not_offered(network: str) -> set[str]:
    """What this network has under another name: Mastercard's getPayload is a second checkout."""
    return {"getPayload"} if DIALECTS[network].payload_by_post else set()
