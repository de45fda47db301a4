"""Setting a clock: what would not count is refused, and the clock stays as it was."""

from datetime import UTC, datetime

import pytest

START = "2027-03-01T10:00:00.000Z"
# A document, and the member that is at fault.
NONSENSE = [
    ({}, "mode"),
    ({"mode": None}, "mode"),
    ({"mode": "offset"}, "offsetSeconds"),
    ({"mode": "offset", "offsetSeconds": 5, "at": START}, "offsetSeconds"),
    ({"mode": "offset", "offsetSeconds": 1e300}, "offsetSeconds"),
    ({"mode": "real", "at": START}, "at"),
    ({"mode": "real", "now": START}, "now"),
    ({"mode": "real", "offsetSeconds": 5}, "offsetSeconds"),
    ({"mode": "frozen", "offsetSeconds": 5}, "offsetSeconds"),
    ({"mode": "frozen", "at": START, "now": START}, "now"),
    ({"mode": "frozen", "at": ""}, "at"),
    ({"at": START, "offsetSeconds": 5}, "offsetSeconds"),
]


@pytest.mark.parametrize(("document", "member"), NONSENSE, ids=str)
async def test_a_clock_that_makes_no_sense_is_refused_by_the_member(
    control, sandbox, document, member
):
    path = f"{sandbox['path']}/clock"
    async with control.put(path, json={"mode": "frozen", "at": START}) as answer:
        assert answer.status == 200
    async with control.put(path, json=document) as answer:
        refused = await answer.json()
        assert answer.status == 400, refused
    async with control.get(path) as answer:
        still = await answer.json()

    assert refused["errordetail"][0]["source"] == member
    assert still == {"mode": "frozen", "now": START}


async def test_a_new_sandbox_minds_its_clock_as_well(control):
    body = {"clock": {"mode": "real", "at": START}}
    async with control.post("/v1/sandboxes", json=body) as answer:
        assert answer.status == 400
        assert (await answer.json())["errordetail"][0]["source"] == "clock.at"


@pytest.mark.parametrize(
    ("document", "mode", "days"),
    [
        ({"mode": "real"}, "real", 0),
        ({"mode": "frozen"}, "frozen", 0),
        ({"at": START}, "frozen", None),
        ({"now": START}, "frozen", None),
        ({"offsetSeconds": 864_000}, "offset", 10),
        ({"mode": "offset", "offsetSeconds": 0}, "offset", 0),
        ({"mode": "offset", "at": START}, "offset", None),
    ],
    ids=str,
)
async def test_a_clock_is_set_by_what_says_enough(control, sandbox, document, mode, days):
    async with control.put(f"{sandbox['path']}/clock", json=document) as answer:
        assert answer.status == 200
        clock = await answer.json()

    expected = datetime.fromisoformat(START) if days is None else datetime.now(UTC)
    shown = datetime.fromisoformat(clock["now"])
    assert clock["mode"] == mode
    assert abs((shown - expected).total_seconds() - (days or 0) * 86_400) < 60
