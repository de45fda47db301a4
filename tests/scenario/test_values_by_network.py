"""Variables that have a member for each network, in a call to one of them."""

import pytest

from src_system.scenario.variables import NETWORK, fill

CARDS = {"visa": "card-1", "amex": "card-2"}
VARIABLES = {
    NETWORK: "amex",
    "card": CARDS,
    "given": {"cards": CARDS, "consumers": [{"profiles": {"amex": {"srcConsumerId": "c-2"}}}]},
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("${card}", "card-2"),
        ("${card.visa}", "card-1"),
        ("${given.cards}", "card-2"),
        ("${given.cards.visa}", "card-1"),
        ("the card ${given.cards}.", "the card card-2."),
        ("${given.consumers[0].profiles.srcConsumerId}", "c-2"),
        ("${given.consumers[0].profiles.amex.srcConsumerId}", "c-2"),
    ],
)
def test_a_value_by_network_stands_for_that_of_the_network_wherever_it_is(
    text: str, value: str
) -> None:
    assert fill(text, VARIABLES) == value


def test_where_no_network_is_called_the_whole_value_stands() -> None:
    assert fill("${given.cards}", {"given": {"cards": CARDS}}) == CARDS
