"""Stories of haste: mistakes repeated, waits ignored, batches polled; and of batches at all."""

from tests.verdict.conversation import BANK, Conversation, Json
from tests.verdict.shopping import EMAIL, Shopper
from tests.verdict.story import flawed, sound

MISTAKE, IGNORED = "src.pace.same-mistake", "src.pace.retry-after-ignored"
NO_PAUSE, POLLED = "src.pace.no-back-off", "src.pace.batch-polled"
MIXED, FORGOTTEN = "src.batch.mixed-actions", "src.batch.never-looked-at"


def looks_up(ana: Shopper, status: int, reason: str = "", retry_after: str = "") -> None:
    """A look-up that may be put off."""
    answer = {"consumerPresent": True} if status == 200 else None
    headers = {"Retry-After": retry_after} if retry_after else {}
    ana.says(
        "identityLookup",
        {"consumerIdentity": EMAIL},
        answer,
        status=status,
        reason=reason,
        answer_headers=headers,
    )


@flawed(MISTAKE, "identityLookup was refused again and again: INVALID_FORMAT")
def the_same_mistake_four_times(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    for _ in range(4):
        looks_up(ana, 400, "INVALID_FORMAT")


@sound(MISTAKE)
def three_different_mistakes_and_an_hour_between_equal_ones(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    for code in ("1", "2", "3", "4"):
        ana.brings_a_wrong_code(code=code)
    for _ in range(4):
        looks_up(ana, 400, "INVALID_FORMAT")
        talk.wait(3600)


@flawed(IGNORED, "identityLookup at visa was asked again too soon")
def the_quota_is_run_against(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    looks_up(ana, 429, "RESOURCE_EXHAUSTED", "30")
    looks_up(ana, 429, "RESOURCE_EXHAUSTED", "29")


@flawed(IGNORED, "identityLookup at visa was asked again too soon")
def retry_after_is_a_date(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    looks_up(ana, 503, "UNAVAILABLE", "Mon, 23 Nov 2026 12:10:00 GMT")
    looks_up(ana, 200)


@sound(IGNORED)
def the_shop_waits(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    looks_up(ana, 429, "RESOURCE_EXHAUSTED", "30")
    talk.wait(30)
    looks_up(ana, 200)


@sound(IGNORED)
def the_tester_lets_the_sandbox_wait(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    looks_up(ana, 429, "RESOURCE_EXHAUSTED", "30")
    talk.move_clock(30)
    looks_up(ana, 200)


@sound(IGNORED)
def another_checkout_did_not_know(talk: Conversation) -> None:
    looks_up(Shopper(talk, "visa", "trip-1"), 429, "RESOURCE_EXHAUSTED", "30")
    looks_up(Shopper(talk, "visa", "trip-2"), 200)


@flawed(NO_PAUSE, "identityLookup at visa is hammered while it fails")
def a_loop_around_a_broken_system(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    for _ in range(4):
        talk.wait(-0.9)
        looks_up(ana, 500, "INTERNAL")


@sound(NO_PAUSE)
def each_try_waits_longer(talk: Conversation) -> None:
    ana = Shopper(talk, "visa")
    for place in range(5):
        looks_up(ana, 500, "INTERNAL")
        talk.wait(2**place)


def looks_at_batch(bank: Shopper, status: str = "IN_PROGRESS") -> None:
    """A look at the batch 1."""
    bank.says("getCardsBatch", {}, {"batchId": "1", "batchStatus": status}, batch="1")


@flawed(POLLED, "getCardsBatch at visa is polled")
def a_batch_is_looked_at_without_a_pause(talk: Conversation) -> None:
    bank = Shopper(talk, "visa", None, client=BANK)
    for _ in range(6):
        talk.wait(-0.9)
        looks_at_batch(bank)


@sound(POLLED)
def a_batch_is_looked_at_now_and_then(talk: Conversation) -> None:
    bank = Shopper(talk, "visa", None, client=BANK)
    for _ in range(8):
        talk.wait(10)
        looks_at_batch(bank)
    for _ in range(8):
        talk.wait(-0.9)
        looks_at_batch(bank, "COMPLETED_SUCCESSFULLY")


@sound(POLLED)
def the_tester_lets_the_batch_take_its_time(talk: Conversation) -> None:
    bank = Shopper(talk, "visa", None, client=BANK)
    for _ in range(8):
        talk.wait(-0.9)
        talk.move_clock(60)
        looks_at_batch(bank)


def registers(talk: Conversation, *actions: str) -> None:
    """A batch of DPAs with an item of each action."""
    items: list[Json] = [
        {"action": one, "programType": "SRC", "dpas": [{"srcDpaId": one}]} for one in actions
    ]
    talk.call("mastercard", "registerDpas", {"items": items}, {"batchId": "7"})


@flawed(MIXED, "The batch has items with ADD and items with UPDATE")
def shops_are_added_and_updated_at_once(talk: Conversation) -> None:
    registers(talk, "ADD", "UPDATE")
    talk.call("mastercard", "getDpaBatch", response={"batchId": "7"}, batch="7")


@sound(MIXED, FORGOTTEN)
def shops_are_added_and_deleted_at_once(talk: Conversation) -> None:
    registers(talk, "ADD", "DELETE")
    talk.call("mastercard", "getDpaBatch", response={"batchId": "7"}, batch="7")


@flawed(FORGOTTEN, "registerDpas at mastercard was not followed up")
def nobody_asks_what_became_of_the_shops(talk: Conversation) -> None:
    registers(talk, "ADD")


@sound(FORGOTTEN)
def a_batch_that_was_not_taken_needs_no_look(talk: Conversation) -> None:
    bank = Shopper(talk, "visa", None, client=BANK)
    bank.says("enrollCardsBatch", {"externalBatchId": "b"}, {"batchId": "1"})
    looks_at_batch(bank)
    bank.says("enrollCardsBatch", {}, status=400, reason="CANNOT_BE_NULL")
