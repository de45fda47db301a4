"""Whatever clients send and faults answer, a verdict comes of it."""

import json
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from src_system.crypto.vault import Vault
from src_system.journal.keys import HeldKeys
from src_system.journal.opening import open_exchange
from src_system.model.journal import JournalEntry
from src_system.verdict.history import History
from src_system.verdict.judgement import judge, run_checks
from src_system.verdict.sarif import sarif_log
from src_system.verdict.vocabulary import known_names
from tests.verdict.conversation import KINDS, NOON, RESOURCES, SHOP

KEYS = HeldKeys({}, Vault(b"v" * 32).within("sandbox"))
NAMES = sorted(
    {
        "profiles",
        "maskedCards",
        "maskedCard",
        "digitalCardData",
        "status",
        "keys",
        "kid",
        "use",
        "reason",
        "error",
        "errordetail",
        "dcfActionCode",
        "checkoutResponse",
        "batchId",
        "batchStatus",
        "recognized",
        "consumerPresent",
        "items",
        "action",
        "records",
        *known_names(),
    }
)
LEAVES: Any = (
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False)
    | st.sampled_from(["", "x", "EMAIL", "ADD", "COMPLETE", "a.b.c", "a.b.c.d.e", "1e9", "USD"])
)
TREES = st.recursive(
    LEAVES,
    lambda parts: (
        st.lists(parts, max_size=3) | st.dictionaries(st.sampled_from(NAMES), parts, max_size=4)
    ),
    max_leaves=12,
)
BODIES = st.dictionaries(st.sampled_from(NAMES), TREES, max_size=6).map(
    lambda body: json.dumps(body).encode()
) | st.sampled_from([b"", b"[]", b"{", b"\xff", b"null"])
HOWS = st.none() | st.sampled_from(["reset", "badSignature"])


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


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(journal=st.lists(entries(), max_size=8))
def test_a_verdict_comes_of_any_journal(journal: list[JournalEntry]) -> None:
    history = History.of([open_exchange(entry, KEYS) for entry in journal], KINDS)
    verdict = judge(run_checks(history))

    assert verdict.word in ("PASSED", "WARNING", "FAILED")
    assert json.dumps(sarif_log(verdict, sandbox="s", version="1"))
