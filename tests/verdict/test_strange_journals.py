"""Whatever clients send and faults answer, a verdict comes of it."""

import json
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from src_system.crypto.vault import Vault
from src_system.journal.keys import HeldKeys
from src_system.journal.opening import open_exchange
from src_system.model.journal import JournalEntry
from src_system.verdict.history import History
from src_system.verdict.judgement import judge, run_checks
from src_system.verdict.sarif import sarif_log
from tests.verdict.conversation import KINDS, NOON, RESOURCES, SHOP, id_token

KEYS = HeldKeys({}, Vault(b"v" * 32).within("sandbox"))
# Where checks look into bodies; `[]` is a list.
PATHS = """
    authenticationContext.dpaTransactionOptions.transactionAmount accountReference.srcDigitalCardId
    batchId batchStatus checkoutResponse checkoutResponseJWS complianceSettings
    complianceSettings.complianceResources complianceSettings.complianceResources[].complianceType
    confirmationData confirmationData.checkoutEventStatus confirmationData.checkoutEventType
    confirmationData.confirmationStatus confirmationData.confirmationTimestamp
    confirmationData.transactionAmount.transactionAmount consumer.complianceSettings
    consumerIdentity consumerIdentity.identityType consumerIdentity.identityValue
    consumerIdentity.type consumerPresent dcfActionCode dpaTransactionOptions
    dpaTransactionOptions.paymentOptions dpaTransactionOptions.paymentOptions[].dynamicDataType
    dpaTransactionOptions.transactionAmount
    dpaTransactionOptions.transactionAmount.additionalAmounts
    dpaTransactionOptions.transactionAmount.additionalAmounts[].additionalAmountType
    dpaTransactionOptions.transactionAmount.additionalAmounts[].additionalAmountValue
    dpaTransactionOptions.transactionAmount.transactionAmount
    dpaTransactionOptions.transactionAmount.transactionCurrencyCode encryptedCard encryptedPayload
    enrollmentData error error.errordetail[].reason errorDetail[].reason errordetail idToken
    idTokens idTokens[] idValidationSessionId items items[].action keys keys[].kid keys[].n
    keys[].use maskedCard maskedCard.digitalCardData.status maskedCard.srcDigitalCardId
    paymentOptions payloadTypeIndicatorCheckout profiles profiles[].authorization
    profiles[].idToken profiles[].maskedCards profiles[].maskedCards[].digitalCardData.status
    profiles[].maskedCards[].srcDigitalCardId reason recognitionToken recognitionTokens[] recognized
    records[].enrollmentData saveDevice srcClientId srcCorrelationId srcDigitalCardId
    srciTransactionId type unbindAppInstance
""".split()
TOKEN = id_token()
STRANGE: list[Any] = [
    *(None, True, 0, -(10**20), 1e300, "", "x", "EMAIL", "ADD", "UPDATE", "01", "COMPLETE"),
    *("SUSPENDED", "USD", "1e9", "1.005", "a.b.c", "a.b.c.d.e", TOKEN, [], {}, [[]], {"a": {}}),
    [TOKEN, 7],
]
VALUES = st.sampled_from(STRANGE)


def placed(path: str, value: Any) -> Any:
    """A document that holds *value* at *path*, and nothing else."""
    for name in reversed(path.split(".")):
        value = {name.removesuffix("[]"): [value, value] if name.endswith("[]") else value}
    return value


def merged(documents: list[Any]) -> Any:
    """One document of several: what is in both is the later's, where both are not objects."""
    whole: dict[str, Any] = {}
    for document in documents:
        for name, value in document.items():
            both = isinstance(value, dict) and isinstance(whole.get(name), dict)
            whole[name] = merged([whole[name], value]) if both else value
    return whole


BODIES = st.lists(st.builds(placed, st.sampled_from(PATHS), VALUES), min_size=1, max_size=6).map(
    lambda parts: json.dumps(merged(parts)).encode()
) | st.sampled_from([b"", b"[]", b"{", b"\xff", b"null"])


