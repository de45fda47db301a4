"""Refusals on the wire: each network's shape of the same error (spec 7.1)."""

import pytest

from src_system.model.errors import Aborted, InvalidFormat, MissingMember, ServerError, SrcError
from src_system.networks import PROFILES
from src_system.wire.errors import STATUS, error_document, network_error_document

MISSING = MissingMember("A card is needed.", source="srcDigitalCardId")


@pytest.mark.parametrize("network", ["mastercard", "amex", "discover"])
def test_the_emv_form_has_a_number_and_details_in_lower_case(network):
    assert network_error_document(MISSING, 400, PROFILES[network]) == {
        "status": 400,
        "reason": "INVALID_ARGUMENT",
        "message": "A card is needed.",
        "errordetail": [
            {
                "reason": "CANNOT_BE_NULL",
                "message": "A card is needed.",
                "source": "srcDigitalCardId",
                "sourceType": "BODY",
            }
        ],
    }


def test_visa_writes_the_status_as_text_and_calls_a_member_a_field():
    assert network_error_document(MISSING, 400, PROFILES["visa"]) == {
        "status": "400",
        "reason": "INVALID_ARGUMENT",
        "message": "A card is needed.",
        "errorDetail": [
            {
                "reason": "CANNOT_BE_NULL",
                "message": "A card is needed.",
                "source": "srcDigitalCardId",
                "sourceType": "FIELD",
            }
        ],
    }


@pytest.mark.parametrize(
    ("place", "visa"),
    [("BODY", "FIELD"), ("HEADER", "HEADER"), ("QUERY", "PARAMETER"), ("PATH", "PARAMETER")],
)
def test_the_place_of_a_fault_is_named_in_the_networks_words(place, visa):
    refusal = InvalidFormat(source="x", source_type=place)
    by_visa = network_error_document(refusal, 400, PROFILES["visa"])
    by_amex = network_error_document(refusal, 400, PROFILES["amex"])

    assert by_visa["errorDetail"][0]["sourceType"] == visa
    assert by_amex["errordetail"][0]["sourceType"] == place


def test_a_refusal_that_names_nothing_has_no_details():
    assert error_document(ServerError(), 500)["errordetail"] == []
    assert error_document(Aborted(), 409)["errordetail"] == []
    assert error_document(Aborted(source="x"), 409)["errordetail"][0]["reason"] == "ABORTED"


def test_before_the_network_is_known_an_error_has_the_emv_form():
    assert error_document(MISSING, 400) == network_error_document(MISSING, 400, PROFILES["amex"])


def test_the_table_holds_statuses_of_errors_only():
    assert set(STATUS.values()) <= {400, 401, 403, 404, 405, 409, 413, 415, 429, 500, 503, 504}
    assert all(issubclass(kind, SrcError) for kind in STATUS)
