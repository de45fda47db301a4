"""Sessions of the Python client become stories that pass, and whose own recording is the same."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from src_system.client import ControlPort, Sandbox
from src_system.scenario.export.exporting import export_story
from src_system.scenario.schema import json_schema
from tests.clients.tour import Tour
from tests.conftest import RunningServer
from tests.scenario.plays import play
from tests.scenario.recordings import ANA, PANS, SESSIONS, give_ana, signed_in
from tests.scenario.replay import FAILING, exported, recorded, until_written

CHARACTERS_MAX = 100
SCHEMA = Draft202012Validator(json_schema())


def as_an_editor_reads_it(text: str) -> Any:
    """YAML 1.2 by its core schema; a number with a tag is one."""
    yaml = YAML(typ="safe", pure=True)
    yaml.constructor.add_constructor("!number", lambda _, node: float(node.value))
    return yaml.load(text)


@dataclass
class Addresses:
    """Where that client finds the server."""

    protocol: str
    control: str


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=() if number % 2 == 0 else pytest.mark.thorough)
        for number, name in enumerate(SESSIONS)
    ],
)
async def test_a_recorded_session_passes_as_a_story_and_its_story_is_the_same(
    port: ControlPort, tmp_path: Path, name: str
) -> None:
    async with recorded(port, SESSIONS[name], issuer=name == "batches") as sandbox:
        story = await exported(port, sandbox.name)
    again = await play(port, tmp_path / "story.yaml", story.text + FAILING, keeps_failed=True)
    sandbox_name = again.attempt.sandbox
    try:
        assert [one.split(": ", 1)[1] for one in again.failures] == ["Answered 200 instead of 404."]
        await until_written(port, sandbox_name)
        second = await exported(port, sandbox_name)
    finally:
        await port.delete_sandbox(sandbox_name)

    assert story.notes == second.notes == []
    assert second.text == story.text
    assert story.text.startswith("# yaml-language-server: $schema=scenario.schema.json\n")
    assert [one for one in story.text.splitlines() if len(one) > CHARACTERS_MAX] == []
    assert "eyJ" not in story.text  # no token stands there as it was
    assert [one.message for one in SCHEMA.iter_errors(as_an_editor_reads_it(story.text))] == []
    assert (await play(port, tmp_path / "story.yaml", second.text)).failures == []


@pytest.mark.parametrize("network", PANS)
async def test_every_operation_of_a_client_that_is_not_ours_is_told(
    port: ControlPort, server: RunningServer, tmp_path: Path, network: str
) -> None:
    tour = Tour(Addresses(server.protocol, server.control), network)
    tour.walk()
    try:
        await until_written(port, tour.sandbox.name)
        story = await exported(port, tour.sandbox.name)
    finally:
        await port.delete_sandbox(tour.sandbox.name)

    said = [note for note in story.notes if "is no operation of a story" not in note]
    assert said == []
    assert (await play(port, tmp_path / "story.yaml", story.text)).failures == []


async def test_a_clock_that_ran_stands_in_the_story_and_is_moved_on_only_by_minutes(
    port: ControlPort, tmp_path: Path
) -> None:
    async def session(sandbox: Sandbox) -> None:
        shop, cards = await signed_in(sandbox, "visa")
        await shop["visa"].checkout(cards["visa"], amount="1.00")
        await sandbox.clock.shift(7200)
        await sandbox.initiator()["visa"].identity_lookup(ANA)

    async with recorded(port, session, clock="real") as sandbox:
        story = await exported(port, sandbox.name)

    [advance] = re.findall("- advance: (.*)", story.text)
    assert re.fullmatch(r"PT2H([1-9]\d?S)?", advance)
    assert (await play(port, tmp_path / "story.yaml", story.text)).failures == []


async def test_calls_of_one_network_say_it_once(port: ControlPort) -> None:
    async def session(sandbox: Sandbox) -> None:
        await give_ana(sandbox, "amex")
        await sandbox.initiator()["amex"].identity_lookup(ANA)

    async with recorded(port, session) as sandbox:
        text = (await exported(port, sandbox.name)).text

    assert "\non: amex\n" in text
    assert "    on:" not in text


async def test_only_a_part_and_only_one_client_can_be_asked_for(port: ControlPort) -> None:
    async with recorded(port, SESSIONS["several_clients"]) as sandbox:
        second = next(
            one for one in sandbox.details.clients if one.name == "Second gateway"
        ).src_client_id
        theirs = await export_story(port, sandbox.name, client=second)
        first = await export_story(port, sandbox.name, until=4)
        later = await export_story(port, sandbox.name, since=4, until=8)
        none = await export_story(port, sandbox.name, since=10_000)

    assert theirs is not None and first is not None and later is not None
    assert f"client: {second}" in theirs.text and "visit: browser 2" not in theirs.text
    assert (first.calls, later.calls, none) == (4, 4, None)
    assert f"client: {second}" in later.text and f"client: {second}" not in first.text
