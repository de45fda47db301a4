"""The reference in docs/scenarios.md and the schema beside the stories say what the code says."""

import json
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from src_system.scenario.matchers import MATCHERS, MEANINGS
from src_system.scenario.reference import reference
from src_system.scenario.schema import json_schema

BEGIN = "<!-- reference: made by tests/scenario/test_reference.py -->\n"
END = "<!-- end of reference -->"


def with_reference(page: str) -> str:
    """The page with the reference as the code has it now; `python -m` this file rewrites it."""
    before, _, rest = page.partition(BEGIN)
    return f"{before}{BEGIN}\n{reference()}\n{END}{rest.partition(END)[2]}"


def written_schema() -> str:
    """The schema as it stands beside the stories."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def as_an_editor_reads_it(file: Path) -> Any:
    """YAML 1.2 by its core schema: what looks like a number is one, an instant is text."""
    yaml = YAML(typ="safe", pure=True)
    yaml.constructor.add_constructor("!number", lambda _, node: float(node.value))
    yaml.constructor.add_constructor("tag:yaml.org,2002:timestamp", lambda _, node: node.value)
    return yaml.load(file.read_text(encoding="utf-8"))


def test_the_reference_is_that_of_the_code(repository: Path) -> None:
    page = (repository / "docs" / "scenarios.md").read_text(encoding="utf-8")

    assert page == with_reference(page)


def test_every_matcher_has_a_meaning() -> None:
    assert list(MEANINGS) == list(MATCHERS)


def test_the_schema_beside_the_stories_is_that_of_the_code(repository: Path) -> None:
    kept = (repository / "scenarios" / "scenario.schema.json").read_text(encoding="utf-8")

    assert kept == written_schema()


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(json_schema())


def test_an_editor_finds_every_story_in_order(repository: Path) -> None:
    validator = Draft202012Validator(json_schema())
    files = sorted((repository / "scenarios").rglob("*.yaml"))

    assert files
    for file in files:
        assert [error.message for error in validator.iter_errors(as_an_editor_reads_it(file))] == []


def test_an_editor_finds_a_mistake(tmp_path: Path) -> None:
    story = tmp_path / "wrong.yaml"
    story.write_text("scenario: x\nsteps:\n  - call: identityLookp\n")

    assert not Draft202012Validator(json_schema()).is_valid(as_an_editor_reads_it(story))


def test_the_first_line_of_every_story_names_the_schema(repository: Path) -> None:
    root = repository / "scenarios"
    for file in root.rglob("*.yaml"):
        up = "../" * (len(file.relative_to(root).parts) - 1)
        first = file.read_text(encoding="utf-8").split("\n", 1)[0]
        assert first == f"# yaml-language-server: $schema={up}scenario.schema.json", file


if __name__ == "__main__":
    root = Path(__file__).parent.parent.parent
    page = root / "docs" / "scenarios.md"
    page.write_text(with_reference(page.read_text(encoding="utf-8")), encoding="utf-8")
    (root / "scenarios" / "scenario.schema.json").write_text(written_schema(), encoding="utf-8")
