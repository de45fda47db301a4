"""`src-system journal`: calls listed, shown, explained, exported and followed from a shell."""

import json
import signal
import subprocess

import pytest

from src_system.client import ControlPort, Refused, Sandbox
from tests.cli.conftest import SECONDS, Shell
from tests.cli.test_completion import completed

ANA = "ana@shop.test"
NUMBER = "4111111111111111"


@pytest.fixture
async def sandbox(port: ControlPort) -> Sandbox:
    """A sandbox where Ana has paid, and was refused when her card was suspended."""
    sandbox = await port.create_sandbox(seed="42", clock="2026-11-23T09:00:00Z")
    placed = await sandbox.add_consumer(ANA, cards={"visa": NUMBER})
    shop = sandbox.initiator(networks=["visa"])
    await shop.sign_in(ANA, sandbox.otps.code)
    await shop["visa"].checkout(placed.card_on("visa"), amount="5.00")
    await sandbox.cards.suspend("visa", placed.card_on("visa"))
    with pytest.raises(Refused):
        await shop["visa"].checkout(placed.card_on("visa"), amount="5.00")
    await sandbox.journal.wait(operation="checkout", status="4xx")
    return sandbox


def place_of(shell: Shell, where: str, *filters: str) -> str:
    """The newest call that fits."""
    return shell.output("journal", "list", where, "--last=1", *filters).split("\t")[0]


async def test_calls_are_listed_and_chosen(shell: Shell, sandbox: Sandbox) -> None:
    where = f"--sandbox={sandbox.name}"
    client = sandbox.details.clients[0].src_client_id
    lines = [line.split("\t") for line in shell.output("journal", "list", where).splitlines()]
    documents = json.loads(shell.output("journal", "list", where, "--format=json"))["entries"]

    assert [line[0] for line in lines] == [str(one["place"]) for one in documents]
    assert lines[0][1:6] == ["2026-11-23T09:00:00Z", "visa", "identityLookup", "200", "-"]
    last, session = lines[-1], documents[-1]["srcCorrelationId"]
    assert last[3:6] == ["checkout", "400", documents[-1]["reason"]]
    assert last[6:] == ["srcDigitalCardId", last[7], session, client, "-"]
    for filters, count in (
        (("--operation=checkout",), 2),
        (("--operation=checkout", "--status=4xx"), 1),
        (("--status=400", "--network=visa"), 1),
        (("--network=amex",), 0),
        ((f"--reason={documents[-1]['reason']}",), 1),
        ((f"--correlation={session}", f"--client={client}"), len(lines) - 1),
        ((f"--after={lines[-3][0]}",), 2),
        (("--last=3",), 3),
    ):
        found = shell.output("journal", "list", where, *filters)
        assert len(found.splitlines()) == count, filters


async def test_a_call_is_shown_as_it_went_over_the_wire(shell: Shell, sandbox: Sandbox) -> None:
    where = f"--sandbox={sandbox.name}"
    place = place_of(shell, where, "--status=4xx")
    fields = [
        line.split("\t", 1) for line in shell.output("journal", "show", place, where).split("\n")
    ]
    names = [name for name, _ in fields]
    as_json = json.loads(shell.output("journal", "show", place, where, "--format=json"))

    assert ["answer", f"400 {as_json['reason']} at {as_json['source']}"] in fields
    assert ["seen", "cardStatus SUSPENDED"] in fields
    assert ["request body", as_json["request"]["body"]] in fields
    assert names.count("request header") == len(as_json["request"]["headers"])
    assert as_json["masked"]
    on_terminal = shell.on_terminal(f"src-system journal show {place} {where}", columns=160)
    assert "> Content-Type: application/json" in on_terminal
    assert f"\n< {as_json['response']['body']}" in on_terminal


