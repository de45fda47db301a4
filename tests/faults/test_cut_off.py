"""A call that is cut off in its middle can be repeated, and its repetition is no second one."""

import asyncpg  # type: ignore[import-untyped, unused-ignore]
import pytest

from tests.conftest import RunningServer, sandbox_id_of
from tests.http.conftest import http, initiator, new_sandbox
from tests.http.initiator import CARDS, CONSENT, Initiator

__all__ = ["http", "initiator", "new_sandbox"]

COUNTS = """
SELECT (SELECT count(*) FROM consumer WHERE sandbox_id = $1),
       (SELECT count(*) FROM digital_card WHERE sandbox_id = $1),
       (SELECT count(*) FROM checkout_session WHERE sandbox_id = $1),
       (SELECT count(*) FROM checkout WHERE sandbox_id = $1),
       (SELECT count(*) FROM cryptogram WHERE sandbox_id = $1)
"""


@pytest.mark.parametrize(
    "named",
    [
        {"srciTransactionId": "one-order"},
        {"srcCorrelationId": "0d7f3a52-94a5-4d5d-8d2e-0d8f4f4b7c11"},
    ],
    ids=["by its transaction", "by its session"],
)
async def test_a_newcomers_checkout_cut_off_after_the_enrolment_can_be_repeated(
    server: RunningServer,
    initiator: Initiator,
    named: dict[str, str],
) -> None:
    sealed = await initiator.encrypted_card("visa", CARDS["visa"])
    members = {
        "encryptedCard": sealed,
        "consumer": {
            "emailAddress": "new@shop.test",
            "mobileNumber": {"countryCode": "1", "phoneNumber": "2025550199"},
            "countryCode": "US",
        },
        "complianceSettings": CONSENT,
        **named,
    }
    stranger = {key: value for key, value in members.items() if key not in named}
    connection = await asyncpg.connect(server.dsn)

    async with connection.transaction():
        # The enrolment needs no cryptogram; what comes after it does, and waits in vain.
        await connection.execute("LOCK TABLE cryptogram IN ACCESS EXCLUSIVE MODE")
        cut_off = await initiator.checkout("visa", **members)
    refused = await initiator.checkout("visa", **stranger, srciTransactionId="another-order")
    repeated = await initiator.checkout("visa", **members)
    sandbox_id = await sandbox_id_of(connection, initiator.name)
    counts = tuple(await connection.fetchrow(COUNTS, sandbox_id))
    await connection.close()

    assert (cut_off.status, cut_off.body["reason"]) == (503, "UNAVAILABLE")
    assert refused.body["reason"] == "IDENTITY_VALIDATION_REQUIRED"
    assert repeated.status == 200, repeated.body
    assert counts == (1, 1, 1, 1, 1)


@pytest.mark.parametrize(("network", "status"), [("visa", "503"), ("mastercard", 503)])
async def test_an_outage_is_told_in_the_words_of_the_network(
    server: RunningServer,
    initiator: Initiator,
    network: str,
    status: str | int,
) -> None:
    identity = {"identityType": "EMAIL_ADDRESS", "identityValue": "ana@shop.test"}
    connection = await asyncpg.connect(server.dsn)

    async with connection.transaction():
        await connection.execute("LOCK TABLE sandbox IN ACCESS EXCLUSIVE MODE")
        answer = await initiator.call(network, "identities/lookup", {"consumerIdentity": identity})
    await connection.close()

    assert answer.status == 503
    assert answer.headers["Retry-After"] == "1"
    assert (answer.body["status"], answer.body["reason"]) == (status, "UNAVAILABLE")
    assert ("errorDetail" in answer.body) == (network == "visa")
