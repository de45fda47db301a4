"""The names of the operations, as they stand in logs, metrics and fault rules (contract 4)."""

OPERATION_NAMES = frozenset(
    {
        "addBillingAddress",
        "addShippingAddress",
        "authenticationMethodsLookup",
        "checkout",
        "completeAuthentication",
        "completeIdentityValidation",
        "confirmation",
        "deleteBillingAddress",
        "deleteCard",
        "deleteShippingAddress",
        "enrollCard",
        "enrollCardsBatch",
        "getCard",
        "getCardsBatch",
        "getConsumerProfile",
        "getDpaBatch",
        "getPayload",
        "getSrcProfile",
        "identityLookup",
        "initiateAuthentication",
        "initiateIdentityValidation",
        "isRecognized",
        "keys",
        "prepareCheckout",
        "registerDpas",
        "unbindAppInstance",
        "updateCard",
        "updateShippingAddress",
    }
)

# What stands in the journal besides: what browsers load, and what never reached an operation.
RECORDED_NAMES = OPERATION_NAMES | {
    "accessToken",
    "cardArt",
    "dcf",
    "preflight",
    "sdk",
    "unknown",
}
