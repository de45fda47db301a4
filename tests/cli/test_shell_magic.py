"""`src-system magic`: values found by word, network and kind, and switched off."""

import json

import pytest

from src_system.client import ControlPort, Refused, Sandbox
from tests.cli.conftest import Shell


def rows(shell: Shell, *arguments: str) -> list[list[str]]:
    """What a pipe gets of `src-system magic`."""
    return [line.split("\t") for line in shell.output("magic", *arguments).splitlines()]


async def test_every_value_is_listed_with_the_networks_that_have_it(
    shell: Shell, port: ControlPort
) -> None:
    table = await port.magic()
    listed = rows(shell)

    assert {row[0] for row in listed} == {
        text for value in table.magic for text in value.values.values()
    }
    assert json.loads(shell.output("magic", "--format=json"))["magic"][0]["id"] == table.magic[0].id
    locked = "anything+locked@shop.test"
    assert [row[:5] for row in listed if row[0] == locked] == [
        [locked, "all", "email", "LOCKED", "the same in the list of the REST pages"]
    ]
    assert ["001", "visa, mastercard, discover", "securityCode"] in [row[:3] for row in listed]


@pytest.mark.parametrize(
    ("arguments", "first_cells"),
    [
        (("sanctioned", "--kind=phone"), [["+15005550018", "all", "phone", "SANCTIONED"]]),
        (
            ("SLOW", "shop.test"),
            [["anything+slow@shop.test", "all", "email", "latency fixed=PT6S"]],
        ),
        (
            ("suspended_card", "--network=amex"),
            [["379999201001001", "amex", "card", "SUSPENDED_CARD"]],
        ),
        (
            ("--kind=securityCode", "--operation=checkout", "issuer takes", "--network=amex"),
            [["0001", "amex", "securityCode", "ISSUER_DECLINED"]],
        ),
        (("123456",), [["123456", "all", "oneTimeCode", "code=right"]]),
        (("no such word",), []),
    ],
)
def test_values_are_found_by_word_kind_network_and_operation(
    shell: Shell, arguments: tuple[str, ...], first_cells: list[list[str]]
) -> None:
    assert [row[:4] for row in rows(shell, *arguments)] == first_cells


def test_a_terminal_gets_a_table_and_why_a_reason_has_no_value(shell: Shell) -> None:
    shown = shell.on_terminal("src-system magic --kind amount DATA", columns=120)
    heading, _, *found = shown.strip().split("\n")
    assert heading.split()[:3] == ["value", "network", "kind"]
    assert [row.split()[3] for row in found] == ["MERCHANT_DATA_INVALID", "DATA_LOSS"]

    missing = shell.on_terminal("src-system magic cardid_missing")
    assert missing.strip().split("\n")[-1].startswith("CARDID_MISSING   it is about a member")


async def test_the_switch_is_turned_off_and_on(shell: Shell, port: ControlPort) -> None:
    sandbox: Sandbox
    async with port.new_sandbox() as sandbox:
        where = f"--sandbox={sandbox.name}"
        value = shell.output("magic", "acct_inaccessible", "--kind=email").split("\t")[0]
        assert shell.output("magic", "--switch=show", where) == "on"
        with pytest.raises(Refused):
            await sandbox.initiator()["visa"].identity_lookup(value)
        assert shell.output("magic", "--switch=off", where) == "off"
        assert not (await sandbox.initiator()["visa"].identity_lookup(value)).consumer_present
        told = shell.output("magic", "--switch=on", where, "--format=json")
        assert json.loads(told) == {"enabled": True}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--kind=mail",), "--kind: there is no 'mail': email, phone, amount"),
        (("--network=diners",), "--network: there is no 'diners': visa, "),
        (("--switch=off", "locked"), "--switch is about all values"),
        (("--switch=off", "--sandbox=none"), "There is no sandbox of this name."),
    ],
)
def test_what_magic_cannot_do_is_said_in_one_line(
    shell: Shell, arguments: tuple[str, ...], said: str
) -> None:
    done = shell.run("magic", *arguments)

    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
