"""Members that are encrypted, and where in a request they are put."""

import pytest

from src_system.scenario.calling import with_member


def test_a_member_is_put_beside_the_others_and_further_down() -> None:
    record = {"externalConsumerId": "p-1"}
    request = {"records": [record, {}]}

    changed = with_member(request, "records[0].enrollmentData", "jwe-1")
    changed = with_member(changed, "consumer.sealed", "jwe-2")

    assert changed == {
        "records": [{"externalConsumerId": "p-1", "enrollmentData": "jwe-1"}, {}],
        "consumer": {"sealed": "jwe-2"},
    }
    assert record == {"externalConsumerId": "p-1"}, "a variable's value must stay as it is"


def test_an_entry_that_is_not_there_is_told() -> None:
    with pytest.raises(ValueError, match=r"no entry \[1\]"):
        with_member({"records": [{}]}, "records[1].enrollmentData", "jwe-1")
