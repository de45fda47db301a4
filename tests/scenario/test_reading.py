"""Files read into cases: what is wrong is told with file, line, column and what to do."""

from pathlib import Path

import pytest

from src_system.scenario.problems import ScenarioInvalid
from src_system.scenario.reading import cases_of

HEAD = "scenario: A story\nsteps:\n"


def written(tmp_path: Path, text: str, name: str = "story.yaml") -> Path:
    file = tmp_path / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def problems(file: Path) -> list[str]:
    with pytest.raises(ScenarioInvalid) as caught:
        cases_of(file, file.name)
    return [str(one).removeprefix(f"{file.parent}/") for one in caught.value.problems]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "scenario: x\nsandbx: {}\nsteps:\n  - verdict: PASSED\n",
            "2:1: Nothing is called 'sandbx' here. Did you mean 'sandbox'?",
        ),
        ("scenario: x\n", "1:1: 'steps' is missing."),
        ("steps:\n  - verdict: PASSED\n", "1:1: 'scenario' is missing."),
        (f"{HEAD}  - cal: checkout\n", "3:5: 'cal' is no verb. Did you mean 'call'?"),
        (
            f"{HEAD}  - call: checkout\n    code: x\n",
            "4:5: A step has one verb, and this one has call and code. Make two steps of it.",
        ),
        (
            f"{HEAD}  - call: checkot\n",
            "3:11: There is no operation 'checkot'. Did you mean 'checkout'?",
        ),
        (
            f"{HEAD}  - call: checkout\n    on: [visa, mastercrd]\n",
            "4:9: There is no network 'mastercrd'. Did you mean 'mastercard'?",
        ),
        (
            f"{HEAD}  - call: checkout\n    expectOn: {{viza: {{}}}}\n",
            "4:16: There is no network 'viza'. Did you mean 'visa'?",
        ),
        (
            f"{HEAD}  - call: getCard\n",
            "3:11: getCard needs srcDigitalCardId: it stands in its path.",
        ),
        (
            f"{HEAD}  - call: checkout\n    expect:\n      stauts: 200\n",
            "5:7: Nothing is called 'stauts' here. Did you mean 'status'?",
        ),
        (
            f"{HEAD}  - call: checkout\n    expect:\n      body:\n        a: {{equls: 1}}\n",
            "6:13: There is no matcher 'equls'. Did you mean 'equals'?",
        ),
        (
            f"{HEAD}  - call: checkout\n    expect: {{body: {{'a[': 1}}}}\n",
            "4:21: 'a[' is no JSONPath: unexpected end of query. Write member.list[0].member.",
        ),
        (
            f"{HEAD}  - call: checkout\n    expect: {{body: {{a: {{matches: '('}}}}}}\n",
            "4:34: '(' is no regular expression: missing ), unterminated subpattern at position 0.",
        ),
        (
            f"{HEAD}  - call: checkout\n    with: {{a: '${{emial}}'}}\nvariables: {{email: x}}\n",
            "4:15: There is no variable 'emial' here. Did you mean 'email'?",
        ),
        (
            f"{HEAD}  - verdict: PASSED\nvariables: {{card: '${{given.cards}}'}}\n",
            "4:19: There is no variable 'given' here. Known: client, dpa, issuer, sandbox.",
        ),
        (
            f"{HEAD}  - call: checkout\n    capture: {{card: a}}\n",
            "4:15: Nothing uses the capture 'card'. Remove it.",
        ),
        (
            f"{HEAD}  - call: checkout\n    capture: {{now: a}}\n",
            "4:15: 'now' is always there and cannot be captured. Rename it.",
        ),
        (
            f"{HEAD}  - call: checkout\n    device: phone\n",
            "4:13: No `visit` has begun on a device 'phone'. Known: browser.",
        ),
        (
            f"{HEAD}  - advance: 10m\n",
            "3:14: '10m' is no ISO 8601 duration. Write PT10M, PT2H or P30D.",
        ),
        (f"{HEAD}  - fault: htp=503\n", "3:12: 'htp=503' is no effect: write one of error,"),
        (
            f"{HEAD}  - verdict: GOOD\n",
            "3:14: There is no verdict 'GOOD'. Known: PASSED, WARNING, FAILED.",
        ),
        (f"{HEAD}  - control: clock\n", "3:14: 'clock' is no call: write METHOD and a place"),
        (f"{HEAD}  - use: none.yaml\n", "3:10: none.yaml: No such file or directory."),
        (
            f"{HEAD}  - verdict: PASSED\ndata: [{{a: 1}}, {{b: 2}}]\n",
            "4:16: Row 2 has other names than the first. The first has a.",
        ),
        (f"{HEAD}  - verdict: PASSED\ndata: none.csv\n", "4:7: none.csv cannot be read:"),
        (f"{HEAD}  - repeat: many\n    steps: []\n", "3:13: Expected int, got text."),
        (f"{HEAD}  - call: checkout\n    within: soon\n", "4:13: Expected text matching regex"),
    ],
)
def test_a_mistake_is_told_where_it_stands(tmp_path: Path, text: str, said: str) -> None:
    found = problems(written(tmp_path, text))

    assert found[0].startswith(f"story.yaml:{said}"), found