async def test_a_call_is_shown_decoded_with_what_was_in_it(shell: Shell, sandbox: Sandbox) -> None:
    where = f"--sandbox={sandbox.name}"
    place = place_of(shell, where, "--operation=checkout", "--status=200")
    lines = [
        line.split("\t") for line in shell.output("journal", "decoded", place, where).split("\n")
    ]
    path = "response.checkoutResponse"
    jws, inner = next(line for line in lines if line[0] == path), f"{path}.encryptedPayload"

    assert (jws[1:4], "srcCorrelationId" in json.loads(jws[4])) == (["JWS", "yes", "-"], True)
    jwe = next(line for line in lines if line[0] == inner)
    assert jwe[1:3] == ["JWE", "yes"]
    assert NUMBER not in jwe[4]
    assert shell.output("journal", "disclosures", where) == ""
    as_json = json.loads(
        shell.output("journal", "decoded", place, where, "--unmasked", "--format=json")
    )
    assert not as_json["masked"]
    assert as_json["artefacts"][inner]["content"] != json.loads(jwe[4])
    shell.output("journal", "show", place, where, "--unmasked")
    told = [line.split("\t") for line in shell.output("journal", "disclosures", where).splitlines()]
    assert [line[3:] for line in told] == [["no", v, place, place] for v in ("decoded", "raw")]
    listed = json.loads(shell.output("journal", "disclosures", where, "--format=json"))
    assert [one["view"] for one in listed["disclosures"]] == ["decoded", "raw"]
    on_terminal = shell.on_terminal(f"src-system journal decoded {place} {where}", columns=200)
    assert f"\n{path}: JWS, valid yes\n  {{\n" in on_terminal


async def test_a_refusal_is_explained_to_people_and_to_scripts(
    shell: Shell, sandbox: Sandbox
) -> None:
    where = f"--sandbox={sandbox.name}"
    place = place_of(shell, where, "--status=4xx")
    as_json = json.loads(shell.output("journal", "explain", place, where, "--format=json"))
    session = (await sandbox.journal.entry(int(place))).src_correlation_id
    explained = shell.output("journal", "explain", "--correlation", str(session), where)
    on_terminal = shell.on_terminal(f"src-system journal explain {place} {where}", columns=160)

    assert explained == shell.output("journal", "explain", place, where)
    fields = [line.split("\t") for line in explained.splitlines()]
    assert fields[0] == ["call", f"{place} visa checkout, 2026-11-23T09:00:00Z"]
    for field in (
        ["answer", f"400 {as_json['reason']} at {as_json['source']}"],
        ["rule", as_json["rule"]["text"]],
        ["section", f"spec {as_json['rule']['spec']}"],
        ["seen", "cardStatus SUSPENDED"],
        ["would pass", as_json["wouldPass"]],
    ):
        assert field in fields
    assert f"would pass  {as_json['wouldPass']}" in on_terminal
    assert ["refused", "no"] in [
        line.split("\t") for line in shell.output("journal", "explain", "1", where).splitlines()
    ]


async def test_a_fault_is_told_with_the_call_that_met_it(shell: Shell, sandbox: Sandbox) -> None:
    where = f"--sandbox={sandbox.name}"
    rule_id = shell.output("fault", "add", "http=503;retryAfter=2", where)
    with pytest.raises(Refused):
        await sandbox.initiator()["amex"].identity_lookup(ANA)
    await sandbox.journal.wait(network="amex")
    line = shell.output("journal", "list", where, "--network=amex").split("\t")

    assert line[-1] == f"rule {rule_id}"
    explained = shell.output("journal", "explain", line[0], where).splitlines()
    assert f"fault\trule {rule_id}: http status=503 retryAfter=2" in explained
    table = shell.on_terminal(f"src-system journal list {where}", columns=160).split("\n")
    assert table[0].split() == "place time network operation status reason faults".split()


async def test_an_archive_is_written_where_one_says(shell: Shell, sandbox: Sandbox) -> None:
    where = f"--sandbox={sandbox.name}"
    assert shell.output("journal", "har", where, "-o", "calls.har") == ""
    whole = json.loads((shell.home / "calls.har").read_text())["log"]["entries"]
    chosen = json.loads(shell.output("journal", "har", where, "--status=4xx"))["log"]["entries"]
    said = shell.on_terminal(f"src-system journal har {where} -o again.har")

    assert chosen == whole[-1:]
    assert NUMBER not in json.dumps(whole)
    assert said.strip() == f"{len(whole)} calls written to again.har"
    nowhere = shell.run("journal", "har", where, "--output=no/such/folder")
    assert nowhere.returncode == 2
    assert "--output: no/such/folder: No such file or directory" in nowhere.stderr


