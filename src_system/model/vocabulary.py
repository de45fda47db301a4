"""The words with which SRC Systems refuse, those included that nothing here says by itself."""

# spec 7.2: they stand on top.
TOP_REASONS = frozenset(
    {
        "INVALID_ARGUMENT",
        "INVALID_STATE",
        "UNAUTHENTICATED",
        "PERMISSION_DENIED",
        "LOCKED",
        "NOT_FOUND",
        "ABORTED",
        "ALREADY_EXISTS",
        "RESOURCE_EXHAUSTED",
        "CANCELLED",
        "DATA_LOSS",
        "INTERNAL",
        "NOT_IMPLEMENTED",
        "UNAVAILABLE",
        "DEADLINE_EXCEEDED",
        "CVC_VERIFICATION_REQUIRED",
        "COMPLIANCE_REQUIRED",
    }
)
# spec 7.4: about the person, the code, the token or the card; they stand on top too.
BUSINESS_REASONS = frozenset(
    {
        "CONSUMER_ID_MISSING",
        "ID_FORMAT_UNSUPPORTED",
        "CONSUMER_ID_FORMAT_UNSUPPORTED",
        "CONSUMER_ID_FORMAT_INVALID",
        "FRAUD",
        "ACCT_FRAUD",
        "ACCT_INACCESSIBLE",
        "UNRECOGNIZED_CONSUMER_ID",
        "ID_INVALID",
        "OTP_SEND_FAILED",
        "RETRIES_EXCEEDED",
        "VALIDATION_DATA_MISSING",
        "CODE_INVALID",
        "VAL_DATA_INVALID",
        "VALIDATION_DATA_INVALID",
        "CODE_EXPIRED",
        "VALIDATION_DATA_EXPIRED",
        "AUTHENTICATE_FAILURE",
        "IDENTITY_VALIDATION_REQUIRED",
        "AUTH_INVALID",
        "CARD_MISSING",
        "CARDID_MISSING",
        "CARD_NOT_RECOGNIZED",
        "CARD_ADD_FAILED",
        "CARD_SECURITY_CODE_MISSING",
        "CARD_INVALID",
        "CARD_EXP_INVALID",
        "MERCHANT_DATA_INVALID",
        "TERMS_AND_CONDITIONS_NOT_ACCEPTED",
        "UNABLE_TO_CONNECT",
        "RISK_DECISION",
        "UNKNOWN_ERROR",
        "REQUEST_TIMEOUT",
        "SERVER_ERROR",
        "INVALID_PARAMETER",
        "INVALID_REQUEST",
        "AUTH_ERROR",
        "RATE_LIMIT_EXCEEDED",
        "SERVICE_ERROR",
        # Named by the pages of browser SDKs only.
        "ADDRESS_INVALID",
        "BILLING_ADDRESS_REQUIRED",
        "AUTHENTICATION_METHOD_NOT_SUPPORTED",
    }
)
# What an SDK's `init` says before any call, in every spelling that is known: no answer has them.
INIT_REASONS = frozenset(
    {
        "SRCI_ID_MISSING",
        "DPA_ID_MISSING",
        "SRCI_TXID_MISSING",
        "SRCI_TXN_ID_MISSING",
        "DPA_TXOPT_MISSING",
        "DPA_TX_OPTIONS_MISSING",
    }
)
# spec 7.3: of a detail; above it stands INVALID_ARGUMENT.
DETAIL_REASONS = frozenset(
    {
        "CANNOT_BE_NULL",
        "INVALID_VALUE",
        "INVALID_FORMAT",
        "ALREADY_EXISTS",
        "INVALID_STATE",
        "CORRUPT_DATA",
        "CANNOT_BE_DUPLICATE_OR_NULL",
        "INVALID_DATA_FOR_VER_TYPE-22",
        "LIMIT_EXCEED",
        "NOT_FOUND",
        "EXPIRED",
        "CARD_NOT_FOUND",
        "SUSPENDED_CARD",
        "NO_RESPONSE_FROM_ISSUER",
        "PAN_INELIGIBLE",
        "TOKENIZATION_INELIGIBLE",
        "ISSUER_DECLINED",
        "NOT_SUPPORTED",
        "MULTIPLE_FOUND",
        "INACTIVE_CARD",
        "RESTRICTED",
        "SANCTIONED",
    }
)
REASONS = TOP_REASONS | BUSINESS_REASONS | DETAIL_REASONS
