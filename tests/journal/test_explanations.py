"""Every refusal has an explanation, and what would have passed is said with the state it met."""

import typing
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from src_system.http.authentication.token_endpoint import OAuthError
from src_system.journal import explaining
from src_system.journal.explaining import explain
from src_system.journal.explanations import EXPLANATIONS, GATEWAY, TOKEN_ENDPOINT
from src_system.model import errors
from src_system.model.client_authentication import GatewayCause
from src_system.model.errors import SrcError
from src_system.model.journal import JournalEntry

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def refusals() -> list[type[SrcError]]:
    """Every class that a call can be refused with."""
    return [
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, SrcError) and kind is not SrcError
    ]


def entry(refusal: str, reason: str = "", status: int = 400, **seen: Any) -> JournalEntry:
    return JournalEntry(
        place=1,
        network="visa",
        operation="checkout",
        method="POST",
        path="/",
        status=status,
        reason=reason,
        source=None,
        src_client_id=None,
        src_correlation_id=None,
        at=NOW,
        recorded_at=NOW,
        milliseconds=1.0,
        statements=0,
        request_headers={},
        request_body=b"",
        response_headers={},
        response_body=b"",
        seen=seen,
        refusal=refusal,
    )


def test_every_refusal_has_an_explanation() -> None:
    assert set(EXPLANATIONS) == set(refusals())
    assert set(GATEWAY) == set(GatewayCause)
    assert set(TOKEN_ENDPOINT) == set(typing.get_args(OAuthError))


def test_every_explanation_says_a_rule_and_a_way_to_pass() -> None:
    everything = [*EXPLANATIONS.values(), *GATEWAY.values(), *TOKEN_ENDPOINT.values()]

    assert all(one.rule.endswith(".") and one.would_pass.endswith(".") for one in everything)


@pytest.mark.parametrize("kind", refusals(), ids=lambda kind: kind.__name__)
def test_a_refused_call_is_explained_by_its_class(kind: type[SrcError]) -> None:
    account = explain(entry(kind.__name__))

    assert account.explanation == EXPLANATIONS[kind]
    assert account.would_pass == EXPLANATIONS[kind].would_pass


def test_words_of_the_state_belong_to_refusals_that_exist() -> None:
    names = {kind.__name__ for kind in refusals()}

    assert {kind for kind, _, _ in explaining._WITH_STATE} <= names


@pytest.mark.parametrize(
    ("refusal", "seen", "would_pass"),
    [
        (
            "AccountInaccessible",
            {"consumer_status": "LOCKED", "locked_until": NOW},
            "The same call from 2026-11-23T09:00:00.000Z on.",
        ),
        ("CodeInvalid", {"tries_left": 2}, "The newest code of the inbox; tries left: 2."),
        (
            "MarketNotEnabled",
            {"market": "KW", "dpa_markets": ["GB", "US"]},
            "A country of the DPA's: GB, US.",
        ),
        ("LimitExceeded", {"held": 20, "limit": 20}, "At most 20; there are 20."),
        ("CardExpired", {"card_expiry": "01/2020"}, "An expiry later than 01/2020."),
    ],
)
def test_what_would_have_passed_names_the_state_that_was_met(
    refusal: str, seen: dict[str, Any], would_pass: str
) -> None:
    assert explain(entry(refusal, **seen)).would_pass == would_pass


MAGIC_WRONG = {"source": "magic", "id": "oneTimeCode 000000", "effect": {"code": "wrong"}}


@pytest.mark.parametrize(
    ("refusal", "seen", "would_pass"),
    [
        ("CodeInvalid", {"tries_left": 1}, "The same call with another value, or with"),
        (
            "RetriesExceeded",
            {"tries_left": 0, "wrong_tries": 3, "wrong_tries_max": 3},
            "The same call with another value, or with",
        ),
        (
            "RetriesExceeded",
            {"wrong_tries": 3, "wrong_tries_max": 3},
            "The right code within 3 tries, in a new validation.",
        ),
        ("CodeExpired", {"validation_state": "VALIDATED"}, "The newest code within its life"),
    ],
)
def test_a_magic_code_is_to_blame_only_where_it_was_judged(
    refusal: str, seen: dict[str, Any], would_pass: str
) -> None:
    account = explain(replace(entry(refusal, **seen), faults=(MAGIC_WRONG,)))

    assert account.would_pass is not None
    assert account.would_pass.startswith(would_pass)


def test_a_lock_without_an_end_promises_no_time() -> None:
    account = explain(entry("AccountInaccessible", consumer_status="LOCKED", locked_until=None))

    assert account.would_pass == EXPLANATIONS[errors.AccountInaccessible].would_pass
    assert account.seen == {"consumerStatus": "LOCKED", "lockedUntil": None}


def test_a_gateway_is_explained_by_its_cause() -> None:
    account = explain(entry("GatewayRefused", reason=GatewayCause.REPLAYED, status=401))

    assert account.explanation == GATEWAY[GatewayCause.REPLAYED]


def test_a_call_that_no_rule_refused_has_no_rule() -> None:
    account = explain(entry("", status=200))

    assert (account.explanation, account.would_pass) == (None, None)
