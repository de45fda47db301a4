"""The library of stories leaves out no reason, no market and no way to forge."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from src_system.model.fault_effects import POSSIBLE_TAMPERING, Artefact
from src_system.model.vocabulary import DETAIL_REASONS, REASONS
from src_system.networks.markets import MARKETS
from src_system.scenario.source import read_source

SCENARIOS = Path(__file__).parents[2] / "scenarios"


def stories(theme: str) -> dict[str, Any]:
    """What the files of a theme hold, by name."""
    return {file.stem: read_source(file).value for file in (SCENARIOS / theme).glob("*.yaml")}


def values_in(value: Any) -> Iterator[str]:
    """Every text in *value*."""
    if isinstance(value, dict):
        for one in value.values():
            yield from values_in(one)
    elif isinstance(value, list):
        for one in value:
            yield from values_in(one)
    elif isinstance(value, str):
        yield value


def told_by(part: str) -> set[str]:
    """The reasons for which *part* is used in the refusals."""
    return {
        step["with"]["reason"]
        for story in stories("refusals").values()
        for step in story["steps"]
        if step.get("use") == f"../parts/{part}.yaml"
    }


def test_every_reason_is_told_by_every_network() -> None:
    on_top, in_a_detail = told_by("refusals-told-on-top"), told_by("refusals-told-in-a-detail")

    assert on_top | in_a_detail == REASONS
    assert in_a_detail <= DETAIL_REASONS


@pytest.mark.parametrize("market", MARKETS)
def test_every_market_has_a_story_of_its_own(market: str) -> None:
    own = [
        story
        for story in stories("markets").values()
        if story["steps"][0].get("with", {}).get("market") == market
        and story["steps"][0]["use"] == "../parts/markets-enrol.yaml"
    ]

    assert len(own) == 1
    assert market.lower() in own[0]["tags"]
    assert MARKETS[market].currency_code in set(values_in(own[0]))


@pytest.mark.parametrize("artefact", Artefact)
def test_every_way_to_forge_is_noticed_in_a_story(artefact: Artefact) -> None:
    written = {text for story in stories("forgeries").values() for text in values_in(story)}
    rows = {
        f"keys:{row['how']}" for row in stories("forgeries")["keys"]["data"]
    }  # the story fills the artefact in
    for how in POSSIBLE_TAMPERING[artefact]:
        assert f"{artefact}:{how}" in written | rows, how
