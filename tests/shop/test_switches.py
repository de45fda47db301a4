"""Switches as a visitor's page sends them: read, and put as fault rules and as trust."""

from collections.abc import Sequence

import pytest

from src_system.shop.switches import (
    RULES,
    SwitchesRefused,
    fault_rules,
    read_switches,
    trusted_networks,
)

ALL = ("visa", "mastercard")


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ([], "Switches are an object"),
        ({"switchMagic": ["visa"]}, "There is no switch 'switchMagic'"),
        ({"switchDown": "visa"}, "switchDown takes a list of visa, mastercard"),
        ({"switchDown": ["jcb"]}, "switchDown takes a list of visa, mastercard"),
        ({"switchDown": [["visa"]]}, "switchDown takes a list of visa, mastercard"),
    ],
)
def test_what_is_no_switch_is_refused(sent: object, said: str) -> None:
    with pytest.raises(SwitchesRefused, match=said):
        read_switches(sent, ALL)


def test_switches_become_rules_and_trust() -> None:
    sent: dict[str, Sequence[str]] = {
        "switchDown": ["visa", "visa"],
        "switchSlow": [],
        "switchDistrust": ["mastercard"],
    }

    switches = read_switches(sent, ALL)

    assert switches == {"switchDown": ["visa"], "switchDistrust": ["mastercard"]}
    assert fault_rules(switches) == [
        {"name": "switchDown", "match": {"network": ["visa"]}, "effect": {"http": {"status": 503}}}
    ]
    trust = {"visa": ["visa", "mastercard"], "mastercard": ["mastercard"]}
    assert trusted_networks(switches, ALL) == trust
    assert RULES["switchDown"] == {"effect": {"http": {"status": 503}}}
