"""The verdict by the client, on the client: it does what it asks of others."""

from datetime import UTC, datetime, timedelta

import pytest

from src_system.client import ControlPort, Initiator, NotTrusted, Refused, Sandbox
from tests.client.conftest import EMAIL, PANS

NETWORKS = tuple(PANS)


async def paid(sandbox: Sandbox, network: str) -> Initiator:
    """A shopper who has paid on one network, and nothing was confirmed."""
    shop = sandbox.initiator()
    profiles = await shop.sign_in(EMAIL, sandbox.otps.code)
    await shop[network].checkout(profiles[network].cards[0].src_digital_card_id, amount="5.00")
    return shop


@pytest.mark.parametrize("network", NETWORKS)
async def test_nothing_is_to_be_said_about_the_client_itself(
    sandbox: Sandbox, shop: Initiator, network: str
) -> None:
    shop = await paid(sandbox, network)
    await shop[network].confirmation()

    verdict = await sandbox.verdict()

    assert [(one.id, one.message) for one in verdict.findings] == []
    assert verdict.verdict == "PASSED"
    assert verdict.checks.total >= 30
    assert verdict.journal.entries >= 12


async def test_what_was_forgotten_is_found_and_may_be_waived(
    sandbox: Sandbox, shop: Initiator
) -> None:
    await paid(sandbox, "visa")
    (finding,) = (await sandbox.verdict()).of("src.confirmation.missing")
    until = (datetime.now(UTC).date() + timedelta(days=1)).isoformat()
    waiver = {"id": finding.id, "reason": "the acquirer does it", "until": until}
    waived = await sandbox.verdict(waivers=[waiver])
    (accepted,) = waived.of(finding.id)

    assert (finding.severity, finding.networks) == ("WARN", ["visa"])
    assert finding.evidence[0].operation == "checkout"
    assert finding.mend and finding.rule and finding.title
    assert accepted.waived is not None and accepted.waived.reason == waiver["reason"]
    assert [(one.id, one.findings) for one in waived.waivers] == [(finding.id, 1)]
    assert waived.verdict == "PASSED"
    later = await sandbox.verdict(since=finding.evidence[0].place)
    assert later.of(finding.id) == []
    with pytest.raises(Refused, match="none has called"):
        await sandbox.verdict(client="somebody else")


async def test_a_client_that_verifies_passes_and_one_that_does_not_fails(
    sandbox: Sandbox, shop: Initiator
) -> None:
    profiles = await shop.sign_in(EMAIL, sandbox.otps.code)
    card_id = profiles["visa"].cards[0].src_digital_card_id
    await sandbox.faults.add("tamper=checkoutResponse:badSignature", operation="checkout")
    with pytest.raises(NotTrusted):
        await shop["visa"].checkout(card_id, amount="5.00")
    assert (await sandbox.verdict()).verdict != "FAILED"

    await shop["visa"].confirmation()  # as if it had been believed

    verdict = await sandbox.verdict()
    assert verdict.verdict == "FAILED"
    assert any(one.severity == "FAIL" for one in verdict.findings)


async def test_a_verdict_comes_as_sarif_too(sandbox: Sandbox, shop: Initiator) -> None:
    await paid(sandbox, "amex")
    log = await sandbox.verdict_as_sarif()

    assert log["version"] == "2.1.0"
    assert [one["ruleId"] for one in log["runs"][0]["results"]] == ["src.confirmation.missing"]


async def test_every_check_is_listed(port: ControlPort) -> None:
    checks = await port.verdict_checks()

    assert len({one.id for one in checks}) == len(checks) >= 30
    assert {one.severity for one in checks} <= {"FAIL", "WARN", "INFO"}


async def test_a_waiver_of_no_check_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(Refused) as refused:
        await sandbox.verdict(waivers=[{"id": "none", "reason": "x", "until": "2030-01-01"}])
    assert refused.value.source == "waivers[0].id"
