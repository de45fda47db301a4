"""Fault rules: which calls they match, which effects can be met, and which of two wins."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from src_system.http.operations import OPERATIONS
from src_system.model.errors import InvalidFormat, InvalidValue, NotSupported, SrcError
from src_system.model.fault import FaultSource, Match, RequestFacts, Subject, When, strongest
from src_system.model.fault_document import FaultRuleDocument
from src_system.model.fault_effects import (
    MEMBERS,
    POSSIBLE_TAMPERING,
    Artefact,
    LatencyEffect,
    Tampering,
)
from src_system.model.fault_reading import make_fault, read_rule
from src_system.model.operation_names import OPERATION_NAMES
from src_system.payloads.checkout_response import CheckoutResponseDocument

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
CHECKOUT = RequestFacts(
    operation="checkout",
    network="visa",
    src_client_id="shop",
    dpa_ids=frozenset({"dpa-1", "own-dpa-1"}),
)
ANA = Subject(
    src_consumer_id="consumer-1",
    src_digital_card_id="card-1",
    consumer_names=frozenset({"ana@shop.test", "12025550143", "consumer-1"}),
    card_names=frozenset({"card-1", "1111", "4111111111111111"}),
    dpa_ids=frozenset({"dpa-1"}),
)
ERROR = {"error": {"reason": "ACCT_INACCESSIBLE"}}


def rule(effect=ERROR, **members):
    document = msgspec.convert({"effect": effect, **members}, FaultRuleDocument)
    return read_rule(document, "rule-1")


def matches(written, facts=CHECKOUT, subject=ANA, now=NOW):
    one = rule(match=written)
    return one.may_match(facts, now) and one.match.fits(facts, subject)


@pytest.mark.parametrize(
    ("written", "does"),
    [
        ({}, True),
        ({"operation": "checkout"}, True),
        ({"operation": ["getPayload", "checkout"]}, True),
        ({"operation": "getPayload"}, False),
        ({"network": ["visa", "amex"]}, True),
        ({"network": "amex"}, False),
        ({"client": "shop"}, True),
        ({"client": "another"}, False),
        ({"dpa": "dpa-1"}, True),
        ({"dpa": "own-dpa-1"}, True),
        ({"dpa": "dpa-2"}, False),
        ({"consumer": "Ana@Shop.test"}, True),
        ({"consumer": "+1 (202) 555-0143"}, True),
        ({"consumer": "consumer-1"}, True),
        ({"consumer": "ben@shop.test"}, False),
        ({"card": "1111"}, True),
        ({"card": "card-1"}, True),
        ({"card": "4111 1111 1111 1111"}, True),
        ({"card": "2222"}, False),
        ({"operation": "checkout", "network": "visa", "card": "1111"}, True),
        ({"operation": "checkout", "network": "visa", "card": "2222"}, False),
    ],
)
def test_a_call_matches_when_every_member_names_it(written, does):
    assert matches(written) is does


@pytest.mark.parametrize(
    ("number", "does"),
    [
        ("4111111111111111", True),
        ("4111119999991111", True),  # of a kept card only the ends are known
        ("4111111111112222", False),
        ("5555551111111111", False),
    ],
)
def test_a_kept_card_is_known_by_the_ends_of_its_number(number, does):
    kept = Subject(card_names=frozenset({"card-1", "1111"}), pan_ends=("411111", "1111"))

    assert matches({"card": number}, subject=kept) is does


def test_a_call_that_names_no_merchant_is_judged_by_its_sessions():
    silent = replace(CHECKOUT, dpa_ids=frozenset())
    wanting = Match(dpa=frozenset({"dpa-1"}))

    assert wanting.may_fit(silent)
    assert wanting.asks_for_subject(silent)
    assert not wanting.asks_for_subject(CHECKOUT)
    assert wanting.fits(silent, ANA)
    assert not wanting.fits(silent, Subject())


@pytest.mark.parametrize(
    ("when", "is_open"),
    [
        (When(), True),
        (When(begins_at=NOW), True),
        (When(begins_at=NOW + timedelta(seconds=1)), False),
        (When(ends_at=NOW), False),
        (When(ends_at=NOW + timedelta(seconds=1)), True),
    ],
)
def test_a_rule_holds_from_its_begin_to_before_its_end(when, is_open):
    assert when.is_open(NOW) is is_open


def test_an_effect_is_met_only_where_its_artefact_is_made():
    tampering = rule({"tamper": {"artefact": "payload", "how": "badTag"}})

    assert tampering.may_match(CHECKOUT, NOW)
    assert tampering.may_match(replace(CHECKOUT, operation="getPayload"), NOW)
    assert not tampering.may_match(replace(CHECKOUT, operation="getCard"), NOW)


@pytest.mark.parametrize("artefact", Artefact)
@pytest.mark.parametrize("how", Tampering)
def test_what_cannot_be_wrong_with_an_artefact_is_refused_by_its_path(artefact, how):
    effect = {"tamper": {"artefact": artefact, "how": how}}
    if how in POSSIBLE_TAMPERING[artefact]:
        assert rule(effect).effect.how is how
        return

    with pytest.raises(NotSupported) as refusal:
        rule(effect)

    assert refusal.value.source == "effect.tamper.how"


def test_every_member_of_an_artefact_can_be_dropped():
    told = set(CheckoutResponseDocument.__annotations__)
    assert MEMBERS[Artefact.CHECKOUT_RESPONSE] == told - {"threeDsOutputDatas"}  # of getPayload
    for artefact, members in MEMBERS.items():
        for member in members:
            effect = {"artefact": artefact, "how": "dropMember", "member": member}
            assert rule({"tamper": effect}).effect.member == member


WRONG = [
    ({"effect": {}}, InvalidValue, "effect"),
    ({"effect": {**ERROR, "http": {"status": 503}}}, InvalidValue, "effect"),
    ({"effect": {"error": {"reason": "OUT_OF_MOOD"}}}, InvalidValue, "effect.error.reason"),
    (
        {"effect": {"error": {"reason": "FRAUD", "status": 200}}},
        InvalidValue,
        "effect.error.status",
    ),
    ({"effect": {"http": {"status": 99}}}, InvalidValue, "effect.http.status"),
    (
        {"effect": {"http": {"status": 503, "retryAfter": -1}}},
        InvalidValue,
        "effect.http.retryAfter",
    ),
    ({"effect": {"http": {"status": 204, "body": "x"}}}, NotSupported, "effect.http.body"),
    ({"effect": {"latency": {}}}, InvalidValue, "effect.latency"),
    ({"effect": {"latency": {"fixed": "soon"}}}, InvalidFormat, "effect.latency.fixed"),
    ({"effect": {"latency": {"fixed": "P1D"}}}, InvalidValue, "effect.latency.fixed"),
    ({"effect": {"latency": {"uniform": ["PT1S"]}}}, InvalidValue, "effect.latency.uniform"),
    (
        {"effect": {"latency": {"uniform": ["PT2S", "PT1S"]}}},
        InvalidValue,
        "effect.latency.uniform",
    ),
    (
        {"effect": {"latency": {"lognormal": {"median": "PT2S", "p95": "PT1S"}}}},
        InvalidValue,
        "effect.latency.lognormal.p95",
    ),
    ({"effect": {"transport": "smoke"}}, InvalidValue, "effect.transport"),
    ({"effect": {"transport": "drip", "phase": "before"}}, NotSupported, "effect.phase"),
    ({"effect": {"transport": "reset", "part": "json"}}, NotSupported, "effect.part"),
    ({"effect": {"transport": "reset", "over": "PT1S"}}, NotSupported, "effect.over"),
    ({"effect": {**ERROR, "phase": "after"}}, NotSupported, "effect.phase"),
    (
        {"effect": {"tamper": {"artefact": "receipt", "how": "badTag"}}},
        InvalidValue,
        "effect.tamper.artefact",
    ),
    (
        {"effect": {"tamper": {"artefact": "payload", "how": "badTag", "member": "card"}}},
        NotSupported,
        "effect.tamper.member",
    ),
    (
        {"effect": {"tamper": {"artefact": "idToken", "how": "dropMember", "member": "token"}}},
        NotSupported,
        "effect.tamper.member",
    ),
    ({"effect": {"otp": {"delivery": "eaten"}}}, InvalidValue, "effect.otp.delivery"),
    ({"effect": {"otp": {"delivery": "lost", "after": "PT1M"}}}, NotSupported, "effect.otp.after"),
    ({"effect": {"state": {}}}, InvalidValue, "effect.state"),
    (
        {"effect": {"state": {"card": "ACTIVE", "consumer": "LOCKED"}}},
        InvalidValue,
        "effect.state",
    ),
    ({"effect": {"state": {"card": "PENDING"}}}, NotSupported, "effect.state.card"),
    ({"effect": {"state": {"consumer": "SLEEPY"}}}, InvalidValue, "effect.state.consumer"),
    (
        {"effect": {"state": {"card": "ACTIVE", "after": {"calls": 0}}}},
        InvalidValue,
        "effect.state.after.calls",
    ),
    ({"effect": {"quota": {"limit": -1, "per": "PT1M"}}}, InvalidValue, "effect.quota.limit"),
    ({"effect": {"quota": {"limit": 1, "per": "a day"}}}, InvalidFormat, "effect.quota.per"),
    ({"effect": ERROR, "match": {"operation": "buy"}}, InvalidValue, "match.operation"),
    ({"effect": ERROR, "match": {"network": ["visa", "diners"]}}, InvalidValue, "match.network"),
    ({"effect": ERROR, "match": {"nth": 0}}, InvalidValue, "match.nth"),
    ({"effect": ERROR, "match": {"card": []}}, InvalidFormat, "match.card"),
    ({"effect": ERROR, "when": {"probability": 0}}, InvalidValue, "when.probability"),
    ({"effect": ERROR, "when": {"probability": 1.1}}, InvalidValue, "when.probability"),
    ({"effect": ERROR, "when": {"times": 0}}, InvalidValue, "when.times"),
    ({"effect": ERROR, "when": {"maxConsecutive": 0}}, InvalidValue, "when.maxConsecutive"),
    ({"effect": ERROR, "when": {"from": "tomorrow"}}, InvalidFormat, "when.from"),
    (
        {"effect": ERROR, "when": {"from": "2026-01-02", "until": "2026-01-01"}},
        InvalidValue,
        "when.until",
    ),
    (
        {
            "effect": {"tamper": {"artefact": "payload", "how": "badTag"}},
            "match": {"operation": "getCard"},
        },
        NotSupported,
        "match.operation",
    ),
    (
        {"effect": {"otp": {"delivery": "lost"}}, "match": {"operation": ["checkout"]}},
        NotSupported,
        "match.operation",
    ),
    (
        {"effect": ERROR, "match": {"operation": "keys", "client": "shop"}},
        NotSupported,
        "match.client",
    ),
    (
        {"effect": {"state": {"card": "ACTIVE"}}, "match": {"operation": "keys"}},
        NotSupported,
        "effect.state.card",
    ),
    (
        {"effect": {"state": {"card": "ACTIVE"}}, "match": {"operation": "identityLookup"}},
        NotSupported,
        "effect.state.card",
    ),
    (
        {"effect": {"state": {"card": "ACTIVE"}}, "match": {"operation": "enrollCard"}},
        NotSupported,
        "effect.state.card",
    ),
    (
        {"effect": {"state": {"consumer": "LOCKED"}}, "match": {"operation": "getDpaBatch"}},
        NotSupported,
        "effect.state.consumer",
    ),
    (
        {"effect": ERROR, "match": {"operation": "registerDpas", "consumer": "ana@shop.test"}},
        NotSupported,
        "match.consumer",
    ),
    (
        {"effect": ERROR, "match": {"operation": ["getSrcProfile", "keys"], "card": "1111"}},
        NotSupported,
        "match.card",
    ),
    (
        {"effect": ERROR, "match": {"operation": ["getCardsBatch", "keys"], "dpa": "dpa-1"}},
        NotSupported,
        "match.dpa",
    ),
    (
        {"effect": {"otp": {"delivery": "lost"}}, "match": {"card": "1111", "operation": "keys"}},
        NotSupported,
        "match.operation",
    ),
]


@pytest.mark.parametrize(
    "written",
    [
        {"operation": ["registerDpas", "identityLookup"], "consumer": "ana@shop.test"},
        {"operation": "enrollCard", "card": "1111"},
        {"operation": "registerDpas", "dpa": "dpa-1"},
        {"operation": ["keys", "getPayload"], "card": "1111", "consumer": "ana@shop.test"},
        {"operation": "getCardsBatch", "client": "bank"},
    ],
)
def test_a_rule_that_one_of_its_operations_can_meet_is_kept(written):
    assert rule(match=written).match.operation


@pytest.mark.parametrize(("document", "kind", "path"), WRONG)
def test_a_mistake_is_named_by_its_path(document, kind, path):
    with pytest.raises(SrcError) as refusal:
        read_rule(msgspec.convert(document, FaultRuleDocument), "rule-1", source="[1]")

    assert type(refusal.value) is kind
    assert refusal.value.source == f"[1].{path}"
    assert refusal.value.message.endswith(".")


def test_a_member_that_nobody_knows_is_refused():
    with pytest.raises(msgspec.ValidationError, match="probabilty"):
        rule(when={"probabilty": 1})


def test_the_header_beats_a_rule_and_a_rule_a_magic_value_within_one_slot():
    header, written, magic = (
        make_fault(source, f"by {source}", {"http": {"status": 503}}) for source in FaultSource
    )
    slow = make_fault(FaultSource.MAGIC, "slow", {"latency": {"fixed": "PT1S"}})
    second = make_fault(FaultSource.RULE, "second", ERROR)

    assert strongest([magic, written, header, slow]) == (header, slow)
    assert strongest([magic, written, second]) == (written,)
    assert strongest([magic]) == (magic,)


def test_what_is_told_of_a_fault_is_its_source_its_id_and_its_effect_as_written():
    fault = make_fault(FaultSource.MAGIC, "locked-email", ERROR)

    assert fault.told() == {"source": "magic", "id": "locked-email", "effect": ERROR}


def test_a_lognormal_delay_has_the_median_and_the_percentile_asked_for():
    delay = LatencyEffect(timedelta(seconds=1), timedelta(seconds=4), timedelta(seconds=4)).delay

    assert delay(0.5).total_seconds() == pytest.approx(1.0)
    assert delay(0.95).total_seconds() == pytest.approx(4.0)
    assert delay(0.0) < delay(0.5) < delay(1.0) < timedelta(minutes=2)


def test_a_uniform_delay_goes_from_least_to_most_and_a_fixed_one_stays():
    one, two = timedelta(seconds=1), timedelta(seconds=2)

    assert [LatencyEffect(one, two).delay(share) for share in (0, 0.5, 1)] == [one, 1.5 * one, two]
    assert LatencyEffect(one, one).delay(0.7) == one
    assert LatencyEffect(one, two).is_random
    assert not LatencyEffect(one, one).is_random


def test_every_operation_can_be_named():
    assert {operation.name for operation in OPERATIONS} | {"keys"} == OPERATION_NAMES
