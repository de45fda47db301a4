"""The sequence diagram: who calls whom, in order, and what came back."""

from src_system.scenario.recording import CONTROL, RECEIVER, Exchange
from src_system.scenario.report.diagram import diagram


def exchange(
    party: str, began: float, *, status: int | None = 200, caller: str = "", body: bytes = b""
) -> Exchange:
    """An exchange of that moment."""
    operation = "/v1/sandboxes/s/clock/advance" if party == CONTROL else "checkout"
    problem = "" if status else "Nobody answers."
    return Exchange(
        party,
        operation,
        "POST",
        "http://x",
        {},
        b"",
        status,
        {},
        body,
        began,
        0.1,
        problem,
        caller,
    )


def test_parties_stand_in_order_and_calls_in_time() -> None:
    drawn = diagram(
        [
            ("3", exchange(RECEIVER, 3.0, status=204, caller="discover")),
            ("2", exchange("visa", 2.0)),
            ("1", exchange(CONTROL, 1.0)),
        ]
    )

    assert drawn is not None
    assert [one.name for one in drawn.parties] == [
        "SRC initiator",
        "visa",
        "discover",
        "receiver",
        "control port",
    ]
    middles = [one.x for one in drawn.parties]
    assert [(one.begin, one.end) for one in drawn.rows] == [
        (middles[0], middles[4]),
        (middles[0], middles[1]),
        (middles[2], middles[3]),
    ]
    assert [one.label for one in drawn.rows] == [
        "1  POST clock/advance",
        "2  checkout",
        "3  checkout",
    ]
    assert max(middles) < drawn.width
    assert max(one.y for one in drawn.rows) < drawn.height


def test_what_was_refused_and_what_broke_are_told_apart() -> None:
    drawn = diagram(
        [
            ("1", exchange("visa", 1.0)),
            ("2", exchange("visa", 2.0, status=400, body=b'{"reason": "INVALID_STATE"}')),
            ("3", exchange("visa", 3.0, status=None)),
        ]
    )

    assert drawn is not None
    assert [(one.kind, one.answer) for one in drawn.rows] == [
        ("ok", "200"),
        ("refused", "400 INVALID_STATE"),
        ("broken", "Nobody answers."),
    ]


def test_a_long_story_is_drawn_in_part_and_says_so() -> None:
    drawn = diagram([("1", exchange("visa", float(number))) for number in range(200)])

    assert drawn is not None
    assert len(drawn.rows) + drawn.cut == 200
    assert drawn.cut > 0
    assert "200 exchanges" in drawn.told
    assert diagram([]) is None
