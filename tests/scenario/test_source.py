"""YAML read as scenarios need it: text stays text, every value knows its place."""

from pathlib import Path

import pytest

from src_system.scenario.problems import ScenarioInvalid
from src_system.scenario.source import Source, parse_source, read_source

FILE = Path("story.yaml")


def parsed(text: str) -> Source:
    return parse_source(text, FILE)


def refused(text: str) -> list[str]:
    with pytest.raises(ScenarioInvalid) as caught:
        parsed(text)
    return [str(one) for one in caught.value.problems]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("012345", "012345"),
        ("49.90", "49.90"),
        ("0x1F", "0x1F"),
        ("1e5", "1e5"),
        ("yes", "yes"),
        ("on", "on"),
        ("2026-11-23", "2026-11-23"),
        ("true", True),
        ("false", False),
        ("null", None),
        ("~", None),
        ("", None),
        ('"true"', "true"),
        ("!number 5", 5),
        ("!number -0.5", -0.5),
        ("!number 12345678901234567890", 12345678901234567890),
    ],
)
def test_a_scalar_is_text_unless_it_is_a_constant(written: str, value: object) -> None:
    found = parsed(f"x: {written}").value["x"]

    assert found == value
    assert type(found) is type(value)


def test_every_value_and_name_has_a_place() -> None:
    source = parsed("a: 1\nb:\n  - c: x\n    d: [y, z]\n")

    assert str(source.mark(("b", 0, "d", 1))) == "story.yaml:4:12"
    assert str(source.key_mark(("b", 0, "d"))) == "story.yaml:4:5"
    assert str(source.mark(("b", 0, "missing", 7))) == "story.yaml:3:5"


def test_an_anchor_stands_for_its_value() -> None:
    assert parsed("a: &card {pan: 4111}\nb: *card\n").value["b"] == {"pan": "4111"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\na: 2\n", ["story.yaml:2:1: 'a' stands here twice."]),
        ("a: !number x\n", ["story.yaml:1:4: 'x' is no number."]),
        ("a: !secret x\n", ["story.yaml:1:4: The tag !secret means nothing here. Known: !number."]),
        ("? [a]\n: 1\n", ["story.yaml:1:3: A name is text."]),
        ("", ["story.yaml:1:1: The file is empty."]),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text: str, said: list[str]) -> None:
    assert refused(text) == said


def test_what_is_no_yaml_is_told_with_its_place() -> None:
    (said,) = refused("a: [1, 2\nb: 3\n")

    assert said.startswith("story.yaml:2:2: No YAML:")


def test_a_bomb_of_aliases_is_refused() -> None:
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    for level in range(1, 9):
        bomb += f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]\n"

    (said,) = refused(bomb)

    assert "too much" in said


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ScenarioInvalid, match="No such file"):
        read_source(tmp_path / "nothing.yaml")


def test_a_file_that_is_not_utf_8_is_told(tmp_path: Path) -> None:
    file = tmp_path / "latin.yaml"
    file.write_bytes(b"scenario: caf\xe9\n")

    with pytest.raises(ScenarioInvalid, match="not UTF-8"):
        read_source(file)


def test_a_file_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    file = tmp_path / "marked.yaml"
    file.write_bytes("\ufeffscenario: x\n".encode())

    assert read_source(file).value == {"scenario": "x"}
