"""Coverage: what of the protocol port a run has exercised, and what it has not."""

import re

from src_system.client import ControlPort
from src_system.client.transport import HttpTransport
from src_system.scenario.coverage import coverage_of, protocol_of, read_document
from src_system.scenario.operations import OPERATIONS, operation_at
from src_system.scenario.running import new_run
from tests.conftest import RunningServer
from tests.scenario.conftest import Runner


def figures(output: str) -> tuple[float, ...]:
    """Percentage, operations met and there, refusals met and there."""
    found = re.search(
        r"coverage ([\d.]+) %: (\d+) of (\d+) operations on networks, (\d+) of (\d+) refusals",
        output,
    )
    assert found is not None, output
    return tuple(float(one) for one in found.groups())


def test_coverage_is_what_was_met_of_all_there_is(runner: Runner) -> None:
    percent, operations, all_operations, refusals, all_refusals = figures(
        runner.run(*runner.stories("passing"), "--coverage").stdout
    )

    assert (operations, refusals) == (1, 0)
    assert all_operations > 90
    assert all_refusals > 200
    assert percent == round(100 / (all_operations + all_refusals), 1)


def test_a_refusal_counts_for_its_operation(runner: Runner) -> None:
    story = """
scenario: A card that is not there
verdict: any
steps:
  - call: identityLookup
    with: { consumerIdentity: null }
    expect: { status: 400 }
"""
    _, operations, _, refusals, _ = figures(
        runner.run(runner.write("refusal.yaml", story), "--coverage").stdout
    )

    assert (operations, refusals) == (1, 1)


def test_less_than_asked_for_ends_with_1_and_the_largest_gaps(runner: Runner) -> None:
    paths = runner.stories("passing")

    assert runner.run(*paths, "--min-coverage", "0.1").exit_code == 0
    done = runner.run(*paths, "--min-coverage", "90")
    assert done.exit_code == 1
    first, *gaps = done.stderr.splitlines()
    assert re.fullmatch(r"the coverage is 0\.\d %, less than 90 %:", first)
    assert len(gaps) == 5
    assert all("never on visa, mastercard, amex, discover" in one for one in gaps)


async def test_every_documented_operation_can_be_called_by_the_runner(
    server: RunningServer,
) -> None:
    transport = HttpTransport()
    document = await read_document(transport, server.protocol)
    await transport.close()

    assert document is not None
    by_place = {
        (method.upper(), path): operation["operationId"]
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if "x-src-networks" in operation
    }
    assert set(by_place.values()) <= set(OPERATIONS)
    for (method, path), name in by_place.items():
        assert operation_at(method, path.replace("{", "").replace("}", "")) == name


async def test_a_server_without_a_document_is_measured_by_what_the_runner_knows(
    port: ControlPort,
) -> None:
    transport = HttpTransport()
    assert await read_document(transport, port.url) is not None
    assert await read_document(transport, "http://127.0.0.1:9") is None
    await transport.close()
    coverage = coverage_of(new_run("7", {}))

    assert not coverage.is_documented
    assert coverage.total == 4 * len(OPERATIONS)
    assert coverage.percent == 0.0
    assert protocol_of(new_run("7", {})) is None
