"""THE table of magic values: every refusal and step-up of the SRC vocabulary that one can cause.

`GET /v1/magic` serves it, docs/magic.md shows it, and a test sends every row to every network.
Reasons that no value can cause stand at the end, with why.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from src_system.model.magic import MagicValue, Trigger

LOOK_UP = ("identityLookup",)
SEND = ("initiateIdentityValidation",)
GIVE = ("completeIdentityValidation",)
PROFILE = ("getSrcProfile",)
STEP_UP = ("initiateAuthentication",)
PROVE = ("completeAuthentication",)
ENROL = ("enrollCard", "checkout")
PAY = ("checkout", "prepareCheckout")
SENDERS = (*SEND, *STEP_UP)
PERSON = (*LOOK_UP, *SEND, *ENROL, *STEP_UP)

# +1 500 555: a code of the plan for nobody's telephone; other simulators have taken to it as well.
PHONE_PREFIX = "1500555"
AMOUNT_WHOLE = "9100"


def _error(reason: str) -> Mapping[str, Any]:
    return {"error": {"reason": reason}}


# reason, tag of the e-mail address, end of the phone number, operations, what for people, source
_PEOPLE = (
    ("ACCT_INACCESSIBLE", "acct-inaccessible", "0001", (*PERSON, *GIVE), "the profile is locked"),
    ("ACCT_INACCESSIBLE", "profile-inaccessible", "0019", PROFILE, "locked once validated"),
    ("LOCKED", "locked", "0002", PERSON, "the same in the list of the REST pages"),
    ("FRAUD", "fraud", "0003", PERSON, "the profile is disabled for fraud"),
    ("ACCT_FRAUD", "acct-fraud", "0004", LOOK_UP, "the same by its other name"),
    ("NOT_FOUND", "not-found", "0005", LOOK_UP, "there is no profile, told as a refusal"),
    ("MULTIPLE_FOUND", "multiple-found", "0006", (*LOOK_UP, *SEND), "two people have it"),
    ("ID_FORMAT_UNSUPPORTED", "id-format-unsupported", "0007", (*LOOK_UP, *SEND), "wrong type"),
    (
        "CONSUMER_ID_FORMAT_UNSUPPORTED",
        "consumer-id-format-unsupported",
        "0008",
        LOOK_UP,
        "the same by its other name",
    ),
    (
        "CONSUMER_ID_FORMAT_INVALID",
        "consumer-id-format-invalid",
        "0009",
        (*LOOK_UP, *SEND),
        "no such address can be",
    ),
    (
        "UNRECOGNIZED_CONSUMER_ID",
        "unrecognized-consumer-id",
        "0010",
        (*SEND, *STEP_UP),
        "nobody has it",
    ),
    ("ID_INVALID", "id-invalid", "0011", SEND, "it was not looked up"),
    ("OTP_SEND_FAILED", "otp-send-failed", "0012", (*SEND, *STEP_UP), "the code cannot be sent"),
    ("OTP_SEND_FAILED", "nootp", "0020", (*SEND, *STEP_UP), "the same by a shorter name"),
    ("RETRIES_EXCEEDED", "retries-exceeded", "0013", (*SEND, *STEP_UP), "too many codes asked for"),
    (
        "IDENTITY_VALIDATION_REQUIRED",
        "identity-validation-required",
        "0014",
        ("checkout",),
        "the person is known, and was not validated",
    ),
    (
        "TERMS_AND_CONDITIONS_NOT_ACCEPTED",
        "terms-and-conditions-not-accepted",
        "0015",
        ENROL,
        "newer terms have to be accepted",
    ),
    ("COMPLIANCE_REQUIRED", "compliance-required", "0016", ENROL, "a consent is missing"),
    ("RESTRICTED", "restricted", "0017", ENROL, "nothing is enrolled for this person"),
    ("SANCTIONED", "sanctioned", "0018", ENROL, "the person is on a list"),
    ("RESOURCE_EXHAUSTED", "resource-exhausted", "0091", PERSON, "too many calls"),
    ("UNAVAILABLE", "unavailable", "0092", PERSON, "the SRC System is down"),
    ("INTERNAL", "internal", "0093", PERSON, "the SRC System fails"),
    ("DEADLINE_EXCEEDED", "deadline-exceeded", "0094", PERSON, "it did not finish in time"),
)
# tag, end of the phone number, operations, effect, what for people
_OTHERS: tuple[tuple[str, str, tuple[str, ...], Mapping[str, Any], str], ...] = (
    ("otp-lost", "0021", SENDERS, {"otp": {"delivery": "lost"}}, "the code never arrives"),
    ("otp-late", "0022", SENDERS, {"otp": {"delivery": "late"}}, "the code comes a minute late"),
    ("otp-duplicate", "0023", SENDERS, {"otp": {"delivery": "duplicate"}}, "the code comes twice"),
    (
        "otp-other-channel",
        "0024",
        SENDERS,
        {"otp": {"delivery": "otherChannel"}},
        "the code goes to the other channel",
    ),
    ("slow", "0025", PERSON, {"latency": {"fixed": "PT6S"}}, "the answer takes six seconds"),
)

# reason, minor units, operations, what for people
_AMOUNTS = (
    ("INVALID_ARGUMENT", "10", PAY, "the call cannot be worked with"),
    ("INVALID_STATE", "11", PAY, "the session is not that far"),
    ("INVALID_VALUE", "12", PAY, "a value is not allowed here"),
    ("NOT_SUPPORTED", "13", PAY, "this network does not offer it"),
    ("LIMIT_EXCEED", "14", PAY, "more than may be paid at once"),
    ("PERMISSION_DENIED", "15", PAY, "the client may not"),
    ("AUTH_INVALID", "16", PAY, "the idToken does not hold"),
    ("IDENTITY_VALIDATION_REQUIRED", "17", PAY, "the person was not validated"),
    ("ACCT_INACCESSIBLE", "18", PAY, "the profile is locked"),
    ("CARD_NOT_RECOGNIZED", "19", PAY, "the card is unknown, as SDKs say it"),
    ("CARD_NOT_FOUND", "20", PAY, "the card is unknown, as the REST pages say it"),
    ("MERCHANT_DATA_INVALID", "21", PAY, "the shop's data are wrong"),
    ("RISK_DECISION", "22", PAY, "the SRC System will not take the risk"),
    ("BILLING_ADDRESS_REQUIRED", "23", PAY, "the card has no billing address"),
    (
        "AUTHENTICATION_METHOD_NOT_SUPPORTED",
        "24",
        (*PAY, *STEP_UP),
        "the cardholder cannot be asked like that",
    ),
    ("AUTHENTICATE_FAILURE", "30", STEP_UP, "the step-up fails"),
    ("UNAVAILABLE", "91", (*PAY, *STEP_UP), "the SRC System is down"),
    ("INTERNAL", "92", (*PAY, *STEP_UP), "the SRC System fails"),
    ("DEADLINE_EXCEEDED", "93", (*PAY, *STEP_UP), "it did not finish in time"),
    ("RESOURCE_EXHAUSTED", "94", (*PAY, *STEP_UP), "too many calls"),
    ("ABORTED", "95", (*PAY, *STEP_UP), "another call was in the way"),
    ("DATA_LOSS", "96", (*PAY, *STEP_UP), "something is lost"),
    ("NOT_IMPLEMENTED", "97", (*PAY, *STEP_UP), "nobody has built this"),
    ("CANCELLED", "98", (*PAY, *STEP_UP), "the call was cancelled"),
)
# the code, operations, effect, what for people
_CODES = (
    ("123456", {"code": "right"}, (*GIVE, *PROVE), "right, whichever code was sent"),
    ("000000", {"code": "wrong"}, (*GIVE, *PROVE), "wrong, and counts as a try"),
    ("999999", _error("CODE_EXPIRED"), (*GIVE, *PROVE), "the code has expired"),
    ("888888", _error("RETRIES_EXCEEDED"), (*GIVE, *PROVE), "too many wrong tries"),
    ("777777", _error("ACCT_INACCESSIBLE"), (*GIVE, *PROVE), "the profile was locked meanwhile"),
    ("666666", _error("VALIDATION_DATA_EXPIRED"), GIVE, "expired, in other words"),
    ("555555", _error("VALIDATION_DATA_INVALID"), GIVE, "wrong, in other words"),
    ("444444", _error("VAL_DATA_INVALID"), GIVE, "wrong, in Visa's other words"),
)
# the code, operations, effect, what for people
_SECURITY_CODES = (
    ("001", _error("ISSUER_DECLINED"), ENROL, "the issuer takes the code for wrong"),
    ("002", _error("CARD_SECURITY_CODE_MISSING"), ENROL, "the issuer wants a code"),
    ("003", {"pendingEvents": ["PENDING_SCA"]}, ENROL, "enrolled, and has to be stepped up"),
    ("004", _error("AUTHENTICATE_FAILURE"), PROVE, "the proof is wrong"),
    ("005", _error("RETRIES_EXCEEDED"), PROVE, "too many wrong proofs"),
)
# last four digits, effect, what for people
_NUMBERS = (
    ("0002", _error("ISSUER_DECLINED"), "the issuer declines"),
    ("0010", _error("PAN_INELIGIBLE"), "the range takes no part"),
    ("0028", _error("TOKENIZATION_INELIGIBLE"), "no token for this card"),
    ("0101", _error("NO_RESPONSE_FROM_ISSUER"), "the issuer does not answer"),
    ("0102", _error("CARD_ADD_FAILED"), "the card cannot be added"),
    ("0103", _error("CARD_INVALID"), "the number is wrong, as SDKs say it"),
    ("0104", _error("CARD_EXP_INVALID"), "the expiry is wrong, as SDKs say it"),
    ("0105", _error("EXPIRED"), "the expiry is past, as the REST pages say it"),
    ("0106", _error("ALREADY_EXISTS"), "the card is in the profile"),
    ("0107", _error("LIMIT_EXCEED"), "the profile is full"),
    ("0108", _error("RESTRICTED"), "the card is restricted"),
    ("0109", _error("SANCTIONED"), "the card is under sanctions"),
    ("0036", {"pendingEvents": ["PENDING_SCA"]}, "enrolled, waits for strong authentication"),
    ("0044", {"pendingEvents": ["PENDING_CONSUMER_IDV"]}, "enrolled, waits for a validation"),
    ("0051", {"pendingEvents": ["PENDING_AVS"]}, "enrolled, waits for a billing address"),
    ("0077", {"pendingEvents": ["PENDING_CSC"]}, "enrolled, waits for its security code"),
    ("0069", {"pendingEvents": ["PENDING_BILLING_PHONE_NUMBER"]}, "enrolled, waits for a phone"),
)
# last four digits, effect, operations, what for people
_CARDS = (
    ("1001", _error("SUSPENDED_CARD"), ("checkout",), "the issuer has suspended it"),
    ("1002", _error("INACTIVE_CARD"), ("checkout",), "the issuer has closed it"),
    ("1003", _error("ISSUER_DECLINED"), ("checkout",), "the issuer declines"),
    ("1004", _error("CVC_VERIFICATION_REQUIRED"), ("checkout",), "its security code is wanted"),
    ("1005", _error("RISK_DECISION"), ("checkout",), "the SRC System will not take the risk"),
    ("2001", {"threeDs": "C"}, ("checkout", *STEP_UP), "3-D Secure wants a challenge"),
    ("2002", {"threeDs": "A"}, ("checkout", *STEP_UP), "3-D Secure is attempted only"),
    ("2003", {"threeDs": "N"}, ("checkout", *STEP_UP), "3-D Secure says no"),
)


def _rows() -> Iterator[MagicValue]:
    def row(
        trigger: Trigger,
        word: str,
        operations: tuple[str, ...],
        effect: Mapping[str, Any],
        what: str,
        source: str,
    ) -> MagicValue:
        return MagicValue(trigger, word, frozenset(operations), effect, what, source)

    refusals = ((tag, end, of, _error(reason), what) for reason, tag, end, of, what in _PEOPLE)
    for tag, end, operations, effect, what in (*refusals, *_OTHERS):
        source = "spec 7" if "error" in effect else "spec 12.4"
        yield row(Trigger.EMAIL, tag, operations, effect, what, source)
        yield row(Trigger.PHONE, PHONE_PREFIX + end, operations, effect, what, source)
    for reason, minor, operations, what in _AMOUNTS:
        amount = f"{AMOUNT_WHOLE}.{minor}"
        yield row(Trigger.AMOUNT, amount, operations, _error(reason), what, "spec 7, 12.4")
    for code, effect, operations, what in _CODES:
        yield row(Trigger.ONE_TIME_CODE, code, operations, effect, what, "spec 4.6, 12.4")
    for code, effect, operations, what in _SECURITY_CODES:
        yield row(Trigger.SECURITY_CODE, code, operations, effect, what, "spec 4.1, 4.13")
    for ending, effect, what in _NUMBERS:
        yield row(Trigger.PAN, ending, ENROL, effect, what, "spec 4.1, 12.4")
    for ending, effect, operations, what in _CARDS:
        yield row(Trigger.CARD, ending, operations, effect, what, "spec 4.10, 4.13")


MAGIC_VALUES: tuple[MagicValue, ...] = tuple(_rows())
# One-time codes that are right or wrong whatever was sent.
JUDGED_CODES: Mapping[str, MagicValue] = {
    value.word: value for value in MAGIC_VALUES if value.is_right is not None
}

_NOT_THERE = "it is about a member that is not there: leave it out"
_MALFORMED = "it is about a value that is malformed: send one"
_OF_SDKS = "an SDK makes it of what it was answered"
_OF_INIT = "an SDK's init says it before any call: leave the member out of its options"
# Reasons that no magic value causes, and why: of the vocabulary, and those of SDKs alone.
UNREACHABLE: Mapping[str, str] = {
    "CONSUMER_ID_MISSING": _NOT_THERE,
    "VALIDATION_DATA_MISSING": _NOT_THERE,
    "CARD_MISSING": _NOT_THERE,
    "CARDID_MISSING": _NOT_THERE,
    "CANNOT_BE_NULL": _NOT_THERE,
    "CANNOT_BE_DUPLICATE_OR_NULL": _NOT_THERE,
    "INVALID_FORMAT": _MALFORMED,
    "INVALID_DATA_FOR_VER_TYPE-22": "it is about assuranceData: send such data",
    "CORRUPT_DATA": "it is about what cannot be opened: encrypt to another key",
    "UNAUTHENTICATED": "credentials are judged before a body is read: send wrong ones",
    "AUTH_ERROR": _OF_SDKS,
    "INVALID_PARAMETER": _OF_SDKS,
    "INVALID_REQUEST": _OF_SDKS,
    "RATE_LIMIT_EXCEEDED": _OF_SDKS,
    "REQUEST_TIMEOUT": _OF_SDKS,
    "SERVER_ERROR": _OF_SDKS,
    "SERVICE_ERROR": _OF_SDKS,
    "UNABLE_TO_CONNECT": _OF_SDKS,
    "UNKNOWN_ERROR": _OF_SDKS,
    "ADDRESS_INVALID": "an SDK makes it of a billing address that was refused: send such a one",
    "SRCI_ID_MISSING": _OF_INIT,
    "DPA_ID_MISSING": _OF_INIT,
    "SRCI_TXID_MISSING": _OF_INIT,
    "DPA_TXOPT_MISSING": f"{_OF_INIT}; at Mastercard alone they are needed",
    "SRCI_TXN_ID_MISSING": "another name for SRCI_TXID_MISSING, which no SDK here says",
    "DPA_TX_OPTIONS_MISSING": "another name for DPA_TXOPT_MISSING, which no SDK here says",
}
