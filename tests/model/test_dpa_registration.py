"""What a batch of DPAs may say, and how it ends."""

import pytest

from src_system.model.batch import BatchStatus, Failure, completed
from src_system.model.dpa_registration import (
    BatchAction,
    refuse_forbidden_changes,
    refuse_mixed_actions,
)
from src_system.model.errors import CorruptData, InvalidValue

DATA = {"dpaName": "Shop", "dpaUri": "https://shop.test"}
REGISTRATION = {"programType": "SRC", "serviceId": "s", "programName": "one"}


@pytest.mark.parametrize(
    ("data", "registration", "source"),
    [
        ({}, {}, None),
        ({"dpaPresentationName": "New", "dpaLogoUri": "https://l.test"}, {}, None),
        ({}, {"programName": "two", "debitTokenRequested": True}, None),
        ({}, {"merchantCategoryCodes": ["5411"], "threeDSDefaultdata": {}}, None),
        ({"dpaName": "Other"}, {}, "dpaData.dpaName"),
        ({"dpaUri": None}, {}, "dpaData.dpaUri"),
        ({"dpaAddress": {"city": "x"}}, {}, "dpaData.dpaAddress"),
        ({}, {"serviceId": "t"}, "serviceId"),
        ({}, {"programType": "AUTOFILL"}, "programType"),
        ({}, {"acquirerData": []}, "acquirerData"),
    ],
)
def test_an_update_changes_only_what_it_may(data, registration, source):
    def check():
        refuse_forbidden_changes(
            DATA, REGISTRATION, {**DATA, **data}, {**REGISTRATION, **registration}
        )

    if source is None:
        check()
        return
    with pytest.raises(InvalidValue) as refused:
        check()
    assert refused.value.source == source


def test_a_dpa_without_registration_may_get_one():
    refuse_forbidden_changes(DATA, {}, DATA, REGISTRATION)
    with pytest.raises(InvalidValue):
        refuse_forbidden_changes(DATA, {}, {**DATA, "dpaName": "Other"}, REGISTRATION)


def test_adding_and_updating_do_not_mix_but_deleting_mixes_with_both():
    refuse_mixed_actions([BatchAction.ADD, BatchAction.DELETE, BatchAction.ADD])
    refuse_mixed_actions([BatchAction.UPDATE, BatchAction.DELETE])
    with pytest.raises(InvalidValue):
        refuse_mixed_actions([BatchAction.ADD, BatchAction.DELETE, BatchAction.UPDATE])


@pytest.mark.parametrize(
    ("succeeded", "failed", "status"),
    [
        (3, 0, BatchStatus.COMPLETED_SUCCESSFULLY),
        (2, 1, BatchStatus.COMPLETED_WITH_ERRORS),
        (0, 1, BatchStatus.FAILED),
    ],
)
def test_a_batch_ends_as_its_entries_did(succeeded, failed, status):
    assert completed(succeeded=succeeded, failed=failed) is status


def test_a_failure_names_its_place_in_the_batch():
    inside = Failure.of(CorruptData(source="enrollmentData"), within="records[3]")
    whole = Failure.of(CorruptData(), within="records[3]")

    assert (inside.refusal, inside.source) == ("CorruptData", "records[3].enrollmentData")
    assert whole.source == "records[3]"
    assert Failure.from_document(None) is None
