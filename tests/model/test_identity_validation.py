"""One-time codes: how often they are tried and sent, and that an end is an end (spec 4.5, 4.6)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src_system.model.consumer import IdentityType
from src_system.model.errors import CodeExpired, CodeInvalid, RetriesExceeded
from src_system.model.identity_validation import (
    IdentityValidation,
    ValidationState,
    attempt,
    resend,
)
from tests.model.samples import NOW

LIFE = timedelta(minutes=10)
WRONG_TRIES_MAX = 3
RESENDS_MAX = 2
PENDING = IdentityValidation(
    id_validation_session_id="validation-1",
    src_consumer_id="consumer-1",
    src_client_id="client-1",
    identity_type=IdentityType.EMAIL_ADDRESS,
    identity_value="ana@shop.test",
    channel=IdentityType.EMAIL_ADDRESS,
    state=ValidationState.PENDING,
    issue_number=1,
    wrong_tries=0,
    expires_at=NOW + LIFE,
)
VALIDATED = replace(PENDING, state=ValidationState.VALIDATED)
EXHAUSTED = replace(PENDING, state=ValidationState.EXHAUSTED, wrong_tries=WRONG_TRIES_MAX)


def tried(validation, *, is_right, now=NOW):
    return attempt(validation, is_right=is_right, now=now, wrong_tries_max=WRONG_TRIES_MAX)


def sent_again(validation, *, channel=IdentityType.EMAIL_ADDRESS, now=NOW):
    return resend(validation, channel=channel, now=now, life=LIFE, resends_max=RESENDS_MAX)


def test_a_right_code_validates_and_is_not_refused():
    outcome = tried(PENDING, is_right=True)

    assert (outcome.validation, outcome.refusal) == (VALIDATED, None)


def test_wrong_codes_are_counted_down_until_none_is_left():
    first = tried(PENDING, is_right=False)
    second = tried(first.validation, is_right=False)
    third = tried(second.validation, is_right=False)

    assert [type(one.refusal) for one in (first, second, third)] == [
        CodeInvalid,
        CodeInvalid,
        RetriesExceeded,
    ]
    assert "2 tries left" in str(first.refusal)
    assert "1 try left" in str(second.refusal)
    assert third.validation == EXHAUSTED


@pytest.mark.parametrize(
    ("validation", "now", "refusal"),
    [
        (EXHAUSTED, NOW, RetriesExceeded),
        (VALIDATED, NOW, CodeExpired),
        (PENDING, NOW + LIFE, CodeExpired),
        (EXHAUSTED, NOW + LIFE, RetriesExceeded),
    ],
    ids=["exhausted", "used", "expired", "exhausted long ago"],
)
@pytest.mark.parametrize("is_right", [True, False])
def test_after_the_end_even_the_right_code_changes_nothing(validation, now, refusal, is_right):
    outcome = tried(validation, is_right=is_right, now=now)

    assert outcome.validation == validation
    assert type(outcome.refusal) is refusal
    assert outcome.refusal.source == "validationData"


def test_a_code_is_good_until_just_before_its_end():
    last = NOW + LIFE - timedelta(microseconds=1)

    assert tried(PENDING, is_right=True, now=last).refusal is None


def test_a_code_sent_again_may_take_another_channel_and_lives_anew():
    later = NOW + timedelta(minutes=9)
    again = sent_again(PENDING, channel=IdentityType.MOBILE_PHONE_NUMBER, now=later)

    assert again == replace(
        PENDING,
        channel=IdentityType.MOBILE_PHONE_NUMBER,
        issue_number=2,
        expires_at=later + LIFE,
    )


def test_sending_again_does_not_forgive_wrong_tries():
    once_wrong = tried(PENDING, is_right=False).validation

    assert sent_again(once_wrong).wrong_tries == 1


def test_a_code_is_sent_again_only_so_often():
    twice = sent_again(sent_again(PENDING))

    assert twice.issue_number == RESENDS_MAX + 1
    with pytest.raises(RetriesExceeded):
        sent_again(twice)


def test_no_further_code_is_sent_after_too_many_wrong_tries():
    with pytest.raises(RetriesExceeded):
        sent_again(EXHAUSTED)


STEPS = st.lists(
    st.tuples(st.sampled_from(["right", "wrong", "resend"]), st.integers(0, 8)), max_size=30
)


def walk(steps):
    """The validation after each step: what is done, and after how many minutes."""
    now, validation = NOW, PENDING
    yield validation
    for what, minutes in steps:
        now += timedelta(minutes=minutes)
        if what == "resend":
            try:
                validation = sent_again(validation, now=now)
            except RetriesExceeded:
                continue
        else:
            validation = tried(validation, is_right=what == "right", now=now).validation
        yield validation


@given(STEPS)
def test_no_state_leaves_exhausted_or_validated(steps):
    states = [validation.state for validation in walk(steps)]
    ends = [state for state in states if state is not ValidationState.PENDING]

    assert states[len(states) - len(ends) :] == ends
    assert len(set(ends)) <= 1


@given(STEPS)
def test_nobody_ever_has_more_tries_or_codes_than_allowed(steps):
    for validation in walk(steps):
        assert validation.wrong_tries <= WRONG_TRIES_MAX
        assert validation.issue_number <= RESENDS_MAX + 1
        assert (validation.wrong_tries == WRONG_TRIES_MAX) == (
            validation.state is ValidationState.EXHAUSTED
        )
