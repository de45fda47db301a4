"""How much of a journal the checks need: a full one has ten thousand entries."""

from dataclasses import replace

from src_system.model.journal import Exchange

# Members whose artefacts the checks look into. Of tokens they read what everybody can; which of
# them a fault has made wrong is asked of entries with faults only, and those are opened whole.
READ_MEMBERS = frozenset(
    {
        "checkoutResponse",
        "checkoutResponseJWS",
        "encryptedBillingAddress",
        "encryptedCard",
        "encryptedPayload",
        "encryptedShippingAddress",
        "enrollmentData",
    }
)


def lean(exchange: Exchange) -> Exchange:
    """The exchange without its raw bodies, which have been read: a byte says that there was one."""
    entry = exchange.entry
    slim = replace(entry, request_body=entry.request_body[:1], response_body=b"")
    return replace(exchange, entry=slim)
