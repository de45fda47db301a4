"""A story that says what its verdict must be is judged by that, and not by the run once more."""

from xml.etree import ElementTree as ET

import pytest

from tests.scenario.conftest import Runner

# The shop goes on with a response whose signature it should have refused.
CARELESS = """
scenario: A merchant that authorises with a forged response
given:
  consumers:
    - emailAddress: ana@shop.test
      cards:
        - network: visa
          primaryAccountNumber: 4111111111111111
          panExpirationMonth: 12
          panExpirationYear: 2030
steps:
  - signIn: ana@shop.test
  - fault: tamper=checkoutResponse:badSignature
    match: { operation: checkout }
  - call: checkout
    with: { srcDigitalCardId: "${given.cards}" }
    amount: 10.00
    expect: { distrusted: true }
  - call: confirmation
"""


@pytest.mark.parametrize(
    "at_the_end", ["  - verdict: FAILED\n", "verdict: FAILED\n", "verdict: any\n"]
)
def test_a_verdict_that_the_story_asks_for_does_not_fail_the_run(
    runner: Runner, at_the_end: str
) -> None:
    done = runner.run(runner.write("careless.yaml", CARELESS + at_the_end))

    assert done.exit_code == 0, done.output


def test_a_verdict_that_it_does_not_ask_for_fails_the_run_and_its_reports(runner: Runner) -> None:
    story = runner.write("careless.yaml", CARELESS)

    done = runner.run(story, "--report=junit=j.xml", "--report=tap=t.tap")

    assert done.exit_code == 6, done.output
    assert "careless.yaml: the verdict is FAILED" in done.output
    root = ET.parse(runner.home / "j.xml").getroot()
    assert root.attrib["failures"] == "1"
    [failure] = root.iter("failure")
    assert failure.attrib == {"message": "The verdict on its calls is FAILED.", "type": "verdict"}
    assert "src.verify.checkout-response" in str(failure.text)
    tap = (runner.home / "t.tap").read_text()
    assert "not ok 1 - A merchant that authorises with a forged response" in tap


def test_a_verdict_that_is_not_the_one_asked_for_fails_the_story(runner: Runner) -> None:
    done = runner.run(runner.write("careless.yaml", f"{CARELESS}verdict: PASSED\n"))

    assert done.exit_code == 1
    assert "The verdict is FAILED instead of PASSED." in done.output
