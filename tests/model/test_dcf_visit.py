"""Which step settles a pending card, and when a visit is over."""

from dataclasses import replace
from datetime import timedelta

import pytest

from src_system.model.dcf_visit import (
    DcfDisplay,
    DcfProgress,
    DcfStep,
    DcfVisit,
    step_for_card,
)
from src_system.model.digital_card import DigitalCardStatus
from tests.model.samples import NOW

VISIT = DcfVisit(
    visit_id="v",
    src_correlation_id="c",
    src_client_id="s",
    opener_origin=None,
    display=DcfDisplay.POPUP,
    request={"checkoutRequestJws": "a.b.c"},
    progress=DcfProgress(),
    turn=0,
    result=None,
    expires_at=NOW + timedelta(minutes=15),
)


@pytest.mark.parametrize(
    ("status", "events", "step"),
    [
        (DigitalCardStatus.ACTIVE, (), None),
        (DigitalCardStatus.ACTIVE, ("PENDING_SCA",), None),
        (DigitalCardStatus.PENDING, ("PENDING_SCA",), DcfStep.SECURITY_CODE),
        (DigitalCardStatus.PENDING, ("PENDING_CSC",), DcfStep.SECURITY_CODE),
        (DigitalCardStatus.PENDING, ("PENDING_AVS", "PENDING_CONSUMER_IDV"), DcfStep.CODE),
        (DigitalCardStatus.PENDING, ("PENDING_AVS",), None),
        (DigitalCardStatus.PENDING, (), None),
    ],
)
def test_a_pending_card_is_settled_by_what_it_waits_for(
    status: DigitalCardStatus, events: tuple[str, ...], step: DcfStep | None
) -> None:
    assert step_for_card(status, events) is step


def test_a_visit_is_over_with_its_result_or_its_time() -> None:
    assert not VISIT.is_over(NOW)
    assert VISIT.is_over(NOW + timedelta(minutes=15))
    assert replace(VISIT, result={"dcfActionCode": "CANCEL"}).is_over(NOW)
    assert VISIT.is_checkout
    assert not replace(VISIT, request={"authentication": {}}).is_checkout