def test_all_mistakes_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    text = "scenario: x\nsandbx: {}\nsteps:\n  - cal: x\n  - call: checkout\n    boddy: {}\n"

    assert len(problems(written(tmp_path, text))) == 3


PART = "part: Enrol\ninputs: {email: null, pan: 4111}\noutputs: {card: '${card}'}\nsteps:\n"
STEP = "  - call: getCard\n    with: {srcDigitalCardId: '${pan}${email}'}\n"
CAPTURE = "    capture: {card: maskedCard}\n"


@pytest.mark.parametrize(
    ("use", "said"),
    [
        ("with: {email: a, pin: 1}", "4:22: part.yaml has no input 'pin'. Did you mean 'pan'?"),
        ("with: {pan: 1}", "3:10: part.yaml needs the input 'email'."),
        (
            "with: {email: a}\n    capture: {x: crd}",
            "5:18: part.yaml has no output 'crd'. Did you mean 'card'?",
        ),
    ],
)
def test_a_part_is_used_with_its_inputs_and_outputs(tmp_path: Path, use: str, said: str) -> None:
    written(tmp_path, PART + STEP + CAPTURE, "part.yaml")
    file = written(tmp_path, f"{HEAD}  - use: part.yaml\n    {use}\n")

    assert f"story.yaml:{said}" in problems(file)


def test_a_part_does_not_see_the_storys_variables(tmp_path: Path) -> None:
    written(tmp_path, f"part: P\nsteps:\n{STEP}", "part.yaml")
    text = "scenario: x\nvariables: {pan: 1, email: a}\nsteps:\n  - use: part.yaml\n"

    found = problems(written(tmp_path, text))

    assert len(found) == 2
    assert found[0].startswith("part.yaml:4:30: There is no variable 'pan' here.")
    assert found[1].startswith("part.yaml:4:30: There is no variable 'email' here.")


def test_a_part_that_uses_itself_is_refused(tmp_path: Path) -> None:
    written(tmp_path, "part: P\nsteps:\n  - use: part.yaml\n", "part.yaml")

    found = problems(written(tmp_path, f"{HEAD}  - use: part.yaml\n"))

    assert found == ["part.yaml:3:10: part.yaml uses itself, by way of others perhaps."]


def test_rows_of_a_table_become_cases(tmp_path: Path) -> None:
    written(tmp_path, "network,pan\nvisa,4111\namex,0378\n", "cards.csv")
    file = written(tmp_path, f"{HEAD}  - verdict: PASSED\ndata: cards.csv\non: '${{network}}'\n")

    cases = cases_of(file, "story.yaml")

    assert [one.id for one in cases] == ["story.yaml[1]", "story.yaml[2]"]
    assert [one.row for one in cases] == [
        {"network": "visa", "pan": "4111"},
        {"network": "amex", "pan": "0378"},
    ]
    assert cases[1].title == "A story (amex)"


@pytest.mark.parametrize(
    "table", ["network,pan\nvisa,1,2\namex,3\n", "network,pan\nvisa,1\namex\n"]
)
def test_a_row_with_another_number_of_values_than_names_is_told(tmp_path: Path, table: str) -> None:
    written(tmp_path, table, "cards.csv")
    file = written(tmp_path, f"{HEAD}  - verdict: PASSED\ndata: cards.csv\n")

    (said,) = problems(file)

    assert said.startswith("story.yaml:4:7: Row ")
    assert said.endswith(" of cards.csv has not as many values as names.")


def test_a_misspelt_capture_is_told_once(tmp_path: Path) -> None:
    text = f"{HEAD}  - call: checkout\n    capture: {{validation: a}}\n  - open: ${{validaton}}\n"

    assert problems(written(tmp_path, text)) == [
        "story.yaml:5:11: There is no variable 'validaton' here. Did you mean 'validation'?"
    ]
