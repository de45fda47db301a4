"""Refusals: each speaks the words of SRC, in a whole sentence, and has an HTTP status."""

import pytest

from src_system.model import errors
from src_system.model.errors import SrcError
from src_system.model.simulated_refusal import Simulated
from src_system.wire.errors import STATUS, status_of

# spec 7.2, and the reasons of spec 7.4 that the network side gives.
REASONS = set(
    (
        "INVALID_ARGUMENT INVALID_STATE UNAUTHENTICATED PERMISSION_DENIED LOCKED NOT_FOUND ABORTED"
        " ALREADY_EXISTS RESOURCE_EXHAUSTED CANCELLED DATA_LOSS INTERNAL NOT_IMPLEMENTED"
        " UNAVAILABLE DEADLINE_EXCEEDED CVC_VERIFICATION_REQUIRED COMPLIANCE_REQUIRED"
        " CONSUMER_ID_MISSING ID_FORMAT_UNSUPPORTED CONSUMER_ID_FORMAT_INVALID FRAUD"
        " ACCT_INACCESSIBLE UNRECOGNIZED_CONSUMER_ID OTP_SEND_FAILED RETRIES_EXCEEDED"
        " VALIDATION_DATA_MISSING CODE_INVALID CODE_EXPIRED IDENTITY_VALIDATION_REQUIRED"
        " AUTH_INVALID AUTHENTICATE_FAILURE"
    ).split()
)
# spec 7.3
DETAIL_REASONS = set(
    (
        "CANNOT_BE_NULL INVALID_VALUE INVALID_FORMAT ALREADY_EXISTS INVALID_STATE CORRUPT_DATA"
        " CANNOT_BE_DUPLICATE_OR_NULL INVALID_DATA_FOR_VER_TYPE-22 LIMIT_EXCEED NOT_FOUND EXPIRED"
        " CARD_NOT_FOUND SUSPENDED_CARD NO_RESPONSE_FROM_ISSUER PAN_INELIGIBLE"
        " TOKENIZATION_INELIGIBLE ISSUER_DECLINED NOT_SUPPORTED MULTIPLE_FOUND INACTIVE_CARD"
        " RESTRICTED SANCTIONED"
    ).split()
)


def descendants(kind):
    for child in kind.__subclasses__():
        yield child
        yield from descendants(child)


REFUSALS = sorted(descendants(SrcError), key=lambda kind: kind.__name__)


def test_every_class_of_the_module_is_looked_at():
    there = {
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, SrcError) and kind is not SrcError
    }

    assert {*there, Simulated} == set(REFUSALS)
    assert len(there) > 30


@pytest.mark.parametrize("kind", REFUSALS)
def test_a_refusal_says_a_whole_sentence_in_the_words_of_the_specification(kind):
    refusal = kind()

    assert refusal.message == (kind.__doc__ or "").strip() == str(refusal)
    assert refusal.message[:1].isupper() and refusal.message.endswith(".")
    assert "\n" not in refusal.message
    assert "__doc__" in vars(kind) and kind.__doc__ != SrcError.__doc__
    assert refusal.reason in REASONS
    assert refusal.detail_reason is None or refusal.detail_reason in DETAIL_REASONS


@pytest.mark.parametrize("kind", REFUSALS)
def test_a_refusal_has_an_http_status_of_an_error(kind):
    assert 400 <= status_of(kind()) <= 599


def test_what_has_no_row_has_its_nearest_ancestors_status():
    assert status_of(errors.UnknownDpa()) == STATUS[errors.PermissionDenied] == 403
    assert status_of(errors.SuspendedCard()) == STATUS[errors.InvalidArgument] == 400
    with pytest.raises(LookupError):
        status_of(SrcError())


def test_a_message_of_ones_own_replaces_the_sentence_of_the_class():
    refusal = errors.InvalidFormat("It is bent.", source="a.b", source_type="QUERY")

    assert (refusal.message, refusal.source, refusal.source_type) == ("It is bent.", "a.b", "QUERY")
    assert errors.InvalidFormat().source is None
