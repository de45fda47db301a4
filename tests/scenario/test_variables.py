"""Variables: put in whole or in the middle of a text, by path, by network."""

from typing import Any

import pytest

from src_system.scenario.variables import Unresolved, fill, fill_address, names_in

SCOPE: dict[str, Any] = {
    "card": {"pan": "4111", "list": [1, {"a-b": True}]},
    "word": "x",
    "byNetwork": {"visa": "V", "amex": "A"},
    "given": {"cards": {"visa": {"id": "1"}, "amex": {"id": "2"}}},
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("plain $ {word}", "plain $ {word}"),
        ("${word}", "x"),
        ("a ${word} b ${ word }", "a x b x"),
        ("${card.list}", [1, {"a-b": True}]),
        ("${card.list[1].a-b}", True),
        ("is ${card.list[1]}", 'is {"a-b":true}'),
        ("$${word}", "${word}"),
        ("costs $${word} or ${word}", "costs ${word} or x"),
    ],
)
def test_a_variable_takes_the_place_of_its_name(text: str, value: object) -> None:
    assert fill(text, SCOPE) == value


def test_variables_are_filled_in_at_any_depth_and_in_names() -> None:
    assert fill({"${word}": ["${word}", {"a": "${card.pan}"}]}, SCOPE) == {
        "x": ["x", {"a": "4111"}]
    }


def test_a_variable_by_network_stands_for_the_network_that_is_called() -> None:
    at_amex = {**SCOPE, "network": "amex"}

    assert fill("${byNetwork}", at_amex) == "A"
    assert fill("${byNetwork.visa}", at_amex) == "V"
    assert fill("${given.cards.id}", at_amex) == "2"
    assert fill("${byNetwork}", SCOPE) == {"visa": "V", "amex": "A"}


@pytest.mark.parametrize(
    ("text", "name", "said"),
    [
        ("${nothing}", "nothing", "There is no variable 'nothing'"),
        ("${card.cvv}", "card", "card has no .cvv"),
        ("${card.list[7]}", "card", "card has no .list[7]"),
        ("${word.x}", "word", "word has no .x"),
        ("${card!pan}", "card", "cannot be read"),
    ],
)
def test_what_has_no_value_is_told(text: str, name: str, said: str) -> None:
    with pytest.raises(Unresolved) as caught:
        fill(text, SCOPE)

    assert caught.value.name == name
    assert said in str(caught.value)


def test_the_names_in_a_value_are_found() -> None:
    assert list(names_in({"${a}": ["${b.c} $${d}", {"x": "${e}"}]})) == ["a", "b", "e"]


def test_a_variable_in_an_address_cannot_leave_its_place_in_it() -> None:
    variables = {"id": "/a+b=", "who": "ana@shop.test", "whole": "GET /v1/magic"}

    assert fill_address("GET c/${id}?identity=${who}", variables) == (
        "GET c/%2Fa%2Bb%3D?identity=ana%40shop.test"
    )
    assert fill_address("${whole}", variables) == "GET /v1/magic"
