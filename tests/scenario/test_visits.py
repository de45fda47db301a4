"""A visit with an srciTransactionId of its own, members taken away, and named faults."""

from pathlib import Path

from src_system.client import ControlPort
from tests.scenario.plays import play

STORY = """scenario: A session with an id that somebody else has chosen
given:
  consumers:
    - {emailAddress: ana@shop.test, networks: [visa]}
steps:
  - visit: browser
    transaction: 11111111-2222-4333-8444-555555555555
  - title: the lookup fails once
    fault: http=503
    match: {operation: identityLookup}
    when: {times: 1}
  - control: GET faults
    expect:
      body: {"faults[0].name": the lookup fails once}
  - call: identityLookup
    with: {consumerIdentity: ana@shop.test}
    expect: {status: 503}
  - call: confirmation
    with:
      confirmationData: {checkoutEventType: null}
    expect: {status: 400}
  - journal: {operation: confirmation}
    decoded: true
    expect:
      body:
        entries[0].request.srciTransactionId: 11111111-2222-4333-8444-555555555555
        entries[0].request.confirmationData.checkoutEventType: {exists: false}
        entries[0].request.confirmationData.confirmationStatus: '01'
"""


async def test_a_visit_can_bring_its_transaction_and_null_takes_a_member_away(
    port: ControlPort, tmp_path: Path
) -> None:
    assert (await play(port, tmp_path / "story.yaml", STORY)).failures == []
