"""Refusals that a fault asks for: every word of the vocabulary, as a network would say it."""

import pytest

from src_system.model.errors import AccountInaccessible, SuspendedCard, Unavailable
from src_system.model.fault_effects import ErrorEffect
from src_system.model.vocabulary import DETAIL_REASONS, REASONS
from src_system.networks import PROFILES
from src_system.wire.errors import PLAIN, status_of
from src_system.wire.simulated import simulated_refusal, status_of_reason


@pytest.mark.parametrize("reason", sorted(REASONS))
def test_every_reason_becomes_a_refusal_that_says_it(reason):
    refusal = simulated_refusal(ErrorEffect(reason))

    assert reason in (refusal.reason, refusal.detail_reason)
    assert 400 <= status_of(refusal) == status_of_reason(reason) <= 599
    assert refusal.message.endswith(".")


def test_a_reason_of_ours_is_refused_as_ever():
    assert type(simulated_refusal(ErrorEffect("ACCT_INACCESSIBLE"))) is AccountInaccessible
    assert type(simulated_refusal(ErrorEffect("SUSPENDED_CARD"))) is SuspendedCard
    assert type(simulated_refusal(ErrorEffect("UNAVAILABLE"))) is Unavailable


@pytest.mark.parametrize("reason", sorted(DETAIL_REASONS - {"NOT_FOUND", "ALREADY_EXISTS"}))
def test_what_only_a_detail_says_stands_under_the_general_reason(reason):
    refusal = simulated_refusal(ErrorEffect(reason))

    if reason != "INVALID_STATE":  # says it on top as well
        assert refusal.reason == "INVALID_ARGUMENT"
    assert refusal.detail_reason == reason


@pytest.mark.parametrize(
    ("reason", "status"),
    [
        ("LOCKED", 403),
        ("NOT_IMPLEMENTED", 501),
        ("RATE_LIMIT_EXCEEDED", 429),
        ("CARD_INVALID", 400),
    ],
)
def test_a_reason_that_is_never_ours_has_a_status_too(reason, status):
    assert status_of_reason(reason) == status


def test_the_status_and_the_message_asked_for_win():
    effect = ErrorEffect("ACCT_INACCESSIBLE", status=423, message="Come back tomorrow.")

    status, document = PLAIN.document(simulated_refusal(effect), PROFILES["visa"])

    assert status == 423
    assert document == {
        "status": "423",
        "reason": "ACCT_INACCESSIBLE",
        "message": "Come back tomorrow.",
        "errorDetail": [{"reason": "INVALID_STATE", "message": "Come back tomorrow."}],
    }