def following(shell: Shell, *arguments: str) -> subprocess.Popen[str]:
    """`src-system journal follow`, which heeds Ctrl-C wherever the tests run."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(
        ["src-system", "journal", "follow", *arguments],
        env=shell.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    signal.signal(signal.SIGINT, before)
    return process


async def test_calls_are_followed_until_ctrl_c(shell: Shell, sandbox: Sandbox) -> None:
    process = following(shell, f"--sandbox={sandbox.name}", "--after=0", "--operation=checkout")
    assert process.stdout is not None
    first = [process.stdout.readline().split("\t") for _ in range(2)]
    card = (await sandbox.cards.list())[0].src_digital_card_id
    with pytest.raises(Refused):
        await sandbox.initiator()["visa"].checkout(card, amount="5.00")
    third = process.stdout.readline().split("\t")
    process.send_signal(signal.SIGINT)
    printed, said = process.communicate(timeout=SECONDS)

    assert [line[4] for line in first] == ["200", "400"]
    assert int(third[0]) > int(first[1][0])
    assert (process.returncode, printed, said) == (130, "", "")


async def test_following_ends_after_as_many_calls_as_one_says(
    shell: Shell, sandbox: Sandbox
) -> None:
    where = f"--sandbox={sandbox.name}"
    all_of_them = shell.output("journal", "list", where).splitlines()
    lines = shell.output("journal", "follow", where, "--after=1", "--count=2", "--format=json")

    assert [str(json.loads(line)["place"]) for line in lines.splitlines()] == ["2", "3"]
    shown = shell.on_terminal(f"src-system journal follow {where} --after 0 --count 1")
    heading, row = shown.strip().split("\n")
    assert heading.split()[:3] == ["place", "time", "network"]
    assert row.split() == all_of_them[0].split("\t")[:6]
    process = following(shell, where, "--count=1")
    assert process.stdout is not None
    for _ in range(SECONDS):  # it follows from its start on, which nobody can see from here
        await sandbox.initiator()["amex"].identity_lookup(ANA)
        if process.poll() is not None:
            break
        await sandbox.journal.wait(seconds=1, network="amex")
    printed, _ = process.communicate(timeout=SECONDS)
    assert printed.split("\t")[2] == "amex"
    assert printed.count("\n") == 1


def test_places_are_completed_and_a_journal_is_cleared(shell: Shell, sandbox: Sandbox) -> None:
    where = f"--sandbox={sandbox.name}"
    newest = place_of(shell, where)

    assert completed(shell, "journal", "explain", where, "")[0] == newest
    assert completed(shell, "journal", "show", where, newest) == [newest]
    assert completed(shell, "journal", "show", "--sandbox=none", "") == []
    assert shell.output("journal", "clear", where) == ""
    assert shell.output("journal", "list", where) == ""
    assert json.loads(shell.output("journal", "list", where, "--format=json")) == {"entries": []}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("show", "999999"), "place: There is no entry at this place, or none any more."),
        (("decoded", "999999"), "place: There is no entry at this place, or none any more."),
        (("explain", "999999"), "place: There is no entry at this place, or none any more."),
        (("explain", "--correlation=none"), "correlation: No call of this session was refused."),
        (("explain",), "give the PLACE of a call, or a session by --correlation"),
        (("explain", "1", "--correlation=x"), "give the PLACE of a call"),
        (
            ("list", "--status=often"),
            "status: status is a number from 100 to 599, or 4xx for all of them.",
        ),
        (("list", "--network=diners"), "network: Allowed here: visa"),
        (("list", "--after=noon"), "after: after is a cursor of an earlier answer."),
        (("har", "--status=often"), "status: status is a number"),
        (("follow", "--status=often"), "status: status is a number"),
        (("clear", "--sandbox=none"), "There is no sandbox of this name."),
        (("disclosures", "--sandbox=none"), "There is no sandbox of this name."),
    ],
)
def test_what_the_journal_does_not_have_is_said_in_one_line(
    shell: Shell, arguments: tuple[str, ...], said: str
) -> None:
    done = shell.run("journal", *arguments)

    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