@st.composite
def entries(draw: st.DrawFn) -> JournalEntry:
    """One call of a journal in which anything may stand."""
    place = draw(st.integers(1, 50))
    operation = draw(st.sampled_from([*RESOURCES, "unknown"]))
    faults: tuple[dict[str, Any], ...] = draw(
        st.sampled_from(
            [
                (),
                ({"effect": {"transport": "reset"}},),
                ({"effect": {"tamper": {"artefact": "idToken", "how": "expired"}}},),
                ({"effect": {"tamper": {"artefact": "checkoutResponse", "how": "algNone"}}},),
                ({"effect": {"tamper": {"artefact": "keys", "how": "wrongKey"}}},),
                ({"effect": 7}, {}),
            ]
        )
    )
    return JournalEntry(
        place=place,
        network=draw(st.sampled_from(["visa", "mastercard", "discover", ""])),
        operation=operation,
        method=draw(st.sampled_from(["GET", "POST", "DELETE"])),
        path=draw(st.sampled_from(["/visa/src/v1/cards/1?srcCorrelationId=x", "/", "", "/a?%"])),
        status=draw(st.sampled_from([200, 204, 400, 403, 429, 503])),
        reason=draw(st.sampled_from(["", "RETRIES_EXCEEDED", "PERMISSION_DENIED"])),
        source=None,
        src_client_id=draw(st.sampled_from([SHOP, "bank", None])),
        src_correlation_id=draw(st.sampled_from(["x", "y", None])),
        at=NOON + timedelta(seconds=place),
        recorded_at=NOON + timedelta(seconds=place),
        milliseconds=draw(st.sampled_from([0.0, 5.0, 3000.0])),
        statements=1,
        request_headers=draw(
            st.sampled_from([{}, {"Content-Length": "²"}, {"content-length": "3", "Host": ":"}])
        ),
        request_body=draw(BODIES),
        response_headers=draw(
            st.sampled_from([{}, {"Retry-After": "soon"}, {"X-Src-Response-Host": "//["}])
        ),
        response_body=draw(BODIES),
        faults=faults,
    )


@pytest.mark.parametrize("operation", [*RESOURCES, "unknown"])
def test_a_verdict_comes_of_any_value_at_any_place(operation: str) -> None:
    journal = [
        entry_of(operation, place, json.dumps(placed(path, value)).encode())
        for place, (path, value) in enumerate(product(PATHS, STRANGE), 1)
    ]
    history = History.of([open_exchange(entry, KEYS) for entry in journal], KINDS)

    assert judge(run_checks(history)).word in ("PASSED", "WARNING", "FAILED")


def entry_of(operation: str, place: int, body: bytes) -> JournalEntry:
    """A call that sends and gets the same, now done and now refused."""
    return JournalEntry(
        place=place,
        network="visa",
        operation=operation,
        method="POST",
        path="/visa/src/v1/cards/1",
        status=403 if place % 3 == 0 else 200,
        reason="PERMISSION_DENIED" if place % 3 == 0 else "",
        source=None,
        src_client_id=SHOP,
        src_correlation_id="x",
        at=NOON + timedelta(seconds=place),
        recorded_at=NOON + timedelta(seconds=place),
        milliseconds=5,
        statements=1,
        request_headers={},
        request_body=body,
        response_headers={},
        response_body=body,
    )


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(journal=st.lists(entries(), max_size=8))
def test_a_verdict_comes_of_any_journal(journal: list[JournalEntry]) -> None:
    history = History.of([open_exchange(entry, KEYS) for entry in journal], KINDS)
    verdict = judge(run_checks(history))

    assert verdict.word in ("PASSED", "WARNING", "FAILED")
    assert json.dumps(sarif_log(verdict, sandbox="s", version="1"))
