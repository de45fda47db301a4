"""Every refusal and step-up that the spec pages name has its magic value, or is said to have none.

The lists are written down here from the pages, not taken from the program: what the program forgot
would be missing on both sides.
"""

import pytest

from src_system.model.magic_values import MAGIC_VALUES, UNREACHABLE

# Section of the pages: reasons. `api` is emv-src-api.md, `sdk` js-sdk.md, `clients` clients.md.
# Not in the lists: SCRIPT_LOAD_ERROR and INVALID_EMAIL, which wrappers of PSPs say by themselves.
REASONS = {
    "api 4.4, sdk 1.5": "CONSUMER_ID_MISSING ID_FORMAT_UNSUPPORTED CONSUMER_ID_FORMAT_UNSUPPORTED"
    " CONSUMER_ID_FORMAT_INVALID ACCT_INACCESSIBLE FRAUD ACCT_FRAUD",
    "api 4.5, sdk 1.6": "OTP_SEND_FAILED RETRIES_EXCEEDED ID_INVALID UNRECOGNIZED_CONSUMER_ID",
    "api 4.6, sdk 1.7": "CODE_INVALID VAL_DATA_INVALID VALIDATION_DATA_INVALID CODE_EXPIRED"
    " VALIDATION_DATA_EXPIRED RETRIES_EXCEEDED VALIDATION_DATA_MISSING AUTHENTICATE_FAILURE",
    "api 4.7, sdk 1.8": "AUTH_INVALID ACCT_INACCESSIBLE AUTH_ERROR SERVER_ERROR",
    "api 7.2": "INVALID_ARGUMENT INVALID_STATE UNAUTHENTICATED PERMISSION_DENIED LOCKED NOT_FOUND"
    " ABORTED ALREADY_EXISTS RESOURCE_EXHAUSTED CANCELLED DATA_LOSS INTERNAL NOT_IMPLEMENTED"
    " UNAVAILABLE DEADLINE_EXCEEDED CVC_VERIFICATION_REQUIRED COMPLIANCE_REQUIRED",
    "api 7.3": "CANNOT_BE_NULL INVALID_VALUE INVALID_FORMAT ALREADY_EXISTS INVALID_STATE"
    " CORRUPT_DATA CANNOT_BE_DUPLICATE_OR_NULL INVALID_DATA_FOR_VER_TYPE-22 LIMIT_EXCEED NOT_FOUND"
    " EXPIRED CARD_NOT_FOUND SUSPENDED_CARD NO_RESPONSE_FROM_ISSUER PAN_INELIGIBLE"
    " TOKENIZATION_INELIGIBLE ISSUER_DECLINED NOT_SUPPORTED MULTIPLE_FOUND INACTIVE_CARD"
    " RESTRICTED SANCTIONED",
    "api 7.4": "SRCI_ID_MISSING DPA_ID_MISSING SRCI_TXID_MISSING DPA_TX_OPTIONS_MISSING"
    " CONSUMER_ID_MISSING ID_FORMAT_UNSUPPORTED CONSUMER_ID_FORMAT_UNSUPPORTED"
    " CONSUMER_ID_FORMAT_INVALID FRAUD ACCT_FRAUD ACCT_INACCESSIBLE NOT_FOUND"
    " UNRECOGNIZED_CONSUMER_ID ID_INVALID OTP_SEND_FAILED RETRIES_EXCEEDED VALIDATION_DATA_MISSING"
    " CODE_INVALID VAL_DATA_INVALID VALIDATION_DATA_INVALID CODE_EXPIRED VALIDATION_DATA_EXPIRED"
    " AUTHENTICATE_FAILURE IDENTITY_VALIDATION_REQUIRED AUTH_INVALID CARD_MISSING CARDID_MISSING"
    " CARD_NOT_RECOGNIZED CARD_ADD_FAILED CARD_SECURITY_CODE_MISSING CARD_INVALID CARD_EXP_INVALID"
    " MERCHANT_DATA_INVALID TERMS_AND_CONDITIONS_NOT_ACCEPTED UNABLE_TO_CONNECT UNKNOWN_ERROR"
    " REQUEST_TIMEOUT SERVER_ERROR INVALID_PARAMETER INVALID_REQUEST AUTH_ERROR NOT_FOUND"
    " RATE_LIMIT_EXCEEDED SERVICE_ERROR",
    "sdk 1.3": "SRCI_ID_MISSING DPA_ID_MISSING SRCI_TXID_MISSING DPA_TXOPT_MISSING",
    "sdk 1.9, 1.10": "CARD_MISSING CARD_ADD_FAILED CARD_SECURITY_CODE_MISSING CARD_INVALID"
    " CARD_EXP_INVALID AUTH_INVALID ACCT_INACCESSIBLE RISK_DECISION CARDID_MISSING"
    " CARD_NOT_RECOGNIZED",
    "sdk 1.11": "ADDRESS_INVALID CARDID_MISSING AUTH_INVALID NOT_FOUND",
    "sdk 1.12": "RISK_DECISION MERCHANT_DATA_INVALID UNABLE_TO_CONNECT"
    " TERMS_AND_CONDITIONS_NOT_ACCEPTED BILLING_ADDRESS_REQUIRED"
    " AUTHENTICATION_METHOD_NOT_SUPPORTED",
    "sdk 4.6": "REQUEST_TIMEOUT SERVER_ERROR SERVICE_ERROR UNKNOWN_ERROR RATE_LIMIT_EXCEEDED",
    "clients 2.6": "SRCI_ID_MISSING DPA_ID_MISSING SRCI_TXN_ID_MISSING INVALID_PARAMETER"
    " INVALID_REQUEST IDENTITY_VALIDATION_REQUIRED RISK_DECISION AUTHENTICATE_FAILURE",
}
# Where api 7.4 says a reason is raised, as far as the SRC System's answers go.
RAISED_BY = {
    "ACCT_INACCESSIBLE": {
        "identityLookup",
        "initiateIdentityValidation",
        "completeIdentityValidation",
        "getSrcProfile",
        "checkout",
    },
    "OTP_SEND_FAILED": {"initiateIdentityValidation"},
    "RETRIES_EXCEEDED": {"initiateIdentityValidation", "completeIdentityValidation"},
    "IDENTITY_VALIDATION_REQUIRED": {"checkout"},
    "AUTHENTICATE_FAILURE": {"initiateAuthentication", "completeAuthentication"},
    "BILLING_ADDRESS_REQUIRED": {"checkout"},
    "AUTHENTICATION_METHOD_NOT_SUPPORTED": {"checkout"},
    "CARD_ADD_FAILED": {"enrollCard", "checkout"},
    "CARD_SECURITY_CODE_MISSING": {"enrollCard", "checkout"},
    "CARD_INVALID": {"enrollCard", "checkout"},
    "CARD_EXP_INVALID": {"enrollCard", "checkout"},
    "TERMS_AND_CONDITIONS_NOT_ACCEPTED": {"enrollCard", "checkout"},
}
# What a card waits for: api 4.1 and 5.9, sdk 1.15.2 and 3.3.
PENDING_EVENTS = {
    "PENDING_AVS",
    "PENDING_SCA",
    "PENDING_CSC",
    "PENDING_CONSUMER_IDV",
    "PENDING_BILLING_PHONE_NUMBER",
}


@pytest.mark.parametrize("section", REASONS)
def test_a_reason_that_a_page_names_can_be_caused_or_is_out_of_reach(section: str) -> None:
    known = {value.reason for value in MAGIC_VALUES} | set(UNREACHABLE)

    assert set(REASONS[section].split()) - known == set()


@pytest.mark.parametrize("reason", RAISED_BY)
def test_a_reason_can_be_caused_wherever_a_page_has_it_raised(reason: str) -> None:
    values = [value.operations for value in MAGIC_VALUES if value.reason == reason]

    assert RAISED_BY[reason] - frozenset().union(*values) == set()


def test_every_step_up_that_a_page_names_can_be_caused() -> None:
    waited_for = {event for value in MAGIC_VALUES for event in value.pending_events}
    outcomes = {value.trans_status for value in MAGIC_VALUES} - {None}

    assert waited_for == PENDING_EVENTS
    assert outcomes == {"C", "A", "N"}  # sdk 1.13: by challenge, attempted, failed
