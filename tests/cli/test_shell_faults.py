"""`src-system fault`: rules added, listed and removed from a shell."""

import json

import pytest

from src_system.client import ControlPort, Refused, Sandbox
from tests.cli.conftest import Shell
from tests.cli.test_completion import completed

ANA = "ana@shop.test"


@pytest.fixture
async def sandbox(port: ControlPort) -> Sandbox:
    """A sandbox of this test's own."""
    return await port.create_sandbox(seed="42")


async def test_a_rule_of_an_effect_is_added_and_counts(shell: Shell, sandbox: Sandbox) -> None:
    where = f"--sandbox={sandbox.name}"
    rule_id = shell.output(
        *("fault", "add", "http=503;retryAfter=2", "--operation=identityLookup"),
        *("--network=visa", "--network=amex", f"--consumer={ANA}", "--nth=2", "--times=1"),
        *("--probability=1", "--max-consecutive=1", "--until=2040-01-01T00:00:00Z"),
        *("--name=second call", where),
    )
    shop = sandbox.initiator()
    await shop["visa"].identity_lookup(ANA)
    with pytest.raises(Refused):
        await shop["visa"].identity_lookup(ANA)

    (listed,) = json.loads(shell.output("fault", "list", where, "--format=json"))["faults"]
    assert listed["id"] == rule_id
    assert listed["effect"] == {"http": {"status": 503, "retryAfter": 2}}
    assert listed["match"]["network"] == ["visa", "amex"]
    assert listed["when"]["maxConsecutive"] == 1
    line = shell.output("fault", "list", where).split("\t")
    assert line == [
        rule_id,
        "http status=503 retryAfter=2",
        f"operation=identityLookup network=visa, amex consumer={ANA} nth=2",
        "probability=1.0 times=1 maxConsecutive=1 until=2040-01-01T00:00:00Z",
        "2",
        "1",
        "second call",
    ]
    assert completed(shell, "fault", "remove", "--sandbox", sandbox.name, rule_id[:-3]) == [rule_id]
    assert shell.output("fault", "remove", rule_id, where) == ""
    assert shell.output("fault", "list", where) == ""


def test_rules_come_from_a_file_and_go_all_at_once(shell: Shell, sandbox: Sandbox) -> None:
    where = f"--sandbox={sandbox.name}"
    rules = [
        {"id": "one", "effect": {"transport": "reset"}},
        {"effect": {"otp": {"delivery": "lost"}}},
    ]
    (shell.home / "rules.json").write_text(json.dumps(rules))
    one, two = shell.output("fault", "add", "--file=rules.json", where).split()
    assert one == "one"
    assert shell.output(
        "fault", "add", "--file=-", where, given='{"effect": {"http": {"status": 500}}}'
    )
    assert shell.output("fault", "list", where).count("\n") == 2
    table = shell.on_terminal(f"src-system fault list {where}", columns=160)
    assert table.split("\n")[0].split() == "id effect for when matched applied name".split()
    assert two in table
    assert shell.output("fault", "clear", where) == ""
    assert json.loads(shell.output("fault", "list", where, "--format=json")) == {"faults": []}


def test_a_reset_takes_rules_away_unless_they_are_to_be_kept(
    shell: Shell, sandbox: Sandbox
) -> None:
    where = f"--sandbox={sandbox.name}"
    rule_id = shell.output("fault", "add", "http=503", where)

    shell.output("sandbox", "reset", sandbox.name, "--keep-faults")
    assert shell.output("fault", "list", where).split("\t")[0] == rule_id
    shell.output("sandbox", "reset", sandbox.name)
    assert shell.output("fault", "list", where) == ""


@pytest.mark.parametrize(
    ("written", "effect"),
    [
        ("latency=5s", {"latency": {"fixed": "PT5S"}}),
        ("latency=0.1s..1s", {"latency": {"uniform": ["PT0.1S", "PT1S"]}}),
        ("latency=100ms;p95=1s", None),
        ("quota=5;per=1M", None),
        ("latency=0.1s;p95=1m", {"latency": {"lognormal": {"median": "PT0.1S", "p95": "PT1M"}}}),
        ("otp=late;after=1d2h30m", {"otp": {"delivery": "late", "after": "P1DT2H30M"}}),
        ("quota=5;per=1m", {"quota": {"limit": 5, "per": "PT1M"}}),
        ("transport=drip;over=PT2S", {"transport": "drip", "over": "PT2S"}),
    ],
)
def test_durations_of_an_effect_are_written_as_elsewhere(
    shell: Shell, sandbox: Sandbox, written: str, effect: dict[str, object] | None
) -> None:
    done = shell.run("fault", "add", written, f"--sandbox={sandbox.name}", "--format=json")

    assert done.returncode == (2 if effect is None else 0), done.stderr
    assert effect is None or json.loads(done.stdout)["faults"][0]["effect"] == effect


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("add",), "give an effect, such as http=503, or a --file with rules"),
        (("add", "http=503", "--file=x"), "give an effect"),
        (("add", "often"), "'often' is no effect: write one of error, http"),
        (("add", "http=many"), "http is a whole number, not 'many'"),
        (("add", "http=503", "--operation=lookUp"), "Error: match.operation: Allowed here"),
        (("add", "tamper=keys:badTag"), "Error: effect.tamper.how: A keys can have"),
        (("add", "--file=gone.json"), "--file: gone.json: No such file"),
        (("add", "--file=-"), "--file: - holds no rules"),
        (("remove", "none"), "There is no such fault rule."),
        (("list", "--sandbox=none"), "There is no sandbox of this name."),
    ],
)
def test_what_is_no_rule_is_refused_in_one_line(
    shell: Shell, arguments: tuple[str, ...], said: str
) -> None:
    done = shell.run("fault", *arguments, given="[1]")

    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
