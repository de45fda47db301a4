"""Stories of cards encrypted well and badly."""

from dataclasses import replace

from src_system.model.journal import Artefact
from tests.verdict.conversation import BANK, Conversation, Json
from tests.verdict.shopping import CARD, Shopper
from tests.verdict.story import flawed, sound

ENC, KID, UNKNOWN = "src.jwe.content-encryption", "src.jwe.kid-missing", "src.jwe.kid-unknown"
OUTDATED, UNREADABLE = "src.jwe.key-outdated", "src.jwe.unreadable"
DATED, EMPTY = "src.jwe.iat", "src.jwe.empty-member"
EVERYTHING = (ENC, KID, UNKNOWN, UNREADABLE, EMPTY)


def closed(artefact: Artefact, is_valid: bool | None, problem: str) -> Artefact:
    """The same, as it looks to a network that cannot open it."""
    return replace(artefact, content=None, is_valid=is_valid, problem=problem)


def publishes(talk: Conversation, *kids: str, effects: tuple[Json, ...] = ()) -> None:
    """A network's key set with these encryption keys."""
    keys = [{"kid": kid, "use": "enc", "kty": "RSA"} for kid in kids]
    talk.call("visa", "keys", response={"keys": keys}, client=None, effects=effects)


@flawed(ENC, "encryptedCard has enc A128CBC-HS256; A128GCM or A256GCM is taken")
def mastercard_gets_a_card_as_in_the_old_days(talk: Conversation) -> None:
    ana = Shopper(talk, "mastercard")
    ana.enrols(ana.sealed(enc="A128CBC-HS256"))


@sound(ENC)
def mastercards_own_package_has_its_own_encryption(talk: Conversation) -> None:
    ana = Shopper(talk, "mastercard")
    ana.enrols(ana.sealed(enc="A256GCM"))


@flawed(ENC, "enrollmentData has enc A128GCM; A256GCM is taken")
def a_bank_encrypts_its_batch_wrongly(talk: Conversation) -> None:
    bank = Shopper(talk, "visa", None, client=BANK)
    batch = {"externalBatchId": "b", "records": [{"enrollmentData": "e.y.j.w.e"}]}
    sealed = {"request.records[0].enrollmentData": bank.sealed({"card": CARD}, enc="A128GCM")}
    bank.says("enrollCardsBatch", batch, {"batchId": "1"}, artefacts=sealed)
    bank.says("getCardsBatch", {}, {"batchId": "1"}, batch="1")


@sound(ENC)
def amex_names_no_encryption(talk: Conversation) -> None:
    ana = Shopper(talk, "amex")
    ana.enrols(ana.sealed(enc="A128GCM"))


@sound(*EVERYTHING)
def a_card_sealed_as_mastercard_says(talk: Conversation) -> None:
    Shopper(talk, "mastercard").enrols()


@sound(*EVERYTHING, DATED)
def a_card_sealed_as_visa_says(talk: Conversation) -> None:
    Shopper(talk, "visa").enrols()


@flawed(KID, "encryptedCard has no kid")
def a_card_for_nobody_in_particular(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.enrols(ana.sealed(kid=None))


@flawed(UNKNOWN, "encryptedCard is for the key production-1")
def a_card_for_another_systems_key(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.enrols(closed(ana.sealed(kid="production-1"), None, "The sandbox holds no such key."))


@flawed(OUTDATED, "encryptedCard is for the key enc-1, which is published no more")
def a_card_for_last_years_key(talk: Conversation) -> None:
    publishes(talk, "enc-1")
    publishes(talk, "enc-2")
    Shopper(talk, "visa").enrols()


@sound(OUTDATED)
def a_card_for_the_older_of_two_keys(talk: Conversation) -> None:
    publishes(talk, "enc-1")
    publishes(talk, "enc-1", "enc-2")
    Shopper(talk, "visa").enrols()


@sound(OUTDATED)
def a_key_set_that_a_fault_made_wrong_replaces_nothing(talk: Conversation) -> None:
    publishes(talk, "enc-1")
    publishes(talk, "x", effects=({"tamper": {"artefact": "keys", "how": "unknownKid"}},))
    Shopper(talk, "visa").enrols()


@flawed(UNREADABLE, "encryptedCard (alg RSA-OAEP) cannot be opened: It does not open.")
def a_card_in_the_algorithm_of_the_nineties(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.enrols(closed(ana.sealed(alg="RSA-OAEP"), False, "It does not open."))


@flawed(DATED, "encryptedCard has no iat")
def a_card_without_a_date(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.enrols(ana.sealed(iat=None))


@flawed(DATED, "encryptedCard was encrypted long before it was sent")
def a_card_sealed_an_hour_ago(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.enrols(ana.sealed(iat=int(talk.now.timestamp()) - 3600))


@flawed(DATED, "encryptedCard is dated ahead")
def a_card_sealed_tomorrow(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.enrols(ana.sealed(iat=int(talk.now.timestamp()) + 86_400))


@flawed(DATED, "encryptedCard has an iat that is no time in seconds")
def a_card_dated_in_words(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.enrols(ana.sealed(iat="noon"))


@sound(DATED)
def a_card_dated_by_a_machine_whose_sandbox_is_a_year_ahead(talk: Conversation) -> None:
    talk.move_clock(365 * 86_400)
    Shopper(talk, "visa").enrols()


@flawed(EMPTY, "encryptedCard holds cardholderFullName without a value")
def a_card_of_nobody(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    ana.enrols(ana.sealed({**CARD, "cardholderFullName": ""}))
